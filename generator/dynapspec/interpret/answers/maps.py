"""Answers about maps: sum-pooling, and a linear layer as a convolution."""

from __future__ import annotations

from collections.abc import Sequence

from dynapspec.interpret.answers.data import Answer, Data
from dynapspec.interpret.forward import Maps, convolve, sum_pool
from dynapspec.interpret.layer import LayerInterpreter, evaluate


class MapAnswers:
    """The topics ``pooling`` and ``linear``."""

    def __init__(self, interpreter: LayerInterpreter) -> None:
        self.interpreter, self.spec = interpreter, interpreter.spec

    def pooling(self, given: Data) -> Answer:
        """Sums over windows."""
        sizes = dict(zip(self.spec.outputs.neuron_shape, shape_of(given["map"]), strict=True))
        pooled = self._leaving({**sizes, **self._window(given)})
        return {"map": _ints(sum_pool(given["map"], given["window"], given["stride"], pooled))}

    def _window(self, given: Data) -> dict[str, int]:
        """The dimensions of one destination, by the fields that they are read from."""
        fields = {"kernel_size": given["window"], "stride": given["stride"]}
        axes = {"y": 0, "x": 1}
        paths = {name: dim.from_.fields for name, dim in self.spec.destination_dims.items()}
        return {name: fields[field][axes[axis]] for name, (field, axis) in paths.items()}

    def _leaving(self, values: Data) -> tuple[int, int]:
        """Rows and columns of the map that leaves the core."""
        found = {name: evaluate(run, values) for name, _, run in self.interpreter.destination_shapes}
        _, rows, columns = self.spec.outputs.output_shape
        return found[rows], found[columns]

    def linear(self, given: Data) -> Answer:
        """The convolution that does what a linear layer does, and its output."""
        taps = [_maps(row, given["input_shape"]) for row in given["weight"]]
        output = convolve(given["map"], taps, given["bias"], (1, 1), (0, 0), (1, 1), (1, 1))
        return {"taps": [_ints(tap) for tap in taps], "output": [int(one[0][0]) for one in output]}


def shape_of(maps: Maps) -> tuple[int, int, int]:
    """Features, rows and columns."""
    return len(maps), len(maps[0]), len(maps[0][0])


def _maps(flat: Sequence[float], shape: Sequence[int]) -> Maps:
    """A flat list as features of rows of columns."""
    features, height, width = shape
    rows = [list(flat[start : start + width]) for start in range(0, len(flat), width)]
    return [rows[f * height : (f + 1) * height] for f in range(features)]


def _ints(maps: Maps) -> list[list[list[int]]]:
    return [[[int(x) for x in row] for row in plane] for plane in maps]
