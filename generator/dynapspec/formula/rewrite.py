"""Formulas with another part in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any, TypeAlias

from dynapspec.formula import tree as t

Put: TypeAlias = Callable[[t.Tree], t.Tree]  # the whole formula, with another part at a place


def places(tree: t.Tree, put: Put = lambda part: part) -> Iterator[tuple[t.Tree, Put]]:
    """Every part of a formula, the outermost first, and what the formula is with another in its place."""
    yield tree, put
    for field in fields(tree):
        value = getattr(tree, field.name)
        if isinstance(value, t.Node):
            yield from places(value, _into(tree, field.name, put))  # type: ignore[arg-type]  # all are trees
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                yield from places(item, _into(tree, field.name, put, index))


def _into(tree: t.Tree, name: str, put: Put, index: int | None = None) -> Put:
    """How a part of ``tree`` is replaced, in the formula around it."""

    def inner(part: t.Tree) -> t.Tree:
        value: Any = part
        if index is not None:
            items = getattr(tree, name)
            value = (*items[:index], part, *items[index + 1 :])
        changed: Any = {name: value}
        return put(replace(tree, **changed))

    return inner


def mapped(tree: t.Tree, change: Put) -> t.Tree:
    """The formula with every part changed, from the inside out."""
    parts: dict[str, Any] = {}
    for field in fields(tree):
        value = getattr(tree, field.name)
        if isinstance(value, t.Node):
            parts[field.name] = mapped(value, change)  # type: ignore[arg-type]  # all are trees
        elif isinstance(value, tuple):
            parts[field.name] = tuple(mapped(item, change) for item in value)
    return change(replace(tree, **parts) if parts else tree)


def renamed(tree: t.Tree, names: Mapping[str, str]) -> t.Tree:
    """The formula with other names in it."""

    def change(part: t.Tree) -> t.Tree:
        return replace(part, id=names.get(part.id, part.id)) if isinstance(part, t.Name) else part

    return mapped(tree, change)
