"""Runs a layer spec's quantization: one shared scale, then rounding, in f32 as written."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dynapspec.formula.f32 import f32
from dynapspec.interpret.layer import LayerInterpreter

Tensor = Sequence[float]


@dataclass(frozen=True, slots=True)
class Quantized:
    """Whole numbers as f32, by name; ``set_by`` names the group whose scale was taken."""

    values: Mapping[str, list[float]]
    scale: float
    set_by: str
    scales: Mapping[str, float]


class Quantizer:
    """The quantization of one layer spec."""

    def __init__(self, interpreter: LayerInterpreter) -> None:
        self.spec = interpreter.spec
        self.q = self.spec.quantization
        self.rescale = interpreter.compile(self.q.rescale.tree)
        self.when = interpreter.compile(self.q.scale.when.tree)
        self.then = interpreter.compile(self.q.scale.then.tree)
        self.otherwise = interpreter.compile(self.q.scale.else_.tree)
        self.value = interpreter.compile(self.q.value.tree)
        self.absent = {n: interpreter.compile(f.tree)(interpreter.widths) for n, f in self.q.absent.items()}
        self.refusals = {n: interpreter.compile(r.when.tree) for n, r in self.q.refuse.items()}

    def scale(self, x: Tensor, bits: int) -> float:
        """The largest factor that brings every value of ``x`` into a word of ``bits`` bits."""
        env = {"x": list(x), "bits": bits}
        scale: float = self.then(env) if self.when(env) else self.otherwise(env)
        return scale

    def rescaled(self, weight: Tensor, rescale: int) -> list[float]:
        """The weights after the division (or product) that the spec states."""
        return [self.rescale({"weight": w, "rescale": rescale}) for w in weight]

    def quantize(self, tensors: Mapping[str, Tensor | None], rescale: int = 1) -> Quantized:
        """Quantizes the tensors of one layer together.

        Args:
            tensors: ``weight``, ``threshold`` and, where the layer has them, ``bias``, ``v_floor``
                and ``v``; None or a missing key is an absent value.
            rescale: the layer's ``rescale_weights``.
        """
        values = self.entered(tensors, rescale)
        scales = self.scales(values)
        set_by = self.combined(scales)
        scale = scales[set_by]
        rounded = {n: [self.value({"x": x, "scale": scale}) for x in tensor] for n, tensor in values.items()}
        return Quantized(rounded, scale, set_by, scales)

    def entered(self, tensors: Mapping[str, Tensor | None], rescale: int) -> dict[str, list[float]]:
        """The values that are rounded: rescaled, and with what stands for an absent one."""
        values = {name: [f32(x) for x in tensor] for name, tensor in tensors.items() if tensor is not None}
        for name, substitute in self.absent.items():
            values.setdefault(name, [f32(float(substitute))])
        if rescale != 1:
            values["weight"] = self.rescaled(values["weight"], rescale)
        return values

    def scales(self, values: Mapping[str, Tensor]) -> dict[str, float]:
        """The scale of each group that has a member."""
        scales: dict[str, float] = {}
        for name, group in self.q.groups.items():
            members = [x for member in group.of for x in values.get(member, ())]
            if members:
                scales[name] = self.scale(members, self.spec.widths[group.width].bits)
        return scales

    def combined(self, scales: Mapping[str, float]) -> str:
        """The group whose scale becomes that of the layer."""
        undefined = [name for name, scale in scales.items() if math.isnan(scale)]
        if undefined:
            return undefined[0]
        choose = min if self.q.combine == "min" else max
        return choose(scales, key=lambda name: scales[name])

    def refused(self, threshold: float) -> list[str]:
        """The refusals that apply to a layer with this quantized threshold."""
        return [name for name, when in self.refusals.items() if when({"threshold": threshold})]
