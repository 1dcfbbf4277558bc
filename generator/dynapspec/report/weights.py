"""How the weights of a layer spread over the words of the chip."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dynapspec.interpret.quantize import Quantizer
from dynapspec.network.network import Network
from dynapspec.report.showing import Histogram
from dynapspec.report.text import plain

WIDTH, HEIGHT = 360, 120
LEFT, TOP, WIDE, HIGH = 10, 10, 340, 84
BINS = 64  # at most


def weight_histograms(network: Network, quantizer: Quantizer) -> dict[int, Histogram]:
    """For each layer with weights, how many there are of each word; others are left out.

    They are those of the report of ``dynapspec quantize``.
    """
    from dynapspec.quantize.layer import quantized

    found: dict[int, Histogram] = {}
    for index, layer in enumerate(network.layers):
        trained = layer.parameters
        if trained is None or trained.spike_threshold is None or getattr(trained.weight, "is_meta", False):
            continue
        counted = quantized(quantizer, index, layer).weights.histogram
        words = enumerate(counted.counts)
        found[index] = [(float(counted.low + i * counted.step), count) for i, count in words if count]
    return found


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
