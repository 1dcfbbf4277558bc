"""Lays a child's document over its parent's; every value remembers what it replaced."""

from __future__ import annotations

from dynapspec.load import Mapping, Node, Scalar, Sequence

OWN_KEYS = ("chip", "layer", "version", "abstract", "extends", "doc", "format", "package")  # never inherited


def merge(child: Mapping, parent: Mapping) -> Mapping:
    """The child over the parent, without the keys that every file states for itself."""
    inherited = {k: v for k, v in parent.items.items() if k not in OWN_KEYS}
    spans = {k: v for k, v in parent.key_spans.items() if k in inherited}
    base = Mapping(inherited, parent.span, spans, parent.overrides)
    return _mapping(child, base)


def _merge(child: Node, parent: Node) -> Node:
    if isinstance(child, Mapping) and isinstance(parent, Mapping):
        return _mapping(child, parent)
    overrides = (parent, *parent.overrides)
    if isinstance(child, Scalar):
        return Scalar(child.value, child.span, overrides)
    if isinstance(child, Sequence):
        return Sequence(child.items, child.span, overrides)
    return Mapping(child.items, child.span, child.key_spans, overrides)


def _mapping(child: Mapping, parent: Mapping) -> Mapping:
    items, spans = dict(parent.items), dict(parent.key_spans)
    for key, value in child.items.items():
        known = parent.items.get(key)
        if known is not None and _removes(value, known):
            del items[key], spans[key]
            continue
        items[key] = _merge(value, known) if known is not None else value
        spans[key] = child.key_spans[key]
    return Mapping(_ordered(items), child.span, spans, (parent, *parent.overrides))


def _removes(value: Node, known: Node) -> bool:
    """``null`` in the place of a whole entry takes the entry out."""
    return isinstance(value, Scalar) and value.value is None and isinstance(known, Mapping | Sequence)


def _ordered(items: dict[str, Node]) -> dict[str, Node]:
    """Numbered entries in the order of their numbers, all others as they came."""
    if items and all(key.isascii() and key.isdigit() for key in items):
        return dict(sorted(items.items(), key=lambda item: int(item[0])))
    return items
