"""From a vector to the spec: clause, formula, line, the specs that it came through, page of the docs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dynapspec.diagnostics import InputError
from dynapspec.load import Mapping, Node, Scalar, plain
from dynapspec.load.node import number_or_name
from dynapspec.model import Chip, Layer, Model
from dynapspec.model.provenance import find

FORMULAS = ("must", "is", "rescale", "when", "then", "else", "value", "combine", "steps", "order", "doc")
PAGES = "generated/docs"  # beside the specs
SHORT = 160  # characters of a part without formulas that is shown
_OF_A_CHIP = re.compile(r"\bchip\.([A-Za-z_]\w*)")
_OF_A_CORE = re.compile(r"\bcore\.[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Link:
    """One clause: what it states, where, through which specs it was inherited, and its place in the docs."""

    clause: str
    states: tuple[str, ...]
    place: str
    lineage: tuple[str, ...]
    page: str


@dataclass(frozen=True, slots=True)
class Chain:
    """The clause that a vector tests, and the limits of the chip that the clause compares with."""

    clause: Link
    limits: tuple[Link, ...] = ()


class Linker:
    """Finds the links of clauses in one model."""

    def __init__(self, model: Model) -> None:
        self.model = model
        entries: list[Layer | Chip] = [*model.layers.values(), *model.chips.values()]
        self.entries = {entry.title: entry for entry in entries}

    def chain(self, clause: str, spec: str) -> Chain | None:
        """What stands behind a clause, if it is known; ``spec`` is the layer or chip of the vector."""
        link = self._link(clause)
        if link is None:
            return None
        chip = self.entries.get(spec)
        limits = self._limits(link, chip) if isinstance(chip, Chip) else ()
        return Chain(link, tuple(one for one in limits if one is not None))

    def _limits(self, link: Link, chip: Chip) -> Iterator[Link | None]:
        text = " ".join(link.states)
        for name in dict.fromkeys(_OF_A_CHIP.findall(text)):
            if name in chip.spec.limits:
                yield self._link(chip.clause("limits", name))
        if _OF_A_CORE.search(text):
            yield self._link(chip.clause("cores"))

    def _link(self, clause: str) -> Link | None:
        title, _, pointer = clause.partition("#/")
        entry = self.entries.get(title)
        if entry is None:
            return None
        steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")]
        try:
            node = find(entry, tuple(map(number_or_name, steps)))
        except InputError:
            return None
        folder = "chips" if isinstance(entry, Chip) else "layers"
        page = f"{PAGES}/{folder}/{entry.name}.md"
        return Link(clause, tuple(_states(node)), str(node.span), _lineage(entry, node), page)


def _states(node: Node) -> Iterator[str]:
    """The formulas of a part, with the names of their keys; of a plain value, the value."""
    if not isinstance(node, Mapping):
        yield _text(node)
        return
    found = False
    for key in FORMULAS:
        value = node.get(key)
        if value is not None:
            found = True
            yield f"{key}: {_text(value)}"
    scale = node.get("scale")
    if isinstance(scale, Mapping):
        yield from (f"scale {line}" for line in _states(scale))
    elif not found and len(text := _text(node)) <= SHORT:
        yield text


def _text(node: Node) -> str:
    value: Any = plain(node)
    if isinstance(node, Scalar):
        return str(value)
    if isinstance(node, Mapping):
        return ", ".join(f"{key}: {_text(part)}" for key, part in node.items.items() if key != "source")
    return "; ".join(map(str, value))


def _lineage(entry: Layer | Chip, node: Node) -> tuple[str, ...]:
    """From the spec of the vector up to the one whose file states the value."""
    names: list[str] = []
    for document in entry.lineage:
        names.append(document.name)
        if node.span.file.endswith(document.path.name):
            break
    return tuple(names)
