"""Checks of one layer spec."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from dynapspec.diagnostics import Diagnostic, did_you_mean
from dynapspec.formula import FormulaError, Tree
from dynapspec.formula import tree as t
from dynapspec.formula.units import UnitChecker, check_function
from dynapspec.model import scope
from dynapspec.model.layer_spec import Argument, LayerSpec, Rule

if TYPE_CHECKING:
    from dynapspec.model.entries import Layer

ROLES = ("synapses", "neurons", "input_shape", "pools", "discretize", "rescale")
QUANTIZED = ("weight", "bias", "v_floor", "threshold", "v")  # what a layer holds as words
AXES = ("features", "height", "width")
ACCEPTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {  # what may play a role, and what must
    "synapses": (("Conv2d", "Linear"), ("Conv2d",)),
    "neurons": (("IAFSqueeze",), ("IAFSqueeze",)),
    "pools": (("SumPool2d", "int"), ("SumPool2d",)),
}
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def check_layer(layer: Layer) -> Iterator[Diagnostic]:
    """Findings about one layer spec."""
    yield from _api(layer)
    yield from _names(layer)
    yield from _integer_formulas(layer)
    yield from _rules(layer)
    yield from _quantization(layer)
    yield from _dynamics(layer)


def _formula(
    layer: Layer, tree: Tree, units: UnitChecker, kind: str, *path: str | int
) -> Iterator[Diagnostic]:
    try:
        units.expect(tree, kind)
    except FormulaError as error:
        yield layer.finding(error.code, error.message, *path, hint=error.hint, within=error)


def _api(layer: Layer) -> Iterator[Diagnostic]:
    roles: list[str] = [argument.role for argument in layer.spec.api.arguments.values()]
    for role in ROLES:
        if roles.count(role) != 1:
            message = f"{roles.count(role)} arguments play the role {role}, and one must"
            yield layer.finding("api-role", message, "api", "arguments")
    seen_default = False
    for name, argument in layer.spec.api.arguments.items():
        if seen_default and argument.required:
            message = f"{name} has no default and follows an argument that has one"
            yield layer.finding("api-order", message, "api", "arguments", name)
        seen_default = seen_default or not argument.required
        yield from _argument(layer, name, argument)


def _argument(layer: Layer, name: str, argument: Argument) -> Iterator[Diagnostic]:
    if argument.role == "input_shape" and sorted(argument.axes) != sorted(AXES):
        message = f"the axes of the input shape are {', '.join(AXES)}, in an order of your choice"
        yield layer.finding("api-axes", message, "api", "arguments", name)
    accepted: tuple[str, ...] = argument.accepts
    none: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    known, needed_types = ACCEPTS.get(argument.role, none)
    for index, module in enumerate(accepted):
        if module not in known:
            message = f"the role {argument.role} is never played by a {module}"
            yield layer.finding("api-accepts", message, "api", "arguments", name, "accepts", index)
    for wanted in needed_types:
        if wanted not in accepted:
            message = f"{name} must accept a {wanted}"
            yield layer.finding("api-accepts", message, "api", "arguments", name, "accepts")


def _names(layer: Layer) -> Iterator[Diagnostic]:
    """A name must mean one thing, and what refers to something must find it."""
    spec, seen = layer.spec, dict[str, str]()
    sections = ("dims", "destination_dims", "shapes", "destination_shapes", "memory", "functions")
    for section in sections:
        for name in getattr(spec, section):
            if seen.setdefault(name, section) != section:
                yield layer.finding("name-clash", f"{name} is defined in {seen[name]} already", section, name)
    for section in ("dims", "destination_dims"):
        for name, dim in getattr(spec, section).items():
            if dim.from_.role not in ROLES:
                hint = did_you_mean(dim.from_.role, ROLES)
                yield layer.finding(
                    "unknown-role", f"no role {dim.from_.role}", section, name, "from", hint=hint
                )
            if dim.from_.role == "input_shape" and dim.from_.fields[0] not in AXES:
                hint = did_you_mean(dim.from_.fields[0], AXES)
                message = f"an input shape has no {dim.from_.fields[0]}"
                yield layer.finding("unknown-axis", message, section, name, "from", hint=hint)
            if dim.kind == "name" and not isinstance(dim.domain, tuple):
                yield layer.finding("domain", "the names that it may hold are not listed", section, name)
    yield from _outputs(layer, "neuron_shape", spec.outputs.neuron_shape)
    yield from _outputs(layer, "output_shape", spec.outputs.output_shape)


def _outputs(layer: Layer, key: str, names: tuple[str, ...]) -> Iterator[Diagnostic]:
    """What leaves a layer enters the next one, so its axes are of the kinds of the input shape's."""
    spec = layer.spec
    known = scope.layer_kinds(spec) | scope.destination_kinds(spec)
    dims = [dim for dim in spec.dims.values() if dim.from_.role == "input_shape"]
    entering = {dim.from_.fields[0]: dim.kind for dim in dims}
    axes = next((a.axes for a in spec.api.arguments.values() if a.role == "input_shape"), ())
    if len(names) != len(axes):
        yield layer.finding("outputs", f"a shape has the axes {', '.join(axes)}", "outputs", key)
    for index, (name, axis) in enumerate(zip(names, axes, strict=False)):
        if name not in known:
            hint = did_you_mean(name, known)
            yield layer.finding("unknown-name", f"{name} is not known here", "outputs", key, index, hint=hint)
        elif known[name] != entering.get(axis, known[name]):
            message = f"{name} is of kind {known[name]}, and the axis {axis} of kind {entering[axis]}"
            yield layer.finding("unit-mismatch", message, "outputs", key, index)


