"""Vectors of the quantization: ties, the asymmetry of a signed word, absent values, rescaling.

The scenarios follow the widths of the spec: a weight of four bits has ties of its own. Which
mistakes a scenario catches is tried, not assumed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, TypeAlias

from dynapspec.emit.conformance.case import Case, f32_text, f32_texts
from dynapspec.emit.conformance.dice import Dice
from dynapspec.emit.conformance.misquantized import Misquantizer, Tensors
from dynapspec.emit.conformance.quantized_gaps import gap_scenarios
from dynapspec.formula.f32 import bits_of, f32, from_bits
from dynapspec.interpret import LayerInterpreter
from dynapspec.interpret.answers import refusal
from dynapspec.interpret.quantize import Quantizer

Scenario: TypeAlias = tuple[str, Tensors, int]

PLAIN = [0.5, -0.25, 0.1]
SINGLE = ("threshold", "v_floor")  # values that a layer has one of
RANDOM, WEIGHTS = 8, 6  # pseudo-random layers, and the weights of each
CANDIDATES = 60  # greatest weights among which a witness of a rounding mistake is looked for


class Levels:
    """Lowest and highest level of a two's complement word."""

    def __init__(self, bits: int) -> None:
        self.low, self.high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
        self.ratio = -self.low / self.high


def tensors(
    weight: list[float], threshold: float = 1.0, floor: float | None = -1.0, **others: list[float]
) -> Tensors:
    """The values of one layer by name."""
    given = {
        "weight": weight,
        "threshold": [threshold],
        "v_floor": None if floor is None else [floor],
        **others,
    }
    return {name: None if value is None else [f32(x) for x in value] for name, value in given.items()}


def scenarios(weights: Levels, states: Levels) -> Iterator[Scenario]:
    """Layers in which each branch and each group of the quantization decides once."""
    inside, outside = 1 + (weights.ratio - 1) / 2, 1 + (weights.ratio - 1) * 2
    yield "plain", tensors(PLAIN), 1
    yield "negative-extreme", tensors([0.5, -1.0, 0.25]), 1
    yield "equal-magnitudes", tensors([1.0, -1.0]), 1
    yield "negative-within-ratio", tensors([1.0, -inside, 0.3]), 1
    yield "negative-beyond-ratio", tensors([1.0, -outside, 0.3]), 1
    yield "negative-at-ratio", tensors([float(weights.high), float(weights.low), 1.0]), 1
    yield "all-negative", tensors([-0.5, -0.25]), 1
    yield "zero-and-negative", tensors([0.0, -0.3]), 1
    yield "ties", tensors([float(weights.high), 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 3.5]), 1
    yield "large-bias", tensors([0.1, -0.1], bias=[2.0, -0.5]), 1
    yield "tiny-bias", tensors([1.0, -0.5], bias=[0.001, -0.002]), 1
    yield "negative-bias", tensors([0.5, 0.4], bias=[-2.0, 0.25]), 1
    yield "large-threshold", tensors([0.75, -0.5], threshold=states.high / 4, floor=-1.0), 1
    yield "large-floor", tensors([0.75, -0.5], floor=states.low / 4), 1
    yield "no-floor", tensors([0.5, -0.25], floor=None), 1
    yield "no-floor-large-weights", tensors([200.0, -100.0], threshold=150.0, floor=None), 1
    yield "small-state", tensors([0.5, -0.25], v=[0.3, -0.7, 0.1]), 1
    yield "large-state", tensors([0.75, -0.5], v=[states.low / 8, 10.0, 0.0]), 1
    yield "zero-state", tensors([0.5, -0.25], v=[0.0, 0.0]), 1
    yield "zero-weights", tensors([0.0, 0.0]), 1
    yield "zero-weights-with-bias", tensors([0.0, 0.0], bias=[1.0, 0.5]), 1
    yield "rescaled", tensors(PLAIN), 4
    yield "rescaled-with-bias", tensors(PLAIN, bias=[0.1, 0.0, -0.1]), 4
    yield "rescaled-by-an-odd-number", tensors([0.762, -0.33, 0.123, 0.293]), 3
    yield "vanished-threshold", tensors([1000.0, -3.0]), 1
    yield "infinite-weight", tensors([math.inf, 1.0]), 1
    yield from random_layers(Dice(weights.high))


def random_layers(dice: Dice) -> Iterator[Scenario]:
    """Layers of pseudo-random values with three decimals, each with other values absent."""
    for index in range(RANDOM):
        weight = [dice.decimal() for _ in range(WEIGHTS)]
        others: dict[str, list[float]] = {}
        if index % 2:
            others["bias"] = [dice.decimal() for _ in range(2)]
        if index % 3 == 0:
            others["v"] = [dice.decimal(reach=3) for _ in range(2)]
        yield (
            f"random-{index}",
            tensors(weight, 0.5 + dice.below(1000) / 1000, -1 - dice.below(3) / 4, **others),
            1,
        )


