"""Vectors of a chip's table: every number and name of it that an implementation has to know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from dynapspec.emit.conformance.case import Case, text_of
from dynapspec.load.node import Mapping, Node, Scalar, Sequence, plain
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
    for path, value in facts_in(chip, SECTIONS):
        pointer = "/" + "/".join(path)
        given, expected = {"of": pointer}, {"value": value}
        case, asked = f"{chip.name}/facts{pointer}", f'{{"of": {text_of(pointer)}}}'
        yield Case(case, chip.clause(*path), "valid", given, expected, ("other-value",), False, asked)


def facts_in(chip: Chip, sections: Iterable[str]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The facts of some sections of a chip, each with its path."""
    for section in sections:
        part = chip.node.get(section)
        if part is not None:
            yield from _facts(part, (section,))


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
