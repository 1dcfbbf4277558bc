"""Where each clause stands: clause id to file and line. It is part of no hash."""

from __future__ import annotations

import json
from collections.abc import Iterator

from dynapspec.diagnostics import Span
from dynapspec.emit.output import Entry
from dynapspec.load.node import Mapping, Node
from dynapspec.load.reader import display_name
from dynapspec.model import Model

text_of = json.JSONEncoder().encode


def source_map(model: Model) -> str:
    """The map as JSON; paths are relative to the folder of specs."""
    entries: list[Entry] = [*model.layers.values(), *model.chips.values()]
    root = display_name(model.root)
    files = _Files(root)
    places = {
        entry.clause(*path): f"[{files[span.file]}, {span.line}]"
        for entry in entries
        for path, span in clauses(entry.node)
    }
    lines = [f"  {text_of(clause)}: {place}" for clause, place in sorted(places.items())]
    return "{\n" + ",\n".join(lines) + "\n}\n"


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
