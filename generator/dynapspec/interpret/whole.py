"""A whole layer out of its arguments as JSON: what it says of itself, its words, spikes and gradients."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any, TypeAlias

from dynapspec.diagnostics import InputError
from dynapspec.formula.f32 import f32
from dynapspec.formula.operators import to_f32
from dynapspec.interpret.bits import number, numbers, text_of
from dynapspec.interpret.chip import Judgement, RuleBook, refusing
from dynapspec.interpret.description import Description
from dynapspec.interpret.forward import Maps, convolve, spike, sum_pool
from dynapspec.interpret.layer import LayerInterpreter
from dynapspec.interpret.neurons import Dynamics, Neuron
from dynapspec.interpret.quantize import Quantizer

Data: TypeAlias = Mapping[str, Any]
Answer: TypeAlias = dict[str, Any]
Pair: TypeAlias = tuple[int, int]

GEOMETRY = ("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups")
NEURONS = "iaf"  # the one kind of neurons that there is


class WholeLayers:
    """The layers of one layer spec."""

    def __init__(self, interpreter: LayerInterpreter) -> None:
        self.interpreter = interpreter
        self.rules: RuleBook = refusing(interpreter)
        self.quantizer, self.dynamics = Quantizer(interpreter), Dynamics(interpreter)

    def answer(self, given: Data) -> Answer:
        """What is asked of one layer, or why there is none."""
        if given["spk"].get("kind", NEURONS) != NEURONS:
            return {"refused": "neuron-type"}
        try:
            verdict = self.rules.judge(describe(given))
        except InputError as error:
            return {"refused": [one.code for one in error.diagnostics]}
        if verdict.violations:
            return {"refused": [violation.rule for violation in verdict.violations]}
        values = self._values(given)
        entered = [x for value in values.values() for x in value or ()]
        words = self._words(values) if given["discretize"] else values
        made = [x for value in words.values() for x in value or ()]
        if not all(map(math.isfinite, [*entered, *made])):
            return {"refused": "not-finite"}
        threshold = (words["threshold"] or [0.0])[0]
        for reason in self.quantizer.refused(threshold):
            return {"refused": reason}
        layer = _Layer(self, given, verdict, values, words)
        return {name: getattr(layer, name) for name in given["ask"]}

    def _values(self, given: Data) -> dict[str, list[float] | None]:
        conv, spk = given["conv"], given["spk"]
        found: dict[str, Any] = {"weight": conv["weight"], "bias": conv["bias"]}
        found |= {name: None if spk[name] is None else [spk[name]] for name in ("threshold", "v_floor")}
        if spk.get("v"):
            found["v"] = spk["v"]["values"]
        return {name: None if texts is None else numbers(texts) for name, texts in found.items()}

    def _words(self, values: Mapping[str, Sequence[float] | None]) -> dict[str, list[float] | None]:
        return {"bias": None, **self.quantizer.quantize(values).values}


def describe(given: Data) -> Description:
    """The arguments by role; a linear layer is the convolution over its whole input."""
    conv, shape = given["conv"], given["in_shape"]
    if conv["kind"] == "linear":
        sizes = {"in_channels": shape[0], "out_channels": conv["out_features"], "kernel_size": shape[1:]}
    else:
        sizes = {name: conv[name] for name in GEOMETRY}
    pool = given["pool"]
    leaving = {} if pool is None else {"kernel_size": pool["kernel_size"], "stride": _stride(pool)}
    return Description(tuple(shape), {**sizes, "bias": conv["bias"] is not None}, {}, (leaving,))


def _stride(pool: Data) -> Any:
    """The step of a pooling, which is its window unless it is given."""
    return pool["kernel_size"] if pool["stride"] is None else pool["stride"]


@dataclass
class _Layer:
    """One layer; each thing that can be asked is an attribute of that name."""

    layers: WholeLayers
    given: Data
    verdict: Judgement
    values: Mapping[str, Sequence[float] | None]
    words: Mapping[str, Sequence[float] | None]

    @property
    def neuron_shape(self) -> list[int]:
        return [self.verdict.values[name] for name in self.layers.interpreter.spec.outputs.neuron_shape]

    @property
    def output_shape(self) -> list[int]:
        values = {**self.verdict.values, **self.verdict.destinations[0]}
        return [values[name] for name in self.layers.interpreter.spec.outputs.output_shape]

    @property
    def memory(self) -> Answer:
        return {name: self.verdict.values[name] for name in self.layers.interpreter.spec.memory}

    @property
    def weight(self) -> Any:
        return self._ints("weight")

    @property
    def bias(self) -> Any:
        return self._ints("bias")

    @property
    def threshold(self) -> Any:
        return self._ints("threshold")[0]

    @property
    def v_floor(self) -> Any:
        return self._ints("v_floor")[0]

    def _ints(self, name: str) -> Any:
        values = self.words[name]
        return None if values is None else [int(x) for x in values]

    @property
    def warned(self) -> bool:
        """Whether the user is told that nothing is left of the weights."""
        return any(self.values["weight"] or ()) and not any(self.words["weight"] or ())

    @property
    def cleared(self) -> bool:
        """Whether zero_grad leaves no gradient of the weights: it always does so."""
        return True

    @property
    def replaced(self) -> bool:
        """Whether a convolution that is set later is the one that runs: it always is."""
        return True

    # ── Forward ──────────────────────────────────────────────────────────────────────────────────

    @property
    def _geometry(self) -> tuple[Pair, Pair, Pair, Pair]:
        """Kernel, stride, padding and dilation."""
        conv, shape = self.given["conv"], self.given["in_shape"]
        if conv["kind"] == "linear":
            return (shape[1], shape[2]), (1, 1), (0, 0), (1, 1)
        kernel, stride, padding, dilation = (tuple(conv[name]) for name in GEOMETRY[2:6])
        return kernel, stride, padding, dilation

    @cached_property
    def _taps(self) -> list[Maps]:
        """The weights, (out, in, row, column); where no group connects, they are zero."""
        (kh, kw), (c, f) = self._geometry[0], (self.given["in_shape"][0], self.neuron_shape[0])
        groups = self.given["conv"].get("groups", 1)
        flat = iter(self.words["weight"] or ())
        taps: list[Maps] = [[[[0.0] * kw for _ in range(kh)] for _ in range(c)] for _ in range(f)]
        for out, index, y, x in product(range(f), range(c // groups), range(kh), range(kw)):
            taps[out][out // (f // groups) * (c // groups) + index][y][x] = next(flat)
        return taps

    @cached_property
    def _currents(self) -> list[Maps]:
        _, stride, padding, dilation = self._geometry
        bias = self.words["bias"]
        _, height, width = self.neuron_shape
        return [
            convolve(step, self._taps, bias, stride, padding, dilation, (height, width))
            for step in self.given["input"]
        ]

    @cached_property
    def _samples(self) -> list[list[Maps]]:
        """The currents of each sample; the samples stand one after the other."""
        spk, total = self.given["spk"], len(self._currents)
        bins = spk.get("num_timesteps") or total // spk.get("batch_size", 1)
        return [self._currents[start : start + bins] for start in range(0, total, bins)]

    @cached_property
    def _run(self) -> tuple[list[Maps], list[Maps]]:
        """The spikes of all time bins, and the final state of each sample."""
        spk = self.given["spk"]
        parameters = {k: number(x) if isinstance(x, str) else x for k, x in spk["parameters"].items()}
        threshold = (self.words["threshold"] or [0.0])[0]
        floor = self.words["v_floor"]
        neuron = Neuron(threshold, floor[0] if floor else None, spk["spike_fn"], spk["reset_fn"], parameters)
        runs = [spike(one, self.layers.dynamics, neuron, self._state) for one in self._samples]
        return [step for spikes, _ in runs for step in spikes], [state for _, state in runs]

    @property
    def _state(self) -> Maps | None:
        values = self.words.get("v")
        if not values:
            return None
        flat = iter(values)
        features, height, width = self.neuron_shape
        return [[[next(flat) for _ in range(width)] for _ in range(height)] for _ in range(features)]

    @property
    def spikes(self) -> Any:
        """What leaves the layer."""
        pool = self.given["pool"]
        steps = self._run[0]
        if pool is not None:
            window, stride = _both(pool["kernel_size"]), _both(_stride(pool))
            rows, columns = self.output_shape[1:]
            steps = [sum_pool(step, window, stride, (rows, columns)) for step in steps]
        return [[[[int(x) for x in row] for row in plane] for plane in step] for step in steps]

    @property
    def v(self) -> Any:
        """Membrane potentials in the end; of each sample where there may be several."""
        found = [[[[text_of(x) for x in row] for row in plane] for plane in state] for state in self._run[1]]
        return found if {"batch_size", "num_timesteps"} & self.given["spk"].keys() else found[0]

    @property
    def gradient(self) -> list[str]:
        """The gradient of the number of spikes by each weight, after one time bin."""
        (kh, kw), stride, padding, dilation = self._geometry
        (x,), (currents,) = self.given["input"], self._currents
        slopes = [[[self._slope(v) for v in row] for row in plane] for plane in currents]
        found = []
        for out, c, ky, kx in product(range(len(slopes)), range(len(x)), range(kh), range(kw)):
            total = 0.0
            for row, line in enumerate(slopes[out]):
                for column, slope in enumerate(line):
                    y = row * stride[0] - padding[0] + ky * dilation[0]
                    at = column * stride[1] - padding[1] + kx * dilation[1]
                    if 0 <= y < len(x[c]) and 0 <= at < len(x[c][0]):
                        total += slope * x[c][y][at]
            found.append(text_of(f32(total)))
        return found

    def _slope(self, v: float) -> float:
        threshold = (self.words["threshold"] or [0.0])[0]
        env = {"v": f32(v), "threshold": f32(threshold)}
        return to_f32(self.layers.dynamics.call(self.given["spk"]["surrogate_grad_fn"], env, {}))


def _both(value: Any) -> Pair:
    """A pair, of one number or of two."""
    return (value, value) if isinstance(value, int) else (value[0], value[1])
