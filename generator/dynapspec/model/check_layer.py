"""Checks of one layer spec."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dynapspec.diagnostics import Diagnostic
from dynapspec.formula import tree as t
from dynapspec.model import scope
from dynapspec.model.check_arithmetic import check_dynamics, check_quantization
from dynapspec.model.check_claims import check_claims
from dynapspec.model.check_dims import AXES, check_dims
from dynapspec.model.check_formulas import (
    PLACEHOLDER,
    check_formula,
    check_needs,
    check_placeholders,
    needed,
)
from dynapspec.model.check_names import check_layer_names
from dynapspec.model.check_widths import check_widths
from dynapspec.model.layer_spec import Argument, LayerSpec, Rule

__all__ = ["PLACEHOLDER", "check_layer", "needed", "rule_kinds"]

if TYPE_CHECKING:
    from dynapspec.model.entries import Layer

ROLES = ("synapses", "neurons", "input_shape", "pools", "discretize", "rescale")
ACCEPTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {  # what may play a role, and what must
    "synapses": (("Conv2d", "Linear"), ("Conv2d",)),
    "neurons": (("IAFSqueeze",), ("IAFSqueeze",)),
    "pools": (("SumPool2d", "int"), ("SumPool2d",)),
}


def check_layer(layer: Layer) -> Iterator[Diagnostic]:
    """Findings about one layer spec."""
    yield from _api(layer)
    yield from check_layer_names(layer)
    yield from check_dims(layer)
    yield from _integer_formulas(layer)
    yield from _rules(layer)
    yield from check_quantization(layer)
    yield from check_dynamics(layer)
    yield from check_widths(layer)
    yield from check_claims(layer)


def _api(layer: Layer) -> Iterator[Diagnostic]:
    roles: list[str] = [argument.role for argument in layer.spec.api.arguments.values()]
    for role in ROLES:
        if roles.count(role) != 1:
            message = f"{roles.count(role)} arguments play the role {role}, and one must"
            hint = f"give one argument `role: {role}`"
            yield layer.finding("api-role", message, "api", "arguments", hint=hint)
    seen_default = False
    for name, argument in layer.spec.api.arguments.items():
        if seen_default and argument.required:
            message = f"{name} has no default and follows an argument that has one"
            hint = "give it a default, or move it up"
            yield layer.finding("api-order", message, "api", "arguments", name, hint=hint)
        seen_default = seen_default or not argument.required
        yield from _argument(layer, name, argument)


def _argument(layer: Layer, name: str, argument: Argument) -> Iterator[Diagnostic]:
    if argument.role == "input_shape" and sorted(argument.axes) != sorted(AXES):
        message = f"the axes of the input shape are {', '.join(AXES)}, in an order of your choice"
        hint = f"write `axes: [{', '.join(AXES)}]`"
        yield layer.finding("api-axes", message, "api", "arguments", name, "axes", hint=hint)
    yield from _left_out(layer, name, argument)
    accepted: tuple[str, ...] = argument.accepts
    none: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    known, needed_types = ACCEPTS.get(argument.role, none)
    for index, module in enumerate(accepted):
        if module not in known:
            message = f"the role {argument.role} is never played by {module}"
            hint = f"it is played by {' or '.join(known)}" if known else "leave `accepts` out"
            yield layer.finding("api-accepts", message, "api", "arguments", name, "accepts", index, hint=hint)
    for wanted in needed_types:
        if wanted not in accepted:
            message, hint = f"{name} must accept a {wanted}", f"add {wanted} to its `accepts`"
            yield layer.finding("api-accepts", message, "api", "arguments", name, "accepts", hint=hint)


def _left_out(layer: Layer, name: str, argument: Argument) -> Iterator[Diagnostic]:
    """An argument has a default, or is None when it is left out, or is a list that must be given."""
    path = ("api", "arguments", name)
    if argument.each and argument.role != "pools":
        message, hint = f"{argument.role} is the same for every destination", "leave `each` out"
        yield layer.finding("api-each", message, *path, "each", hint=hint)
    elif argument.each and not argument.required:
        message = f"{name} lists every destination and must be given"
        yield layer.finding("api-default", message, *path, hint="leave `default` and `optional` out")
    elif argument.optional and "default" in argument.model_fields_set:
        message = f"{name} has a default, and `optional` says that it is None when it is left out"
        yield layer.finding("api-default", message, *path, "default", hint="leave one of them out")


def _integer_formulas(layer: Layer) -> Iterator[Diagnostic]:
    """Each formula sees what is defined above it, so that no value needs itself."""
    spec = layer.spec
    for name, function in spec.functions.items():
        arguments = scope.checker(spec, dict(function.of), above=name)
        yield from check_formula(layer, function.is_.tree, arguments, function.kind, "functions", name, "is")
    yield from _derived(layer)


def _derived(layer: Layer) -> Iterator[Diagnostic]:
    spec, known = layer.spec, scope.dim_kinds(layer.spec)
    for name, shape in spec.shapes.items():
        yield from check_formula(
            layer, shape.is_.tree, scope.checker(spec, known), shape.kind, "shapes", name, "is"
        )
        yield from check_needs(layer, shape.needs, "shapes", name)
        known = known | {name: shape.kind}
    values = scope.checker(spec, known)
    for name, memory in spec.memory.items():
        yield from check_formula(layer, memory.is_.tree, values, memory.unit, "memory", name, "is")
        yield from check_formula(layer, memory.used.tree, values, memory.unit, "memory", name, "used")
        yield from check_needs(layer, memory.needs, "memory", name)
    known = known | {name: dim.kind for name, dim in spec.destination_dims.items()}
    for name, shape in spec.destination_shapes.items():
        path = ("destination_shapes", name)
        yield from check_formula(layer, shape.is_.tree, scope.checker(spec, known), shape.kind, *path, "is")
        yield from check_needs(layer, shape.needs, *path)
        known = known | {name: shape.kind}


def rule_kinds(spec: LayerSpec, rule: Rule) -> dict[str, str]:
    """What a rule may speak of, the chip's limits aside."""
    kinds = scope.layer_kinds(spec)
    if rule.each:
        kinds |= scope.destination_kinds(spec)
    return kinds | scope.core_kinds(spec) if rule.some else kinds


def _rules(layer: Layer) -> Iterator[Diagnostic]:
    """Rules without a chip; what they say of a chip's limits is checked with each chip."""
    spec = layer.spec
    deciding = [rule.decides for rule in spec.rules.values()].count("placement")
    if deciding != 1:
        message = f"{deciding} rules decide which cores a layer fits, and one must"
        hint = "say `decides: placement` in the rule that compares every memory with that of a core"
        yield layer.finding("rule-placement", message, "rules", hint=hint)
    for name, rule in spec.rules.items():
        yield from check_needs(layer, rule.needs, "rules", name)
        known = t.names_in(rule.must.tree)
        yield from check_placeholders(layer, rule.say, known, "rules", name, "say")
        if rule.refuse and any(n.startswith(("chip.", "core.")) for n in known):
            message, hint = "a class knows no chip", "leave `refuse` out, or the chip's limits"
            yield layer.finding("rule-refuse", message, "rules", name, "refuse", hint=hint)
