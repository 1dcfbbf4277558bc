"""The shared-scale quantizer, bit for bit in IEEE binary32.

Source: vendor code (sinabs 2.0.0 to 3.0.4, discretisation), checked against its recorded results. Weights,
biases, the pair (floor, threshold) and the state, when there is one, each ask for a scale that fills their
own integer range; the smallest of them serves all. Nothing is clamped: the ranges hold because of that scale.

Every operation below is one float32 rounding, in the written order. The order is visible at ties.
Inputs are in the units of the trained network, results are integers stored as float32.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

F32: TypeAlias = NDArray[np.float32]
Rounding: TypeAlias = Literal["half_even", "half_up"]
Rescaling: TypeAlias = Literal["divide", "multiply"]
Reason: TypeAlias = Literal["not-finite", "threshold-vanished"]


@dataclass(frozen=True)
class Quantized:
    """One quantized layer: integers stored as float32, and the scale that made them (levels per unit)."""

    weight: F32
    bias: F32 | None
    threshold: np.float32
    floor: np.float32
    state: F32 | None
    scale: np.float32


def levels(bits: int) -> tuple[int, int]:
    """Lowest and highest level of a two's complement number of that many bits."""
    if not 2 <= bits <= 25:
        raise ValueError(f"{bits} bits: levels must number at least four and be exact in float32")
    return -(1 << (bits - 1)), (1 << (bits - 1)) - 1


def tensor_scale(values: F32, bits: int) -> np.float32:
    """Largest scale at which `values` still fit into `bits`; inf when all of them are zero.

    The two sides of the range differ by one level, so the negative side decides only when it is larger by
    more than lo / hi. The quotient is a reciprocal and a product: two roundings, unlike a division.
    """
    lo, hi = levels(bits)
    smallest, biggest = np.float32(values.min()), np.float32(values.max())
    with np.errstate(all="ignore"):
        tolerated = np.float32(np.abs(biggest) * (np.float32(-lo) / np.float32(hi)))
        if np.abs(smallest) <= tolerated:
            return np.float32(np.abs(np.float32(1) / biggest * np.float32(hi)))
        return np.float32(np.abs(np.float32(1) / smallest * np.float32(lo)))


def rounded(values: F32, rounding: Rounding) -> F32:
    """Nearest integers; a tie goes to the even one, or upwards (towards plus infinity).

    Rounding up adds its half in float64, where it is exact: in float32, 0.49999997 + 0.5 is 1.
    """
    with np.errstate(all="ignore"):
        if rounding == "half_even":
            return np.rint(values).astype(np.float32)
        return np.floor(values.astype(np.float64) + 0.5).astype(np.float32)


def rescaled(weight: ArrayLike, rescale: float, rescaling: Rescaling = "divide") -> F32:
    """The weights divided by `rescale`, which stands for an average pooling upstream (by its area).

    Since sinabs 3.1 they are multiplied by it, and it is one over the area.
    """
    given, factor = np.asarray(weight, np.float32), np.float32(rescale)
    with np.errstate(all="ignore"):
        return np.asarray(given * factor if rescaling == "multiply" else given / factor, np.float32)


def neuron_pair(threshold: float, floor: float | None, state_bits: int) -> F32:
    """(floor, threshold) as float32; no floor means the lowest level of the state, taken as a number."""
    lowest = levels(state_bits)[0]
    return np.array([lowest if floor is None else floor, threshold], np.float32)


def quantize(
    weight: ArrayLike,
    bias: ArrayLike | None,
    threshold: float,
    floor: float | None,
    state: ArrayLike | None = None,
    *,
    weight_bits: int = 8,
    bias_bits: int = 8,
    state_bits: int = 16,
    rounding: Rounding = "half_even",
    rescale: float = 1,
    rescaling: Rescaling = "divide",
) -> Quantized:
    """Quantize one layer. It computes what the arithmetic gives, NaN included; `refusal` judges that.

    The vendor quantizes biases to 8 bits although the chip stores 16 (Datasheet, Table 3).
    """
    weights = rescaled(weight, rescale, rescaling)
    pair = neuron_pair(threshold, floor, state_bits)
    biases = None if bias is None else np.asarray(bias, np.float32)
    states = None if state is None else np.asarray(state, np.float32)

    scale = np.minimum(tensor_scale(weights, weight_bits), tensor_scale(pair, state_bits))
    if biases is not None:
        scale = np.minimum(scale, tensor_scale(biases, bias_bits))
    if states is not None:
        scale = np.minimum(scale, tensor_scale(states, state_bits))

    def at_scale(values: F32) -> F32:
        with np.errstate(all="ignore"):
            return rounded(np.asarray(values * np.float32(scale), np.float32), rounding)

    q_floor, q_threshold = at_scale(pair)
    return Quantized(
        weight=at_scale(weights),
        bias=None if biases is None else at_scale(biases),
        threshold=np.float32(q_threshold),
        floor=np.float32(q_floor),
        state=None if states is None else at_scale(states),
        scale=np.float32(scale),
    )


def refusal(
    weight: ArrayLike,
    bias: ArrayLike | None,
    threshold: float,
    floor: float | None,
    state: ArrayLike | None = None,
    *,
    weight_bits: int = 8,
    bias_bits: int = 8,
    state_bits: int = 16,
    rounding: Rounding = "half_even",
    rescale: float = 1,
    rescaling: Rescaling = "divide",
) -> Reason | None:
    """Why these values make no layer, or None.

    'not-finite': a value is NaN or infinite, given so or made so by the rescaling or by an infinite scale.
    'threshold-vanished': the threshold rounds to 0, and at threshold 0 the spike count is infinite.
    """
    quantized = quantize(
        weight,
        bias,
        threshold,
        floor,
        state,
        weight_bits=weight_bits,
        bias_bits=bias_bits,
        state_bits=state_bits,
        rounding=rounding,
        rescale=rescale,
        rescaling=rescaling,
    )
    # The results tell of the inputs: NaN stays NaN, and infinity makes a scale of 0 and so a NaN of itself.
    made = [quantized.weight, np.array([quantized.threshold, quantized.floor])]
    made += [values for values in (quantized.bias, quantized.state) if values is not None]
    if not all(np.isfinite(values).all() for values in made):
        return "not-finite"
    if quantized.threshold == 0:
        return "threshold-vanished"
    return None