def witnesses(q: Quantizer, wrong: Misquantizer, width: int, high: int) -> Iterator[Scenario]:
    """For each mistaken scale that differs in the last bits alone, a layer with a weight that shows it.

    The greatest weight sets the scale and a second one is put onto a tie of it, where the last bit
    of the scale decides.
    """
    dice = Dice(width)
    pending = [(sign, flag, run) for sign in (1, -1) for flag, run in wrong.close_scales()]
    for _ in range(CANDIDATES):
        top = (1 + dice.below(9999)) / 10000
        for suspect in list(pending):
            sign, flag, other = suspect
            greatest = [f32(sign * top)]
            scale = q.scale(greatest, width)
            if (second := _on_a_tie(q, scale, other(greatest, width), high)) is not None:
                pending.remove(suspect)
                side = "" if sign > 0 else "-on-the-negative-side"
                yield f"tie-that-shows-{flag}{side}", tensors([*greatest, second]), 1


def _on_a_tie(q: Quantizer, scale: float, other: Any, high: int) -> float | None:
    """A value that two scales round to different levels, if the scales differ."""
    if other is None or other == scale:
        return None
    for level in range(high):
        near = bits_of((level + 0.5) / scale)
        for x in (from_bits(near), from_bits(near - 1), from_bits(near + 1)):
            right = q.value({"x": x, "scale": scale})
            if right != q.value({"x": x if isinstance(other, float) else Fraction(x), "scale": other}):
                return x
    return None


def quantization_cases(interpreter: LayerInterpreter) -> Iterator[Case]:
    """Every scenario with the mistakes that it catches."""
    spec, q = interpreter.spec, Quantizer(interpreter)
    group = next(group for group in spec.quantization.groups.values() if "weight" in group.of)
    threshold = next(group for group in spec.quantization.groups.values() if "threshold" in group.of)
    bits = spec.widths[group.width].bits
    weights, states = Levels(bits), Levels(spec.widths[threshold.width].bits)
    wrong = Misquantizer(interpreter, q)
    gaps = gap_scenarios(q, tuple(interpreter.functions), interpreter.compile, weights.ratio)
    found = [*witnesses(q, wrong, bits, weights.high), *scenarios(weights, states), *gaps]
    for name, given, rescale in found:
        yield _case(interpreter, q, wrong, name, given, rescale)


def _case(
    interpreter: LayerInterpreter, q: Quantizer, wrong: Misquantizer, name: str, given: Tensors, rescale: int
) -> Case:
    layer = interpreter.layer
    right = q.quantize(given, rescale)
    entered = {key: _one(key, f32_texts(value)) for key, value in given.items()}
    case, shown = f"{layer.name}/quantization/{name}", {**entered, "rescale": rescale}
    reason = refusal(q, right, given)
    if reason is not None:
        path = ("quantization", "refuse", reason) if reason in q.q.refuse else ("quantization",)
        return Case(case, layer.clause(*path), "invalid", shown, {"refused": reason}, (f"accepts-{reason}",))
    expected: dict[str, Any] = {
        key: _one(key, [int(x) for x in value]) for key, value in right.values.items()
    }
    flags = wrong.caught(given, rescale, right)
    return Case(
        case,
        layer.clause("quantization"),
        "valid",
        shown,
        {**expected, "scale": f32_text(right.scale)},
        flags,
    )


def _one(name: str, values: Any) -> Any:
    """The value itself for what a layer has one of."""
    return values[0] if values is not None and name in SINGLE else values


def rescale_cases(interpreter: LayerInterpreter) -> Iterator[Case]:
    """Weights before and after the rescaling argument has been applied, in bits."""
    layer, q = interpreter.layer, Quantizer(interpreter)
    wrong = Misquantizer(interpreter, q)
    dice, clause = Dice(7), layer.clause("quantization", "rescale")
    for factor in (1, 2, 3, 4, 9, 16, 100):
        weight = [f32(x) for x in (*PLAIN, *(dice.decimal() for _ in range(4)), 0.762)]
        right = q.rescaled(weight, factor)
        flags = wrong.rescalings(weight, factor, right)
        given: Mapping[str, Any] = {"weight": f32_texts(weight), "rescale": factor}
        yield Case(
            f"{layer.name}/rescale/by-{factor}", clause, "valid", given, {"weight": f32_texts(right)}, flags
        )
