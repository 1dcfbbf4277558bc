"""Proofs that a mutant behaves as the spec does.

Sizes, memories and rules are compared over the whole legal domain. Quantization and neurons are
compared over all binary32 numbers; the event dynamics, which are integers, and the surrogate
gradients, whose last bits nobody promises, over the real numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from dynapspec.formula import Tree
from dynapspec.formula import tree as t
from dynapspec.formula.evaluate import EvaluationError, Undefined
from dynapspec.interpret import LayerInterpreter
from dynapspec.model import Chip, Layer
from dynapspec.model.layer_spec import LayerSpec, NeuronFunction
from dynapspec.mutate.arithmetic import Arithmetic, Binary32, Products, Reals, Unencoded
from dynapspec.mutate.leaves import Mutation
from dynapspec.prove import Proven, equal, implies
from dynapspec.prove.library import z3

LIMIT = 20.0  # seconds for one proof about whole or real numbers
LIMIT_OF_FLOATS = 180.0  # seconds for one about every bit of a quotient; most take under one
REACH = 100  # parameters from 2**-100 to 2**100, so that no reciprocal leaves the normal numbers
Pair: TypeAlias = tuple[Any, Any]

DOMAIN = "equal on the whole legal domain"
RULES = "each implies the other on every chip"
FLOATS = "equal for all binary32 numbers"
NUMBERS = "equal for all numbers"
WIDTH = "both words have the same number of bits"


def proof(mutation: Mutation, layer: Layer, mutant: Layer, chips: Sequence[Chip]) -> str | None:
    """Why the mutant behaves as the layer spec does, or None where that is not proven."""
    path = mutation.path
    try:
        match path:
            case ("shapes" | "destination_shapes" | "memory", *_, "is" | "used"):
                return _formulas(path, layer, mutant)
            case ("rules", str(name), "must"):
                return _rules(name, layer, mutant, chips)
            case ("quantization", "groups", str(name), "width"):
                return _width(name, layer.spec, mutant.spec)
            case ("quantization", *_):
                return FLOATS if _all(_quantization(layer), _quantization(mutant), Binary32) else None
            case ("dynamics", "clocked" | "event", *_):
                kind = Binary32 if path[1] == "clocked" else Reals
                same = _all(_steps(layer, path), _steps(mutant, path), kind)
                return (FLOATS if kind is Binary32 else NUMBERS) if same else None
            case ("dynamics", str(section), str(name), *_):
                return _function(section, name, layer, mutant)
    except (Unencoded, EvaluationError, Undefined, ArithmeticError, KeyError):
        return None
    return None


def _formulas(path: tuple[str | int, ...], layer: Layer, mutant: Layer) -> str | None:
    section, name, field = path
    field = "is_" if field == "is" else str(field)
    right, other = (getattr(getattr(one.spec, str(section))[name], field).tree for one in (layer, mutant))
    return DOMAIN if isinstance(equal(right, other, layer, mutant, LIMIT), Proven) else None


def _rules(name: str, layer: Layer, mutant: Layer, chips: Sequence[Chip]) -> str | None:
    """A rule and its mutant refuse the same layers."""
    both = all(
        isinstance(implies(name, chip, one, name, chip, other), Proven)
        for chip in chips
        for one, other in ((layer, mutant), (mutant, layer))
    )
    return RULES if both else None


def _width(name: str, spec: LayerSpec, other: LayerSpec) -> str | None:
    before, after = (one.widths[one.quantization.groups[name].width].bits for one in (spec, other))
    return WIDTH if before == after else None


# ── What is compared: functions that encode, each under its assumptions ──────────────────────────

Encoded: TypeAlias = Callable[[Arithmetic], Any]


def _quantization(layer: Layer) -> Iterator[Encoded]:
    """The scale of each group, the rounding, and the rescaling."""
    q, spec = layer.spec.quantization, layer.spec
    scale = t.Choice(0, 0, q.scale.when.tree, q.scale.then.tree, q.scale.else_.tree)
    for bits in sorted({spec.widths[group.width].bits for group in q.groups.values()}):
        yield _encoded(scale, {"bits": bits})
    yield _encoded(q.value.tree, {})
    yield _encoded(q.rescale.tree, {})


def _steps(layer: Layer, path: tuple[str | int, ...]) -> Iterator[Encoded]:
    """The formulas of the steps that are no named function."""
    events = layer.spec.dynamics.event
    steps = layer.spec.dynamics.clocked.steps if path[1] == "clocked" else (*events.steps, *events.leak.steps)
    yield from (_encoded(step.formula.tree, {}) for step in steps)


def _function(section: str, name: str, layer: Layer, mutant: Layer) -> str | None:
    """A spike, reset or surrogate gradient function with the values that it names."""
    pair = [getattr(one.spec.dynamics, section)[name] for one in (layer, mutant)]
    one, other = ([_neuron(function)] for function in pair)
    if section == "surrogate_grad_fn":
        return NUMBERS if any(_all(one, other, kind) for kind in (Reals, Products)) else None
    return FLOATS if _all(one, other, Binary32) else None


def _neuron(function: NeuronFunction) -> Encoded:
    def encode(arithmetic: Arithmetic) -> Any:
        env: dict[str, Any] = {}
        for name, formula in function.where.items():
            env[name] = arithmetic.number(arithmetic.encode(formula.tree, env))
        return arithmetic.encode(function.is_.tree, env)

    return encode


def _encoded(tree: Tree, known: dict[str, Any]) -> Encoded:
    return lambda arithmetic: arithmetic.encode(tree, known)


def _all(right: Any, other: Any, kind: type[Binary32] | type[Reals]) -> bool:
    """Whether each pair is equal wherever the assumptions hold."""
    pairs = list(zip(right, other, strict=True))
    return all(_same(one, two, kind) for one, two in pairs)


def _same(right: Encoded, other: Encoded, kind: type[Binary32] | type[Reals]) -> bool:
    arithmetic = kind(_FUNCTIONS)
    same = arithmetic.same(right(arithmetic), other(arithmetic))
    solver = z3().Solver()
    limit = LIMIT_OF_FLOATS if kind is Binary32 else LIMIT
    solver.set("timeout", int(limit * 1000))
    solver.add(*_assumed(arithmetic), z3().Not(same))
    return bool(solver.check() == z3().unsat)


def _assumed(arithmetic: Binary32 | Reals) -> Iterator[Any]:
    """A threshold above 0, extremes in their order, and nothing too small or large for a reciprocal."""
    symbols = arithmetic.symbols
    for name, symbol in list(symbols.items()):
        yield arithmetic.finite(name, positive=name == "threshold")
        if isinstance(arithmetic, Binary32):
            yield _moderate(arithmetic, symbol)
    if isinstance(arithmetic, Reals):
        yield from arithmetic.opposites()
    if {"min(x)", "max(x)"} <= symbols.keys():
        yield symbols["min(x)"] <= symbols["max(x)"]


def _moderate(arithmetic: Binary32, symbol: Any) -> Any:
    size = z3().fpAbs(symbol)
    low, high = (arithmetic.constant(2**REACH), arithmetic.constant(1 / 2**REACH))
    within = z3().And(size <= low, size >= high)
    return z3().Or(within, z3().fpIsZero(symbol))


_FUNCTIONS: dict[str, Callable[..., Any]] = {}


def knowing(layer: Layer) -> None:
    """Makes the functions of a layer spec known to the proofs."""
    _FUNCTIONS.clear()
    _FUNCTIONS.update(LayerInterpreter(layer).functions)


__all__ = ["knowing", "proof"]
