"""Whole layers that run: their spikes with the final state, and their gradients."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dynapspec.emit.conformance.dice import Dice
from dynapspec.emit.conformance.whole_maker import (
    RUN,
    SIZES,
    WORDS,
    Maker,
    Scenario,
    arguments_of,
    convolution,
    fully_connected,
    pool,
    texts,
)


def maps(dice: Dice, steps: int, shape: tuple[int, int, int], most: int = 2) -> list[Any]:
    """Pseudo-random spikes: (time, features, rows, columns)."""
    features, height, width = shape
    return [
        [[[dice.between(0, most) for _ in range(width)] for _ in range(height)] for _ in range(features)]
        for _ in range(steps)
    ]


def runs(make: Maker) -> Iterator[Scenario]:
    """Layers that run through several time bins, with their final state."""
    argument = arguments_of(make)
    dice = Dice(29)
    weight = [dice.decimal() for _ in range(3 * 2 * 2 * 3)]
    conv = convolution((2, 3), (2, 3), weight, bias=[0.1, -0.2, 0.05], stride=[1, 2], padding=[1, 0])
    shape = (2, 4, 7)
    ask = (*SIZES, *WORDS, "bias", *RUN)
    given = make.layer(conv, shape, ask, input=maps(dice, 4, shape))
    square = convolution((2, 3), (3, 3), [dice.decimal() for _ in range(3 * 2 * 9)], padding=[1, 1])
    yield Scenario("rectangles", given, argument["synapses"], "dims-swapped")
    given = make.layer(square, shape, ask[:-3] + RUN, input=maps(dice, 4, shape), pool=pool([2, 2]))
    yield Scenario("pooled", given, argument["pools"], "cut-windows-kept")
    given = make.layer(square, shape, RUN, input=maps(dice, 4, shape), discretize=True,
                       spk=make.neurons(0.4, -0.3))  # fmt: skip
    yield Scenario("low-threshold", given, ("dynamics", "clocked"), "off-by-one")
    linear = fully_connected((12, 3), [dice.decimal() for _ in range(36)], [0.1, -0.2, 0.3])
    shape = (2, 2, 3)
    given = make.layer(linear, shape, (*SIZES, *WORDS, *RUN), input=maps(dice, 3, shape))
    yield Scenario("linear", given, argument["synapses"], "dims-swapped")
    shape = (3, 2, 2)
    given = make.layer(linear, shape, (*SIZES, *WORDS, *RUN), input=maps(dice, 3, shape))
    yield Scenario("linear-on-a-square-map", given, argument["synapses"], "dims-swapped")
    for name, state in (("flat", [3]), ("mapped", [3, 1, 1])):
        v = {"shape": state, "values": texts([0.25, -0.5, 0.75])}
        given = make.layer(linear, shape, RUN, input=maps(dice, 3, shape), spk=make.neurons(v=v))
        yield Scenario(f"linear-with-a-{name}-state", given, argument["synapses"], "state-lost")


def shared_axes(make: Maker) -> Iterator[Scenario]:
    """Samples and time bins share the first axis of the input: each sample has neurons of its own."""
    dice, shape, samples, bins = Dice(31), (2, 3, 3), 2, 3
    weight = [dice.decimal() for _ in range(2 * 2 * 4)]
    conv = convolution((2, 2), (2, 2), weight)
    x = maps(dice, samples * bins, shape)
    given = {"batch_size": samples}, {"num_timesteps": bins}, {"batch_size": samples, "num_timesteps": bins}
    for told in given:
        layer = make.layer(conv, shape, RUN, input=x, spk=make.neurons(**told))
        name = "-and-".join(key.replace("_", "-") for key in told)
        yield Scenario(f"shared-axis-by-{name}", layer, ("dynamics", "clocked"), "samples-share-neurons")


def gradients(make: Maker) -> Iterator[Scenario]:
    """Gradients that training needs; below the threshold no neuron spikes."""
    if make.exact is None:
        return
    path = ("dynamics", "surrogate_grad_fn", make.exact)
    conv = convolution((1, 1), (1, 1), [0.75])
    ones = [[[[1] * 4 for _ in range(4)]]]
    given = make.layer(conv, (1, 4, 4), ("gradient",), input=ones, discretize=False)
    yield Scenario("gradient-of-silent-neurons", given, path, "silent-neurons-without-gradient")
    yield Scenario(
        "gradient-of-silent-windows", {**given, "pool": pool([2, 2])}, path, "silent-windows-without-gradient"
    )
    loud = {**given, "conv": convolution((1, 1), (1, 1), [1.5])}
    yield Scenario("gradient-of-spiking-neurons", loud, path, "no-gradient")
    yield Scenario("gradients-cleared", {**loud, "ask": ["cleared"]}, ("api",), "gradients-kept")
    yield Scenario("convolution-replaced", {**loud, "ask": ["replaced"]}, ("api",), "replaced-ignored")
