"""One layer in words: its scale, what set it, and what the words lose. All from the spec, without torch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dynapspec.interpret.quantize import Quantizer
from dynapspec.network.network import NetworkLayer, Parameters

Floats: TypeAlias = NDArray[np.float64]
MAX_BINS = 256  # of a histogram; wider words share one
DECIBEL = 10.0
SHARED = ("threshold", "v_floor")  # parameters of which a layer has one each, by the names of the spec


@dataclass(frozen=True, slots=True)
class Histogram:
    """How often words occur.

    Attributes:
        low: the first word that is counted.
        step: words that are counted together.
        counts: values in each bin, from ``low`` on.
    """

    low: int
    step: int
    counts: tuple[int, ...]

    def data(self) -> dict[str, Any]:
        """The histogram as JSON has it."""
        return {"low": self.low, "step": self.step, "counts": list(self.counts)}


@dataclass(frozen=True, slots=True)
class Words:
    """The values of one kind in a layer, such as its weights, and the words that they become.

    Attributes:
        name: what they are, as the spec names it.
        bits: of one word, its sign included.
        count: how many there are.
        low, high: the smallest and largest word.
        clipped: values that lie beyond what a word can hold.
        zeroed: values that become 0 and were not.
        zeros: values that were 0.
        snr_db: power of the values over that of their rounding, in decibel; None where nothing changes.
        histogram: how often each word occurs.
    """

    name: str
    bits: int
    count: int
    low: int
    high: int
    clipped: int
    zeroed: int
    zeros: int
    snr_db: float | None
    histogram: Histogram

    @property
    def most(self) -> int:
        """The largest positive word of these bits."""
        return (1 << self.bits - 1) - 1

    def data(self) -> dict[str, Any]:
        """The words as JSON has them."""
        names = ("name", "bits", "count", "low", "high", "clipped", "zeroed", "zeros", "snr_db")
        return {**{name: getattr(self, name) for name in names}, "histogram": self.histogram.data()}


@dataclass(frozen=True, slots=True)
class Setter:
    """What set the scale of a layer.

    Attributes:
        group: the values that allow the smallest scale, as the spec names them.
        name: the parameter among them.
        value: its value that decides.
        absent: whether the layer has none, so that the spec says what it counts as.
        bits_lost: how many bits less than alone the weights get by it.
    """

    group: str
    name: str
    value: float
    absent: bool
    bits_lost: float

    def data(self) -> dict[str, Any]:
        """What set it, as JSON has it."""
        names = ("group", "name", "value", "absent", "bits_lost")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class LayerQuantization:
    """One layer in words.

    Attributes:
        index: position in the network.
        label: what it is.
        scale: the factor from values to words.
        set_by: what set it; None for a layer that holds words already.
        scales: the scale that each group alone would allow; None where all its values are 0.
        words: weights, and biases where it has them.
        levels: threshold and lower bound in words.
    """

    index: int
    label: str
    scale: float
    set_by: Setter | None
    scales: Mapping[str, float | None]
    words: tuple[Words, ...]
    levels: Mapping[str, int]

    @property
    def weights(self) -> Words:
        """The words of its weights."""
        return self.words[0]

    def data(self) -> dict[str, Any]:
        """The layer as JSON has it."""
        return {
            "index": self.index,
            "label": self.label,
            "scale": self.scale,
            "set_by": None if self.set_by is None else self.set_by.data(),
            "scales": dict(self.scales),
            "words": [one.data() for one in self.words],
            "levels": dict(self.levels),
        }


def quantized(quantizer: Quantizer, index: int, layer: NetworkLayer) -> LayerQuantization:
    """One trained layer in words, as its spec quantizes it."""
    trained = layer.parameters
    assert trained is not None
    tensors = _tensors(trained)
    if trained.words:
        return _kept(quantizer, index, layer, tensors)
    listed = {name: None if x is None else x.ravel().tolist() for name, x in tensors.items()}
    entered = quantizer.entered(listed, trained.rescale)
    found = quantizer.quantize(listed, trained.rescale)
    scales = {name: x if math.isfinite(x) else None for name, x in found.scales.items()}
    return LayerQuantization(
        index,
        layer.label,
        found.scale,
        _setter(quantizer, found.set_by, found.scales, entered, listed),
        scales,
        _words(quantizer, entered, found.values, found.scale, tensors),
        {name: int(found.values[name][0]) for name in SHARED if name in found.values},
    )


def _kept(
    quantizer: Quantizer, index: int, layer: NetworkLayer, tensors: Mapping[str, Any]
) -> LayerQuantization:
    """A layer that holds words already: they are what they are."""
    values = {name: x.ravel().tolist() for name, x in tensors.items() if x is not None}
    words = _words(quantizer, values, values, 1.0, tensors)
    levels = {name: int(values[name][0]) for name in SHARED if name in values}
    return LayerQuantization(index, layer.label, 1.0, None, {}, words, levels)


def _tensors(trained: Parameters) -> dict[str, Any]:
    """The trained values by the names of the spec."""
    level = {"threshold": trained.spike_threshold, "v_floor": trained.min_v_mem}
    arrays = {"weight": trained.weight, "bias": trained.bias}
    return {name: None if x is None else _array(x) for name, x in (arrays | level).items()}


def _array(values: Any) -> Any:
    """An array of NumPy, also of a tensor on any device."""
    if hasattr(values, "detach"):
        values = values.detach().cpu()
    return np.asarray(values, np.float32)


def _setter(
    quantizer: Quantizer,
    group: str,
    scales: Mapping[str, float],
    entered: Mapping[str, list[float]],
    given: Mapping[str, Any],
) -> Setter:
    """The value that decides the scale: that which alone, beside 0, allows the same."""
    bits = quantizer.spec.widths[quantizer.q.groups[group].width].bits
    candidates = [
        (name, value)
        for name in quantizer.q.groups[group].of
        if name in entered
        for value in dict.fromkeys((max(entered[name]), min(entered[name])))
    ]
    name, value = next(
        (one for one in candidates if quantizer.scale([0.0, one[1]], bits) == scales[group]), candidates[0]
    )
    alone = next(scales[key] for key, one in quantizer.q.groups.items() if "weight" in one.of)
    lost = math.log2(alone / scales[group]) if math.isfinite(alone) and scales[group] > 0 else 0.0
    return Setter(group, name, value, given.get(name) is None, lost)


def _words(
    quantizer: Quantizer,
    entered: Mapping[str, list[float]],
    words: Mapping[str, list[float]],
    scale: float,
    given: Mapping[str, Any],
) -> tuple[Words, ...]:
    """The arrays of a layer, weights first."""
    found = []
    for name in ("weight", "bias"):
        if given.get(name) is not None:
            width = next(group.width for group in quantizer.q.groups.values() if name in group.of)
            bits = quantizer.spec.widths[width].bits
            found.append(of_values(name, bits, np.array(entered[name]), np.array(words[name]), scale))
    return tuple(found)


def of_values(name: str, bits: int, values: Floats, words: Floats, scale: float) -> Words:
    """What became of values.

    Args:
        name: what they are.
        bits: of a word.
        values: before they were rounded.
        words: after.
        scale: the factor between both.
    """
    low, high = -(1 << bits - 1), (1 << bits - 1) - 1
    wanted = np.rint(values * scale)
    clipped = (wanted < low) | (wanted > high)
    step = max(1, (high - low + 1) // MAX_BINS)
    bins = ((np.clip(words, low, high) - low) // step).astype(np.int64)
    counts = np.bincount(bins, minlength=(high - low + 1) // step)
    return Words(
        name=name,
        bits=bits,
        count=values.size,
        low=int(words.min()),
        high=int(words.max()),
        clipped=int(clipped.sum()),
        zeroed=int(((words == 0) & (values != 0)).sum()),
        zeros=int((values == 0).sum()),
        snr_db=_snr(values, words / scale),
        histogram=Histogram(low, step, tuple(map(int, counts))),
    )


def _snr(values: Floats, back: Floats) -> float | None:
    """Signal over noise in decibel; None where there is no noise, or no signal."""
    signal, noise = float((values**2).sum()), float(((values - back) ** 2).sum())
    return DECIBEL * math.log10(signal / noise) if signal and noise else None