def _integer_formulas(layer: Layer) -> Iterator[Diagnostic]:
    spec = layer.spec
    widths = scope.checker(spec, scope.width_kinds(spec))
    for name, function in spec.functions.items():
        arguments = scope.checker(spec, dict(function.of))
        yield from _formula(layer, function.is_.tree, arguments, function.kind, "functions", name, "is")
    for section, dims in (("dims", spec.dims), ("destination_dims", spec.destination_dims)):
        for name, dim in dims.items():
            if dim.none is not None:
                yield from _formula(layer, dim.none.tree, widths, dim.kind, section, name, "none")
    values = scope.checker(spec, scope.layer_kinds(spec))
    leaving = scope.checker(spec, scope.layer_kinds(spec) | scope.destination_kinds(spec))
    for name, shape in spec.shapes.items():
        yield from _formula(layer, shape.is_.tree, values, shape.kind, "shapes", name, "is")
        yield from _needs(layer, shape.needs, "shapes", name)
    for name, shape in spec.destination_shapes.items():
        yield from _formula(layer, shape.is_.tree, leaving, shape.kind, "destination_shapes", name, "is")
        yield from _needs(layer, shape.needs, "destination_shapes", name)
    for name, memory in spec.memory.items():
        yield from _formula(layer, memory.is_.tree, values, memory.unit, "memory", name, "is")
        yield from _formula(layer, memory.used.tree, values, memory.unit, "memory", name, "used")
        yield from _needs(layer, memory.needs, "memory", name)


def needed(text: str) -> list[str]:
    """The rule ids in a ``needs``."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _needs(layer: Layer, text: str, *path: str) -> Iterator[Diagnostic]:
    for rule in needed(text):
        if rule not in layer.spec.rules:
            hint = did_you_mean(rule, layer.spec.rules)
            yield layer.finding("unknown-rule", f"no rule {rule}", *path, "needs", hint=hint)


def rule_kinds(spec: LayerSpec, rule: Rule) -> dict[str, str]:
    """What a rule may speak of, the chip's limits aside."""
    kinds = scope.layer_kinds(spec)
    if rule.each:
        kinds |= scope.destination_kinds(spec)
    return kinds | scope.core_kinds(spec) if rule.some else kinds


def _rules(layer: Layer) -> Iterator[Diagnostic]:
    """Rules without a chip; what they say of a chip's limits is checked with each chip."""
    spec = layer.spec
    if [rule.decides for rule in spec.rules.values()].count("placement") != 1:
        hint = "say `decides: placement` in the rule that compares every memory with that of a core"
        yield layer.finding(
            "rule-placement", "one rule must decide which cores a layer fits", "rules", hint=hint
        )
    for name, rule in spec.rules.items():
        yield from _needs(layer, rule.needs, "rules", name)
        known = _names_of(rule.must.tree)
        for found in PLACEHOLDER.finditer(rule.say):
            if found[1] not in known:
                hint = did_you_mean(found[1], known)
                message = f"{found[0]} is not part of the condition, so it may have no value here"
                place = t.Text(*found.span(), found[1])
                yield layer.finding("unknown-name", message, "rules", name, "say", hint=hint, within=place)
        if rule.refuse and any(n.startswith(("chip.", "core.")) for n in _names_of(rule.must.tree)):
            yield layer.finding("rule-refuse", "a class knows no chip", "rules", name, "refuse")


