"""Steps of one neuron that tell its functions from those with any single change in their formulas."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from dynapspec.emit.conformance.dice import Dice
from dynapspec.emit.conformance.mistakes import outcome
from dynapspec.formula.changes import changes, flag_of
from dynapspec.formula.f32 import bits_of, f32
from dynapspec.interpret.neurons import Dynamics, Neuron

ROUNDS = 400
FEW = 2  # a bound on spikes that binds


def gap_steps(dynamics: Dynamics) -> Iterator[tuple[str, Neuron, float, list[float]]]:
    """Neurons with the potential that they start from and one input; each shows something new."""
    for name, neuron in _chosen(dynamics):
        pending = list(_changed(dynamics, name))
        dice = Dice(len(name))
        for index in range(ROUNDS):
            threshold = f32((1 + dice.below(999)) / 1000)
            floor = f32(-dice.below(999) / 1000 - 0.1)
            start, current = f32(dice.decimal()), f32(dice.decimal(reach=4))
            if index % 2:  # on a multiple of the threshold, where a last bit decides
                start, current = 0.0, f32((1 + dice.below(9)) * threshold)
            one = replace(neuron, threshold=threshold, v_floor=floor)
            right = _answer(dynamics, one, start, current)
            rest = [x for x in pending if outcome(_answer, x[1], one, start, current) == right]
            if len(rest) < len(pending):
                pending = rest
                yield f"{name}-shows-{index}", one, start, [current]


def _chosen(dynamics: Dynamics) -> Iterator[tuple[str, Neuron]]:
    """Each function beside the default of the other kind; one that takes a bound gets one."""
    spec = dynamics.spec
    for name, function in spec.spike_fn.items():
        bounds = {key: FEW for key, default in function.parameters.items() if default is None}
        yield name, Neuron(1.0, -1.0, name, spec.defaults.reset_fn, bounds)
    for name in spec.reset_fn:
        yield name, Neuron(1.0, -1.0, spec.defaults.spike_fn, name)


def _changed(dynamics: Dynamics, name: str) -> Iterator[tuple[str, Dynamics]]:
    """The neurons with one change in a function, or in the floor."""
    function, local, _ = dynamics.functions[name]
    for kind, tree in changes(function.is_.tree, (), {}):
        other = copy.copy(dynamics)
        other.functions = {**dynamics.functions, name: (function, local, dynamics.compile(tree))}
        yield flag_of(kind), other
    for kind, tree in changes(dynamics.spec.floor.tree, (), {}):
        other = copy.copy(dynamics)
        other.floor = dynamics.compile(tree)
        yield flag_of(kind), other


def _answer(dynamics: Dynamics, neuron: Neuron, start: float, current: float) -> Any:
    spikes, potentials = dynamics.clocked([current], neuron, start)
    return spikes, bits_of(potentials[-1])
