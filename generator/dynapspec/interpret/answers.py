"""The interpreter as an implementation: it answers conformance cases, topic by topic.

What goes in and what comes out is JSON data, as a vector file holds it: a float is the text of its
32 bits, and a refusal is ``{"refused": reason}``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any, TypeAlias

from dynapspec.diagnostics import InputError
from dynapspec.formula import EvaluationError
from dynapspec.formula.f32 import bits_of, from_bits
from dynapspec.formula.operators import to_f32
from dynapspec.interpret.chip import Judge, refusing
from dynapspec.interpret.description import Description, Layout
from dynapspec.interpret.forward import Maps, convolve, sum_pool
from dynapspec.interpret.layer import LayerInterpreter, evaluate
from dynapspec.interpret.neurons import Dynamics, Neuron
from dynapspec.interpret.quantize import Quantized, Quantizer
from dynapspec.interpret.whole import WholeLayers
from dynapspec.model.layer_spec import Dim
from dynapspec.model.values import Interval
from dynapspec.runtime.placement import PlacementError, place

Data: TypeAlias = Mapping[str, Any]
Answer: TypeAlias = dict[str, Any]

SINGLE = ("threshold", "v_floor")  # values that a layer has one of
OUTSIDE = "out-of-domain"
NOT_FINITE = "not-finite"


class Answers:
    """Answers about one layer spec; those about rules and placement need a chip."""

    def __init__(self, interpreter: LayerInterpreter, judge: Judge | None = None) -> None:
        self.interpreter, self.spec, self.judge = interpreter, interpreter.spec, judge
        self.dims: Mapping[str, Dim] = {**self.spec.dims, **self.spec.destination_dims}
        self.quantizer = Quantizer(interpreter)
        self.dynamics = Dynamics(interpreter)
        self.refusing = refusing(interpreter)
        self.topics: dict[str, Callable[[Data], Answer]] = {
            "shapes": self._shape,
            "memory": self._memory,
            "construct": self._construct,
            "signature": self._signature,
            "quantization": self._quantization,
            "rescale": self._rescale,
            "clocked": self._clocked,
            "gradient": self._gradient,
            "event": self._event,
            "pooling": self._pooling,
            "linear": self._linear,
            "layer": WholeLayers(interpreter).answer,
            "convolution": self._convolution,
            "rules": self._rules,
            "placement": self._placement,
            "facts": self._fact,
        }

    def answer(self, topic: str, given: Data) -> Answer:
        """The answer to one case.

        Raises:
            KeyError: for a topic that nothing is known of.
        """
        return self.topics[topic](given)

    # ── Formulas ─────────────────────────────────────────────────────────────────────────────────

    def _outside(self, given: Data) -> bool:
        """Whether a value lies outside the domain of its dimension."""
        return any(outside(self.dims[name], value) for name, value in given.items() if name in self.dims)

    def _shape(self, given: Data) -> Answer:
        if self._outside(given):
            return {"refused": True}
        shapes = [*self.interpreter.shapes, *self.interpreter.destination_shapes]
        run = next(run for name, _, run in shapes if name == given["of"])
        return {"value": _counted(run, given)}

    def _memory(self, given: Data) -> Answer:
        if self._outside(given):
            return {"refused": True}
        _, _, run, used = next(one for one in self.interpreter.memories if one[0] == given["of"])
        filled = _counted(used, given)
        return {"words": _counted(run, given)} | ({} if filled is None else {"used": filled})

    # ── The class ────────────────────────────────────────────────────────────────────────────────

    def _construct(self, given: Data) -> Answer:
        """A layer from its arguments: its dimensions, sizes and memories, or why there is none."""
        pools = tuple(given["pools"])
        description = Description(tuple(given["input_shape"]), given["synapses"], given["neurons"], pools)
        try:
            verdict = self.refusing.judge(description)
        except InputError as error:
            return {"refused": [one.code for one in error.diagnostics]}
        spec, values = self.spec, verdict.values
        if verdict.violations:
            sizes = [name for name in (*spec.shapes, *spec.memory) if name not in values]
            after = [
                name for one in verdict.destinations for name in spec.destination_shapes if name not in one
            ]
            broken = [violation.rule for violation in verdict.violations]
            return {"refused": broken, "undefined": [*sizes, *dict.fromkeys(after)]}
        return {
            "dims": {name: values[name] for name in spec.dims if name in values},
            "pools": [{name: one[name] for name in spec.destination_dims} for one in verdict.destinations],
            "neuron_shape": [values[name] for name in spec.outputs.neuron_shape],
            "output_shapes": [
                [{**values, **one}[name] for name in spec.outputs.output_shape]
                for one in verdict.destinations
            ],
            "memory": {name: values[name] for name in spec.memory},
        }

    def _signature(self, given: Data) -> Answer:
        """What a caller may leave out, and what it then is."""
        if "function" in given:
            functions = {**self.spec.dynamics.spike_fn, **self.spec.dynamics.reset_fn}
            found = {**functions, **self.spec.dynamics.surrogate_grad_fn}[given["function"]].parameters
            return {"parameters": list(found), "defaults": {k: _constant(v) for k, v in found.items()}}
        if given["of"] == "dimension":
            return _dimension(self.dims[given["name"]])
        if given["of"] == "neurons":
            defaults = self.spec.dynamics.defaults.model_dump()
            return {"defaults": {name: _constant(value) for name, value in defaults.items()}}
        arguments = self.spec.api.arguments
        if "argument" not in given:
            api = self.spec.api
            return {"class": api.class_, "arguments": list(arguments), "properties": dict(api.properties)}
        one = arguments[given["argument"]]
        optional = {} if one.required else {"default": _constant(one.default)}
        return {
            "role": one.role,
            "attribute": one.attribute,
            "accepts": list(one.accepts),
            "axes": list(one.axes),
            "each": one.each,
            "required": one.required,
            **optional,
        }

    # ── Quantization ─────────────────────────────────────────────────────────────────────────────

    def _quantization(self, given: Data) -> Answer:
        tensors = {name: numbers(value) for name, value in given.items() if name != "rescale"}
        found = self.quantizer.quantize(tensors, given["rescale"])
        reason = refusal(self.quantizer, found, tensors)
        if reason is not None:
            return {"refused": reason}
        words = {name: _one(name, [int(x) for x in value]) for name, value in found.values.items()}
        return {**words, "scale": text_of(found.scale)}

    def _convolution(self, given: Data) -> Answer:
        """Weights and biases alone."""
        found = self._quantization({**given, "rescale": 1})
        kept = ("refused", "weight", *(("bias",) if given["bias"] is not None else ()))
        return {name: found[name] for name in kept if name in found}

    def _rescale(self, given: Data) -> Answer:
        weight = numbers(given["weight"]) or []
        return {"weight": [text_of(x) for x in self.quantizer.rescaled(weight, given["rescale"])]}

    # ── Neurons ──────────────────────────────────────────────────────────────────────────────────

    def _clocked(self, given: Data) -> Answer:
        spikes, potentials = self.dynamics.clocked(
            numbers(given["input"]) or [], neuron_of(given), number(given["v"])
        )
        return {"spikes": [_whole(n) for n in spikes], "v": text_of(potentials[-1])}

    def _gradient(self, given: Data) -> Answer:
        """What stands in for dn / dv at one potential."""
        parameters = {k: number(v) for k, v in given["parameters"].items()}
        env = {"v": number(given["v"]), "threshold": number(given["threshold"])}
        return {"gradient": text_of(to_f32(self.dynamics.call(given["function"], env, parameters)))}

    def _event(self, given: Data) -> Answer:
        if "at" in given:
            return {"order": visited(self.spec.dynamics.event.visit.order, given)}
        neuron = Neuron(given["threshold"], given["v_floor"], reset_fn=given["reset_fn"])
        happenings = [next(iter(one.items())) for one in given["happenings"]]
        spikes, v = run_events(self.dynamics, happenings, neuron)
        return {"spikes": spikes, "v": v}

    # ── Maps ─────────────────────────────────────────────────────────────────────────────────────

    def _pooling(self, given: Data) -> Answer:
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

    def _linear(self, given: Data) -> Answer:
        taps = [_maps(row, given["input_shape"]) for row in given["weight"]]
        output = convolve(given["map"], taps, given["bias"], (1, 1), (0, 0), (1, 1), (1, 1))
        return {"taps": [_ints(tap) for tap in taps], "output": [int(one[0][0]) for one in output]}

    # ── Chips ────────────────────────────────────────────────────────────────────────────────────

    def layout(self, given: Data) -> Layout:
        """A layer by its dimensions; one that is left out has its default."""
        own = {name: given.get(name, dim.default) for name, dim in self.spec.dims.items()}
        pools = given.get("pools", [{}])
        dims = self.spec.destination_dims
        leaving = tuple({name: one.get(name, dim.default) for name, dim in dims.items()} for one in pools)
        return Layout({name: value for name, value in own.items() if value is not None}, leaving)

    def _rules(self, given: Data) -> Answer:
        assert self.judge is not None
        verdict = self.judge.judge_layout(self.layout(given))
        broken = [{"rule": v.rule, "actual": v.actual, "limit": v.limit} for v in verdict.violations]
        return {"violations": broken, "cores": list(verdict.cores)}

    def _placement(self, given: Data) -> Answer:
        assert self.judge is not None
        verdicts = [self.judge.judge_layout(self.layout(layer)) for layer in given["layers"]]
        candidates = [list(verdict.cores) for verdict in verdicts]
        try:
            return {"candidates": candidates, "possible": True, "smallest": place(candidates).cores}
        except PlacementError:
            return {"candidates": candidates, "possible": False}

    def _fact(self, given: Data) -> Answer:
        """A number or name in the chip's spec."""
        assert self.judge is not None
        value: Any = self.judge.chip.resolved
        for step in given["of"].strip("/").split("/"):
            value = value[int(step) if step.isdigit() else step]
        return {"value": list(value) if isinstance(value, tuple) else value}


