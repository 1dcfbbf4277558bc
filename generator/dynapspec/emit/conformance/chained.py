"""Vectors of layers in a chain: the order in which one layer's spikes leave is seen in the next."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import Any

from dynapspec.emit.conformance.case import Case
from dynapspec.emit.conformance.dice import Dice
from dynapspec.interpret import LayerInterpreter
from dynapspec.interpret.chain import AXES, Chain

EVENTS, TICK = 14, 5  # events of one vector, and how many of them lie between two ticks


def chain_cases(interpreter: LayerInterpreter) -> Iterator[Case]:
    """Two and three layers, with pooling that cuts the map, biases and a lower bound."""
    resets = list(interpreter.spec.dynamics.reset_fn)
    for index, reset in enumerate(resets):
        dice = Dice(11 + index)
        first = _layer(dice, (1, 5, 5), (2, 2, 3), (1, 1), (2, 2), reset)
        second = _layer(dice, (2, 3, 2), (3, 2, 2), (1, 1), (1, 1), reset)
        third = _layer(dice, (3, 4, 3), (2, 4, 3), (0, 0), (1, 1), reset, bias=True)
        for layers in ([first, second], [first, second, third]):
            yield _case(interpreter, f"{reset}-{len(layers)}-layers", layers, _happenings(dice))


def _layer(
    dice: Dice, shape: Any, kernel: Any, padding: Any, pool: Any, reset: str, bias: bool = False
) -> dict[str, Any]:
    """A layer with small pseudo-random weights that fires often."""
    features, height, width = kernel
    return {
        "input_shape": list(shape),
        "weight": [
            [[[dice.between(-2, 5) for _ in range(width)] for _ in range(height)] for _ in range(shape[0])]
            for _ in range(features)
        ],
        "bias": [dice.between(-1, 2) for _ in range(features)] if bias else None,
        "stride": [1, 1],
        "padding": list(padding),
        "pool": list(pool),
        "threshold": 4,
        "v_floor": -3,
        "reset_fn": reset,
    }


def _happenings(dice: Dice) -> list[dict[str, Any]]:
    """Events all over a map of one feature, with ticks in between; an event comes last."""
    found: list[dict[str, Any]] = []
    for index in range(EVENTS):
        if index % TICK == TICK - 1:
            found.append({"leak": 1})
        found.append({"event": [0, dice.between(0, 4), dice.between(0, 4)]})
    return found


def _case(interpreter: LayerInterpreter, name: str, layers: list[Any], happenings: list[Any]) -> Case:
    layer = interpreter.layer
    chain = Chain(interpreter, layers)
    right = chain.run(happenings)
    flags = [] if chain.otherwise(depth_first=False).run(happenings) == right else ["breadth-first"]
    order = tuple(interpreter.spec.dynamics.event.visit.order)
    for other in permutations(AXES):
        if other[0] != order[0] and chain.otherwise(other).run(happenings) != right:
            flags.append(f"{other[0]}-first")
    given = {"layers": layers, "happenings": happenings}
    clause = layer.clause("dynamics", "event", "visit")
    return Case(f"{layer.name}/chain/{name}", clause, "valid", given, right, tuple(dict.fromkeys(flags)))
