"""Failures that are known: a file of ids and reasons, or the record of an earlier run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dynapspec.conform.outcome import Played
from dynapspec.diagnostics import did_you_mean, fail
from dynapspec.load.reader import display_name

SHAPE = '{"failures": {"<id of a vector>": "<reason>"}}'


@dataclass(frozen=True, slots=True)
class Known:
    """Known failures by id, and how many cases of each file were judged when they were recorded."""

    failures: Mapping[str, str]
    judged: Mapping[str, int]


def read_known(path: Path) -> Known:
    """The known failures of a file.

    Raises:
        InputError: it cannot be read, or holds something else.
    """
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        message = f"{display_name(path)} is no readable JSON: {getattr(error, 'strerror', None) or error}"
        raise fail("known-failures", message) from None
    failures: Any = data.get("failures") if isinstance(data, dict) else None
    judged = data.get("judged", {}) if isinstance(data, dict) else None
    if not _is_texts(failures) or not isinstance(judged, dict):
        message = f"{display_name(path)} does not list known failures"
        raise fail("known-failures", message, hint=f"write it as {SHAPE}")
    counts = {str(file): int(count) for file, count in judged.items() if isinstance(count, int)}
    return Known({str(name): _reason(told) for name, told in failures.items()}, counts)


def _is_texts(failures: Any) -> bool:
    return isinstance(failures, dict) and all(
        isinstance(one, str) or (isinstance(one, dict) and isinstance(one.get("is"), str))
        for one in failures.values()
    )


def _reason(told: Any) -> str:
    return told if isinstance(told, str) else f"{told['is']}: {told.get('because', '')}".rstrip(": ")


def marked(played: Iterable[Played], known: Known) -> list[Played]:
    """The cases, with the reasons of those that are known to fail."""
    return [replace(one, known=known.failures.get(one.id)) for one in played]


def complaints(played: list[Played], known: Known) -> list[str]:
    """What the run lacks of what was recorded: cases that were judged then."""
    judged: dict[str, int] = {}
    for one in played:
        judged[one.file] = judged.get(one.file, 0) + (one.kind != "skipped")
    return [
        f"{file}: {judged[file]} cases were judged, and {count} when the known failures were recorded"
        for file, count in known.judged.items()
        if file in judged and judged[file] < count
    ]


def strangers(known: Known, ids: Iterable[str]) -> list[str]:
    """Notes about known failures that are no vectors."""
    every = set(ids)
    missing = [name for name in known.failures if name not in every]
    if not missing:
        return []
    hint = did_you_mean(missing[0], every)
    close = f" ({hint})" if hint.startswith("did you mean") else ""
    return [f"{len(missing)} of the known failures are no vectors any more, such as {missing[0]}{close}"]
