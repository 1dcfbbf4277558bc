"""Checks of lists: a value that stands twice in one says nothing, or something else was meant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dynapspec.diagnostics import Diagnostic
from dynapspec.load import Mapping, Node, Scalar, Sequence
from dynapspec.load.node import once

if TYPE_CHECKING:
    from dynapspec.model.entries import Entry

REPEATABLE = ("steps", "neuron_shape", "output_shape")  # lists in which a value may stand again


def check_lists(entry: Entry[Any]) -> Iterator[Diagnostic]:
    """Findings about what is listed twice."""
    yield from _below(entry.node, "")


def _below(node: Node, name: str) -> Iterator[Diagnostic]:
    if isinstance(node, Mapping):
        for key, value in node.items.items():
            yield from once(value, _below, list, _below(value, key))
    elif isinstance(node, Sequence) and name not in REPEATABLE:
        seen: set[tuple[type, object]] = set()
        for item in node.items:
            if not isinstance(item, Scalar):
                continue
            stated = (type(item.value), item.value)
            if stated in seen:
                message = f"{item.value} is listed twice"
                yield Diagnostic("listed-twice", message, item.span, "keep one of the two")
            seen.add(stated)
