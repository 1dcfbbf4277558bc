"""Layers that tell the quantization from one with any single change in its formulas.

The greatest weight decides a scale, so pairs of weights are enough: of both signs, of one sign, and
on the very ratio at which the branch changes.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

from dynapspec.emit.conformance.dice import Dice
from dynapspec.emit.conformance.misquantized import Tensors
from dynapspec.emit.conformance.mistakes import outcome
from dynapspec.formula import Tree
from dynapspec.formula.changes import changes, flag_of
from dynapspec.formula.f32 import bits_of, f32
from dynapspec.interpret.quantize import Quantizer

Scale: TypeAlias = Callable[[Sequence[float], int], float]
Scales: TypeAlias = dict[tuple[float, ...], float]

ROUNDS = 120
THRESHOLD, FLOOR = [1.0], [-1.0]


def changed_quantizers(
    q: Quantizer, functions: tuple[str, ...], compiled: Any
) -> Iterator[tuple[str, Quantizer]]:
    """The quantization with one change in one of the formulas of the scale or of the rounding."""
    parts = {"when": q.q.scale.when, "then": q.q.scale.then, "otherwise": q.q.scale.else_}
    trees = {name: formula.tree for name, formula in parts.items()}
    called = tuple((name, f.is_.tree, tuple(f.of)) for name, f in q.spec.functions.items())
    others = {"value": q.q.value.tree, "rescale": q.q.rescale.tree}
    for name, right in {**trees, **others}.items():
        for kind, tree in changes(right, functions, {}):
            other = copy.copy(q)
            setattr(other, name, compiled(tree))
            if name in trees:
                known = scales_of(tuple({**trees, name: tree}.values()), called)
                setattr(other, "scale", remembering(other.scale, known))  # noqa: B010, one object's own
            yield flag_of(kind), other


@lru_cache(maxsize=128)
def scales_of(trees: tuple[Tree, ...], functions: tuple[Any, ...]) -> Scales:
    """The scales that were worked out by these formulas, which call these functions.

    Layer specs that are variants of each other have most of them in common, and so have many groups.
    """
    return {}


def remembering(scale: Scale, known: Scales) -> Scale:
    """The scale of a group, worked out once for the same values."""

    def run(x: Sequence[float], bits: int) -> float:
        key = (*x, bits)
        if key not in known or 0.0 in x:  # a zero is the same key with either sign
            known[key] = scale(x, bits)
        return known[key]

    return run


def gap_scenarios(
    q: Quantizer, functions: tuple[str, ...], compiled: Any, ratio: float
) -> Iterator[tuple[str, Tensors, int]]:
    """Layers, each of which shows a change that no earlier one shows."""
    pending = list(changed_quantizers(q, functions, compiled))
    for index, (weight, rescale) in enumerate(_candidates(ratio)):
        tensors: Tensors = {"weight": weight, "threshold": THRESHOLD, "v_floor": FLOOR}
        answer = Answer(q, tensors, rescale)
        rest = [one for one in pending if outcome(answer.is_that_of, one[1])]
        if len(rest) < len(pending):
            flags = sorted({flag for flag, other in pending if all(other is not kept for _, kept in rest)})
            pending = rest
            yield f"shows-{'-'.join(flags[:2])}-{index}", tensors, rescale


class Answer:
    """What the quantization makes of one layer; a changed one does only what its change reaches."""

    def __init__(self, q: Quantizer, tensors: Tensors, rescale: int) -> None:
        self._q, self._tensors, self._rescale = q, tensors, rescale
        self._values = q.entered(tensors, rescale)
        right = q.quantize(tensors, rescale)
        self._scale, self._scale_bits, self._words = right.scale, bits_of(right.scale), _bits(right.values)

    def is_that_of(self, other: Quantizer) -> bool:
        """Whether a quantization with one change gives the same scale and the same words."""
        if other.rescale is not self._q.rescale:
            return self._rescale == 1 or self._is(other)
        if other.value is not self._q.value:
            return all(
                bits_of(other.value({"x": x, "scale": self._scale})) == word
                for name, words in self._words.items()
                for x, word in zip(self._values[name], words, strict=True)
            )
        scales = other.scales(self._values)
        return bits_of(scales[other.combined(scales)]) == self._scale_bits  # so the words are the same

    def _is(self, other: Quantizer) -> bool:
        found = other.quantize(self._tensors, self._rescale)
        return bits_of(found.scale) == self._scale_bits and _bits(found.values) == self._words


def _bits(values: Mapping[str, Sequence[float]]) -> dict[str, list[int]]:
    return {name: list(map(bits_of, x)) for name, x in values.items()}


def _candidates(ratio: float) -> Iterator[tuple[list[float], int]]:
    dice = Dice(ROUNDS)
    for index in range(ROUNDS):
        top = f32((1 + dice.below(9999)) / 10000)
        beside = f32(top * (0.995 + dice.below(100) / 10000))
        yield [top, f32(-top * ratio)], 1
        yield [-top, -beside], 1
        yield [top, -beside, f32(top / 3)], 1 + index % 4
        yield [top, f32(top / 3), f32(-top / 7), 0.0], 1 + index % 4
