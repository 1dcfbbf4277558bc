"""Contexts of activations.py, neurons.py and simulation.py: the neurons of a spec as code on arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dynapspec.emit.torch.formulas import Formulas
from dynapspec.emit.torch.text import docstring, sentence
from dynapspec.formula import tree as t
from dynapspec.formula.arrays import NumpyPrinter, TorchPrinter
from dynapspec.model.layer_spec import NeuronFunction
from dynapspec.model.sources import evidence
from dynapspec.model.values import Step

TORCH, NUMPY = TorchPrinter(), NumpyPrinter()


def activations(f: Formulas) -> dict[str, Any]:
    """Every spike, reset and surrogate gradient function."""
    dynamics = f.spec.dynamics
    names = [*dynamics.spike_fn, *dynamics.reset_fn, *dynamics.surrogate_grad_fn]
    return {
        "exports": sorted(names),
        "spike_fns": [_spike(name, fn, f) for name, fn in dynamics.spike_fn.items()],
        "reset_fns": [_function("reset_fn", name, fn, f) for name, fn in dynamics.reset_fn.items()],
        "surrogates": [
            _function("surrogate_grad_fn", name, fn, f) for name, fn in dynamics.surrogate_grad_fn.items()
        ],
    }


def _function(slot: str, name: str, fn: NeuronFunction, f: Formulas) -> dict[str, Any]:
    return {
        "name": name,
        "doc": sentence(fn.doc or name),
        "evidence": docstring(evidence(f.layer, fn.source)),
        "clause": f.layer.clause("dynamics", slot, name),
        "parameters": [_parameter(key, default) for key, default in fn.parameters.items()],
        "locals": [{"name": key, "code": TORCH.show(part.tree)} for key, part in fn.where.items()],
        "code": TORCH.show(fn.is_.tree),
    }


def _spike(name: str, fn: NeuronFunction, f: Formulas) -> dict[str, Any]:
    """The arguments after the potential that have no gradient: threshold, surrogate, parameters."""
    context = _function("spike_fn", name, fn, f)
    inner = f"_{name}" if fn.parameters else name
    return context | {"function_class": inner}


def _parameter(name: str, default: float | int | str | None) -> dict[str, str]:
    """A parameter whose default is a name takes that value when nothing is given."""
    if isinstance(default, str):
        taken = "spike_threshold" if default == "threshold" else default
        value = f"{taken} if self.{name} is None else self.{name}"
        return {"name": name, "type": "float | None", "default": "None", "value": value}
    kind = "float | None" if default is None else "float"
    return {"name": name, "type": kind, "default": repr(default), "value": f"self.{name}"}


def neurons(f: Formulas) -> dict[str, Any]:
    """The clocked model."""
    dynamics = f.spec.dynamics
    return {
        "evidence": docstring(evidence(f.layer, dynamics.clocked.source)),
        "clause": f.layer.clause("dynamics", "clocked"),
        "defaults": dynamics.defaults,
        "steps": [_clocked(step, f) for step in dynamics.clocked.steps],
    }


def _slot(step: Step) -> str:
    return step.formula.tree.id if isinstance(step.formula.tree, t.Name) else ""


def _clocked(step: Step, f: Formulas) -> dict[str, Any]:
    dynamics, slot = f.spec.dynamics, _slot(step)
    if slot == "floor":
        return {"target": step.target, "floor": True, "code": TORCH.show(dynamics.floor.tree)}
    if slot == "spike_fn" or slot in dynamics.spike_fn:
        function = "self.spike_fn" if slot == "spike_fn" else f"activations.{slot}"
        code = f"{function}.apply(v, threshold, self.surrogate_grad_fn)"
    elif slot == "reset_fn" or slot in dynamics.reset_fn:
        function = "self.reset_fn" if slot == "reset_fn" else f"activations.{slot}()"
        code = f'{function}(n, {{"v_mem": v}}, threshold)["v_mem"]'
    else:
        code = TORCH.show(step.formula.tree)
    return {"target": step.target, "floor": False, "code": code}


ORDER = {"feature": 0, "row": 1, "column": 2}  # columns of the spikes that a core emits


def simulation(f: Formulas) -> dict[str, Any]:
    """The event-driven model."""
    dynamics = f.spec.dynamics
    event = dynamics.event
    visited = [ORDER[axis] for axis in event.visit.order]
    return {
        "evidence": docstring(evidence(f.layer, event.source)),
        "clause": f.layer.clause("dynamics", "event"),
        "steps_doc": [step.text for step in event.steps],
        "order_doc": ", ".join(event.visit.order),
        "visit": tuple(reversed(visited)),  # lexsort takes the most important key last
        "steps": [_event(step, f) for step in event.steps],
        "leak": [_event(step, f) for step in event.leak.steps],
        "resets": [_reset(name, fn) for name, fn in dynamics.reset_fn.items()],
        "reset_names": list(dynamics.reset_fn),
    }


def _event(step: Step, f: Formulas) -> str:
    dynamics, slot = f.spec.dynamics, _slot(step)
    if slot == "floor":
        code = NUMPY.show(dynamics.floor.tree)
        return f"        if v_floor is not None:\n            {step.target} = {code}"
    if slot == "reset_fn":
        code = "self._reset(v, n)"
    elif slot in dynamics.reset_fn:
        code = f"np.asarray({_inlined(dynamics.reset_fn[slot])}, np.int64)"
    elif slot in dynamics.spike_fn or slot == "spike_fn":
        name = dynamics.defaults.spike_fn if slot == "spike_fn" else slot
        code = f"np.asarray({_inlined(dynamics.spike_fn[name])}, np.int64)"
    else:
        code = NUMPY.show(step.formula.tree)
    return f"        {step.target} = {code}"


class _Inlining(NumpyPrinter):
    """Puts the defaults of a function's parameters in the place of their names."""

    def __init__(self, defaults: Mapping[str, Any]) -> None:
        super().__init__(lambda name: str(_whole(defaults[name])) if name in defaults else name)


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _inlined(fn: NeuronFunction) -> str:
    return _Inlining(fn.parameters).show(fn.is_.tree)


def _reset(name: str, fn: NeuronFunction) -> dict[str, Any]:
    parameters = [{"name": key, "value": str(_whole(default))} for key, default in fn.parameters.items()]
    return {"name": name, "parameters": parameters, "code": NUMPY.show(fn.is_.tree)}
