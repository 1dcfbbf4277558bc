"""Checks of one chip spec against the layer specs that it runs."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING

from dynapspec.diagnostics import Diagnostic, did_you_mean
from dynapspec.formula import EvaluationError, FormulaError, compile_formula
from dynapspec.formula.tree import names_in
from dynapspec.formula.units import UnitChecker
from dynapspec.model import scope
from dynapspec.model.check_layer import rule_kinds

if TYPE_CHECKING:
    from dynapspec.model.entries import Chip, Layer, Model


def check_chip(chip: Chip, model: Model) -> Iterator[Diagnostic]:
    """Findings about one chip."""
    for index, name in enumerate(chip.spec.layers):
        if name not in model.layers:
            hint = did_you_mean(name, model.layers) or "write a layer spec first"
            yield chip.finding("unknown-layer", f"no layer {name}", "layers", index, hint=hint)
            continue
        yield from _memories(chip, model.layers[name])
        yield from _limits(chip, model.layers[name])
    if not chip.spec.layers:
        hint = f"name one of {', '.join(model.layers)}" if model.layers else "write a layer spec first"
        yield chip.finding("unknown-layer", "the chip runs no layer", "layers", hint=hint)
    known = [model.layers[name] for name in chip.spec.layers if name in model.layers]
    if known:
        yield from _unused(chip, known)
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
            hint = did_you_mean(key, wanted) or "leave it out"
            message = f"{key} is no memory of the layer {layer.name}"
            yield chip.misnamed("unknown-memory", message, "cores", number, key, hint=hint)


def _limits(chip: Chip, layer: Layer) -> Iterator[Diagnostic]:
    """The rules of the layer find their limits in the chip, in the right units."""
    kinds = scope.chip_kinds(chip.spec)
    limits = [f"chip.{name}" for name in chip.spec.limits]
    for name, rule in layer.spec.rules.items():
        units = scope.checker(layer.spec, rule_kinds(layer.spec, rule) | kinds, limits=limits)
        try:
            units.expect(rule.must.tree, "bool")
        except FormulaError as error:
            yield _refused(chip, layer, name, error)


def _refused(chip: Chip, layer: Layer, rule: str, error: FormulaError) -> Diagnostic:
    """A rule that means nothing with this chip: the chip lacks a limit, or the rule is wrong."""
    name = error.message.split(" ")[0]
    if error.code == "unknown-name" and name.startswith("chip.") and not _misspelt(chip, name):
        section = "widths" if name.endswith("_bits") else "limits"
        hint = f"rule {rule} of layer {layer.name} needs it"
        return chip.finding("missing-limit", error.message, section, hint=hint)
    hint = _missing_key(layer, error) or error.hint
    return layer.finding(error.code, error.message, "rules", rule, "must", hint=hint, within=error)


def _misspelt(chip: Chip, name: str) -> bool:
    """Whether a name that the chip lacks is nearly one that it has, so that the rule is to blame."""
    return bool(get_close_matches(name, scope.chip_kinds(chip.spec), n=1, cutoff=0.9))


def _missing_key(layer: Layer, error: FormulaError) -> str:
    """What a rule must say to speak of a core or of a destination."""
    name = error.message.split(" ")[0]
    if error.code != "unknown-name":
        return ""
    if name in scope.core_kinds(layer.spec):
        return "say `some: cores` in this rule"
    return "say `each: destinations` in this rule" if name in scope.destination_kinds(layer.spec) else ""


def _unused(chip: Chip, layers: list[Layer]) -> Iterator[Diagnostic]:
    """A limit that no rule uses limits nothing."""
    rules = [rule for layer in layers for rule in layer.spec.rules.values()]
    used = {node for rule in rules for node in names_in(rule.must.tree)}
    for name in chip.spec.limits:
        if f"chip.{name}" not in used:
            hint = "state it in a rule, or leave it out"
            told = " or ".join(layer.name for layer in layers)
            message = f"no rule of layer {told} uses {name}"
            yield chip.finding("unused-limit", message, "limits", name, hint=hint)


def _cores(chip: Chip) -> Iterator[Diagnostic]:
    """Whatever speaks of a core speaks of one that exists."""
    hint = f"the cores are {', '.join(map(str, chip.spec.cores))}"
    for number in chip.spec.bandwidth:
        if number not in chip.spec.cores:
            yield chip.finding(
                "unknown-core", f"the chip has no core {number}", "bandwidth", number, hint=hint
            )
    placement = chip.spec.placement
    for index, number in enumerate(placement.prefer.input_layers if placement else ()):
        if number not in chip.spec.cores:
            path = ("placement", "prefer", "input_layers", index)
            yield chip.finding("unknown-core", f"the chip has no core {number}", *path, hint=hint)


def _claims(chip: Chip) -> Iterator[Diagnostic]:
    columns: dict[str, list[int]] = {}
    for core in chip.spec.cores.values():
        for key, words in core.words.items():
            columns.setdefault(key, []).append(words)
    units = UnitChecker(dict.fromkeys(columns, "word"), {}, columns=columns)
    for name, claim in chip.spec.claims.items():
        path = ("claims", name, "must")
        try:
            units.expect(claim.must.tree, "bool")
            holds = compile_formula(claim.must.tree)(columns)
        except FormulaError as error:
            yield chip.finding(error.code, error.message, *path, hint=error.hint, within=error)
        except EvaluationError as error:
            yield chip.finding("no-value", f"this has no value: {error}", *path, hint="change the claim")
        else:
            if not holds:
                hint = f"the table has {_totals(columns, names_in(claim.must.tree))}"
                yield chip.finding("claim", "the table of cores contradicts this claim", *path, hint=hint)


def _totals(columns: dict[str, list[int]], names: list[str]) -> str:
    return " and ".join(f"sum({name}) = {sum(columns[name])}" for name in names)
