"""A document with one part changed, and the spec that it then is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, TypeAlias

from dynapspec.load import plain
from dynapspec.load.node import Mapping, Node, Scalar, Sequence
from dynapspec.model import Chip, ChipSpec, Layer, LayerSpec

Path: TypeAlias = tuple[str | int, ...]


class _Removed:
    """Stands for a part that is gone."""

    def __repr__(self) -> str:
        return "nothing"


REMOVED: Final = _Removed()


def changed(node: Node, path: Path, value: Any) -> Node:
    """The document with another value at ``path``: a scalar, a list of parts, or REMOVED."""
    if not path:
        return replace(node, items=value) if isinstance(node, Sequence) else replace(node, value=value)
    step, rest = path[0], path[1:]
    if isinstance(node, Mapping):
        return replace(node, items=_items(node.items, str(step), rest, value))
    assert isinstance(node, Sequence)
    assert isinstance(step, int)
    parts = _items(dict(enumerate(node.items)), step, rest, value)
    return replace(node, items=tuple(parts.values()))


def _items(items: dict[Any, Node], key: Any, rest: Path, value: Any) -> dict[Any, Node]:
    if value is REMOVED and not rest:
        return {name: part for name, part in items.items() if name != key}
    return {**items, key: changed(items[key], rest, value)}


def scalar(like: Node, value: Any) -> Scalar:
    """A new value that stands where another part stands."""
    return Scalar(value, like.span)


def typed(entry: Layer | Chip, node: Node) -> Layer | Chip:
    """The entry that a changed document makes.

    Raises:
        pydantic.ValidationError: it is no spec any more.
    """
    assert isinstance(node, Mapping)
    if isinstance(entry, Layer):
        return Layer(LayerSpec.model_validate(plain(node)), node, entry.lineage)
    return Chip(ChipSpec.model_validate(plain(node)), node, entry.lineage)
