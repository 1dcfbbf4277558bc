"""Which bump of the version some changes ask for, and whether the spec has made it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from dynapspec.diff.report import Change, Topic, Version

Due = Literal["major", "minor", "patch", "none"]
READERS_OF_MAJOR = ("networks", "weights", "api")  # vectors belong to one version, and follow it
OF_CHECK = ("waive",)  # what only speaks to `check` changes no version


def advice(old: str, new: str, topics: Sequence[Topic], documentation: Iterable[Change]) -> Version:
    """The bump that is due: major when something breaks, or may; minor when facts change."""
    due = _due(topics, [change for change in documentation if change.path[0] not in OF_CHECK])
    wanted = bumped(old, due)
    return Version(old, new, due, wanted, numbers(new) >= numbers(wanted))


def _due(topics: Sequence[Topic], documentation: list[Change]) -> Due:
    harm = [topic.classes[reader] for topic in topics for reader in READERS_OF_MAJOR]
    if any(found != "compatible" for found in harm):
        return "major"
    if any(topic.finding is None or topic.finding.status != "equal" for topic in topics):
        return "minor"
    return "patch" if topics or documentation else "none"


def numbers(version: str) -> tuple[int, ...]:
    """The parts of a version, to be compared; a base may state none that can be read."""
    return tuple(int(part) if part.isdecimal() else 0 for part in version.split("."))


def bumped(version: str, due: Due) -> str:
    """The least version that makes a bump; below 1.0.0 the minor part stands for the major one."""
    major, minor, patch = (*numbers(version), 0, 0, 0)[:3]
    steps = {"major": 0, "minor": 1, "patch": 2, "none": 3}
    match steps[due] + (major == 0 and due in ("major", "minor")):
        case 0:
            return f"{major + 1}.0.0"
        case 1:
            return f"{major}.{minor + 1}.0"
        case 2:
            return f"{major}.{minor}.{patch + 1}"
    return version
