"""The guide to the spec language, for chip engineers. Its examples are made from the specs at hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dynapspec.emit.docs import vocabulary
from dynapspec.emit.docs.markup import code, fenced
from dynapspec.emit.docs.page import page
from dynapspec.emit.schema.parts import parts_of
from dynapspec.model import Chip, ChipSpec, Layer, LayerSpec, Model
from dynapspec.model.layer_claim import FORMS
from dynapspec.resolve.library import FORMAT

NEW_CHIP = "mychip"
NEW_MIXIN = "half-map"
NEW_DIM, NEW_RULE = "ey", "output-padding"


def specs_page(model: Model) -> str:
    """The page as Markdown."""
    chip = list(model.chips.values())[-1]
    layer = model.layer_of(chip)
    quantization = layer.spec.quantization
    shared = parts_of(LayerSpec).keys() & parts_of(ChipSpec).keys()
    return page(
        "specs.md.j2",
        format=FORMAT,
        layer=layer,
        chip=chip,
        name=NEW_CHIP,
        base=_base(chip),
        cores=fenced("yaml", _first_cores(chip)),
        new_chip=fenced("yaml", new_chip(chip)),
        mixin=NEW_MIXIN,
        new_mixin=fenced("yaml", new_mixin(chip)),
        new_dim=fenced("yaml", new_dim()),
        new_rule=fenced("yaml", new_rule(layer)),
        memory=_memory(layer),
        claims=fenced("yaml", "\n".join(_claims(layer))),
        rounding=code(f"value: {quantization.value.text}"),
        kinds=vocabulary.kinds(),
        levels=vocabulary.levels(),
        functions=vocabulary.functions(),
        chip_parts=list(vocabulary.parts(ChipSpec, skip={})),
        layer_parts=list(vocabulary.parts(LayerSpec, skip=dict.fromkeys({*shared, "Fact"}))),
    )


def _base(chip: Chip) -> str:
    """What the example extends: the parent of a chip, or the chip itself."""
    parents = (document.name for document in chip.lineage[1:] if document.kind == "chip")
    return next(parents, chip.name)


def _first_cores(chip: Chip) -> str:
    """The first cores of a chip that are alike, as a range."""
    first = next(iter(chip.spec.cores.values()))
    alike = [number for number, core in chip.spec.cores.items() if core.words == first.words]
    last = next((number for number in alike if number + 1 not in alike), alike[0])
    words = ", ".join(f"{memory}: {count}" for memory, count in first.words.items())
    return f"cores:\n  {alike[0]}..{last}: {{{words}}}"


def new_chip(chip: Chip) -> str:
    """A complete spec of an imaginary chip that differs from a chip's parent."""
    spec = chip.spec
    first, last = min(spec.cores), max(spec.cores)
    memory, now = next(iter(spec.cores[first].words.items()))
    words = 2 * now
    lines = [
        "# yaml-language-server: $schema=../../generated/schemas/chip.json",
        f"format: {FORMAT}",
        f"chip: {NEW_CHIP}",
        "version: 1.0.0",
        f"extends: {_base(chip)}            # everything that is not stated here",
        'doc: "An imaginary chip with one core less."',
        "sources:",
        "  SHEET: {level: datasheet, title: Data sheet of my chip, date: 2030-01}",
        "devices:",
        f"  {NEW_CHIP}devkit: {{vendor_name: null, source: SHEET}}   # null: the vendor has no name for it",
        "cores:",
        f"  {first}: {{{memory}: {words}, source: SHEET}}   # its other memories stay",
        f"  {last}: null                # this core is not there",
        *_consequences(chip, last),
        "limits:",
        *_narrower(chip),
        "errata:",
        "  warm-up: {text: the first second of events is lost, remedy: wait a second, source: SHEET}",
        "unknown:",
        "  supply: what happens below the lowest supply voltage",
    ]
    return "\n".join(lines)


def _consequences(chip: Chip, gone: int) -> Iterator[str]:
    """What else has to go with a core: its bandwidth, and the claims about all cores."""
    if gone in chip.spec.bandwidth:
        yield "bandwidth:"
        yield f"  {gone}: null"
    if chip.spec.claims:
        yield "claims:                   # what the base says of its cores is not true here"
        yield from (f"  {name}: null" for name in chip.spec.claims)


def _narrower(chip: Chip) -> Iterator[str]:
    """A limit that is one less than that of the base."""
    for name, limit in chip.spec.limits.items():
        if limit.max is not None and limit.max > 1:
            yield f"  {name}: {{max: {limit.max - 1}, source: SHEET}}"
            return


def new_mixin(chip: Chip) -> str:
    """A mixin that halves a limit of a chip."""
    maxima = ((name, limit.max) for name, limit in chip.spec.limits.items() if (limit.max or 0) > 1)
    name, most = next(maxima)
    lines = [
        "# yaml-language-server: $schema=../../generated/schemas/chip-mixin.json",
        f"format: {FORMAT}",
        f"mixin: {NEW_MIXIN}",
        "for: chip                 # or layer",
        "version: 1.0.0",
        'doc: "Half of the map."',
        "sources:",
        "  SHEET: {level: datasheet, title: Data sheet of the small versions, date: 2030-01}",
        "limits:",
        f"  {name}: {{max: {(most or 0) // 2}, source: SHEET}}",
    ]
    return "\n".join(lines)


def new_dim() -> str:
    """A dimension, as it is added to a layer spec."""
    entry = "{kind: pixel, domain: 0..7, from: synapses.output_padding.y, default: 0, doc: added rows}"
    return f"dims:\n  {NEW_DIM}: {entry}"


def new_rule(layer: Layer) -> str:
    """A rule about the new dimension."""
    lines = [
        "rules:",
        f"  {NEW_RULE}:",
        f"    must: {NEW_DIM} == 0",
        f'    say: "{{{NEW_DIM}}} rows of output padding, and the chip adds none"',
        "    remedy: leave the output padding out",
        f"    source: {next(iter(layer.spec.sources))}",
    ]
    return "\n".join(lines)


def _claims(layer: Layer) -> Iterator[str]:
    """The first claim of each form, as a layer spec states it; one that needs a rule before others."""
    yield "claims:"
    for form in FORMS:
        found = [(name, claim) for name, claim in layer.spec.claims.items() if claim.form == form]
        for name, claim in sorted(found, key=lambda one: not one[1].needs)[:1]:
            keys = [f"{key}: {formula.text}" for key, formula in claim.formulas.items()]
            keys += [f"in: [{', '.join(claim.in_)}]"] if claim.in_ else []
            keys += [f"needs: {claim.needs}"] if claim.needs else []
            yield f"  {name}: {{{', '.join(keys)}}}"


def _memory(layer: Layer) -> Mapping[str, Any]:
    """The first memory of a layer and its formula, and the same without padding."""
    name, memory = next(iter(layer.spec.memory.items()))
    return {
        "name": code(name),
        "now": code(f"is: {memory.is_.text}"),
        "then": code(f"is: {memory.used.text}"),
    }
