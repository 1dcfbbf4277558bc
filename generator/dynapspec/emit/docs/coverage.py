"""Definitions of the specs that no page shows: a fact that nobody can read about is a gap in the docs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import unescape
from typing import TypeAlias

from pydantic import BaseModel

from dynapspec.diagnostics import Span
from dynapspec.emit.docs.markup import ANCHOR
from dynapspec.emit.output import Entry
from dynapspec.load.node import place_of, show_path
from dynapspec.model import Model

Steps: TypeAlias = tuple[str | int, ...]


def gaps(model: Model, texts: Mapping[str, str]) -> list[str]:
    """A line of warning for each definition that no page shows."""
    return [f"warning: {span}: no page of the docs shows {path}" for span, path in unshown(model, texts)]


def unshown(model: Model, texts: Mapping[str, str]) -> list[tuple[Span, str]]:
    """The place and the path of each definition without an anchor on any page, each place once."""
    shown = {around for anchor in anchors(texts) for around in _around(anchor)}
    entries: list[Entry] = [*model.layers.values(), *model.chips.values()]
    found = {
        place_of(entry.node, path): show_path(path)
        for entry in entries
        for path in definitions(entry.spec)
        if entry.clause(*path) not in shown
    }
    return sorted(found.items())


def anchors(texts: Mapping[str, str]) -> Iterator[str]:
    """The clauses that have a place on a page of the docs."""
    for path, text in texts.items():
        if path.startswith("docs/") and path.endswith(".md"):
            yield from map(unescape, ANCHOR.findall(text))


def _around(clause: str) -> Iterator[str]:
    """A clause and those of the parts around it: a part is shown when something of it is."""
    head, _, pointer = clause.partition("#")
    steps = pointer.split("/")
    yield from (f"{head}#{'/'.join(steps[:end])}" for end in range(2, len(steps) + 1))


def definitions(part: BaseModel, path: Steps = ()) -> Iterator[Steps]:
    """Every entry of every section, and every section that is a single part."""
    for name in type(part).model_fields:
        value, here = getattr(part, name), (*path, _key(part, name))
        if isinstance(value, dict):
            yield from ((*here, key) for key in value)
        elif isinstance(value, BaseModel) and _is_part(value):
            below = list(definitions(value, here))
            yield from below or [here]


def _key(part: BaseModel, name: str) -> str:
    """The name of a field as specs write it."""
    return type(part).model_fields[name].alias or name


def _is_part(value: BaseModel) -> bool:
    """Whether a value has keys of its own in a spec; formulas and ranges are texts there."""
    return bool(type(value).model_fields)
