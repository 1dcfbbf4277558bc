"""Finds the recorded answers of sinabs; a test that needs them says so when they are missing."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


def recorded(variable: str, default: str, what: str) -> Path:
    """A file or folder of recorded data: named by an environment variable, or beside the project."""
    named = os.environ.get(variable)
    path = Path(named) if named else SHARED / default
    if path.exists():
        return path
    if named:
        pytest.fail(f"{variable} names {path}, and there is nothing")
    pytest.skip(f"NOT TESTED: {what} is not at {path}; set {variable} to where it is")


def golden_cases(topic: str, version: str = "3.0.4") -> list[dict[str, Any]]:
    """The cases of one topic, as that version of sinabs computed them."""
    folder = recorded("DYNAPSPEC_GOLDEN", "golden", "the folder of golden cases")
    cases: list[dict[str, Any]] = json.loads((folder / f"{topic}_v{version}.json").read_text())["cases"]
    return cases
