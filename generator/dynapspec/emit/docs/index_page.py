"""The first page: what is here, and the chips side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dynapspec.emit.docs.markup import Markup, code, join, link, sentence, table
from dynapspec.emit.docs.page import page
from dynapspec.model import Chip, Model


@dataclass(frozen=True, slots=True)
class Reading:
    """A page that stands beside those of layers and chips: its title, its file, and what it answers."""

    title: str
    file: str
    answers: str


LANGUAGE = Reading(
    "The spec language", "specs.md", "How do I add a chip, a dimension or a rule, or change a formula?"
)
EVIDENCE = Reading("How well each fact is known", "evidence.md", "What is measured, and what is assumed?")
CONFORMANCE = Reading(
    "The conformance suite", "conformance.md", "How do I play the vectors against my own implementation?"
)
IMPLEMENTATIONS = Reading(
    "What it found in other implementations", "implementations.md", "What do other implementations get wrong?"
)
STRENGTH = Reading(
    "How strong the vectors are", "strength.md", "Would a mistake be found, and does the spec meet the chip?"
)
SPEED = Reading("How fast it is", "speed.md", "How long does it take, beside other libraries?")
CONFIGURATION = Reading(
    "Configurations", "configuration.md", "How do I load a network onto a chip with the vendor's library?"
)
NETWORKS = Reading(
    "Network files", "networks.md", "How do I write my network down, with branches and the sensor's block?"
)
SPACES = Reading("Search spaces", "explore.md", "Which of many networks fit which chips?")
CODES = Reading("Codes of findings", "codes.md", "What does a finding of `check` mean, and how is it mended?")


def index_page(model: Model, reading: Sequence[Reading]) -> str:
    """The page as Markdown; ``reading`` are the other pages that there are."""
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
        reading=table(["page", "answers"], [[link(r.title, r.file), Markup(r.answers)] for r in reading]),
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
    """Which chips have which block, and which lack it."""
    names = list(dict.fromkeys(name for chip in chips for name in chip.spec.features))
    docs = {name: feature.doc for chip in chips for name, feature in chip.spec.features.items()}
    rows = [
        [code(name), docs[name], _named(chips, name, there=True), _named(chips, name, there=False)]
        for name in names
    ]
    return table(["block", "what it does", "chips that have it", "chips that lack it"], rows)


def _named(chips: Sequence[Chip], block: str, *, there: bool) -> Markup:
    """The chips that have a block, or lack it."""
    found = [chip for chip in chips if _has(chip, block) == there]
    return join([link(chip.name, f"chips/{chip.name}.md") for chip in found])


def _has(chip: Chip, name: str) -> bool:
    feature = chip.spec.features.get(name)
    return bool(feature and feature.has)
