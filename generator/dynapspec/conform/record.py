"""Keeps what a run found about an implementation, for the documentation and as known failures."""

from __future__ import annotations

import json
import platform
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from dynapspec.conform.outcome import Played, Report
from dynapspec.diagnostics import fail
from dynapspec.emit.conformance.evidence import FOLDER, FORMAT
from dynapspec.load.reader import display_name
from dynapspec.model.waivers import today


def record(report: Report, root: Path) -> Path:
    """Writes the record of a run beside the specs; raises InputError where that cannot be.

    Returns:
        The file, which is named for the implementation and its version.
    """
    if report.errors:
        raise fail("record", f"the run is no evidence: {report.errors[0]}")
    name = "".join(char if char.isalnum() or char in ".-_" else "-" for char in _name(report))
    path = root / FOLDER / f"{name}.json"
    try:
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(evidence(report), indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise fail("record", f"{display_name(path)} cannot be written: {error.strerror}") from None
    return path


def _name(report: Report) -> str:
    return f"{report.implementation}-{report.version}"


def evidence(report: Report) -> dict[str, Any]:
    """What is kept: who, when and where, of what, and every case that failed."""
    counts: dict[str, Counter[str]] = {}
    for one in report.played:
        counts.setdefault(one.file, Counter())[one.kind] += 1
    return {
        "format": FORMAT,
        "implementation": report.implementation,
        "version": report.version,
        "date": today().isoformat(),
        "machine": machine(),
        **report.made_from,
        "counts": {file: dict(found) for file, found in counts.items()},
        "judged": {file: found.total() - found["skipped"] for file, found in counts.items()},
        "failures": {one.id: _failure(one) for one in _failed(report.played)},
        "skipped": report.skips,
    }


def _failed(played: Iterable[Played]) -> list[Played]:
    return [one for one in played if one.failed]


def _failure(one: Played) -> dict[str, str]:
    return {"is": one.kind, "because": one.details[0] if one.details else "", "clause": one.clause}


def machine() -> str:
    """Where this runs: processor, system, Python and, where it is installed, torch."""
    parts = [platform.machine(), platform.system(), f"Python {platform.python_version()}"]
    with suppress(PackageNotFoundError):
        parts.append(f"torch {version('torch')}")
    return ", ".join(parts)
