"""Checks of quantization and dynamics: formulas on f32, which have names and functions but no units."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from dynapspec.diagnostics import Diagnostic, did_you_mean
from dynapspec.formula import EvaluationError, FormulaError, Tree, Undefined, names_in
from dynapspec.formula import tree as t
from dynapspec.formula.units import check_function
from dynapspec.model import scope
from dynapspec.model.check_dims import Place
from dynapspec.model.check_formulas import check_formula, check_placeholders
from dynapspec.model.layer_spec import NeuronFunction
from dynapspec.model.values import Step

if TYPE_CHECKING:
    from dynapspec.model.entries import Layer

QUANTIZED = ("weight", "bias", "v_floor", "threshold", "v")  # what a layer holds as words
ON_INTEGERS = ("sum", "words")  # functions that mean nothing on f32
SLOTS = ("spike_fn", "reset_fn", "surrogate_grad_fn")


def check_quantization(layer: Layer) -> Iterator[Diagnostic]:
    """Findings about how parameters become words."""
    q = layer.spec.quantization
    yield from _names(layer, q.rescale.tree, ["weight", "rescale"], "quantization", "rescale")
    for key, formula in (("when", q.scale.when), ("then", q.scale.then), ("else", q.scale.else_)):
        path = ("quantization", "scale", key)
        yield from _names(layer, formula.tree, ["x", "bits"], *path, group="x")
    yield from _names(layer, q.value.tree, ["x", "scale"], "quantization", "value")
    yield from _groups(layer)
    yield from _absent(layer)
    for name, refusal in q.refuse.items():
        path = ("quantization", "refuse", name)
        yield from _names(layer, refusal.when.tree, ["threshold"], *path, "when")
        for key in ("say", "remedy"):
            yield from check_placeholders(layer, getattr(refusal, key), ["threshold"], *path, key)


def _groups(layer: Layer) -> Iterator[Diagnostic]:
    for name, group in layer.spec.quantization.groups.items():
        path = ("quantization", "groups", name)
        if group.width not in layer.spec.widths:
            hint = did_you_mean(group.width, layer.spec.widths) or "describe it in `widths`"
            yield layer.finding("unknown-width", f"no width {group.width}", *path, "width", hint=hint)
        for index, value in enumerate(group.of):
            if value not in QUANTIZED:
                hint = did_you_mean(value, QUANTIZED)
                yield layer.finding(
                    "unknown-name", f"a layer holds no {value}", *path, "of", index, hint=hint
                )


def _absent(layer: Layer) -> Iterator[Diagnostic]:
    """What missing values and None count as: known before there is a layer."""
    for name, formula in layer.spec.quantization.absent.items():
        path = ("quantization", "absent", name)
        if name not in QUANTIZED:
            hint = did_you_mean(name, QUANTIZED)
            yield layer.misnamed("unknown-name", f"a layer holds no {name}", *path, hint=hint)
        yield from check_constant(layer, formula.tree, "level", *path)
    for section in ("dims", "destination_dims"):
        for name, dim in getattr(layer.spec, section).items():
            if dim.none is not None:
                yield from check_constant(layer, dim.none.tree, dim.kind, section, name, "none")


def check_constant(layer: Layer, tree: Tree, kind: str, *path: str) -> Iterator[Diagnostic]:
    """A formula over widths alone; it must have a value."""
    units = scope.checker(layer.spec, scope.width_kinds(layer.spec))
    findings = list(check_formula(layer, tree, units, kind, *path))
    yield from findings
    if findings:
        return
    try:
        scope.constant(layer.spec, tree)
    except (KeyError, TypeError, Undefined):
        return  # a function of the spec is wrong, and is told in its own place
    except EvaluationError as error:
        hint = "change the formula or the widths that it uses"
        yield layer.finding("no-value", f"this has no value: {error}", *path, hint=hint)


def check_dynamics(layer: Layer) -> Iterator[Diagnostic]:
    """Findings about what neurons do."""
    dynamics = layer.spec.dynamics
    for slot in SLOTS:
        functions = getattr(dynamics, slot)
        for name, function in functions.items():
            yield from _function(layer, slot, name, function)
        default = getattr(dynamics.defaults, slot)
        if default not in functions:
            hint = did_you_mean(default, functions) or "define it"
            path = ("dynamics", "defaults", slot)
            yield layer.finding("unknown-name", f"no {slot} {default}", *path, hint=hint)
    yield from _names(layer, dynamics.floor.tree, ["v", "v_floor"], "dynamics", "floor")
    event = dynamics.event
    yield from _steps(layer, dynamics.clocked.steps, "input", "clocked")
    yield from _steps(layer, event.steps, "weight", "event")
    yield from _steps(layer, event.leak.steps, "bias", "event", "leak")


def _function(layer: Layer, slot: str, name: str, function: NeuronFunction) -> Iterator[Diagnostic]:
    path = ("dynamics", slot, name)
    known = ["v", "threshold", *(["n"] if slot == "reset_fn" else []), *function.parameters]
    for key, default in function.parameters.items():
        if isinstance(default, str) and default != "threshold":
            message = f"{default!r} is no default of a parameter"
            hint = "write a number, null, or threshold"
            yield layer.finding("unknown-name", message, *path, "parameters", key, hint=hint)
    for local, formula in function.where.items():
        yield from _names(layer, formula.tree, known, *path, "where", local)
        known = [*known, local]
    yield from _names(layer, function.is_.tree, known, *path, "is")


def _steps(layer: Layer, steps: tuple[Step, ...], extra: str, *path: str) -> Iterator[Diagnostic]:
    """Each step is a formula, or names a function or the floor."""
    dynamics = layer.spec.dynamics
    slots = ["floor", "spike_fn", "reset_fn", *dynamics.spike_fn, *dynamics.reset_fn]
    for index, step in enumerate(steps):
        tree = step.formula.tree
        known = ["v", "n", "threshold", extra, *(slots if isinstance(tree, t.Name) else [])]
        yield from _names(layer, tree, known, "dynamics", *path, "steps", index, offset=step.offset)


def _names(
    layer: Layer,
    tree: Tree,
    known: Collection[str],
    *path: str | int,
    offset: int = 0,
    group: str | None = None,
) -> Iterator[Diagnostic]:
    """Findings about what has no meaning on f32; of a ``group`` of values there are min(x) and max(x)."""
    for node in t.walk(tree):
        try:
            _meaning(layer, node, known, group)
        except FormulaError as error:
            place = Place(error.start + offset, error.stop + offset)
            yield layer.finding(error.code, error.message, *path, hint=error.hint, within=place)


def _meaning(layer: Layer, node: Tree, known: Collection[str], group: str | None) -> None:
    match node:
        case t.Name() if node.id not in known:
            hint = did_you_mean(node.id, known)
            raise FormulaError("unknown-name", f"{node.id} is not known here", node.start, node.stop, hint)
        case t.Text() | t.Compare(op="in"):
            message, hint = "an f32 formula is about numbers alone", "compare with == < <= > or >="
            raise FormulaError("number-kind", message, node.start, node.stop, hint)
        case t.Call():
            _call(layer, node, known, group)


def _call(layer: Layer, node: t.Call, known: Collection[str], group: str | None) -> None:
    signatures = scope.signatures(layer.spec)
    check_function(node, signatures)
    if node.function in ON_INTEGERS:
        message = f"{node.function} is a function of whole-number formulas"
        raise FormulaError("number-kind", message, node.start, node.stop, "write the value itself")
    most = 2 if node.function in ("min", "max") and node.function not in signatures else len(node.args)
    if len(node.args) > most or (most == 2 and len(node.args) == 1 and group is None):
        hint = f"write {node.function}(a, b)"
        message = f"{node.function} takes 2 arguments here, {len(node.args)} given"
        raise FormulaError("arity", message, node.start, node.stop, hint)
    single = {name for name in known if name != group}  # what is unknown is told elsewhere
    if most == 2 and len(node.args) == 1 and single.issuperset(names_in(node.args[0])):
        hint = f"write {node.function}({group}), or compare two values with {node.function}(a, b)"
        message = f"{node.function} of one value, and a group of values is expected"
        raise FormulaError("unit-mismatch", message, node.start, node.stop, hint)
