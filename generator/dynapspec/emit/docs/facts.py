"""Where facts come from: their evidence, and the spec that states them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Generic, TypeVar, get_args

from dynapspec.emit.docs.lineage import shown
from dynapspec.emit.docs.markup import Markup, anchor, code, join, link, markup, numbers, to_clause
from dynapspec.emit.output import Entry
from dynapspec.load.node import Node, Scalar, descend, leaves, once, place_of, plain, show_path
from dynapspec.model.provenance import Path as Steps
from dynapspec.model.provenance import find, values
from dynapspec.model.sources import sourced
from dynapspec.model.values import Level
from dynapspec.resolve import Document

Known = TypeVar("Known", bound=Entry)
LEVELS: tuple[str, ...] = get_args(Level)  # strongest first
EVIDENCE, SET_BY = "evidence", "set by"  # titles of the columns that every table of facts ends with
SPECS = "../../specs/"  # from the docs to the specs that stand beside what is generated


@dataclass(frozen=True, slots=True)
class Evidence:
    """How one fact is known: the id of its source, the place in it, and how strong it is."""

    source: str
    place: str
    level: str


class Facts(Generic[Known]):
    """The facts of one spec, as pages show them; ``root`` is the folder of the specs."""

    def __init__(self, entry: Known, root: Path) -> None:
        self.entry = entry
        self._told: dict[str, Markup] = {}
        self.files = {document.file: document.title for document in entry.lineage}
        self.paths = {document.title: spec_path(document, root) for document in entry.lineage}

    def known_from(self, source: str) -> Evidence:
        """The evidence behind the ``source`` of a part."""
        name, _, place = source.partition(" ")
        return Evidence(name, place, self.entry.spec.sources[name].level)

    def evidence(self, source: str | None) -> Markup:
        """The evidence in short, with a link to what the source is: ``datasheet, DS Table 1``."""
        if not source:
            return Markup("")
        if source not in self._told:
            self._told[source] = self._evidence(source)
        return self._told[source]

    def _evidence(self, source: str) -> Markup:
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

    def known(self, *path: str | int, source: str | None) -> list[Markup]:
        """How a part is known, and which spec set it: the last two cells of its row."""
        return [self.evidence(source), self.set_by(*path)]

    def alike(self, section: str, rows: Mapping[int, list[object]]) -> list[list[object]]:
        """Rows of numbered parts; neighbours that say the same share a row, and each keeps its place."""
        found: list[list[object]] = []
        for cells, group in groupby(rows, key=lambda number: rows[number]):
            together = list(group)
            places = "".join(self.place(section, number) for number in together)
            found.append([Markup(places + numbers(together)), *cells])
        return found

    def set_by(self, *path: str | int, up: str = "../") -> Markup:
        """The spec that sets a part, and what it replaced: ``speck2, over family: none``; with links."""
        section = self.entry.node.get(str(path[0]))
        return once(section, ("set by", path, up), self._set_by, path, up)

    def _set_by(self, path: tuple[str | int, ...], up: str) -> Markup:
        name = self.stated_in(*path)
        found = [(at, value) for at, value in values(find(self.entry, path), path) if at[-1] != "kind"]
        replaced = [
            over for at, value in found for over in self._replaced(at, value, alone=len(found) == 1, up=up)
        ]
        return join([self.spec_link(name, up), *dict.fromkeys(replaced)])

    def _replaced(self, path: Steps, value: Node, *, alone: bool, up: str) -> Iterator[Markup]:
        """The other values that the parents of a spec have in the place of one, nearest first."""
        label = "" if alone else f"{show_path(path).rpartition('.')[2]} "
        for old in value.overrides:
            if plain(old) != plain(value):
                spec = self.spec_link(self.files.get(old.span.file, self.entry.name), up)
                yield Markup(f"over {spec}: {code(f'{label}{shown(plain(old))}')}")

    def spec_link(self, name: str, up: str = "../") -> Markup:
        """The name of a spec of the lineage as a link to its file; ``up`` leads from the page to the docs."""
        return link(name, up + self.link_to(name))

    def link_to(self, name: str) -> str:
        """Where the file of a spec stands, from the folder of the docs."""
        return SPECS + self.paths[name]

    def sourced(self) -> Iterator[tuple[tuple[int | str, ...], Scalar]]:
        """Every part that names a source: its path, and the scalar that names it."""
        for path, leaf in sourced(self.entry.node):
            if isinstance(leaf.value, str):
                yield path[:-1], leaf

    def sources(self) -> list[list[Any]]:
        """The rows of the table of sources."""
        return [
            [self.named("sources", name), source.level, source.title, source.date]
            for name, source in self.entry.spec.sources.items()
        ]


def spec_path(document: Document, root: Path) -> str:
    """The file of a spec below the folder of specs, such as ``chips/family.yaml``."""
    return document.path.relative_to(root).as_posix()
