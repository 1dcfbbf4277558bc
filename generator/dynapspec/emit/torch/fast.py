"""Contexts of the package ``fast``: the clocked dynamics of a spec as scalar code, and their derivatives.

Forward, a time bin is one loop whose state stays in registers. Backward, every statement becomes a loop over
arrays that stay in the cache, in static single assignment: no loop reads the array that it writes, so each is
vectorized. The loops call one scalar function for each function of the spec. What has no scalar code or no
derivative is left out, and runs in plain torch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

from dynapspec.emit.torch.formulas import Formulas
from dynapspec.emit.torch.text import docstring, sentence
from dynapspec.formula import Tree
from dynapspec.formula import tree as t
from dynapspec.formula.derivative import NotDifferentiableError, derivative, is_zero
from dynapspec.formula.f32 import SIGNIFICAND
from dynapspec.formula.numba import Kind, NumbaPrinter, UnprintableError
from dynapspec.formula.rewrite import mapped
from dynapspec.model.layer_spec import Dynamics, NeuronFunction
from dynapspec.model.sources import evidence
from dynapspec.model.values import Step

SCALARS: dict[str, Kind] = {"v": "f32", "n": "f32", "input": "f32", "threshold": "f32", "v_floor": "f32"}
SLOTS = ("spike_fn", "reset_fn", "surrogate_grad_fn")


def fast(f: Formulas) -> dict[str, Any]:
    """Everything that the templates need; without ``complete`` there is no kernel, and all is plain torch."""
    dynamics = f.spec.dynamics
    context: dict[str, Any] = {
        "evidence": docstring(evidence(f.layer, dynamics.clocked.source)),
        "clause": f.layer.clause("dynamics", "clocked"),
        "exact": 1 << SIGNIFICAND,
        "functions": {
            slot: [fn | {"number": number} for number, fn in enumerate(_functions(f, slot))] for slot in SLOTS
        },
        "texts": [step.text for step in dynamics.clocked.steps],
        "usual": f"np.float32({dynamics.defaults.spike_threshold!r})",
    }
    context["width"] = max(
        [1, *(len(fn["parameters"]) for fns in context["functions"].values() for fn in fns)]
    )
    try:
        floor = _scalar("floor", ["v", "v_floor"], dynamics.floor.tree, ["v"])
        context |= _statements(f) | {"floor": floor, "complete": True}
        return context | {"choices": list(_choices(context["statements"], context["functions"]))}
    except (UnprintableError, NotDifferentiableError):
        empty: dict[str, Any] = {"statements": [], "arrays": [], "last": {}, "floor": None, "complete": False}
        return context | empty


def _functions(f: Formulas, slot: str) -> Iterator[dict[str, Any]]:
    """The functions of one slot that have scalar code."""
    inputs = {"spike_fn": ["v", "threshold"], "reset_fn": ["v", "n", "threshold"]}
    state = {"reset_fn": ["v", "n"]}.get(slot, [])
    for name, fn in getattr(f.spec.dynamics, slot).items():
        tree = _inlined(fn)
        arguments = [*inputs.get(slot, ["v", "threshold"]), *fn.parameters]
        try:
            parameters = [_parameter(key, default, tree) for key, default in fn.parameters.items()]
            scalar = _scalar(name, arguments, tree, state)
        except (UnprintableError, NotDifferentiableError):
            continue
        about = {"clause": f.layer.clause("dynamics", slot, name), "doc": sentence(fn.doc or name)}
        yield scalar | about | {"parameters": parameters, "stateless": slot == "spike_fn" and not parameters}


def _inlined(fn: NeuronFunction) -> Tree:
    """The formula of a function without names for its parts."""
    known: dict[str, Tree] = {}

    def put(part: Tree) -> Tree:
        return known.get(part.id, part) if isinstance(part, t.Name) else part

    for name, formula in fn.where.items():
        known[name] = mapped(formula.tree, put)
    return mapped(fn.is_.tree, put)


def _scalar(name: str, arguments: list[str], tree: Tree, state: Iterable[str]) -> dict[str, Any]:
    """A scalar function, and its derivatives with respect to the state."""
    printer = NumbaPrinter({argument: SCALARS.get(argument, "exact") for argument in arguments})
    slopes = {s: derivative(tree, s) for s in state}
    return {
        "name": name,
        "arguments": arguments,
        "tree": tree,
        "code": printer.value(tree),
        "slopes": [
            {"by": by, "tree": slope, "code": printer.value(slope)}
            for by, slope in slopes.items()
            if not is_zero(slope)
        ],
    }


def _parameter(name: str, default: float | int | str | None, tree: Tree) -> dict[str, str]:
    """What counts when a parameter is None: the threshold, or a bound that bounds nothing."""
    if isinstance(default, str):
        return {"name": name, "missing": "THRESHOLD"}
    if default is not None:
        return {"name": name, "missing": "NOTHING"}
    bounds = [node for node in t.walk(tree) if isinstance(node, t.Call) and _bounds(node, name)]
    uses = sum(isinstance(node, t.Name) and node.id == name for node in t.walk(tree))
    if uses == 0 or len(bounds) != uses or len({node.function for node in bounds}) != 1:
        raise UnprintableError(f"{name} can be missing")
    return {"name": name, "missing": "ABOVE_ALL" if bounds[0].function == "min" else "BELOW_ALL"}


def _bounds(call: t.Call, name: str) -> bool:
    return call.function in ("min", "max") and any(isinstance(a, t.Name) and a.id == name for a in call.args)


def _statements(f: Formulas) -> dict[str, Any]:
    """The steps of a time bin, each with the arrays that it reads and the one that it writes."""
    last, count = {"v": "v0", "n": "n0"}, {"v": 0, "n": 0}
    found = []
    for index, step in enumerate(f.spec.dynamics.clocked.steps):
        context = _statement(step, f.spec.dynamics, index) | dict(last)
        count[step.target] += 1
        last[step.target] = f"{step.target}{count[step.target]}"
        found.append(context | {"out": last[step.target], "index": index, "text": step.text})
    read = {
        s[name] for s in found for name in ("v", "n")
    }  # what the last statement writes is never read again
    names = [f"{name}{number}" for name in "vn" for number in range(count[name] + 1)]
    arrays = [name for name in names if name in read or name == names[0]]
    work = {"arrays": arrays, "work_arrays": [*arrays, "gv", "gn"], "spike_array": last["n"]}
    return work | {"statements": found, "replayed": found[:-1], "surrogate": len(found), "last": last}


def _choices(statements: list[dict[str, Any]], functions: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every choice of functions for the statements that leave one, and the time bin with them."""
    known = {"spikes": functions["spike_fn"], "reset": functions["reset_fn"]}
    slots = [(s, known[s["kind"]]) for s in statements if s["kind"] in known]
    for chosen in product(*(enumerate(fns) for _, fns in slots)):
        taken = {s["index"]: fn for (s, _), (_, fn) in zip(slots, chosen, strict=True)}
        codes = [(s["index"], code) for (s, _), (code, _) in zip(slots, chosen, strict=True)]
        values = [
            {"index": index, "number": number, "name": p["name"]}
            for index, fn in taken.items()
            for number, p in enumerate(fn["parameters"])
        ]
        when = " and ".join(f"codes[{index}] == {code}" for index, code in codes)
        yield {"when": when, "values": values, "lines": [_line(s, taken) for s in statements]}


