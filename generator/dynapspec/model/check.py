"""What the structure of a spec cannot say: names, kinds, units, references, claims."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dynapspec.diagnostics import Diagnostic
from dynapspec.load.reader import display_name
from dynapspec.model.check_chip import check_chip
from dynapspec.model.check_layer import check_layer
from dynapspec.model.check_names import check_chip_names
from dynapspec.model.chip_spec import ChipSpec
from dynapspec.model.entries import Chip, Entry, Model
from dynapspec.model.layer_spec import LayerSpec
from dynapspec.model.sources import check_sources


def check_model(model: Model) -> Iterator[Diagnostic]:
    """Every finding about every spec; none when the model is sound."""
    packages: dict[str, str] = {}
    entries: list[Entry[LayerSpec] | Entry[ChipSpec]] = [*model.layers.values(), *model.chips.values()]
    for entry in entries:
        yield from check_sources(entry)
    for layer in model.layers.values():
        other = packages.setdefault(layer.spec.package, layer.name)
        if other != layer.name:
            message = f"the package {layer.spec.package} is generated from {other} already"
            yield layer.finding("package-clash", message, "package", hint="name another package")
        yield from check_layer(layer)
    yield from check_chip_names(model)
    yield from _chips(model)


def _chips(model: Model) -> Iterator[Diagnostic]:
    """Findings about the chips; one that a single chip has with what it inherits names that chip."""
    found: dict[Diagnostic, list[Chip]] = {}
    for chip in model.chips.values():
        for finding in check_chip(chip, model):
            found.setdefault(finding, []).append(chip)
    for finding, chips in found.items():
        own = display_name(chips[0].lineage[0].path)
        inherited = len(chips) == 1 and finding.span is not None and finding.span.file != own
        where = f"{chips[0].name} inherits this; "
        yield replace(finding, hint=where + finding.hint) if inherited else finding
