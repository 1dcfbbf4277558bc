"""``null`` takes an entry out that a spec inherits; where there is nothing to take out, it is a mistake."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from dynapspec.diagnostics import Diagnostic, did_you_mean
from dynapspec.load import Mapping, Scalar
from dynapspec.load.node import descend, is_null, once, show_path
from dynapspec.load.reader import display_name
from dynapspec.model.annotations import below, is_model, nullable, required
from dynapspec.resolve import Document


def without_removed(node: Mapping, spec: type[BaseModel]) -> Mapping:
    """The document without the entries that ``null`` takes out, whether there was something or not."""
    for path, _ in _removals(node, spec):
        node = without(node, path)
    return node


def removals_of_nothing(
    node: Mapping, spec: type[BaseModel], lineage: Sequence[Document]
) -> Iterator[Diagnostic]:
    """A finding for each ``null`` in the place of an entry that is not inherited."""
    for path, value in _removals(node, spec):
        if not value.overrides or is_null(value.overrides[0]):
            yield _finding(node, path, lineage)


def without(node: Mapping, path: tuple[int | str, ...]) -> Mapping:
    """The document without the part at a path."""
    key, items = str(path[0]), dict(node.items)
    inner = items.get(key)
    if not path[1:]:
        items.pop(key, None)
    elif isinstance(inner, Mapping):
        items[key] = without(inner, path[1:])
    return replace(node, items=items, key_spans={k: s for k, s in node.key_spans.items() if k in items})


def _removals(node: Mapping, spec: type[BaseModel]) -> list[tuple[tuple[str, ...], Scalar]]:
    """Every null that stands for an entry, and is no value itself."""
    return [(path, null) for path, null in _nulls(node) if _removes(spec, path, null)]


def _nulls(node: Mapping) -> Iterator[tuple[tuple[str, ...], Scalar]]:
    for key, value in node.items.items():
        if isinstance(value, Mapping):
            for path, null in once(value, _nulls, list, _nulls(value)):
                yield (key, *path), null
        elif isinstance(value, Scalar) and value.value is None:
            yield (key,), value


def _removes(kind: Any, path: tuple[str, ...], null: Scalar) -> bool:
    for step in path[:-1]:
        kind = below(kind, step)
    inner = below(kind, path[-1])
    if inner is None or (nullable(inner) and not is_model(inner)):
        return False  # an unknown key, told elsewhere, or a value that may be null
    return not required(kind, path[-1]) or bool(null.overrides and is_model(inner))


def _finding(node: Mapping, path: tuple[str, ...], lineage: Sequence[Document]) -> Diagnostic:
    owner, key = descend(node, path[:-1]), path[-1]
    assert isinstance(owner, Mapping)
    span = owner.key_spans[key]
    files = [display_name(document.path) for document in lineage]
    index = files.index(span.file) if span.file in files else 0
    known = next((old.items for old in _older(owner) if key not in old.items), {})
    where = f" in {show_path(path[:-1])}" if path[1:] else ""
    told = f"{lineage[index].name} extends nothing"
    if index + 1 < len(lineage):
        told = f"{lineage[index + 1].title} has no {key}{where}"
    hint = (did_you_mean(key, known) if path[1:] else "") or "leave it out"
    return Diagnostic("nothing-to-remove", f"there is nothing to remove: {told}", span, hint)


def _older(owner: Mapping) -> Iterator[Mapping]:
    return (old for old in owner.overrides if isinstance(old, Mapping))
