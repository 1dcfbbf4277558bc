"""Where each clause stands: clause id to file and line. It is part of no hash."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TypeAlias

from dynapspec.diagnostics import Span
from dynapspec.emit.output import Entry
from dynapspec.load.node import Mapping, Node, once
from dynapspec.load.reader import display_name
from dynapspec.model import Model
from dynapspec.model.entries import pointer_to

text_of = json.JSONEncoder().encode
Line: TypeAlias = tuple[str, str]  # the pointer of a clause id, and what the map says of it


def source_map(model: Model) -> str:
    """The map as JSON; paths are relative to the folder of specs."""
    entries: list[Entry] = [*model.layers.values(), *model.chips.values()]
    files = _Files(display_name(model.root))
    # No title holds the sign that follows it: with the entries in order, their clauses are in order.
    lines = [line for entry in sorted(entries, key=lambda one: one.clause()) for line in _lines(entry, files)]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _lines(entry: Entry, files: _Files) -> Iterator[str]:
    start = text_of(entry.clause())[:-1]  # a quote, and what all its clause ids begin with
    return (f"  {start}{told}" for _, told in sorted(_sections(entry.node, files)))


def _sections(node: Mapping, files: _Files) -> Iterator[Line]:
    """Every clause of a document; what it inherits was worked out before."""
    for key, part in node.items.items():
        yield _line((key,), node.key_spans[key], files)
        yield from once(part, (_sections, files.root), _below, part, key, files)


def _below(part: Node, section: str, files: _Files) -> list[Line]:
    return [_line(path, span, files) for path, span in clauses(part, (section,))]


def _line(path: tuple[str, ...], span: Span, files: _Files) -> Line:
    pointer = pointer_to(path)
    return pointer, f"{text_of(pointer)[1:]}: [{files[span.file]}, {span.line}]"


class _Files(dict[str, str]):
    """Files below the folder of specs as JSON, so that the map is the same wherever that folder stands."""

    def __init__(self, root: str) -> None:
        self.root = root

    def __missing__(self, file: str) -> str:
        name = file.removeprefix(self.root).lstrip("/") if file.startswith(self.root) else file
        self[file] = json.dumps(name)
        return self[file]


def clauses(node: Node, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Span]]:
    """Every named part of a document and the place of its name."""
    if isinstance(node, Mapping):
        for key, value in node.items.items():
            yield (*path, key), node.key_spans[key]
            yield from clauses(value, (*path, key))
