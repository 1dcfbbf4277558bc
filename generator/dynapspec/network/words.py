"""The words of the chip that trained values become, as far as rules ask for them.

Rounding keeps order, so the words of a layer lie between those of its extreme values: quantizing
the smallest and the largest weight with the layer's scale tells what all others are within.
"""

from __future__ import annotations

import math
from typing import Any

from dynapspec.diagnostics import fail
from dynapspec.interpret.quantize import Quantizer
from dynapspec.network.network import Parameters


def words_of(trained: Parameters, quantizer: Quantizer, place: str) -> tuple[dict[str, int], dict[str, int]]:
    """The extreme weights and the fields of the neurons, in words.

    Raises:
        InputError: a value is infinite or not a number.
    """
    if getattr(trained.weight, "is_meta", False):
        return {}, {}  # a shape without values
    weight = extremes(trained.weight, f"weights of {place}")
    tensors: dict[str, list[float] | None] = {"weight": weight, "bias": None}
    if trained.bias is not None:
        tensors["bias"] = extremes(trained.bias, f"biases of {place}")
    if trained.spike_threshold is None:
        return {}, {}  # without a threshold there is no scale
    tensors["threshold"] = [trained.spike_threshold]
    tensors["v_floor"] = None if trained.min_v_mem is None else [trained.min_v_mem]
    if not trained.words:
        tensors = dict(quantizer.quantize(tensors, trained.rescale).values)
    return _fields(tensors, place)


def _fields(tensors: dict[str, list[float] | None], place: str) -> tuple[dict[str, int], dict[str, int]]:
    values = [x for tensor in tensors.values() if tensor for x in tensor]
    if not all(map(math.isfinite, values)):
        raise fail(
            "not-finite",
            f"{place}: its values leave no scale to quantize with",
            hint="is everything in it zero?",
        )
    low, high = tensors["weight"] or (0, 0)
    neurons = {"spike_threshold": tensors["threshold"], "min_v_mem": tensors.get("v_floor")}
    return {"min": int(low), "max": int(high)}, {name: int(x[0]) for name, x in neurons.items() if x}


def extremes(values: Any, what: str) -> list[float]:
    """The smallest and the largest of an array of NumPy or torch.

    Raises:
        InputError: there are none, or they are not finite; NaN spreads to both.
    """
    if 0 in values.shape:
        raise fail("empty", f"there are no {what}")
    found = [float(values.min()), float(values.max())]
    if not all(map(math.isfinite, found)):
        raise fail("not-finite", f"{what} are infinite or not a number", hint="no chip can hold them")
    return found
