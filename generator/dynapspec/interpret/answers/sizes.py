"""Answers about sizes and memories: one formula at a time, and a layer out of its arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dynapspec.diagnostics import InputError
from dynapspec.formula import EvaluationError
from dynapspec.interpret.answers.data import Answer, Data, outside
from dynapspec.interpret.chip import refusing
from dynapspec.interpret.description import Description
from dynapspec.interpret.layer import LayerInterpreter, evaluate
from dynapspec.model.layer_spec import Dim


class Sizes:
    """The topics ``shapes``, ``memory`` and ``construct``."""

    def __init__(self, interpreter: LayerInterpreter) -> None:
        self.interpreter, self.spec = interpreter, interpreter.spec
        self.dims: Mapping[str, Dim] = {**self.spec.dims, **self.spec.destination_dims}
        self.refusing = refusing(interpreter)

    def _outside(self, given: Data) -> bool:
        """Whether a value lies outside the domain of its dimension."""
        return any(outside(self.dims[name], value) for name, value in given.items() if name in self.dims)

    def shape(self, given: Data) -> Answer:
        """One size."""
        if self._outside(given):
            return {"refused": True}
        shapes = [*self.interpreter.shapes, *self.interpreter.destination_shapes]
        run = next(run for name, _, run in shapes if name == given["of"])
        return {"value": _counted(run, given)}

    def memory(self, given: Data) -> Answer:
        """The words of one memory: taken, and used."""
        if self._outside(given):
            return {"refused": True}
        _, _, run, used = next(one for one in self.interpreter.memories if one[0] == given["of"])
        filled = _counted(used, given)
        return {"words": _counted(run, given)} | ({} if filled is None else {"used": filled})

    def construct(self, given: Data) -> Answer:
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


def _counted(run: Callable[[Data], Any], given: Data) -> Any:
    """A whole number, or None where a formula leaves its domain or lacks a value."""
    try:
        value = evaluate(run, given)
    except EvaluationError:
        return None
    return value
