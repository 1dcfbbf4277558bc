"""Vectors of the parts that the spec states in words: sum-pooling, and a linear layer as a convolution."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from typing import Any

from dynapspec.emit.conformance.case import Case
from dynapspec.emit.conformance.dice import Dice
from dynapspec.interpret import LayerInterpreter
from dynapspec.interpret.forward import Maps, convolve, sum_pool
from dynapspec.interpret.layer import evaluate


def pooling_cases(interpreter: LayerInterpreter) -> Iterator[Case]:
    """Whole windows, cut windows, and windows of more than one feature; the sizes come from the spec."""
    layer, dice = interpreter.layer, Dice(3)
    clause = layer.clause(*_argument(interpreter, "pools"))
    for features, height, width, window in (
        (1, 4, 4, 2),
        (2, 5, 7, 2),
        (1, 8, 9, 4),
        (2, 3, 2, 1),
        (1, 6, 7, 3),
    ):
        maps = _whole(dice, (features, height, width))
        shape = _pooled(interpreter, height, width, window)
        pooled = sum_pool(maps, (window, window), (window, window), shape)
        given = {"map": _ints(maps), "window": [window, window], "stride": [window, window]}
        cut = height % window or width % window
        flags = [*(["average", "maximum"] if window > 1 else []), *(["cut-windows-kept"] if cut else [])]
        name = f"{layer.name}/pooling/{features}x{height}x{width}-by-{window}"
        yield Case(name, clause, "valid", given, {"map": _ints(pooled)}, tuple(flags))


def _pooled(interpreter: LayerInterpreter, height: int, width: int, window: int) -> tuple[int, int]:
    """Rows and columns of the map that leaves the core."""
    sizes = dict(zip(("features", "height", "width"), interpreter.spec.outputs.neuron_shape, strict=True))
    values: dict[str, Any] = {sizes["height"]: height, sizes["width"]: width}
    values |= dict.fromkeys(interpreter.spec.destination_dims, window)
    found = {name: evaluate(run, values) for name, _, run in interpreter.destination_shapes}
    _, rows, columns = interpreter.spec.outputs.output_shape
    return found[rows], found[columns]


def linear_cases(interpreter: LayerInterpreter) -> Iterator[Case]:
    """Input maps that are not square, with several features, and with and without a bias."""
    layer, dice = interpreter.layer, Dice(5)
    clause = layer.clause(*_argument(interpreter, "synapses"))
    for shape, out, biased in (
        ((2, 2, 3), 2, False),
        ((3, 2, 2), 3, True),
        ((1, 3, 4), 1, True),
        ((4, 1, 1), 2, False),
    ):
        weight = [[dice.between(-9, 9) for _ in range(math.prod(shape))] for _ in range(out)]
        bias = [dice.between(-9, 9) for _ in range(out)] if biased else None
        image = _whole(dice, shape)
        taps = [_maps([float(x) for x in row], shape) for row in weight]
        output = convolve(image, taps, bias, (1, 1), (0, 0), (1, 1), (1, 1))
        given = {"input_shape": list(shape), "weight": weight, "bias": bias, "map": _ints(image)}
        expected = {"taps": [_ints(t) for t in taps], "output": [int(maps[0][0]) for maps in output]}
        flags = ["dims-swapped"] if sum(size > 1 for size in shape) > 1 else []
        flags += ["bias-ignored"] if biased else []
        name = f"{layer.name}/linear/{'x'.join(map(str, shape))}-to-{out}"
        yield Case(name, clause, "valid", given, expected, tuple(flags))


def _argument(interpreter: LayerInterpreter, role: str) -> tuple[str, str, str]:
    """The place of the argument that plays a role."""
    name = next(name for name, argument in interpreter.spec.api.arguments.items() if argument.role == role)
    return "api", "arguments", name


def _maps(flat: list[float], shape: tuple[int, int, int]) -> Maps:
    """A flat list as features of rows of columns."""
    features, height, width = shape
    maps: Maps = [[[0.0] * width for _ in range(height)] for _ in range(features)]
    for value, (f, y, x) in zip(flat, product(range(features), range(height), range(width)), strict=True):
        maps[f][y][x] = value
    return maps


def _whole(dice: Dice, shape: tuple[int, int, int]) -> Maps:
    """Maps of small whole numbers."""
    return _maps([float(dice.between(-3, 9)) for _ in range(math.prod(shape))], shape)


def _ints(maps: Maps) -> list[list[list[int]]]:
    return [[[int(x) for x in row] for row in plane] for plane in maps]