def _line(statement: dict[str, Any], taken: dict[int, Any]) -> str:
    """A statement about one neuron."""
    index, target = statement["index"], statement["target"]
    if statement["kind"] == "step":
        return f"{target} = {statement['scalar']['name']}(v, n, input[i], threshold)"
    if statement["kind"] == "floor":
        return f"{target} = floor(v, v_floor) if has_floor else v"
    state = "v, n" if statement["kind"] == "reset" else "v"
    values = "".join(f", _{p['name']}_{index}" for p in taken[index]["parameters"])
    return f"{target} = {taken[index]['name']}({state}, threshold{values})"


def _statement(step: Step, dynamics: Dynamics, index: int) -> dict[str, Any]:
    slot = step.formula.tree.id if isinstance(step.formula.tree, t.Name) else ""
    context = {"target": step.target, "other": "n" if step.target == "v" else "v", "fixed": ""}
    if slot == "floor":
        return context | {"kind": "floor"}
    spikes, reset = slot in ("spike_fn", *dynamics.spike_fn), slot in ("reset_fn", *dynamics.reset_fn)
    if step.target != ("n" if spikes else "v" if reset else step.target):
        raise UnprintableError(f"{slot} is assigned to {step.target}")
    if spikes:
        return context | {"kind": "spikes", "fixed": slot if slot in dynamics.spike_fn else ""}
    if reset:
        return context | {"kind": "reset", "fixed": slot if slot in dynamics.reset_fn else ""}
    arguments = ["v", "n", "input", "threshold"]
    scalar = _scalar(f"_statement_{index + 1}", arguments, step.formula.tree, ["v", "n", "input"])
    return context | {"kind": "step", "scalar": scalar}