def _dimension(dim: Dim) -> Answer:
    """Where the values of a dimension lie, and its default."""
    ends = [dim.domain.low, dim.domain.high] if isinstance(dim.domain, Interval) else sorted(dim.domain or ())
    return {"domain": ends, "default": dim.default}


def _constant(value: Any) -> Any:
    """A default as JSON: a float by its bits."""
    return text_of(value) if isinstance(value, float) else value


def number(text: str) -> float:
    """The f32 that a text of 32 bits stands for."""
    return from_bits(int(text, 16))


def numbers(value: Any) -> list[float] | None:
    """Several of them, or one; None is an absent value."""
    if value is None:
        return None
    return [number(text) for text in (value if isinstance(value, list) else [value])]


def text_of(value: float) -> str:
    """An f32 as the text of its 32 bits."""
    return f"0x{bits_of(value):08x}"


def outside(dim: Dim, value: Any) -> bool:
    """Whether a value lies outside the domain of a dimension."""
    if isinstance(dim.domain, Interval):
        return not dim.domain.low <= value <= dim.domain.high
    return dim.domain is not None and value not in dim.domain


def refusal(q: Quantizer, found: Quantized, tensors: Mapping[str, Sequence[float] | None]) -> str | None:
    """Why these values make no layer."""
    entered = [x for value in tensors.values() for x in value or ()]
    made = [x for value in found.values.values() for x in value]
    if not all(math.isfinite(x) for x in (*entered, *made)):
        return NOT_FINITE
    return next(iter(q.refused(found.values["threshold"][0])), None)


