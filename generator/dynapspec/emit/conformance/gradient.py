"""Vectors of the surrogate gradients: between two bounds, so that no last bit of an `exp` is promised."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dynapspec.emit.conformance.case import Case, f32_text
from dynapspec.emit.conformance.dice import Dice
from dynapspec.emit.conformance.mistakes import outcome
from dynapspec.formula.changes import changes, flag_of
from dynapspec.formula.f32 import f32
from dynapspec.formula.operators import to_f32
from dynapspec.interpret import LayerInterpreter
from dynapspec.interpret.neurons import Dynamics
from dynapspec.model.layer_spec import NeuronFunction

CLOSE = 2.0**-10  # how far a right answer may be off, relative and near 0: any `exp` is far better
POINTS = (0.0, 1.0, -0.5, 0.4, 0.97, 1.3, 2.0, 2.35)  # potentials, in units of a threshold
THRESHOLDS = (1.0, 1.5, 0.75)
ROUNDS = 60


def gradient_cases(interpreter: LayerInterpreter) -> Iterator[Case]:
    """Each function on and around its thresholds, with its defaults and with other parameters."""
    dynamics = Dynamics(interpreter)
    for name, function in interpreter.spec.dynamics.surrogate_grad_fn.items():
        yield from _function(interpreter, dynamics, name, function)


def _function(
    interpreter: LayerInterpreter, dynamics: Dynamics, name: str, function: NeuronFunction
) -> Iterator[Case]:
    wrong = list(_wrong(dynamics, name, function))
    for index, (v, threshold, parameters) in enumerate(_points(function)):
        env = {"v": f32(v * threshold), "threshold": f32(threshold)}
        right = to_f32(dynamics.call(name, env, parameters))
        caught = [one for one in wrong if _off(_call(dynamics, name, one[1], env, parameters), right)]
        if index >= len(POINTS) and not caught:
            continue
        wrong = [one for one in wrong if one not in caught]
        given = {
            "function": name,
            "parameters": {key: f32_text(f32(x)) for key, x in parameters.items()},
            "threshold": f32_text(env["threshold"]),
            "v": f32_text(env["v"]),
        }
        low, high = bounds(right)
        expected = {"gradient": {"low": f32_text(low), "high": f32_text(high)}}
        flags = tuple(sorted({flag_of(kind) for kind, _ in caught}))
        shown = ",".join(f"{key}={x}" for key, x in (("v", v), ("threshold", threshold), *parameters.items()))
        clause = interpreter.layer.clause("dynamics", "surrogate_grad_fn", name)
        case = f"{interpreter.layer.name}/gradient/{name}/{shown}"
        yield Case(case, clause, "valid", given, expected, flags)


def bounds(value: float) -> tuple[float, float]:
    """The least and the greatest right answer."""
    reach = max(abs(value), CLOSE) * CLOSE
    return f32(value - reach), f32(value + reach)


def _off(answer: Any, right: float) -> bool:
    """Whether an answer lies outside the bounds; none at all does."""
    low, high = bounds(right)
    return not isinstance(answer, int | float) or not low <= answer <= high


def _points(function: NeuronFunction) -> Iterator[tuple[float, float, dict[str, float]]]:
    """Potentials, thresholds and parameters: first the defaults, then others."""
    yield from ((v, 1.0, {}) for v in POINTS)
    yield from ((v, threshold, {}) for threshold in THRESHOLDS[1:] for v in POINTS)
    defaults = {key: float(x) for key, x in function.parameters.items() if isinstance(x, int | float)}
    for key, default in defaults.items():
        yield from ((v, THRESHOLDS[1], {key: default + 0.25}) for v in POINTS)
    dice = Dice(len(defaults))
    for _ in range(ROUNDS):
        drawn = {key: max(0.125, default + dice.decimal() / 4) for key, default in defaults.items()}
        yield 1 + dice.decimal(), dice.pick(THRESHOLDS), drawn


def _wrong(dynamics: Dynamics, name: str, function: NeuronFunction) -> Iterator[tuple[str, Any]]:
    """The function with one change in one of its formulas."""
    _, local, run = dynamics.functions[name]
    known: list[str] = []
    for key, formula in function.where.items():
        for kind, tree in changes(formula.tree, (), {}):
            yield kind, (function, {**local, key: dynamics.compile(tree)}, run)
    for kind, tree in changes(function.is_.tree, (), dict.fromkeys(known, ())):
        yield kind, (function, local, dynamics.compile(tree))


def _call(dynamics: Dynamics, name: str, function: Any, env: Any, parameters: dict[str, float]) -> Any:
    right = dynamics.functions[name]
    dynamics.functions[name] = function
    try:
        return outcome(lambda: to_f32(dynamics.call(name, env, parameters)))
    finally:
        dynamics.functions[name] = right
