"""What whole layers say of themselves, and what makes no layer."""

from __future__ import annotations

import math
from collections.abc import Iterator

from dynapspec.emit.conformance.whole_maker import SIZES, Maker, Scenario, arguments_of, convolution, pool


def sizes(make: Maker) -> Iterator[Scenario]:
    """What a layer says of itself."""
    memories, shapes = list(make.spec.memory), list(make.spec.shapes)
    argument = arguments_of(make)
    ones = [1.0, -1.0, 0.5]
    dilated = convolution((1, 1), (3, 3), [ones[i % 3] for i in range(9)], dilation=[2, 2])
    given = make.layer(dilated, (1, 9, 9), SIZES[:1])
    yield Scenario("dilation-shape", given, ("shapes", shapes[0]), "dilation-ignored")
    given = make.layer(dilated, (1, 9, 9), SIZES[2:])
    yield Scenario("dilation-memory", given, ("memory", memories[-2]), "dilation-ignored")
    many = convolution((2, 8), (3, 3), [ones[i % 3] for i in range(2 * 8 * 9)], stride=[2, 2], padding=[1, 1])
    given = make.layer(many, (2, 128, 128), (SIZES[0], SIZES[2]))
    yield Scenario("strided-memory", given, ("memory", memories[1]), "ignores-sy")
    grouped = convolution((4, 4), (1, 1), [1.0, -1.0, 0.5, 0.25], groups=4)
    given = make.layer(grouped, (4, 2, 2), SIZES[2:])
    yield Scenario("grouped-memory", given, ("memory", memories[0]), "groups-ignored")
    small = convolution((1, 2), (2, 2), [ones[i % 3] for i in range(8)])
    for name, one in (("unpooled", None), ("pooled", pool([2, 2])), ("cut", pool([4, 4]))):
        given = make.layer(small, (1, 6, 7), SIZES[1:2], pool=one)
        yield Scenario(f"output-shape-{name}", given, argument["pools"], "no-output-shape")
    given = make.layer(small, (1, 6, 7), SIZES, pool=pool(2))
    yield Scenario("pool-of-one-number", given, argument["pools"], "pool-must-be-a-pair")
    tall = convolution((1, 1), (2, 1), [1.0, -1.0])
    given = make.layer(tall, (1, 3, 3), SIZES[:1])
    yield Scenario("kernel-that-is-not-square", given, argument["synapses"], "square-alone")
    faint = convolution((1, 1), (1, 1), [0.3])
    given = make.layer(faint, (1, 1, 1), ("weight", "warned"), spk=make.neurons(floor=None))
    yield Scenario("weights-that-vanish", given, ("quantization", "absent"), "no-warning")


def refusals(make: Maker) -> Iterator[Scenario]:
    """What makes no layer."""
    one = convolution((1, 1), (1, 1), [1.0])
    argument = arguments_of(make)
    big = convolution((1, 1), (5, 5), [0.5] * 25)
    ask = SIZES[:1]
    yield Scenario(
        "kernel-one-too-large", make.layer(big, (1, 4, 4), ask), argument["synapses"], "accepts-no-neurons"
    )
    yield Scenario(
        "kernel-that-just-fits", make.layer(big, (1, 5, 5), ask), argument["synapses"], "refuses-too-much"
    )
    given = make.layer(one, (2, 3, 3), ask)
    yield Scenario("features-that-do-not-match", given, argument["input_shape"], "accepts-other-features")
    for name, what in (
        ("step", pool([2, 2], [1, 1])),
        ("window", pool([1, 2], [1, 2])),
        ("large", pool([4, 4])),
    ):
        given = make.layer(one, (1, 3, 3), ask, pool=what)
        yield Scenario(f"pool-{name}", given, argument["pools"], "accepts-any-pool")
    given = make.layer(one, (1, 3, 3), ask, spk={"kind": "relu"}, discretize=False)
    yield Scenario("no-integrate-and-fire-neurons", given, argument["neurons"], "accepts-any-neurons")
    huge = convolution((1, 1), (1, 1), [1000.0])
    given = make.layer(huge, (1, 1, 1), ("threshold",))
    yield Scenario("threshold-that-vanishes", given, ("quantization",), "accepts-no-threshold")
    for discretize in (True, False):
        for name, x in (("infinite", math.inf), ("not-a-number", math.nan)):
            given = make.layer(convolution((1, 1), (1, 1), [x]), (1, 1, 1), ask, discretize=discretize)
            shown = "" if discretize else "-undiscretized"
            yield Scenario(f"weight-{name}{shown}", given, ("quantization",), "accepts-not-finite")
    dead = convolution((1, 1), (1, 1), [0.0])
    given = make.layer(dead, (1, 1, 1), ("threshold",), spk=make.neurons(0.0, -1.0))
    yield Scenario("threshold-of-zero", given, ("quantization",), "accepts-no-threshold")
