"""What neurons do: their functions, the floor, and the steps of both execution models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dynapspec.emit.docs import worked
from dynapspec.emit.docs.facts import Facts
from dynapspec.emit.docs.markup import Markup, code, formula, join, math, named_math, sentence, table
from dynapspec.formula.latex import latex_number, symbol
from dynapspec.formula.text import text
from dynapspec.interpret import LayerInterpreter
from dynapspec.model import Layer
from dynapspec.model.layer_spec import NeuronFunction
from dynapspec.model.values import Step

SLOTS = ("spike_fn", "reset_fn", "surrogate_grad_fn")
RESULT = {"spike_fn": "n", "reset_fn": "v", "surrogate_grad_fn": "g"}  # what each kind of function gives


def neurons(facts: Facts[Layer], interpreter: LayerInterpreter) -> Mapping[str, Any]:
    """The parts of the section."""
    dynamics = facts.entry.spec.dynamics
    event, leak = dynamics.event, dynamics.event.leak
    return {
        **{slot: _functions(facts, slot) for slot in SLOTS},
        "floor": named_math("v", dynamics.floor.tree),
        "floor_text": formula(dynamics.floor.tree),
        "floor_example": [f"{value:.9g}" for value in worked.floor_rounds(interpreter)],
        "floor_bound": worked.FLOOR,
        "defaults": _defaults(facts),
        "clocked": _execution(facts, "clocked", dynamics.clocked.number, dynamics.clocked.steps),
        "event": _execution(facts, "event", event.number, event.steps),
        "leak": _steps(leak.steps),
        "leak_doc": leak.doc,
        "leak_evidence": facts.evidence(leak.source),
        "leak_place": facts.place("dynamics", "event", "leak"),
        "visit": join(event.visit.order, ", then "),
        "visit_evidence": facts.evidence(event.visit.source),
        "visit_place": facts.place("dynamics", "event", "visit"),
    }


def _functions(facts: Facts[Layer], slot: str) -> list[Mapping[str, Any]]:
    functions: Mapping[str, NeuronFunction] = getattr(facts.entry.spec.dynamics, slot)
    return [
        {
            "heading": facts.heading("dynamics", slot, name),
            "doc": sentence(function.doc),
            "math": _formulas(RESULT[slot], function),
            "parameters": join([code(f"{k}={_written(v)}") for k, v in function.parameters.items()]),
            "evidence": facts.evidence(function.source),
        }
        for name, function in functions.items()
    ]


def _formulas(result: str, function: NeuronFunction) -> Markup:
    lines = [(name, value.tree) for name, value in function.where.items()]
    return math(
        *(f"{symbol(name)} = {latex_number(tree)}" for name, tree in [*lines, (result, function.is_.tree)])
    )


def _written(default: object) -> object:
    """A default as the signature shows it; a name stands for the value of that name."""
    return default if isinstance(default, str | float | int) or default is None else repr(default)


def _defaults(facts: Facts[Layer]) -> Markup:
    defaults = facts.entry.spec.dynamics.defaults
    rows = [
        [facts.named("dynamics", "defaults", key), code(getattr(defaults, key))]
        for key in type(defaults).model_fields
    ]
    return table(["argument", "default"], rows)


def _execution(facts: Facts[Layer], key: str, number: str, steps: tuple[Step, ...]) -> Mapping[str, Any]:
    part = getattr(facts.entry.spec.dynamics, key)
    return {
        "place": facts.place("dynamics", key),
        "number": code(number),
        "steps": _steps(steps),
        "doc": sentence(part.doc),
        "evidence": facts.evidence(part.source),
    }


def _steps(steps: tuple[Step, ...]) -> Markup:
    return Markup("\n".join(f"1. {code(f'{step.target} = {text(step.formula.tree)}')}" for step in steps))
