"""Layers that tell the quantization from one with any single change in its formulas.

The greatest weight decides a scale, so pairs of weights are enough: of both signs, of one sign, and
on the very ratio at which the branch changes.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from dynapspec.emit.conformance.dice import Dice
from dynapspec.emit.conformance.misquantized import Tensors
from dynapspec.emit.conformance.mistakes import outcome
from dynapspec.formula.changes import changes, flag_of
from dynapspec.formula.f32 import bits_of, f32
from dynapspec.interpret.quantize import Quantizer

ROUNDS = 120
THRESHOLD, FLOOR = [1.0], [-1.0]


def changed_quantizers(
    q: Quantizer, functions: tuple[str, ...], compiled: Any
) -> Iterator[tuple[str, Quantizer]]:
    """The quantization with one change in one of the formulas of the scale or of the rounding."""
    formulas = {
        "when": q.q.scale.when,
        "then": q.q.scale.then,
        "otherwise": q.q.scale.else_,
        "value": q.q.value,
        "rescale": q.q.rescale,
    }
    for name, formula in formulas.items():
        for kind, tree in changes(formula.tree, functions, {}):
            other = copy.copy(q)
            setattr(other, name, compiled(tree))
            yield flag_of(kind), other


def gap_scenarios(
    q: Quantizer, functions: tuple[str, ...], compiled: Any, ratio: float
) -> Iterator[tuple[str, Tensors, int]]:
    """Layers, each of which shows a change that no earlier one shows."""
    pending = list(changed_quantizers(q, functions, compiled))
    for index, (weight, rescale) in enumerate(_candidates(ratio)):
        tensors: Tensors = {"weight": weight, "threshold": THRESHOLD, "v_floor": FLOOR}
        right = _answer(q, tensors, rescale)
        rest = [one for one in pending if outcome(_answer, one[1], tensors, rescale) == right]
        if len(rest) < len(pending):
            flags = sorted({flag for flag, other in pending if all(other is not kept for _, kept in rest)})
            pending = rest
            yield f"shows-{'-'.join(flags[:2])}-{index}", tensors, rescale


def _candidates(ratio: float) -> Iterator[tuple[list[float], int]]:
    dice = Dice(ROUNDS)
    for index in range(ROUNDS):
        top = f32((1 + dice.below(9999)) / 10000)
        beside = f32(top * (0.995 + dice.below(100) / 10000))
        yield [top, f32(-top * ratio)], 1
        yield [-top, -beside], 1
        yield [top, -beside, f32(top / 3)], 1 + index % 4
        yield [top, f32(top / 3), f32(-top / 7), 0.0], 1 + index % 4


def _answer(q: Quantizer, tensors: Tensors, rescale: int) -> Any:
    found = q.quantize(tensors, rescale)
    return bits_of(found.scale), {name: list(map(bits_of, x)) for name, x in found.values.items()}
