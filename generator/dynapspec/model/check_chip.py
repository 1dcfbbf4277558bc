"""Checks of one chip spec against the layer specs that it runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dynapspec.diagnostics import Diagnostic, did_you_mean
from dynapspec.formula import EvaluationError, FormulaError, Undefined, compile_formula
from dynapspec.model import scope
from dynapspec.model.check_layer import rule_kinds

if TYPE_CHECKING:
    from dynapspec.model.entries import Chip, Layer, Model


def check_chip(chip: Chip, model: Model) -> Iterator[Diagnostic]:
    """Findings about one chip."""
    for index, name in enumerate(chip.spec.layers):
        if name not in model.layers:
            hint = did_you_mean(name, model.layers)
            yield chip.finding("unknown-layer", f"no layer {name}", "layers", index, hint=hint)
            continue
        yield from _memories(chip, model.layers[name])
        yield from _limits(chip, model.layers[name])
    if not chip.spec.layers:
        yield chip.finding("unknown-layer", "the chip runs no layer", "layers")
    yield from _cores(chip)
    yield from _claims(chip)


def _memories(chip: Chip, layer: Layer) -> Iterator[Diagnostic]:
    """Every core states every memory of the layer, and no other."""
    wanted = {f"{name}_words" for name in layer.spec.memory}
    for number, core in chip.spec.cores.items():
        for key in sorted(wanted - core.words.keys()):
            hint = f"give `{key}: 0` if the core has none"
            yield chip.finding(
                "missing-memory", f"core {number} does not state {key}", "cores", number, hint=hint
            )
        for key in sorted(core.words.keys() - wanted):
            hint = did_you_mean(key, wanted)
            message = f"{key} is no memory of the layer {layer.name}"
            yield chip.finding("unknown-memory", message, "cores", number, key, hint=hint)


def _limits(chip: Chip, layer: Layer) -> Iterator[Diagnostic]:
    """The rules of the layer find their limits in the chip, in the right units."""
    limits = scope.chip_kinds(chip.spec)
    for name, rule in layer.spec.rules.items():
        units = scope.checker(layer.spec, rule_kinds(layer.spec, rule) | limits)
        try:
            units.expect(rule.must.tree, "bool")
        except FormulaError as error:
            missing = error.code == "unknown-name" and "chip." in error.message
            if missing:
                hint = f"rule {name} of layer {layer.name} needs it"
                yield chip.finding("missing-limit", error.message, "limits", hint=hint)
            else:
                yield layer.finding(
                    error.code, error.message, "rules", name, "must", hint=error.hint, within=error
                )
    used = {node for rule in layer.spec.rules.values() for node in _chip_names(rule.must.tree)}
    for name in chip.spec.limits:
        if f"chip.{name}" not in used:
            hint = "state it in a rule, or leave it out"
            yield chip.finding(
                "unused-limit", f"no rule of layer {layer.name} uses {name}", "limits", name, hint=hint
            )


def _chip_names(tree: object) -> Iterator[str]:
    from dynapspec.formula.tree import names_in

    return (name for name in names_in(tree) if name.startswith("chip."))  # type: ignore[arg-type]


def _cores(chip: Chip) -> Iterator[Diagnostic]:
    """Whatever speaks of a core speaks of one that exists."""
    for number in chip.spec.bandwidth:
        if number not in chip.spec.cores:
            yield chip.finding("unknown-core", f"the chip has no core {number}", "bandwidth", number)
    placement = chip.spec.placement
    for index, number in enumerate(placement.prefer.input_layers if placement else ()):
        if number not in chip.spec.cores:
            path = ("placement", "prefer", "input_layers", index)
            yield chip.finding("unknown-core", f"the chip has no core {number}", *path)


def _claims(chip: Chip) -> Iterator[Diagnostic]:
    columns: dict[str, list[int]] = {}
    for core in chip.spec.cores.values():
        for key, words in core.words.items():
            columns.setdefault(key, []).append(words)
    for name, claim in chip.spec.claims.items():
        try:
            holds = compile_formula(claim.must.tree)(columns)
        except (Undefined, EvaluationError, KeyError, TypeError) as error:
            yield chip.finding("claim", f"the claim cannot be evaluated: {error}", "claims", name, "must")
            continue
        if holds is not True:
            yield chip.finding("claim", "the table of cores contradicts this claim", "claims", name, "must")
