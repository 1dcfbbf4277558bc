"""A whole layer in plain Python, for small maps: convolution, neurons, sum-pooling.

Sums are taken in double precision, so they are exact for whole numbers: what is compared bit for
bit is always a discretized layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from dynapspec.interpret.neurons import Dynamics, Neuron

Map: TypeAlias = list[list[float]]  # rows of columns
Maps: TypeAlias = list[Map]  # features of rows of columns
Pair: TypeAlias = tuple[int, int]


def convolve(
    x: Maps,
    weight: Sequence[Maps],
    bias: Sequence[float] | None,
    stride: Pair,
    padding: Pair,
    dilation: Pair,
    shape: Pair,
) -> Maps:
    """The input of every neuron; ``weight`` is (out, in, y, x) and ``shape`` the neuron map."""
    height, width = len(x[0]), len(x[0][0])

    def neuron(kernel: Maps, offset: float, row: int, column: int) -> float:
        total = offset
        for plane, taps in zip(x, kernel, strict=True):
            for ky, line in enumerate(taps):
                y = row * stride[0] - padding[0] + ky * dilation[0]
                if not 0 <= y < height:
                    continue
                for kx, tap in enumerate(line):
                    at = column * stride[1] - padding[1] + kx * dilation[1]
                    if 0 <= at < width:
                        total += tap * plane[y][at]
        return total

    return [
        [
            [neuron(kernel, bias[f] if bias else 0.0, row, col) for col in range(shape[1])]
            for row in range(shape[0])
        ]
        for f, kernel in enumerate(weight)
    ]


def sum_pool(x: Maps, window: Pair, stride: Pair, shape: Pair) -> Maps:
    """Sums over windows; ``shape`` is the map that leaves the core."""

    def total(plane: Map, row: int, column: int) -> float:
        top, left = row * stride[0], column * stride[1]
        return sum(plane[y][c] for y in range(top, top + window[0]) for c in range(left, left + window[1]))

    return [[[total(plane, row, col) for col in range(shape[1])] for row in range(shape[0])] for plane in x]


def spike(
    currents: Sequence[Maps], dynamics: Dynamics, neuron: Neuron, state: Maps | None = None
) -> tuple[list[Maps], Maps]:
    """Steps a map of neurons through time bins; returns spikes per bin and the final potentials."""
    features, rows, columns = len(currents[0]), len(currents[0][0]), len(currents[0][0][0])
    spikes = [[[[0.0] * columns for _ in range(rows)] for _ in range(features)] for _ in currents]
    final = [[[0.0] * columns for _ in range(rows)] for _ in range(features)]
    for f in range(features):
        for y in range(rows):
            for x in range(columns):
                start = state[f][y][x] if state else 0.0
                counts, potentials = dynamics.clocked((step[f][y][x] for step in currents), neuron, start)
                final[f][y][x] = potentials[-1]
                for step, count in zip(spikes, counts, strict=True):
                    step[f][y][x] = count
    return spikes, final
