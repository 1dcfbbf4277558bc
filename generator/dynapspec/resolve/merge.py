"""Lays a child's document over its parent's; every value remembers what it replaced."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeAlias

from dynapspec.load import Mapping, Node, Scalar, Sequence
from dynapspec.load.node import is_null

Steps: TypeAlias = tuple[str, ...]
NAMES = ("chip", "layer", "mixin", "for")
OWN_KEYS = (*NAMES, "version", "abstract", "extends", "mixins", "doc", "format", "package")  # never inherited


def merge(child: Mapping, parent: Mapping, gone: Collection[Steps] = ()) -> Mapping:
    """The child over the parent, without the keys that every file states for itself.

    Args:
        child: what is laid over.
        parent: what it is laid over.
        gone: entries that mixins took out below the child, so that it may take them out as well.
    """
    inherited = {k: v for k, v in parent.items.items() if k not in OWN_KEYS}
    spans = {k: v for k, v in parent.key_spans.items() if k in inherited}
    base = Mapping(inherited, parent.span, spans, parent.overrides)
    return _mapping(child, base, (), gone)


def _merge(child: Node, parent: Node, path: Steps, gone: Collection[Steps]) -> Node:
    if isinstance(child, Mapping) and isinstance(parent, Mapping):
        return _mapping(child, parent, path, gone)
    overrides = (parent, *parent.overrides)
    if isinstance(child, Scalar):
        return Scalar(child.value, child.span, overrides)
    if isinstance(child, Sequence):
        return Sequence(child.items, child.span, overrides)
    return Mapping(child.items, child.span, child.key_spans, overrides)


def _mapping(child: Mapping, parent: Mapping, path: Steps, gone: Collection[Steps]) -> Mapping:
    items, spans = dict(parent.items), dict(parent.key_spans)
    for key, value in child.items.items():
        known = parent.items.get(key)
        if is_null(value) and isinstance(known, Mapping | Sequence):  # takes the entry out
            del items[key], spans[key]
            continue
        if is_null(value) and (*path, key) in gone and (known is None or is_null(known)):
            continue
        items[key] = _merge(value, known, (*path, key), gone) if known is not None else value
        spans[key] = child.key_spans[key]
    return Mapping(_ordered(items), child.span, spans, (parent, *parent.overrides))


def _ordered(items: dict[str, Node]) -> dict[str, Node]:
    """Numbered entries in the order of their numbers, all others as they came."""
    if items and all(key.isascii() and key.isdigit() for key in items):
        return dict(sorted(items.items(), key=lambda item: int(item[0])))
    return items
