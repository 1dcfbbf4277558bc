"""Findings of proofs in words: the value that is wrong, and the smallest layer that shows it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dynapspec.formula import Tree
from dynapspec.formula import tree as t
from dynapspec.formula.text import text
from dynapspec.model import Layer
from dynapspec.model.layer_claim import LayerClaim
from dynapspec.prove.confirm import Onlooker
from dynapspec.prove.ranges import Hazard
from dynapspec.prove.reach import Reach
from dynapspec.prove.verdict import Witness

MANY = 6  # dimensions that are shown, those at their defaults too


def example(reach: Reach, trees: Iterable[Tree], witness: Witness) -> str:
    """The dimensions that formulas depend on, with their values in the witness."""
    used = {name for tree in trees for name in reach.used(tree)}
    leaving = witness.layout.destinations[0] if witness.layout.destinations else {}
    values = {**witness.layout.values, **leaving}
    shown = [name for name in reach.dims if name in used and name in values]
    if len(shown) > MANY:
        shown = [name for name in shown if values[name] != reach.dims[name].default]
    told = [f"{name} = {_shown(values[name])}" for name in shown]
    return f" for {', '.join(told)}" if told else ""


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def leaves(reach: Reach, hazard: Hazard, witness: Witness) -> str:
    """An operator leaves its domain: the operand, its value, and the layer."""
    operand = text(hazard.operand)
    if hazard.operand is hazard.node:
        return f"{operand} has no value{example(reach, [hazard.operand], witness)}"
    if isinstance(hazard.operand, t.Number):
        return f"{hazard.what} {operand}"
    if operand in reach.dims:
        return f"{hazard.what} {operand}, which can be {witness.before}"
    where = example(reach, [hazard.operand], witness)
    return f"{hazard.what} {operand}, which is {witness.before}{where}"


def overflows(layer: Layer, name: str, bits: int, ends: tuple[int, int], witness: Witness) -> str:
    """A value does not fit its field."""
    reach = Reach(layer)
    if name in reach.dims:
        return f"{bits} bits hold {ends[0]} to {ends[1]}, and {name} can be {witness.before}"
    where = example(reach, [t.Name(0, 0, name)], witness)
    if name in layer.spec.memory:
        return f"{bits} bits address {ends[1]} words, and {name} takes {witness.before}{where}"
    return f"{bits} bits hold {ends[0]} to {ends[1]}, and {name} is {witness.before}{where}"


def refuted(reach: Reach, claim: LayerClaim, dim: str | None, onlooker: Onlooker, witness: Witness) -> str:
    """A claim is false: what it says, and what is."""
    trees = [formula.tree for formula in claim.formulas.values()]
    where = example(reach, trees, witness)
    if claim.monotone is not None:
        before, after, start, end = witness.before
        what = f"{text(claim.monotone.tree)} falls from {before} to {after}"
        return f"{what} as {dim} grows from {start} to {end},{where}"
    if claim.divisible is not None and claim.by is not None:
        one, other = (onlooker.value(tree, witness.layout) for tree in trees)
        value = "" if isinstance(claim.by.tree, t.Number) else f", which is {other},"
        what = f"{text(claim.divisible.tree)} is {one} and no multiple of {text(claim.by.tree)}"
        return f"{what}{value}{where}"
    assert claim.must is not None
    return f"this is false{where}{_sides(claim.must.tree, onlooker, witness)}"


def _sides(tree: Tree, onlooker: Onlooker, witness: Witness) -> str:
    """The values of what a condition compares."""
    told = {}
    for node in t.walk(tree):
        if isinstance(node, t.Compare):
            for side in (node.left, node.right):
                if not isinstance(side, t.Number):
                    told[text(side)] = onlooker.value(side, witness.layout)
    return ": " + ", ".join(f"{what} is {_shown(value)}" for what, value in told.items()) if told else ""
