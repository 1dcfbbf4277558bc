"""What each spec of a chip's lineage adds to, changes in, or takes out of those that it extends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from dynapspec.emit.docs.markup import code, numbers, table
from dynapspec.emit.output import Entry
from dynapspec.load.node import plain
from dynapspec.resolve import Document, merge
from dynapspec.resolve.merge import OWN_KEYS

KEPT = 64  # tables: chips of one family share their parents
UNSHOWN = frozenset({"source", "doc", "note"})  # of a part, beside what it states


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of a spec beside that of its parent; None where there is none."""

    section: str
    keys: tuple[str | int, ...]
    here: Any
    before: Any


def steps(entry: Entry) -> Iterator[Mapping[str, Any]]:
    """Each spec of the lineage that extends another, nearest first, with a table of what differs."""
    lineage = tuple(entry.lineage)
    for index in range(len(lineage) - 1):
        yield _step(lineage[index], lineage[index + 1 :])


@lru_cache(maxsize=KEPT)
def _step(document: Document, parents: tuple[Document, ...]) -> Mapping[str, Any]:
    rows = [_row(change) for change in _changes(document, _merged(parents))]
    return {
        "name": code(document.title),
        "parent": code(parents[0].title),
        "changes": table(["part", "here", f"in {parents[0].title}"], rows),
    }


@lru_cache(maxsize=KEPT)
def _merged(documents: tuple[Document, ...]) -> dict[str, Any]:
    *children, node = [document.node for document in documents]
    for child in reversed(children):
        node = merge(child, node)
    merged: dict[str, Any] = plain(node)
    return merged


def _changes(document: Document, base: Mapping[str, Any]) -> Iterator[Change]:
    for section, entries in plain(document.node).items():
        if section in OWN_KEYS or section == "sources":
            continue
        if not isinstance(entries, dict) or "source" in entries:  # a list, or a single part
            yield Change(section, (), entries, base.get(section))
            continue
        known = base.get(section) or {}
        yield from _grouped([Change(section, (key,), here, known.get(key)) for key, here in entries.items()])


def _grouped(changes: list[Change]) -> Iterator[Change]:
    """Neighbouring entries that say the same are one: cores are stated by range."""
    pending: Change | None = None
    for change in changes:
        if pending and (pending.here, pending.before) == (change.here, change.before):
            pending = Change(pending.section, (*pending.keys, *change.keys), change.here, change.before)
            continue
        if pending:
            yield pending
        pending = change
    if pending:
        yield pending


def _row(change: Change) -> list[object]:
    part = f"{change.section} {numbers(change.keys)}".strip()
    if change.here is None and change.before is not None:
        return [part, "taken out", code(shown(change.before))]
    before = _touched(change.before, change.here) if change.before is not None else None
    return [part, code(shown(change.here)), code(shown(before)) if before is not None else "not there"]


def _touched(before: Any, here: Any) -> Any:
    """Of what was there before, what the child states anew."""
    if isinstance(before, dict) and isinstance(here, dict):
        return {key: before.get(key, "not given") for key in here}
    return before


def shown(value: Any) -> str:
    """A value on one line, as YAML in flow style; evidence and prose are left out."""
    if isinstance(value, dict):
        parts = (f"{key}: {_inner(part)}" for key, part in value.items() if key not in UNSHOWN)
        return ", ".join(parts)
    return _inner(value)


def _inner(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{shown(value)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_inner, value))}]"
    return (
        {None: "null", True: "true", False: "false"}[value]
        if value is None or isinstance(value, bool)
        else str(value)
    )