def neuron_of(given: Data) -> Neuron:
    """The neurons of a clocked case; what is left out has the default of the spec."""
    parameters = {k: number(v) if isinstance(v, str) else v for k, v in given["parameters"].items()}
    floor = None if given["v_floor"] is None else number(given["v_floor"])
    return Neuron(number(given["threshold"]), floor, given.get("spike_fn"), given.get("reset_fn"), parameters)


def run_events(
    dynamics: Dynamics, happenings: Sequence[tuple[str, int]], neuron: Neuron
) -> tuple[list[int], int]:
    """One neuron through its happenings; returns the spikes of each and the final potential."""
    spikes, v = [], 0
    for kind, value in happenings:
        n = 0
        if kind == "event":
            n, v = dynamics.event(v, value, neuron)
        else:
            v = dynamics.leak(v, value, neuron)
        spikes.append(n)
    return spikes, v


def visited(order: Sequence[str], given: Data) -> list[list[int]]:
    """The neurons that one event reaches, as (feature, row, column), in the order in which they fire."""
    _, height, width = given["input_shape"]
    kernel, padding, at = given["kernel"], given["padding"], tuple(given["at"])
    ones = [[[[1.0] * kernel[1] for _ in range(kernel[0])]] for _ in range(given["features"])]
    image = [[[float((0, y, x) == at) for x in range(width)] for y in range(height)]]
    shape = (height + 2 * padding - kernel[0] + 1, width + 2 * padding - kernel[1] + 1)
    reached = convolve(image, ones, None, (1, 1), (padding, padding), (1, 1), shape)
    places = product(range(given["features"]), range(shape[0]), range(shape[1]))
    fired = [[f, y, x] for f, y, x in places if reached[f][y][x]]
    axes = ("feature", "row", "column")
    return sorted(fired, key=lambda place: [place[axes.index(axis)] for axis in order])


def shape_of(maps: Maps) -> tuple[int, int, int]:
    """Features, rows and columns."""
    return len(maps), len(maps[0]), len(maps[0][0])


def _counted(run: Callable[[Data], Any], given: Data) -> Any:
    """A whole number, or None where a formula leaves its domain or lacks a value."""
    try:
        value = evaluate(run, given)
    except EvaluationError:
        return None
    return value


def _whole(value: float) -> Any:
    """A number of spikes; one that is no whole number shows itself."""
    return int(value) if math.isfinite(value) and value == int(value) else text_of(value)


def _one(name: str, values: list[int]) -> Any:
    return values[0] if name in SINGLE else values


def _maps(flat: Sequence[float], shape: Sequence[int]) -> Maps:
    """A flat list as features of rows of columns."""
    features, height, width = shape
    rows = [list(flat[start : start + width]) for start in range(0, len(flat), width)]
    return [rows[f * height : (f + 1) * height] for f in range(features)]


def _ints(maps: Maps) -> list[list[list[int]]]:
    return [[[int(x) for x in row] for row in plane] for plane in maps]
