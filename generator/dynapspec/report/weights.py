"""How the weights of a layer spread over the words of the chip."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from typing import Any

from dynapspec.formula.f32 import f32
from dynapspec.interpret.quantize import Quantizer
from dynapspec.network.network import Network, Parameters
from dynapspec.report.showing import Histogram
from dynapspec.report.text import plain

WIDTH, HEIGHT = 360, 120
LEFT, TOP, WIDE, HIGH = 10, 10, 340, 84
BINS = 64  # at most


def weight_histograms(network: Network, quantizer: Quantizer) -> dict[int, Histogram]:
    """For each layer with weights, how many there are of each word; others are left out."""
    found = {}
    for index, layer in enumerate(network.layers):
        trained = layer.parameters
        if trained is None or getattr(trained.weight, "is_meta", False):
            continue
        if trained.spike_threshold is not None:
            found[index] = _words(trained, quantizer)
    return found


def _words(trained: Parameters, quantizer: Quantizer) -> Histogram:
    """Rounding keeps order: among sorted weights those of one word stand together, up to an end."""
    values = sorted(trained.weight.reshape(-1).tolist())
    word = _word_of(trained, quantizer, [values[0], values[-1]])
    found, start = [], 0
    while start < len(values):
        each = word(values[start])
        end = bisect_right(values, each, start, key=word)
        found.append((each + 0.0, end - start))
        start = end
    return found


def _word_of(trained: Parameters, quantizer: Quantizer, extremes: list[float]) -> Callable[[float], float]:
    """What a weight becomes, by the formulas of the spec; extremes alone decide the scale."""
    if trained.words:
        return float
    bias = None if trained.bias is None else trained.bias.reshape(-1).tolist()
    tensors: dict[str, list[float] | None] = {
        "weight": extremes,
        "threshold": [float(trained.spike_threshold or 0)],
        "bias": bias,
        "v_floor": None if trained.min_v_mem is None else [float(trained.min_v_mem)],
    }
    scale = quantizer.quantize(tensors, trained.rescale).scale

    def word(weight: float) -> float:
        x = f32(weight)
        if trained.rescale != 1:
            (x,) = quantizer.rescaled([x], trained.rescale)
        became: float = quantizer.value({"x": x, "scale": scale})
        return became

    return word


def histogram_drawing(index: int, label: str, histogram: Histogram) -> Mapping[str, Any]:
    """The bars of a histogram as one shape."""
    low, high = histogram[0][0], histogram[-1][0]
    size = max(1.0, (high - low + 1) / BINS)
    bins = [0] * (int((high - low) // size) + 1)
    for edge, count in histogram:
        bins[int((edge - low) // size)] += count
    most, step = max(1, *bins), WIDE / len(bins)
    shape = [
        f"M{LEFT + i * step:.1f} {TOP + HIGH}v-{HIGH * count / most:.1f}h{step * 0.9:.1f}V{TOP + HIGH}z"
        for i, count in enumerate(bins)
        if count
    ]
    total, zeros = sum(count for _, count in histogram), dict(histogram).get(0, 0)
    share = f"{100 * zeros / total:.0f} % are 0" if total else ""
    return {
        "index": index,
        "name": plain(f"layer {index}: {label}"),
        "width": WIDTH,
        "height": HEIGHT,
        "shape": "".join(shape),
        "base": TOP + HIGH,
        "left": LEFT,
        "right": LEFT + WIDE,
        "zero": f"{LEFT + (0 - low) / size * step:.1f}" if low <= 0 <= high else None,
        "low": f"{low:g}",
        "high": f"{high:g}",
        "label_at": TOP + HIGH + 16,
        "told": f"{total} weights from {low:g} to {high:g}, {share}",
    }
