"""What the structure of a spec cannot say: names, kinds, units, references, claims."""

from __future__ import annotations

from collections.abc import Iterator

from dynapspec.diagnostics import Diagnostic
from dynapspec.model.check_chip import check_chip
from dynapspec.model.check_layer import check_layer
from dynapspec.model.check_names import check_chip_names
from dynapspec.model.chip_spec import ChipSpec
from dynapspec.model.entries import Entry, Model
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
    for chip in model.chips.values():
        yield from check_chip(chip, model)