def _names_of(tree: Tree) -> list[str]:
    return [node.id for node in t.walk(tree) if isinstance(node, t.Name)]


def check_names(layer: Layer, tree: Tree, known: Collection[str], *path: str | int) -> Iterator[Diagnostic]:
    """Findings about unknown names and functions in a formula whose units are not checked."""
    signatures = scope.signatures(layer.spec)
    for node in t.walk(tree):
        if isinstance(node, t.Name) and node.id not in known:
            hint = did_you_mean(node.id, known)
            yield layer.finding("unknown-name", f"{node.id} is not known here", *path, hint=hint, within=node)
        if isinstance(node, t.Call) and node.function not in signatures:
            try:
                check_function(node, signatures)
            except FormulaError as error:
                yield layer.finding(error.code, error.message, *path, hint=error.hint, within=error)


def _quantization(layer: Layer) -> Iterator[Diagnostic]:
    q = layer.spec.quantization
    widths = list(scope.width_kinds(layer.spec))
    yield from check_names(layer, q.rescale.tree, ["weight", "rescale"], "quantization", "rescale")
    for key, formula in (("when", q.scale.when), ("then", q.scale.then), ("else", q.scale.else_)):
        yield from check_names(layer, formula.tree, ["x", "bits"], "quantization", "scale", key)
    yield from check_names(layer, q.value.tree, ["x", "scale"], "quantization", "value")
    for name, group in q.groups.items():
        if group.width not in layer.spec.widths:
            hint = did_you_mean(group.width, layer.spec.widths)
            message = f"no width {group.width}"
            yield layer.finding("unknown-width", message, "quantization", "groups", name, "width", hint=hint)
        for index, value in enumerate(group.of):
            if value not in QUANTIZED:
                message = f"a layer holds no {value}"
                hint = did_you_mean(value, QUANTIZED)
                yield layer.finding(
                    "unknown-name", message, "quantization", "groups", name, "of", index, hint=hint
                )
    for name, formula in q.absent.items():
        yield from check_names(layer, formula.tree, widths, "quantization", "absent", name)
    for name, refusal in q.refuse.items():
        yield from check_names(
            layer, refusal.when.tree, ["threshold"], "quantization", "refuse", name, "when"
        )


def _dynamics(layer: Layer) -> Iterator[Diagnostic]:
    dynamics = layer.spec.dynamics
    for slot in ("spike_fn", "reset_fn", "surrogate_grad_fn"):
        functions = getattr(dynamics, slot)
        known = ["v", "threshold", *(["n"] if slot == "reset_fn" else [])]
        for name, function in functions.items():
            names = [*known, *function.parameters]
            for local, formula in function.where.items():
                yield from check_names(layer, formula.tree, names, "dynamics", slot, name, "where", local)
                names = [*names, local]
            yield from check_names(layer, function.is_.tree, names, "dynamics", slot, name, "is")
        default = getattr(dynamics.defaults, slot)
        if default not in functions:
            hint = did_you_mean(default, functions)
            yield layer.finding(
                "unknown-name", f"no {slot} {default}", "dynamics", "defaults", slot, hint=hint
            )
    yield from check_names(layer, dynamics.floor.tree, ["v", "v_floor"], "dynamics", "floor")
    slots = ["floor", "spike_fn", "reset_fn", *dynamics.spike_fn, *dynamics.reset_fn]
    event = dynamics.event
    for path, steps, extra in (
        (("clocked",), dynamics.clocked.steps, "input"),
        (("event",), event.steps, "weight"),
        (("event", "leak"), event.leak.steps, "bias"),
    ):
        for index, step in enumerate(steps):
            known = ["v", "n", "threshold", extra, *slots]
            yield from check_names(layer, step.formula.tree, known, "dynamics", *path, "steps", index)
