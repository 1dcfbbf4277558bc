"""Which bump of the version the changes ask for, and whether the spec has made it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from dynapspec.diff.match import Matched
from dynapspec.diff.report import Change, Topic, Version

Bump = Literal["major", "minor", "patch", "none"]
READERS_OF_MAJOR = ("networks", "weights", "api")  # vectors belong to one version, and follow it


def advice(matched: Matched, topics: Sequence[Topic], documentation: Iterable[Change]) -> Version:
    """The bump that is due: major when something breaks, or may; minor when facts change."""
    old, new = matched.old.spec.version, matched.new.spec.version
    if matched.old.name != matched.new.name:
        return Version(old, new, None)
    due = _due(topics, list(documentation))
    wanted = _bumped(old, due)
    return Version(old, new, due, wanted, _numbers(new) >= _numbers(wanted))


def _due(topics: Sequence[Topic], documentation: list[Change]) -> Bump:
    harm = [topic.classes[reader] for topic in topics for reader in READERS_OF_MAJOR]
    if any(found != "compatible" for found in harm):
        return "major"
    if any(topic.finding is None or topic.finding.status != "equal" for topic in topics):
        return "minor"
    return "patch" if topics or documentation else "none"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _bumped(version: str, due: Bump) -> str:
    major, minor, patch = _numbers(version)
    match due:
        case "major":
            return f"{major + 1}.0.0"
        case "minor":
            return f"{major}.{minor + 1}.0"
        case "patch":
            return f"{major}.{minor}.{patch + 1}"
    return version
