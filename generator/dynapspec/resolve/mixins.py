"""Mixins: named fragments that are laid over what a spec extends, below its own lines.

Two mixins that state the same part differently leave open which of them holds, so the spec that
uses both has to say it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from dynapspec.diagnostics import Diagnostic
from dynapspec.load import Mapping, Node, Scalar, plain
from dynapspec.load.node import is_null, show_path
from dynapspec.resolve.merge import OWN_KEYS, Steps, merge

if TYPE_CHECKING:
    from dynapspec.resolve.documents import Document

SHOWN = 3  # paths of one conflict that are named


def laid_over(child: Document, mixins: Sequence[Document], parent: Mapping | None) -> Mapping:
    """A spec with its mixins, in their order, over the resolved document of its parent."""
    if parent is None and not mixins:
        return child.node
    node = parent or Mapping({}, child.node.span)
    gone: set[Steps] = set()
    for document in (*mixins, child):
        node = merge(document.node, node, gone)
        gone |= {path for path, leaf in _stated(document).items() if is_null(leaf)}
    return node


def conflicts(child: Document, mixins: Sequence[Document]) -> Iterator[Diagnostic]:
    """What two mixins state differently, where the child does not state it itself."""
    settled = _stated(child)
    for first, second in combinations(mixins, 2):
        places: dict[tuple[Node, Node], list[Steps]] = {}
        told: set[Steps] = set()
        for path, one, other in _different(_stated(first), _stated(second)):
            open_ = path not in told and not any(path[: end + 1] in settled for end in range(len(path)))
            told.add(path)
            if open_:
                places.setdefault((one, other), []).append(path)
        for (one, other), paths in places.items():
            yield _conflict(child, (first, one), (second, other), paths)


def _stated(document: Document) -> dict[Steps, Node]:
    """Every value and list of a document by its path, the head aside."""
    found: dict[Steps, Node] = {}
    for key, value in document.node.items.items():
        if key not in OWN_KEYS:
            _collect(value, (key,), found)
    return found


def _collect(node: Node, path: Steps, found: dict[Steps, Node]) -> None:
    if not isinstance(node, Mapping):
        found[path] = node
        return
    for key, value in node.items.items():
        _collect(value, (*path, key), found)


def _different(first: dict[Steps, Node], second: dict[Steps, Node]) -> Iterator[tuple[Steps, Node, Node]]:
    """The same part stated differently, or as a whole by one and in parts by the other."""
    for path, one in first.items():
        other = second.get(path)
        if other is not None and repr(plain(one)) != repr(plain(other)):
            yield path, one, other
        for end in range(1, len(path)):
            if path[:end] in second:
                yield path[:end], one, second[path[:end]]
    for path, other in second.items():
        for end in range(1, len(path)):
            if path[:end] in first:
                yield path[:end], first[path[:end]], other


def _conflict(
    child: Document, first: tuple[Document, Node], second: tuple[Document, Node], paths: list[Steps]
) -> Diagnostic:
    unique = list(dict.fromkeys(show_path(path) for path in paths))
    more = f" and {len(unique) - SHOWN} more" if len(unique) > SHOWN else ""
    what = ", ".join(unique[:SHOWN]) + more
    told = " and ".join(f"{_value(node)} in {node.span}" for _, node in (first, second))
    message = f"the mixins {first[0].name} and {second[0].name} state {what} differently: {told}"
    hint = f"state {unique[0]} in {child.name} itself, or leave out one of the two"
    return Diagnostic("mixin-conflict", message, child.mixin_span(second[0].name), hint)


def _value(node: Node) -> str:
    if isinstance(node, Scalar):
        return "null" if node.value is None else str(plain(node))
    return f"[{', '.join(map(str, plain(node)))}]"
