"""Every fact of the specs by how well it is known, so that a reader sees what rests on assumption."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from dynapspec.diagnostics import Span
from dynapspec.emit.docs.facts import LEVELS, Evidence, Facts
from dynapspec.emit.docs.lineage import shown
from dynapspec.emit.docs.markup import Markup, code, join, numbers, table, to_clause
from dynapspec.emit.docs.page import page
from dynapspec.emit.output import Entry
from dynapspec.load.node import number_or_name
from dynapspec.model import Chip, Model
from dynapspec.model.values import Fact

LEVEL_MEANING = {
    "measured": "Somebody measured it on a chip.",
    "datasheet": "The vendor's data sheet says so.",
    "vendor-code": "The vendor's code does so.",
    "derived": "It follows from other facts or from geometry.",
    "assumed": "Nobody knows for sure. Check it before you rely on it.",
}
HEADLINES = ("must", "is", "steps", "text", "value", "class")


@dataclass(slots=True)
class Stated:
    """A fact as one spec file states it, and the first entry that has it."""

    facts: Facts[Entry]
    evidence: Evidence
    stated_in: str
    paths: list[tuple[int | str, ...]]

    def row(self) -> list[object]:
        """The row of the fact in the table of its level."""
        entry, path = self.facts.entry, self.paths[0]
        folder = "chips" if isinstance(entry, Chip) else "layers"
        numbered = numbers(number_or_name(str(each[-1])) for each in self.paths)
        name = " ".join([*map(str, path[:-1]), numbered])
        return [
            to_clause(name, entry.clause(*path), f"{folder}/{entry.name}.md"),
            code(shown(_core(self.facts.part(path)))),
            f"{self.evidence.source} {self.evidence.place}".strip(),
            self.facts.spec_link(self.stated_in, up=""),
        ]


def _core(part: Any) -> Any:
    """What a part states in one key, where it has such a key; the rest is on its page."""
    key = next((key for key in HEADLINES if key in part), None)
    return part if key is None else part[key]


def evidence_page(model: Model) -> str:
    """The page as Markdown."""
    stated = list(_stated(model))
    return page("evidence.md.j2", levels=[_level(name, stated) for name in LEVELS], bare=_bare(model))


def _level(name: str, stated: list[Stated]) -> Mapping[str, Any]:
    rows = [each.row() for each in stated if each.evidence.level == name]
    facts = table(["fact", "value", "source", "stated in"], rows)
    return {"name": name, "count": len(rows), "meaning": LEVEL_MEANING[name], "facts": facts}


def _entries(model: Model) -> list[Entry]:
    return [*model.layers.values(), *model.chips.values()]


def _stated(model: Model) -> Iterator[Stated]:
    """Each fact once, however many chips inherit it or cores share it."""
    found: dict[Span, Stated] = {}
    for entry in _entries(model):
        facts: Facts[Entry] = Facts(entry, model.root)
        for path, leaf in facts.sourced():
            known = found.get(leaf.span)
            if known is None:
                spec = facts.files.get(leaf.span.file, entry.name)
                found[leaf.span] = Stated(facts, facts.known_from(str(leaf.value)), spec, [path])
            elif known.facts is facts:
                known.paths.append(path)
    yield from found.values()


def _bare(model: Model) -> Markup:
    """The facts that name no source, by section."""
    sections: dict[tuple[str, str], list[str]] = {}
    for entry in _entries(model):
        for section, name in _sourceless(entry.spec):
            sections.setdefault((entry.name, section), []).append(name)
    rows = [[spec, section, join(map(code, names))] for (spec, section), names in sections.items()]
    return table(["spec", "section", "stated without a source"], rows)


def _sourceless(spec: BaseModel) -> Iterator[tuple[str, str]]:
    for section in type(spec).model_fields:
        parts = getattr(spec, section)
        for name, part in parts.items() if isinstance(parts, dict) else ():
            if isinstance(part, Fact) and not part.source:
                yield section, str(name)
