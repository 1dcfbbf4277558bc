"""Which neurons an event reaches: from it follow synaptic operations, and the chances to fire."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dynapspec.network.network import Preprocessing

Ints: TypeAlias = NDArray[np.int64]


def reach(layer: Any, axis: int) -> Ints:
    """Whether a row of neurons (or column) receives from a row of the input: (neurons, inputs) of 0 and 1.

    Args:
        layer: a generated layer.
        axis: 0 for rows, 1 for columns.
    """
    conv = layer.conv_layer
    neurons, inputs = layer.get_neuron_shape()[1 + axis], layer.input_shape[1 + axis]
    size, stride = conv.kernel_size[axis], conv.stride[axis]
    taps = np.arange(size) * conv.dilation[axis] - conv.padding[axis]
    found = np.zeros((neurons, inputs), np.int64)
    for neuron in range(neurons):
        met = taps + neuron * stride
        found[neuron, met[(met >= 0) & (met < inputs)]] = 1
    return found


def arrivals(layer: Any, received: Ints) -> Ints:
    """How many events reach each place of the map of neurons, (height, width).

    Args:
        layer: a generated layer.
        received: events on each place of its input, (features, height, width).
    """
    found: Ints = reach(layer, 0) @ received.sum(0) @ reach(layer, 1).T
    return found


def operations(layer: Any, received: Ints) -> int:
    """Synaptic operations: weights that were added to a potential, zeros too, as the chip reads them all."""
    return int(arrivals(layer, received).sum()) * int(layer.get_neuron_shape()[0])


def counted(events: Ints, shape: tuple[int, int, int]) -> Ints:
    """Events on each place of a map, (features, height, width)."""
    found = np.zeros(shape, np.int64)
    np.add.at(found, (events[:, 2], events[:, 1], events[:, 0]), 1)
    return found


def sensed(events: Ints, asked: Preprocessing | None) -> Ints:
    """The events as the first layer receives them from the block of the sensor.

    It does to single events, in the same order, what ``network.graph.preprocess`` does to maps.
    """
    if asked is None:
        return events
    found = events.copy()
    if asked.merge:
        found[:, 2] = 0
    down, across = asked.pool
    found[:, 0] //= across
    found[:, 1] //= down
    top, left, height, width = asked.crop or (0, 0, asked.shape[1] // down, asked.shape[2] // across)
    found[:, 0] -= left
    found[:, 1] -= top
    x, y = found[:, 0], found[:, 1]
    found = found[(x >= 0) & (x < width) & (y >= 0) & (y < height)]
    for axis, last, turned in ((0, width - 1, asked.mirror[1]), (1, height - 1, asked.mirror[0])):
        if turned:
            found[:, axis] = last - found[:, axis]
    return found[:, [1, 0, 2, 3]] if asked.swap else found
