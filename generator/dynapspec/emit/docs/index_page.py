"""The first page: what is here, and the chips side by side."""

from __future__ import annotations

from collections.abc import Sequence

from dynapspec.emit.docs.markup import Markup, code, join, link, sentence, table
from dynapspec.emit.docs.page import page
from dynapspec.model import Chip, Model


def index_page(model: Model) -> str:
    """The page as Markdown."""
    chips = list(model.chips.values())
    clauses = [
        code(layer.clause("rules", rule)) for layer in model.layers.values() for rule in layer.spec.rules
    ]
    return page(
        "index.md.j2",
        layers=_layers(model),
        chips=_chips(chips),
        blocks=_blocks(chips),
        clause=join(clauses[:1]),
    )


def _layers(model: Model) -> Markup:
    rows = [
        [
            link(layer.spec.api.class_, f"layers/{layer.name}.md"),
            code(f"{layer.name} {layer.spec.version}"),
            code(f"import {layer.spec.package}"),
            sentence(layer.spec.doc),
        ]
        for layer in model.layers.values()
    ]
    return table(["class", "spec", "package", "what it is"], rows)


def _chips(chips: Sequence[Chip]) -> Markup:
    memories = list(
        dict.fromkeys(key for chip in chips for core in chip.spec.cores.values() for key in core.words)
    )
    rows = [
        [
            link(chip.name, f"chips/{chip.name}.md"),
            len(chip.spec.cores),
            *(_total(chip, memory) for memory in memories),
            join(map(code, chip.spec.devices)),
        ]
        for chip in chips
    ]
    return table(["chip", "cores", *(memory.replace("_", " ") for memory in memories), "devices"], rows)


def _total(chip: Chip, memory: str) -> int:
    return sum(core.words.get(memory, 0) for core in chip.spec.cores.values())


def _blocks(chips: Sequence[Chip]) -> Markup:
    """Which chip has which block; the blocks are the rows, since they are more than fit side by side."""
    names = list(dict.fromkeys(name for chip in chips for name in chip.spec.features))
    docs = {name: feature.doc for chip in chips for name, feature in chip.spec.features.items()}
    rows = [[code(name), docs[name], *(_has(chip, name) for chip in chips)] for name in names]
    return table(["block", "what it does", *(chip.name for chip in chips)], rows)


def _has(chip: Chip, name: str) -> str:
    feature = chip.spec.features.get(name)
    return "yes" if feature and feature.has else "no"
