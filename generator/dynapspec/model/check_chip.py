"""Checks of one chip spec against the layer specs that it runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from dynapspec.diagnostics import Diagnostic, closest, did_you_mean
from dynapspec.formula import EvaluationError, FormulaError, compile_formula
from dynapspec.formula.tree import Compare, Name, Tree, names_in, walk
from dynapspec.formula.units import KINDS, UnitChecker
from dynapspec.load import Mapping
from dynapspec.load.node import once
from dynapspec.model import scope
from dynapspec.model.check_configuration import check_configuration
from dynapspec.model.check_layer import rule_kinds
from dynapspec.model.check_widths import check_level_limits
from dynapspec.model.layer_spec import LayerSpec

if TYPE_CHECKING:
    from dynapspec.model.entries import Chip, Layer, Model

MANY = 5  # entries from which a hint does not name each


def check_chip(chip: Chip, model: Model) -> Iterator[Diagnostic]:
    """Findings about one chip."""
    for index, name in enumerate(chip.spec.layers):
        if name not in model.layers:
            hint = did_you_mean(name, model.layers) or "write a layer spec first"
            if name in {base.entry.name for base in model.bases}:
                hint = f"{name} is a base of layer specs; name one that extends it"
            yield chip.finding("unknown-layer", f"no layer {name}", "layers", index, hint=hint)
            continue
        yield from _memories(chip, model.layers[name])
        yield from _limits(chip, model.layers[name])
        yield from check_level_limits(chip, model.layers[name])
        yield from check_configuration(chip, model.layers[name])
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
        lacking = sorted(wanted - core.words.keys())
        if lacking and (below := _cores_below(chip, number)):
            yield _new_core(chip, number, lacking, below)
            lacking = []
        for key in lacking:
            hint = f"give `{key}: 0` if the core has none"
            yield chip.finding(
                "missing-memory", f"core {number} does not state {key}", "cores", number, hint=hint
            )
        for key in sorted(core.words.keys() - wanted):
            hint = did_you_mean(key, wanted) or "leave it out"
            message = f"{key} is no memory of the layer {layer.name}"
            yield chip.misnamed("unknown-memory", message, "cores", number, key, hint=hint)


def _cores_below(chip: Chip, number: int) -> list[str]:
    """The cores that a chip inherits, where it states one more; empty where it inherits that core or none."""
    cores = chip.node.get("cores")
    core = cores.get(str(number)) if isinstance(cores, Mapping) else None
    if not isinstance(cores, Mapping) or core is None or core.overrides:
        return []
    older = [old for old in cores.overrides if isinstance(old, Mapping) and str(number) not in old.items]
    return list(older[0].items) if older else []


def _new_core(chip: Chip, number: int, lacking: list[str], below: list[str]) -> Diagnostic:
    """A core of the child that the parent does not have, and that is not stated in full."""
    told = f"no core {number} is inherited, and a new one states {' and '.join(lacking)} too"
    hint = f"the inherited cores are {_listed(below)}; a core that it lacks has `<memory>_words: 0`"
    return chip.misnamed("missing-memory", told, "cores", number, hint=hint)


def check_rules(layer: Layer) -> Iterator[Diagnostic]:
    """Kinds in the rules of a layer, whatever the chip: its limits are of the kinds that rules compare."""
    kinds: dict[str, str] = {}
    for name, rule in layer.spec.rules.items():
        of_chip = [n for n in names_in(rule.must.tree) if n.startswith("chip.")]
        limits = {right.id for _, right in _memberships(rule.must.tree)}
        kinds |= {n: "bit" for n in of_chip if n.endswith("_bits") and n not in limits}
        known = rule_kinds(layer.spec, rule)
        units = scope.checker(layer.spec, known | kinds)
        try:
            for left, right in _memberships(rule.must.tree):
                kinds.setdefault(right.id, _number_of_any_kind(units.kind_of(left)))
            units = scope.checker(layer.spec, known | kinds, limits=limits)
            units.expect(rule.must.tree, "bool")
        except FormulaError as error:
            hint = _missing_key(layer, error) or error.hint
            if error.code == "unknown-name" and error.message.startswith("chip."):
                hint = "a limit stands on the right of `in`, a width is named `chip.<name>_bits`"
            yield layer.finding(error.code, error.message, "rules", name, "must", hint=hint, within=error)


def _memberships(tree: Tree) -> list[tuple[Tree, Name]]:
    """Both sides of each ``x in chip.y``."""
    found = [node for node in walk(tree) if isinstance(node, Compare) and node.op == "in"]
    return [(n.left, n.right) for n in found if isinstance(n.right, Name) and n.right.id.startswith("chip.")]


def _number_of_any_kind(kind: str) -> str:
    """The kind of a limit; for a constant, any that it can take."""
    return kind if kind in KINDS else "count"


def _limits(chip: Chip, layer: Layer) -> Iterator[Diagnostic]:
    """The rules of the layer find their limits in the chip, in the right units."""
    kinds = scope.chip_kinds(chip.spec)
    limits = tuple(f"chip.{name}" for name in chip.spec.limits)
    key = (_limits, limits, *kinds.items())  # chips with limits of the same names ask the same
    for name, error in once(layer.node, key, list, _meaningless(layer.spec, kinds, limits)):
        yield _refused(chip, layer, name, error)


def _meaningless(
    spec: LayerSpec, kinds: dict[str, str], limits: tuple[str, ...]
) -> Iterator[tuple[str, FormulaError]]:
    """The rules that mean nothing where a chip has these limits and widths, and why."""
    for name, rule in spec.rules.items():
        units = scope.checker(spec, {**rule_kinds(spec, rule), **kinds}, limits=limits)
        try:
            units.expect(rule.must.tree, "bool")
        except FormulaError as error:
            yield name, error


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
    used = frozenset[str]().union(*(layer.named_in_rules for layer in layers))
    for name in chip.spec.limits:
        if f"chip.{name}" not in used:
            names = {node.removeprefix("chip.") for node in used if node.startswith("chip.")}
            near = closest(name, names - chip.spec.limits.keys()) or closest(name, names)
            hint = f"did you mean {near}?" if near else "state it in a rule, or leave it out"
            if near and near not in chip.spec.limits:
                hint = f"a rule uses {near}, which the chip lacks: one of the two names is wrong"
            told = " or ".join(layer.name for layer in layers)
            message = f"no rule of layer {told} uses {name}"
            yield chip.finding("unused-limit", message, "limits", name, hint=hint)


def _cores(chip: Chip) -> Iterator[Diagnostic]:
    """Whatever speaks of a core speaks of one that exists; all that do not are told at once."""
    hint = f"the cores are {_listed(chip.spec.cores)}"
    lost = [number for number in chip.spec.bandwidth if number not in chip.spec.cores]
    if lost:
        names = ", ".join(f"`{number}: null`" for number in lost)
        mend = f"{hint}; take {names} out of the bandwidth" if len(lost) < MANY else hint
        told = f"the chip has no core {_either(lost)}"
        yield chip.misnamed("unknown-core", told, "bandwidth", lost[0], hint=mend)
    placement = chip.spec.placement
    cores = placement.prefer.input_layers if placement else ()
    wrong = {number: index for index, number in enumerate(cores) if number not in chip.spec.cores}
    if wrong:
        path = ("placement", "prefer", "input_layers", next(iter(wrong.values())))
        yield chip.finding("unknown-core", f"the chip has no core {_either(list(wrong))}", *path, hint=hint)


def _either(numbers: Sequence[int]) -> str:
    return f"{', '.join(map(str, numbers[:-1]))} or {numbers[-1]}" if len(numbers) > 1 else str(numbers[0])


def _listed(numbers: Iterable[int | str]) -> str:
    return ", ".join(map(str, numbers))


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
                totals = _totals(columns, names_in(claim.must.tree))
                hint = (
                    f"the table has {totals}; a chip of which it is not true says `claims: {{{name}: null}}`"
                )
                yield chip.finding("claim", "the table of cores contradicts this claim", *path, hint=hint)


def _totals(columns: dict[str, list[int]], names: list[str]) -> str:
    return " and ".join(f"sum({name}) = {sum(columns[name])}" for name in names)
