"""Contexts of the event simulation: the compiled kernel, and the proof that its words are wide enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dynapspec.emit.torch.formulas import Formulas
from dynapspec.emit.torch.reading import read
from dynapspec.emit.torch.text import docstring
from dynapspec.formula import Tree
from dynapspec.formula import tree as t
from dynapspec.formula.scalars import ScalarPrinter, SpanPrinter
from dynapspec.model.layer_spec import NeuronFunction
from dynapspec.model.sources import evidence
from dynapspec.model.values import Step

# Neighbouring potentials that are computed together, as many narrow words as the widest register holds.
# Features are padded to a multiple of it where they lie next to each other in memory: a register is then
# always full, and no loop has a rest.
LANES = 32
DECIMATION = "neurons.decimate"


def kernel(f: Formulas) -> dict[str, Any]:
    """The event-driven model, statement by statement."""
    dynamics = f.spec.dynamics
    event = dynamics.event
    order = list(event.visit.order)
    return {
        "evidence": docstring(evidence(f.layer, event.source)),
        "clause": f.layer.clause("dynamics", "event"),
        "texts": [step.text for step in event.steps],
        "steps": _statements(event.steps, f),
        "leak": _statements(event.leak.steps, f),
        "reset_names": list(dynamics.reset_fn),
        "order": order,
        "axes": [order.index(axis) for axis in ("feature", "row", "column")],
        "lanes": LANES if order[-1] == "feature" else 1,
    }


def wiring(f: Formulas) -> dict[str, Any]:
    """What is read of a layer."""
    decimation = next((dim for dim in f.spec.dims.values() if dim.from_.text == DECIMATION), None)
    return {
        "reset_names": list(f.spec.dynamics.reset_fn),
        "decimation": read(decimation, f.spec) if decimation else "1",
    }


def _statements(steps: Sequence[Step], f: Formulas) -> list[dict[str, Any]]:
    """Each assignment as scalar code and as code on spans; one for each reset where the layer chooses."""
    return [_statement(step, f) for step in steps]


def _statement(step: Step, f: Formulas) -> dict[str, Any]:
    dynamics = f.spec.dynamics
    slot = step.formula.tree.id if isinstance(step.formula.tree, t.Name) else ""
    choices = [_code(step.formula.tree, {})]
    if slot == "floor":
        choices = [_code(dynamics.floor.tree, {})]
    elif slot == "reset_fn":
        choices = [_function(fn) for fn in dynamics.reset_fn.values()]
    elif slot in dynamics.reset_fn:
        choices = [_function(dynamics.reset_fn[slot])]
    elif slot == "spike_fn" or slot in dynamics.spike_fn:
        name = dynamics.defaults.spike_fn if slot == "spike_fn" else slot
        choices = [_function(dynamics.spike_fn[name])]
    return {"target": step.target, "floor": slot == "floor", "choices": choices}


def _function(fn: NeuronFunction) -> dict[str, str]:
    """A function of the spec with the defaults of its parameters: the chip has no others."""
    return _code(fn.is_.tree, {name: _constant(value) for name, value in fn.parameters.items()})


def _constant(value: float | int | str | None) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _code(tree: Tree, names: Mapping[str, str]) -> dict[str, str]:
    spans = SpanPrinter(lambda name: names.get(name, name))
    return {"scalar": ScalarPrinter(names).value(tree), "span": spans.show(tree)}
