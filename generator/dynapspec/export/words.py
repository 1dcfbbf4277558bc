"""The words that a core holds for a layer: all of them, where ``network.words`` has the extremes alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from dynapspec.diagnostics import InputError, fail
from dynapspec.interpret import Judge
from dynapspec.interpret.quantize import Quantizer
from dynapspec.model import LayerSpec
from dynapspec.network.network import NetworkLayer, Parameters
from dynapspec.runtime.configuration import CoreContent, Destination

STATE = "v_mem"  # of neurons, as their buffer is called


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads layers as the cores of one chip hold them."""

    judge: Judge
    quantizer: Quantizer

    @property
    def spec(self) -> LayerSpec:
        """The layer spec of the chip."""
        return self.judge.interpreter.spec

    def content(
        self,
        layer: NetworkLayer,
        destinations: Sequence[tuple[int | None, int]],
        state: bool,
        monitored: bool,
    ) -> CoreContent:
        """What the core of a layer holds.

        Args:
            layer: one that has a description, weights and neurons.
            destinations: for each destination the core that receives, and the shift of its features.
            state: whether the model's potentials are the initial ones.
            monitored: whether its spikes are sent to the computer.

        Raises:
            InputError: the chip has no way to hold it.
        """
        described, trained = layer.description, layer.parameters
        assert described is not None
        assert trained is not None
        verdict = self.judge.judge(described, layer.place)
        known = {*self.spec.dims, *self.spec.shapes}
        values = {name: value for name, value in verdict.values.items() if name in known}
        shape = self._shape(values)
        words = self._words(
            trained, _state(_neurons(trained, self.spec), shape) if state else None, layer.place
        )
        values |= {name: int(words[name][0]) for name in ("threshold", "v_floor") if name in values}
        values["reset_fn"] = self._reset(trained, layer.place)
        sizes = (shape[0], values["c"] // values["groups"], values["kh"], values["kw"])
        own = self.spec.destination_dims
        return CoreContent(
            values,
            _folded(words["weight"], sizes),
            [int(x) for x in words.get("bias") or [0] * shape[0]],
            _folded(words.get("v") or [0] * prod(shape), shape),
            tuple(
                Destination({name: one[name] for name in own if name in one}, *where)
                for one, where in zip(verdict.destinations, destinations, strict=True)
            ),
            monitored,
        )

    def _shape(self, values: Mapping[str, Any]) -> tuple[int, int, int]:
        features, rows, columns = (values[name] for name in self.spec.outputs.neuron_shape)
        return features, rows, columns

    def _words(self, trained: Parameters, state: list[float] | None, place: str) -> Mapping[str, list[float]]:
        """Every word of the layer, flat."""
        assert trained.spike_threshold is not None
        tensors: dict[str, list[float] | None] = {
            "weight": _flat(trained.weight),
            "bias": None if trained.bias is None else _flat(trained.bias),
            "threshold": [trained.spike_threshold],
            "v_floor": None if trained.min_v_mem is None else [trained.min_v_mem],
            "v": state,
        }
        if trained.words:
            absent = {name: [float(value)] for name, value in self.quantizer.absent.items()}
            words = {**absent, **{name: value for name, value in tensors.items() if value is not None}}
        else:
            words = dict(self.quantizer.quantize(tensors, trained.rescale).values)
        if not all(math.isfinite(x) for tensor in words.values() for x in tensor):
            raise fail("not-finite", f"{place}: its values leave no scale to quantize with")
        return words

    def _reset(self, trained: Parameters, place: str) -> str:
        """The name of the reset function; one with parameters of its own has no place in a configuration."""
        given = getattr(_neurons(trained, self.spec), "reset_fn", None)
        default = self.spec.dynamics.defaults.reset_fn
        if given is None:
            return default
        name = type(given).__name__ if not isinstance(given, type) else given.__name__
        functions = self.spec.dynamics.reset_fn
        if name not in functions:
            raise _unsupported(
                place, f"{name} is no reset that the chip has", f"it has {', '.join(functions)}"
            )
        for key, usual in functions[name].parameters.items():
            value = getattr(given, key, None)
            if value is not None and float(value) != self._usual(usual, trained):
                told = f"{key} of its {name} is {float(value):g}, and a configuration has no field for it"
                raise _unsupported(place, told, f"leave {key} out")
        return name

    def _usual(self, usual: Any, trained: Parameters) -> Any:
        """The value of a parameter that nobody sets: a number, or the threshold."""
        return trained.spike_threshold if str(usual) == "threshold" else float(usual)


def _unsupported(place: str, why: str, hint: str) -> InputError:
    return fail("unsupported", f"{place}: {why}", hint=hint)


def _neurons(trained: Parameters, spec: LayerSpec) -> Any:
    """The module of the neurons, where the layer was read from modules."""
    names = [
        argument.attribute or name
        for name, argument in spec.api.arguments.items()
        if argument.role == "neurons"
    ]
    return getattr(trained.module, names[0], trained.module)


def _state(neurons: Any, shape: tuple[int, int, int]) -> list[float] | None:
    """The potentials that the neurons hold, those of the first sample; None where they never ran."""
    found = getattr(neurons, STATE, None)
    size = prod(shape)
    if found is None or not prod(found.shape):
        return None
    flat = _flat(found)
    return flat[:size] if len(flat) % size == 0 else None


def _flat(array: Any) -> list[float]:
    """An array of NumPy or torch as numbers, the last axis fastest."""
    found: list[float] = (
        array.detach().reshape(-1).tolist() if hasattr(array, "detach") else array.reshape(-1).tolist()
    )
    return found


def _folded(flat: Sequence[float], shape: Sequence[int]) -> list[Any]:
    """A flat array as lists of whole numbers."""
    if len(shape) == 1:
        return [int(x) for x in flat]
    size = len(flat) // shape[0] if shape[0] else 0
    return [_folded(flat[start : start + size], shape[1:]) for start in range(0, size * shape[0], size or 1)]
