"""Folds normalizations into the synapses before them, and puts synapses side by side: NumPy or torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from dynapspec.network.arrival import beside
from dynapspec.network.parts import Norm, Synapses, refuse


def folded(synapses: Synapses, norms: Sequence[Norm]) -> Synapses:
    """The synapses that do what they and the normalizations behind them do together."""
    for norm in norms:
        weight = synapses.weight
        if weight.shape[0] != norm.factor.shape[0]:
            told = f"it has {norm.factor.shape[0]} features, and {synapses.place} {weight.shape[0]}"
            raise refuse(norm.place, told, "make the two agree")
        factor = norm.factor.reshape(-1, *(1 for _ in weight.shape[1:]))
        bias = norm.offset if synapses.bias is None else synapses.bias * norm.factor + norm.offset
        fields = {**synapses.fields, "bias": True}
        synapses = replace(synapses, weight=weight * factor, bias=bias, fields=fields)
    return synapses


def side_by_side(place: str, several: Sequence[Synapses]) -> Synapses:
    """Synapses whose currents are added, as one set over all of their inputs, one behind the other."""
    first = several[0]
    own = ("in_channels", "bias")
    for other in several[1:]:
        mine, theirs = ({k: v for k, v in one.fields.items() if k not in own} for one in (first, other))
        if first.kind != other.kind or mine != theirs or other.fields.get("groups", 1) != 1:
            told = f"it adds {first.place} and {other.place}, which differ in more than their inputs"
            raise refuse(
                place, told, "a core has one kernel: make their sizes, strides and paddings the same"
            )
        if first.kind == "linear":
            raise refuse(place, f"it adds {first.place} and {other.place}", "use one Linear over both inputs")
        if first.words or other.words:
            raise refuse(place, "it adds layers of words", "give them as they were before discretizing")
    biases = [one.bias for one in several if one.bias is not None]
    bias: Any = sum(biases[1:], biases[0]) if biases else None
    fields = {**first.fields, "bias": bias is not None}
    fields["in_channels"] = sum(one.fields["in_channels"] for one in several)
    weight = beside([one.weight for one in several])
    return replace(first, fields=fields, weight=weight, bias=bias, input_shape=None)
