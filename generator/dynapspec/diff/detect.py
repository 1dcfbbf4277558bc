"""Step two: what differs, and how: grown or shrunk, widened or narrowed, added or removed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dynapspec.diff.match import ABSENT, Matched, is_limit, pairs
from dynapspec.diff.report import Change
from dynapspec.load.node import place_of
from dynapspec.model import Limit
from dynapspec.model.provenance import ABOUT, Path
from dynapspec.model.values import Interval

TEXTS = (*ABOUT, "say", "remedy", "errata", "unknown", "differences", "claims", "title", "waive")
NUMBERS = ("bits", "synops_per_second")
FAR = 2**64  # beyond every bound of a limit


def detect(matched: Matched) -> tuple[list[Change], list[Change]]:
    """Changes of facts, and changes of documentation and evidence alone."""
    found = [_change(matched, *pair) for pair in pairs(matched.old.resolved, matched.new.resolved)]
    facts = [change for change in found if not is_text(change.path) and change.kind != "same"]
    return facts, [change for change in found if change not in facts]


def is_text(path: Path) -> bool:
    """Whether a part only speaks about others."""
    return any(step in TEXTS for step in path)


def _change(matched: Matched, path: Path, old: Any, new: Any) -> Change:
    entry = matched.old if new is ABSENT else matched.new
    place = matched.told(str(place_of(entry.node, path)))
    return Change(path, kind_of(path, old, new), old, new, "" if new is ABSENT else place)


def kind_of(path: Path, old: Any, new: Any) -> str:
    """How a value changed."""
    if old is ABSENT or new is ABSENT:
        return "added" if old is ABSENT else "removed"
    if old is None or new is None:
        return "added" if old is None else "removed"
    if path == ("api", "arguments"):
        return "reordered"
    if is_limit(path):
        return _ranges(limit(old), limit(new))
    if path[-1] == "domain" and isinstance(old, str) and isinstance(new, str):
        return _ranges(*(_interval(Interval(text)) for text in (old, new)))
    if path[-1] in NUMBERS or str(path[-1]).endswith("_words"):
        return "grown" if new > old else "shrunk"
    if path[-1] == "has":
        return "gained" if new else "lost"
    return "changed"


def limit(data: Any) -> Limit:
    """A limit of a resolved spec."""
    limits: Limit = Limit.model_validate(data)
    return limits


def _interval(interval: Interval) -> Limit:
    return limit({"kind": "count", "min": interval.low, "max": interval.high})


def _ranges(old: Limit, new: Limit) -> str:
    """Whether one set of values contains the other."""
    forward, backward = contains(new, old), contains(old, new)
    if forward and backward:
        return "same"
    return "widened" if forward else "narrowed" if backward else "moved"


def contains(outer: Limit, inner: Limit) -> bool:
    """Whether one limit takes everything that another takes."""
    if inner.one_of is not None:
        names = any(isinstance(value, str) for value in inner.one_of)
        return not (names and outer.one_of is None) and all(value in outer for value in inner.one_of)
    low, high = (-FAR if inner.min is None else inner.min), (FAR if inner.max is None else inner.max)
    if outer.one_of is not None:
        return high - low < len(outer.one_of) and all(value in outer for value in range(low, high + 1))
    return (outer.min is None or outer.min <= low) and (outer.max is None or outer.max >= high)


def grouped(changes: list[Change]) -> Iterator[tuple[str, list[Change]]]:
    """Changes that are explained together, in the order of the spec."""
    topics: dict[str, list[Change]] = {}
    for change in changes:
        topics.setdefault(topic(change.path), []).append(change)
    return iter(topics.items())


def topic(path: Path) -> str:
    """What a change is explained with: all cores at once, but each limit, rule and formula alone."""
    first = str(path[0])
    if first in ("limits", "rules", "shapes", "destination_shapes", "memory", "functions", "dims"):
        return ".".join(map(str, path[:2]))
    return ".".join(map(str, path[:2])) if first == "dynamics" else first
