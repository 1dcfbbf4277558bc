"""Vectors of whole layers: what a layer says of itself, its words, its spikes and state, its gradients.

Each scenario is a layer that some implementation got wrong. The answers come from the interpreter.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from dynapspec.emit.conformance.case import Case, Verdict, f32_text, f32_texts
from dynapspec.emit.conformance.dice import Dice
from dynapspec.formula import EvaluationError
from dynapspec.formula.f32 import f32
from dynapspec.interpret import LayerInterpreter
from dynapspec.interpret.whole import WholeLayers

Path: TypeAlias = tuple[str, ...]

SIZES = ("neuron_shape", "output_shape", "memory")
WORDS = ("weight", "threshold", "v_floor")
RUN = ("spikes", "v")


@dataclass(frozen=True)
class Scenario:
    """A layer, what it is asked, the part of the spec that it is about, and a mistake that it catches."""

    name: str
    given: Mapping[str, Any]
    about: Path
    flag: str


def convolution(
    features: tuple[int, int], kernel: tuple[int, int], weight: list[float], **others: Any
) -> dict[str, Any]:
    """A convolution; what is left out is as small as it can be."""
    bias = others.pop("bias", None)
    pairs = {"stride": [1, 1], "padding": [0, 0], "dilation": [1, 1], "groups": 1, **others}
    sizes = {"in_channels": features[0], "out_channels": features[1], "kernel_size": list(kernel)}
    return {"kind": "conv", **sizes, **pairs, "weight": _texts(weight), "bias": _texts(bias)}


def fully_connected(sizes: tuple[int, int], weight: list[float], bias: list[float] | None) -> dict[str, Any]:
    """A linear layer."""
    shape = {"in_features": sizes[0], "out_features": sizes[1]}
    return {"kind": "linear", **shape, "weight": _texts(weight), "bias": _texts(bias)}


def _texts(values: list[float] | None) -> Any:
    return f32_texts(None if values is None else [f32(x) for x in values])


class Maker:
    """Makes scenarios with the functions of one layer spec."""

    def __init__(self, interpreter: LayerInterpreter) -> None:
        self.interpreter, self.spec = interpreter, interpreter.spec
        self.layers = WholeLayers(interpreter)
        self.defaults = self.spec.dynamics.defaults

    def neurons(self, threshold: float = 1.0, floor: float | None = -1.0, **others: Any) -> dict[str, Any]:
        """Neurons with the default functions."""
        return {
            "kind": "iaf",
            "threshold": f32_text(f32(threshold)),
            "v_floor": f32_text(None if floor is None else f32(floor)),
            "spike_fn": self.defaults.spike_fn,
            "reset_fn": self.defaults.reset_fn,
            "surrogate_grad_fn": self.exact or self.defaults.surrogate_grad_fn,
            "parameters": {},
            **others,
        }

    @property
    def exact(self) -> str | None:
        """A surrogate whose value below the threshold is a whole number in any arithmetic."""
        env = {"v": f32(0.75), "threshold": 1.0}
        for name in self.spec.dynamics.surrogate_grad_fn:
            slope = self.layers.dynamics.call(name, env, {})
            if slope and float(slope).is_integer():
                return name
        return None

    def layer(
        self, conv: Any, in_shape: tuple[int, int, int], ask: tuple[str, ...], **others: Any
    ) -> dict[str, Any]:
        """A layer without pooling that is discretized, unless it is said otherwise."""
        given = {
            "conv": conv,
            "spk": self.neurons(),
            "in_shape": list(in_shape),
            "pool": None,
            "discretize": True,
            "input": [],
        }
        return {**given, **others, "ask": list(ask)}

    def case(self, scenario: Scenario) -> Case | None:
        """The vector of a scenario; None where the formulas of the spec have no answer to it."""
        try:
            expected = self.layers.answer(scenario.given)
        except (EvaluationError, OverflowError, ZeroDivisionError):
            return None
        verdict: Verdict = "invalid" if "refused" in expected else "valid"
        clause = self.interpreter.layer.clause(*self._about(scenario.about, expected))
        name = f"{self.interpreter.layer.name}/layer/{scenario.name}"
        return Case(name, clause, verdict, scenario.given, expected, (scenario.flag,))

    def _about(self, path: Path, expected: Mapping[str, Any]) -> Path:
        """The rule that refuses, where one does; else the part that the scenario is about."""
        refused = expected.get("refused")
        first = refused[0] if isinstance(refused, list) else refused
        if first in self.spec.rules:
            return "rules", str(first)
        if first in self.spec.quantization.refuse:
            return "quantization", "refuse", str(first)
        return path


def pool(kernel_size: Any, stride: Any = None) -> dict[str, Any]:
    """A sum-pooling."""
    return {"kernel_size": kernel_size, "stride": stride}


def whole_cases(interpreter: LayerInterpreter) -> Iterator[Case]:
    """Every scenario."""
    make = Maker(interpreter)
    for scenario in (*_runs(make), *_sizes(make), *_gradients(make), *_refusals(make)):
        case = make.case(scenario)
        if case is not None:
            yield case


def maps(dice: Dice, steps: int, shape: tuple[int, int, int], most: int = 2) -> list[Any]:
    """Pseudo-random spikes: (time, features, rows, columns)."""
    features, height, width = shape
    return [
        [[[dice.between(0, most) for _ in range(width)] for _ in range(height)] for _ in range(features)]
        for _ in range(steps)
    ]


def _runs(make: Maker) -> Iterator[Scenario]:
    """Layers that run through several time bins, with their final state."""
    argument = _arguments(make)
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
        v = {"shape": state, "values": _texts([0.25, -0.5, 0.75])}
        given = make.layer(linear, shape, RUN, input=maps(dice, 3, shape), spk=make.neurons(v=v))
        yield Scenario(f"linear-with-a-{name}-state", given, argument["synapses"], "state-lost")


def _arguments(make: Maker) -> dict[str, Path]:
    """The place of the argument that plays a role."""
    return {a.role: ("api", "arguments", name) for name, a in make.spec.api.arguments.items()}


def _sizes(make: Maker) -> Iterator[Scenario]:
    """What a layer says of itself."""
    memories, shapes = list(make.spec.memory), list(make.spec.shapes)
    argument = _arguments(make)
    ones = [1.0, -1.0, 0.5]
    dilated = convolution((1, 1), (3, 3), [ones[i % 3] for i in range(9)], dilation=[2, 2])
    given = make.layer(dilated, (1, 9, 9), SIZES[:1])
    yield Scenario("dilation-shape", given, ("shapes", shapes[0]), "dilation-ignored")
    given = make.layer(dilated, (1, 9, 9), SIZES[2:])
    yield Scenario("dilation-memory", given, ("memory", memories[-2]), "dilation-ignored")
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


def _gradients(make: Maker) -> Iterator[Scenario]:
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


def _refusals(make: Maker) -> Iterator[Scenario]:
    """What makes no layer."""
    one = convolution((1, 1), (1, 1), [1.0])
    argument = _arguments(make)
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


def convolution_cases(interpreter: LayerInterpreter) -> Iterator[Case]:
    """Weights and biases of a convolution whose neurons are given as numbers, their state among them."""
    from dynapspec.emit.conformance.quantization import Levels
    from dynapspec.interpret.answers import Answers

    layer, answers = interpreter.layer, Answers(interpreter)
    group = next(g for g in interpreter.spec.quantization.groups.values() if "v" in g.of)
    low = Levels(interpreter.spec.widths[group.width].bits).low
    for name, v, bias, flag in (
        ("no-state", None, None, "off-by-one"),
        ("small-state", [0.3, -0.7, 0.1], None, "off-by-one"),
        ("large-state", [low / 8, 10.0, 0.0], None, "state-ignored"),
        ("large-state-and-bias", [low / 8, 10.0, 0.0], [0.5, -0.5], "state-ignored"),
    ):
        given = {"weight": _texts([0.75, -0.5]), "bias": _texts(bias), "threshold": f32_text(1.0),
                 "v_floor": f32_text(-1.0), "v": _texts(v)}  # fmt: skip
        expected = answers.answer("convolution", given)
        verdict: Verdict = "invalid" if "refused" in expected else "valid"
        case = f"{layer.name}/convolution/{name}"
        yield Case(case, layer.clause("quantization", "groups"), verdict, given, expected, (flag,))
