"""Where facts come from: their evidence, and the spec that states them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, get_args

from dynapspec.emit.docs.markup import Markup, anchor, code, join, markup, to_clause
from dynapspec.emit.output import Entry
from dynapspec.load.node import Scalar, descend, leaves, place_of, plain
from dynapspec.load.reader import display_name
from dynapspec.model.values import Level

Known = TypeVar("Known", bound=Entry)
LEVELS: tuple[str, ...] = get_args(Level)  # strongest first


@dataclass(frozen=True, slots=True)
class Evidence:
    """How one fact is known: the id of its source, the place in it, and how strong it is."""

    source: str
    place: str
    level: str


class Facts(Generic[Known]):
    """The facts of one spec, as pages show them."""

    def __init__(self, entry: Known) -> None:
        self.entry = entry
        self.files = {display_name(document.path): document.name for document in entry.lineage}

    def known_from(self, source: str) -> Evidence:
        """The evidence behind the ``source`` of a part."""
        name, _, place = source.partition(" ")
        return Evidence(name, place, self.entry.spec.sources[name].level)

    def evidence(self, source: str | None) -> Markup:
        """The evidence in short, with a link to what the source is: ``datasheet, DS Table 1``."""
        if not source:
            return Markup("")
        found = self.known_from(source)
        name = to_clause(found.source, self.entry.clause("sources", found.source))
        return join([found.level, join([name, *([found.place] if found.place else [])], " ")])

    def part(self, path: tuple[str | int, ...]) -> Any:
        """A part of the merged spec as plain data."""
        return plain(descend(self.entry.node, path))

    def place(self, *path: str | int) -> Markup:
        """The anchor of a part."""
        return anchor(self.entry.clause(*path))

    def named(self, *path: str | int) -> Markup:
        """The name of a part, at the place that its clause id leads to."""
        return Markup(self.place(*path) + code(path[-1]))

    def heading(self, *path: str | int) -> Markup:
        """The name of a part for a heading, at the place that its clause id leads to."""
        return Markup(self.place(*path) + markup(path[-1]))

    def stated_in(self, *path: str | int) -> str:
        """The name of the spec that states a part; of several, the nearest."""
        part = descend(self.entry.node, path)
        spans = [leaf.span for _, leaf in leaves(part)] or [place_of(self.entry.node, path)]
        names = {self.files.get(span.file, self.entry.name) for span in spans}
        return next(name for name in self.files.values() if name in names)

    def sourced(self) -> Iterator[tuple[tuple[int | str, ...], Scalar]]:
        """Every part that names a source: its path, and the scalar that names it."""
        for path, leaf in leaves(self.entry.node):
            if path[-1] == "source" and path[0] != "sources" and isinstance(leaf.value, str):
                yield path[:-1], leaf

    def sources(self) -> list[list[Any]]:
        """The rows of the table of sources."""
        return [
            [self.named("sources", name), source.level, source.title, source.date]
            for name, source in self.entry.spec.sources.items()
        ]
