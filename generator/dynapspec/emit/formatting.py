"""Formats generated Python with ruff, all files in one call."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from dynapspec.diagnostics import fail

MEMORY = "/dev/shm"  # of Linux
# What generated code looks like is fixed here, not taken from the folder that the command runs in.
CONFIG = """\
line-length = 110
target-version = "py311"
[lint]
select = ["F401", "I"]
[lint.isort]
known-first-party = ["dynapcnn", "reference"]
"""


def format_python(texts: dict[str, str]) -> dict[str, str]:
    """The same files with imports sorted, unused ones removed, and code laid out.

    Raises:
        InputError: a file is not valid Python.
    """
    if not texts:
        return {}
    with tempfile.TemporaryDirectory(prefix="dynapspec-", dir=_in_memory()) as name:
        folder = Path(name)
        (folder / "ruff.toml").write_text(CONFIG)
        for path, text in texts.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        _ruff(
            folder,
            "check",
            "--fix",
            "--output-format",
            "concise",
            "--quiet",
            "--no-cache",
            "--config",
            "ruff.toml",
            ".",
        )
        _ruff(folder, "format", "--quiet", "--no-cache", "--config", "ruff.toml", ".")
        return {path: (folder / path).read_text(encoding="utf-8") for path in texts}


def _in_memory() -> str | None:
    """A folder whose files never reach a disk, where the system has one: rewriting files waits for disks."""
    return MEMORY if os.access(MEMORY, os.W_OK | os.X_OK) else None


def _ruff(folder: Path, *args: str) -> None:
    from ruff.__main__ import find_ruff_bin  # type: ignore[import-untyped]

    done = subprocess.run([find_ruff_bin(), *args], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        first = (done.stdout + done.stderr).strip().splitlines()[:1]
        raise fail("output-syntax", f"ruff {args[0]} refuses a generated file: {' '.join(first)}")
