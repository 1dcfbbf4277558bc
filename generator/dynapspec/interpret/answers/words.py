"""Answers about parameters that become words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from dynapspec.interpret.answers.data import Answer, Data, numbers, one
from dynapspec.interpret.bits import text_of
from dynapspec.interpret.layer import LayerInterpreter
from dynapspec.interpret.quantize import Quantized, Quantizer

NOT_FINITE = "not-finite"


class Words:
    """The topics ``quantization``, ``convolution`` and ``rescale``."""

    def __init__(self, interpreter: LayerInterpreter) -> None:
        self.quantizer = Quantizer(interpreter)

    def quantization(self, given: Data) -> Answer:
        """The words of all parameters, and their scale."""
        tensors = {name: numbers(value) for name, value in given.items() if name != "rescale"}
        found = self.quantizer.quantize(tensors, given["rescale"])
        reason = refusal(self.quantizer, found, tensors)
        if reason is not None:
            return {"refused": reason}
        words = {name: one(name, [int(x) for x in value]) for name, value in found.values.items()}
        return {**words, "scale": text_of(found.scale)}

    def convolution(self, given: Data) -> Answer:
        """Weights and biases alone."""
        found = self.quantization({**given, "rescale": 1})
        kept = ("refused", "weight", *(("bias",) if given["bias"] is not None else ()))
        return {name: found[name] for name in kept if name in found}

    def rescale(self, given: Data) -> Answer:
        """The weights before they are discretized."""
        weight = numbers(given["weight"]) or []
        return {"weight": [text_of(x) for x in self.quantizer.rescaled(weight, given["rescale"])]}


def refusal(q: Quantizer, found: Quantized, tensors: Mapping[str, Sequence[float] | None]) -> str | None:
    """Why these values make no layer."""
    entered = [x for value in tensors.values() for x in value or ()]
    made = [x for value in found.values.values() for x in value]
    if not all(math.isfinite(x) for x in (*entered, *made)):
        return NOT_FINITE
    return next(iter(q.refused(found.values["threshold"][0])), None)
