"""Worked examples: one small layer whose numbers the interpreter computes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Any

from dynapspec.diagnostics import InputError
from dynapspec.formula import EvaluationError, Tree, Undefined, compile_formula
from dynapspec.formula import tree as t
from dynapspec.formula.f32 import f32
from dynapspec.interpret import Description, Judge, LayerInterpreter
from dynapspec.interpret.chip import Violation
from dynapspec.interpret.layer import evaluate
from dynapspec.interpret.quantize import Quantized, Quantizer
from dynapspec.model import Chip

# The first layer of the MNIST network in the vendor's tutorial.
SMALL = {"features": 20, "kernel": 5, "input": (1, 28, 28), "pool": 2}
# A layer that no chip of the family takes: its stride is no power of two.
ODD = {"features": 8, "kernel": 3, "stride": 3, "input": (2, 34, 34)}
WEIGHTS, THRESHOLD, FLOOR = (0.5, -0.25, 0.1), 1.0, -1.0


@dataclass(frozen=True, slots=True)
class Layout:
    """The values of the example layer: dimensions, shapes, memories, and the words in use."""

    values: Mapping[str, Any]
    used: Mapping[str, int]


def describe(example: Mapping[str, Any]) -> Description:
    """An example as the interpreter reads it."""
    synapses = {
        **{"in_channels": example["input"][0], "out_channels": example["features"], "bias": None},
        **{"kernel_size": example["kernel"], "stride": example.get("stride", 1)},
    }
    pool = example.get("pool", 1)
    return Description(example["input"], synapses, {}, ({"kernel_size": pool, "stride": pool},))


def lay_out(interpreter: LayerInterpreter) -> Layout | None:
    """The values of the small layer, or None when this spec needs to know more of a layer."""
    try:
        layout = interpreter.read(describe(SMALL))
    except InputError:
        return None
    values = dict(layout.values) | dict(layout.destinations[0])
    for name, _, run in [*interpreter.shapes, *interpreter.destination_shapes]:
        values[name] = evaluate(run, values)
    used = {}
    for name, _, run, count in interpreter.memories:
        values[name], used[name] = evaluate(run, values), evaluate(count, values)
    return None if None in [*values.values(), *used.values()] else Layout(values, used)


def refused(interpreter: LayerInterpreter, chip: Chip) -> tuple[Violation, ...]:
    """What a chip says about the odd layer."""
    try:
        return Judge(chip, interpreter).judge(describe(ODD)).violations
    except InputError:
        return ()


def substitute(tree: Tree, values: Mapping[str, Any]) -> Tree:
    """The formula with numbers in the place of its names, and only the branches that are taken."""
    match tree:
        case t.Name(id=name) if isinstance(values.get(name), int):
            return t.Number(tree.start, tree.stop, values[name])
        case t.Choice():
            return _taken(tree, values)
    parts: dict[str, Any] = {}
    for field in fields(tree):
        value = getattr(tree, field.name)
        if isinstance(value, t.Node):
            parts[field.name] = substitute(value, values)  # type: ignore[arg-type]  # every Node in a field is a Tree
        elif isinstance(value, tuple):
            parts[field.name] = tuple(substitute(item, values) for item in value)
    return replace(tree, **parts)


def _taken(tree: t.Choice, values: Mapping[str, Any]) -> Tree:
    try:
        holds = compile_formula(tree.when)(values)
    except (Undefined, EvaluationError, KeyError):
        return tree
    return substitute(tree.then if holds else tree.otherwise, values)


def quantized(interpreter: LayerInterpreter) -> Quantized | None:
    """A handful of weights as words, or None when this spec has no weights or thresholds of that name."""
    tensors = {"weight": WEIGHTS, "threshold": (THRESHOLD,), "v_floor": (FLOOR,)}
    try:
        return Quantizer(interpreter).quantize(tensors)
    except (Undefined, EvaluationError, KeyError):
        return None


def floor_rounds(interpreter: LayerInterpreter) -> tuple[float, ...]:
    """A potential above the floor and the other f32 that the floor makes of it; empty where there is none."""
    run = interpreter.compile(interpreter.spec.dynamics.floor.tree)
    for tenths in range(1, 10):
        v = f32(Fraction(tenths, 10))
        floored = evaluate(run, {"v": v, "v_floor": FLOOR})
        if isinstance(floored, float) and floored != v:
            return v, floored
    return ()
