"""What the structure of a spec cannot say: names, kinds, units, references, claims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from dynapspec.diagnostics import Diagnostic
from dynapspec.load.reader import display_name
from dynapspec.model.bases import Base, common
from dynapspec.model.check_chip import check_chip, check_rules
from dynapspec.model.check_layer import check_layer
from dynapspec.model.check_lists import check_lists
from dynapspec.model.check_names import check_chip_names, check_limit_names
from dynapspec.model.chip_spec import ChipSpec
from dynapspec.model.entries import Chip, Entry, Layer, Model
from dynapspec.model.layer_spec import LayerSpec
from dynapspec.model.sources import check_sources

ABSENCE = ("missing-limit", "missing-memory", "missing-key")  # a base need not be complete


def check_model(model: Model) -> Iterator[Diagnostic]:
    """Every finding about every spec; none when the model is sound."""
    packages: dict[str, str] = {}
    entries: list[Entry[LayerSpec] | Entry[ChipSpec]] = [*model.layers.values(), *model.chips.values()]
    for entry in (*entries, *(base.entry for base in model.bases)):
        yield from check_sources(entry)
        yield from check_lists(entry)
    for layer in model.layers.values():
        other = packages.setdefault(layer.spec.package, layer.name)
        if other != layer.name:
            message = f"the package {layer.spec.package} is generated from {other} already"
            yield layer.finding("package-clash", message, "package", hint="name another package")
    yield from _layers(model)
    yield from check_chip_names(model)
    yield from _chips(model)


def _layers(model: Model) -> Iterator[Diagnostic]:
    """Findings about layers; what a layer has from another one is told of that one alone."""
    found: dict[str, list[Diagnostic]] = {}
    for layer in sorted(model.layers.values(), key=lambda layer: len(layer.lineage)):
        own = list(dict.fromkeys(check_layer(layer)))
        if not model.chips_of(layer):
            own += check_rules(layer)
        found[layer.name] = own
        parent = next((d.name for d in layer.lineage[1:] if d.name in found), None)
        inherited = Counter((f.code, f.message) for f in found[parent]) if parent else Counter()
        told = {f for f in own if parent and f in found[parent]}
        inherited.subtract((f.code, f.message) for f in told)
        for finding in own:
            key = (finding.code, finding.message)
            if finding not in told and inherited[key] > 0:
                inherited[key] -= 1
            else:
                yield finding


def _chips(model: Model) -> Iterator[Diagnostic]:
    """Findings about chips and bases; one that a single chip has with what it inherits names that chip."""
    found: dict[Diagnostic, list[str]] = {}
    own: dict[str, str] = {}
    for chip in model.chips.values():
        own[chip.name] = display_name(chip.lineage[0].path)
        for finding in check_chip(chip, model):
            found.setdefault(finding, []).append(chip.name)
    places = {(finding.code, finding.span) for finding in found}
    for base in model.bases:
        for finding in _base(base, model):
            if (finding.code, finding.span) not in places:
                yield finding
            elif finding in found:
                found[finding].append(base.entry.name)
    for finding, names in found.items():
        span = finding.span
        inherited = len(names) == 1 and span is not None and span.file != own[names[0]]
        yield replace(finding, hint=f"{names[0]} inherits this; {finding.hint}") if inherited else finding


def _base(base: Base, model: Model) -> Iterable[Diagnostic]:
    """What is wrong with a base however it is completed."""
    found = [list(_completion(entry, model)) for entry in base.completions]
    return [finding for finding in common(found, base.files) if finding.code not in ABSENCE]


def _completion(entry: Layer | Chip, model: Model) -> Iterator[Diagnostic]:
    if isinstance(entry, Chip):
        yield from check_chip(entry, model)
        yield from check_limit_names(entry)
    else:
        yield from check_layer(entry)
        yield from check_rules(entry)
