"""Runs a layer spec's neuron dynamics, one neuron and one step at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dynapspec.formula import tree as t
from dynapspec.formula.evaluate import Run
from dynapspec.formula.f32 import f32
from dynapspec.formula.operators import to_f32
from dynapspec.interpret.layer import LayerInterpreter
from dynapspec.model.layer_spec import NeuronFunction
from dynapspec.model.values import Step


@dataclass(frozen=True, slots=True)
class Neuron:
    """What a user chose for a neuron layer; parameters override the defaults of the spec."""

    threshold: float
    v_floor: float | None = None
    spike_fn: str | None = None
    reset_fn: str | None = None
    parameters: Mapping[str, float | None] = field(default_factory=dict)


class Dynamics:
    """The neuron dynamics of one layer spec."""

    def __init__(self, interpreter: LayerInterpreter) -> None:
        self.spec = interpreter.spec.dynamics
        self.compile = interpreter.compile
        self.floor = self.compile(self.spec.floor.tree)
        self.steps: dict[str, Run] = {}
        self.functions = {
            **{name: self._function(f) for name, f in self.spec.spike_fn.items()},
            **{name: self._function(f) for name, f in self.spec.reset_fn.items()},
            **{name: self._function(f) for name, f in self.spec.surrogate_grad_fn.items()},
        }

    def _function(self, function: NeuronFunction) -> tuple[NeuronFunction, dict[str, Run], Run]:
        local = {name: self.compile(f.tree) for name, f in function.where.items()}
        return function, local, self.compile(function.is_.tree)

    def call(self, name: str, env: Mapping[str, Any], parameters: Mapping[str, float | None]) -> Any:
        """A spike, reset or surrogate gradient function of the spec, by name."""
        function, local, run = self.functions[name]
        scope = dict(env)
        for key, default in function.parameters.items():
            value = parameters.get(key, default)
            scope[key] = env[value] if isinstance(value, str) else value
        for key, formula in local.items():
            scope[key] = formula(scope)
        return run(scope)

    def clocked(
        self, inputs: Iterable[float], neuron: Neuron, v: float = 0.0
    ) -> tuple[list[float], list[float]]:
        """Steps one neuron through its time bins in f32.

        Returns:
            The spikes of each bin and the membrane potential after each bin.
        """
        spikes, potentials = [], []
        floor = None if neuron.v_floor is None else f32(neuron.v_floor)
        env = {"v": f32(v), "threshold": f32(neuron.threshold), "v_floor": floor}
        parameters = {k: to_f32(x) if isinstance(x, float) else x for k, x in neuron.parameters.items()}
        chosen = Neuron(neuron.threshold, floor, neuron.spike_fn, neuron.reset_fn, parameters)
        for value in inputs:
            self._run(self.spec.clocked.steps, {"input": f32(value)}, env, chosen)
            spikes.append(to_f32(env["n"]))
            potentials.append(to_f32(env["v"]))
        return spikes, potentials

    def event(self, v: int, weight: int, neuron: Neuron) -> tuple[int, int]:
        """One incoming event at one neuron, in whole numbers; returns spikes and the new potential."""
        env: dict[str, Any] = {"v": v, "threshold": int(neuron.threshold), "v_floor": neuron.v_floor}
        self._run(self.spec.event.steps, {"weight": weight}, env, neuron)
        return int(env["n"]), int(env["v"])

    def leak(self, v: int, bias: int, neuron: Neuron) -> int:
        """One tick of the slow clock at one neuron; returns the new potential."""
        env: dict[str, Any] = {"v": v, "threshold": int(neuron.threshold), "v_floor": neuron.v_floor}
        self._run(self.spec.event.leak.steps, {"bias": bias}, env, neuron)
        return int(env["v"])

    def _run(
        self, steps: Iterable[Step], extra: Mapping[str, Any], env: dict[str, Any], neuron: Neuron
    ) -> None:
        """Runs the steps; ``env`` holds the state and takes what they assign."""
        for step in steps:
            slot = step.formula.tree.id if isinstance(step.formula.tree, t.Name) else ""
            if slot == "floor":
                if neuron.v_floor is not None:
                    env[step.target] = self.floor(env)
            elif (name := self._chosen(slot, neuron)) is not None:
                env[step.target] = self.call(name, env, neuron.parameters)
            else:
                env[step.target] = self._compiled(step)({**env, **extra})

    def _compiled(self, step: Step) -> Run:
        """The formula of a plain step, compiled when it is first met."""
        text = step.formula.text
        if text not in self.steps:
            self.steps[text] = self.compile(step.formula.tree)
        return self.steps[text]

    def _chosen(self, slot: str, neuron: Neuron) -> str | None:
        """The function that stands behind a step's name, if it names one."""
        if slot == "spike_fn":
            return neuron.spike_fn or self.spec.defaults.spike_fn
        if slot == "reset_fn":
            return neuron.reset_fn or self.spec.defaults.reset_fn
        return slot if slot in self.functions else None
