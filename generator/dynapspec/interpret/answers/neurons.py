"""Answers about neurons: clocked, event by event, and their gradients."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import Any

from dynapspec.formula.operators import to_f32
from dynapspec.interpret.answers.data import Answer, Data, numbers
from dynapspec.interpret.bits import number, text_of
from dynapspec.interpret.chain import Chain
from dynapspec.interpret.forward import convolve
from dynapspec.interpret.layer import LayerInterpreter
from dynapspec.interpret.neurons import Dynamics, Neuron


class Neurons:
    """The topics ``clocked``, ``gradient``, ``event`` and ``chain``."""

    def __init__(self, interpreter: LayerInterpreter) -> None:
        self.interpreter, self.spec, self.dynamics = interpreter, interpreter.spec, Dynamics(interpreter)

    def clocked(self, given: Data) -> Answer:
        """The spikes of each time bin, and the potential after the last."""
        spikes, potentials = self.dynamics.clocked(
            numbers(given["input"]) or [], neuron_of(given), number(given["v"])
        )
        return {"spikes": [_whole(n) for n in spikes], "v": text_of(potentials[-1])}

    def gradient(self, given: Data) -> Answer:
        """What stands in for dn / dv at one potential."""
        parameters = {k: number(v) for k, v in given["parameters"].items()}
        env = {"v": number(given["v"]), "threshold": number(given["threshold"])}
        return {"gradient": text_of(to_f32(self.dynamics.call(given["function"], env, parameters)))}

    def event(self, given: Data) -> Answer:
        """The spikes of each event, or the order in which those of one event leave."""
        if "at" in given:
            return {"order": visited(self.spec.dynamics.event.visit.order, given)}
        neuron = Neuron(given["threshold"], given["v_floor"], reset_fn=given["reset_fn"])
        happenings = [next(iter(one.items())) for one in given["happenings"]]
        spikes, v = run_events(self.dynamics, happenings, neuron)
        return {"spikes": spikes, "v": v}

    def chain(self, given: Data) -> Answer:
        """The spikes of layers that feed each other."""
        return Chain(self.interpreter, given["layers"]).run(given["happenings"])


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


def _whole(value: float) -> Any:
    """A number of spikes; one that is no whole number shows itself."""
    return int(value) if math.isfinite(value) and value == int(value) else text_of(value)
