"""Vectors of a chip's table: every number and name of it that an implementation has to know."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from dynapspec.emit.conformance.case import Case, text_of
from dynapspec.load.node import Mapping, Node, Scalar, Sequence, once, plain
from dynapspec.model import Chip

SECTIONS = (
    "cores",
    "limits",
    "widths",
    "features",
    "bandwidth",
    "placement",
    "readout",
    "dvs",
    "configuration",
)
TEXTS = ("doc", "note", "source")


def fact_cases(chip: Chip) -> Iterator[Case]:
    """One question for each fact."""
    for section in SECTIONS:
        part = chip.node.get(section)
        for one in once(part, _asked, list, _asked(part, section)) if part is not None else ():
            given, expected = {"of": one.pointer}, {"value": one.value}
            case, clause = f"{chip.name}/facts{one.pointer}", chip.clause(*one.path)
            flags, texts = ("other-value",), (one.given_text, one.expected_text)
            yield Case(case, clause, "valid", given, expected, flags, False, *texts)


class _Fact(NamedTuple):
    """A fact, whoever's it is: chips share the sections that they inherit."""

    path: tuple[str, ...]
    pointer: str
    value: Any
    given_text: str
    expected_text: str


def _asked(part: Node, section: str) -> Iterator[_Fact]:
    for path, value in _facts(part, (section,)):
        pointer = "/" + "/".join(path)
        asked, told = f'{{"of": {text_of(pointer)}}}', f'{{"value": {json.dumps(value)}}}'
        yield _Fact(path, pointer, value, asked, told)


def table_of(part: Node) -> dict[str, Any]:
    """The facts of a section as plain data."""
    found: dict[str, Any] = {}
    for path, value in _facts(part, ()):
        target = found
        for step in path[:-1]:
            target = target.setdefault(step, {})
        target[path[-1]] = value
    return found


def _facts(node: Node, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The facts below a part, each with its path; a list is one fact."""
    if isinstance(node, Mapping):
        for key, part in node.items.items():
            if key not in TEXTS:
                yield from _facts(part, (*path, key))
    elif isinstance(node, Sequence) and all(isinstance(item, Scalar) for item in node.items):
        yield path, list(plain(node))
    elif isinstance(node, Scalar):
        yield path, node.value
