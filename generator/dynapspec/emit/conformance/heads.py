"""What the head of a file tells beside its promises, so that an implementer needs nothing but the file.

Files about neurons hold their functions with formulas and defaults, files about a chip hold its table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from dynapspec.emit.conformance.case import EMPTY, Written, together, written
from dynapspec.emit.conformance.facts import table_of
from dynapspec.interpret.answers.data import constant
from dynapspec.load.node import Node, once
from dynapspec.model import Chip, Layer
from dynapspec.model.layer_spec import Dim, NeuronFunction

NAMED = ("shapes", "memory", "rules", "placement")  # the topics whose questions are dimensions
FUNCTIONS = {
    "clocked": ("spike_fn", "reset_fn"),
    "gradient": ("surrogate_grad_fn",),
    "event": ("spike_fn", "reset_fn"),
    "chain": ("spike_fn", "reset_fn"),
    "layer": ("spike_fn", "reset_fn", "surrogate_grad_fn"),
}
TABLES = {
    "rules": ("cores", "limits", "widths"),
    "placement": ("cores",),
    "configuration": ("configuration",),
}
KEYS = ("names", "functions", "dynamics", "chip")  # of a head, which are no part of a question


def head_of(topic: str, layer: Layer, chip: Chip | None, names: Callable[[], Written]) -> dict[str, Any]:
    """The keys of the head of one file; ``names`` gives those of the layer spec."""
    found: dict[str, Any] = {"names": names() if topic in NAMED else {}}
    if topic in FUNCTIONS:
        found["functions"] = _functions(layer, FUNCTIONS[topic])
        found["dynamics"] = _dynamics(layer, "event" if topic in ("event", "chain") else "clocked")
    if chip is not None and topic in TABLES:
        found["chip"] = _table(chip, TABLES[topic])
    return found


def names_of(layer: Layer) -> Written:
    """What each dimension means, and the value that it has where a case leaves it out."""
    own = {name: _named(dim) for name, dim in layer.spec.dims.items()}
    each = {name: {**_named(dim), "each": "pools"} for name, dim in layer.spec.destination_dims.items()}
    return written(own | each)


def _named(dim: Dim) -> dict[str, Any]:
    return {"doc": dim.doc} | ({} if dim.default is None else {"default": dim.default})


def _functions(layer: Layer, sections: Iterable[str]) -> dict[str, Any]:
    """The functions of neurons: their formulas, and the default of each parameter."""
    dynamics = layer.spec.dynamics
    return {
        section: {name: _function(one) for name, one in getattr(dynamics, section).items()}
        for section in sections
    }


def _function(function: NeuronFunction) -> dict[str, Any]:
    where = {name: formula.text for name, formula in function.where.items()}
    return {
        "parameters": {name: constant(value) for name, value in function.parameters.items()},
        **({"where": where} if where else {}),
        "is": function.is_.text,
    }


def _dynamics(layer: Layer, model: str) -> dict[str, Any]:
    """The steps of one execution model, in order, and what a caller gets who chooses nothing."""
    dynamics = layer.spec.dynamics
    found: dict[str, Any] = {"floor": dynamics.floor.text}
    if model == "event":
        found |= {
            "steps": [step.text for step in dynamics.event.steps],
            "leak": [step.text for step in dynamics.event.leak.steps],
            "order": list(dynamics.event.visit.order),
        }
    else:
        found["steps"] = [step.text for step in dynamics.clocked.steps]
    chosen = dynamics.defaults.model_dump()
    return {**found, "defaults": {name: constant(value) for name, value in chosen.items()}}


def _table(chip: Chip, sections: Iterable[str]) -> Written:
    """The table of a chip: words of cores, limits, widths."""
    parts = {section: chip.node.get(section) for section in sections}
    tables = {name: once(part, _table, _section, part) for name, part in parts.items() if part is not None}
    return together({name: text for name, text in tables.items() if text != EMPTY})


def _section(part: Node) -> Written:
    return written(table_of(part))
