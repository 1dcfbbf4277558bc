"""Formulas with one change: every constant, operator, rounding, comparison and name in its turn."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import TypeAlias

from dynapspec.formula import tree as t
from dynapspec.formula.rewrite import places, renamed

Change: TypeAlias = tuple[str, t.Tree]  # the class of a mutation, and the formula after it

_OPERATORS = {"+": "-*", "-": "+", "*": "+", "/": "*", "//": "*", "%": "*"}
_COMPARISONS = {
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "==": ("!=",),
    "!=": ("==",),
}
_ROUNDINGS = ("round_half_even", "round_half_up", "trunc", "round_down", "round_up")


def changes(
    tree: t.Tree, functions: Collection[str], alike: Mapping[str, Collection[str]]
) -> Iterator[Change]:
    """The formula with one change each.

    Args:
        tree: the formula.
        functions: those of the spec, which can be taken for one another.
        alike: for a name, the other names of its kind.
    """
    for part, put in places(tree):
        for kind, other in _here(part, functions, alike):
            yield kind, put(other)
    names = t.names_in(tree)
    for index, first in enumerate(names):
        for second in names[index + 1 :]:
            yield "names swapped", renamed(tree, {first: second, second: first})


def _here(tree: t.Tree, functions: Collection[str], alike: Mapping[str, Collection[str]]) -> Iterator[Change]:
    match tree:
        case t.Number():
            yield from _constant(tree)
        case t.Name(id=name):
            yield from (("name", replace(tree, id=other)) for other in alike.get(name, ()))
        case t.Unary():
            yield "sign", tree.operand
        case t.Binary():
            yield from _binary(tree)
        case t.Compare():
            yield from (("comparison", replace(tree, op=op)) for op in _COMPARISONS.get(tree.op, ()))
        case t.Logic():
            yield from _logic(tree)
        case t.Choice():
            yield from (("choice", tree.then), ("choice", tree.otherwise))
            yield "choice", replace(tree, then=tree.otherwise, otherwise=tree.then)
        case t.Call():
            yield from _call(tree, functions)


def _constant(tree: t.Number) -> Iterator[Change]:
    if isinstance(tree.value, bool):
        yield "constant", replace(tree, value=not tree.value)
    elif isinstance(tree.value, int):
        yield from (("constant", replace(tree, value=tree.value + step)) for step in (1, -1))
    else:
        yield from (("constant", replace(tree, value=tree.value * factor)) for factor in (2, Fraction(1, 2)))


def _binary(tree: t.Binary) -> Iterator[Change]:
    yield from (("operator", replace(tree, op=op)) for op in _OPERATORS[tree.op])
    yield from (("term dropped", tree.left), ("term dropped", tree.right))
    if tree.op in ("-", "/", "//"):
        yield "operator", replace(tree, left=tree.right, right=tree.left)
    if tree.op == "//":  # rounded up
        opposite = replace(tree, left=t.Unary(0, 0, "-", tree.left))
        yield "rounding", t.Unary(0, 0, "-", opposite)
    if tree.op == "*" and isinstance(tree.left, t.Binary) and tree.left.op == "/":
        yield "order of operations", replace(tree.left, left=replace(tree, left=tree.left.left))
    if tree.op == "/":
        yield "order of operations", t.Binary(0, 0, "*", tree.left, replace(tree, left=_ONE))


_ONE = t.Number(0, 0, 1)


def _logic(tree: t.Logic) -> Iterator[Change]:
    yield "logic", replace(tree, op="or" if tree.op == "and" else "and")
    for index in range(len(tree.items)):
        rest = (*tree.items[:index], *tree.items[index + 1 :])
        yield "condition dropped", rest[0] if len(rest) == 1 else replace(tree, items=rest)


def _call(tree: t.Call, functions: Collection[str]) -> Iterator[Change]:
    name = tree.function
    if name in _ROUNDINGS:
        yield from (("rounding", replace(tree, function=other)) for other in _ROUNDINGS if other != name)
        yield "rounding", tree.args[0]
    elif name == "ceil_log2":
        yield "rounding", _floor_log2(tree)
        yield "function dropped", tree.args[0]
    elif name in ("min", "max"):
        yield "bound", replace(tree, function="max" if name == "min" else "min")
        yield from (("bound", arg) for arg in tree.args if len(tree.args) > 1)
    elif name in functions:
        yield from (("function", replace(tree, function=other)) for other in functions if other != name)
    elif len(tree.args) == 1 and name != "words":  # words() names a unit and computes nothing
        yield "function dropped", tree.args[0]


def _floor_log2(tree: t.Call) -> t.Tree:
    """Rounded down, said with what the language has."""
    more = t.Binary(0, 0, "+", tree.args[0], _ONE)
    return t.Binary(0, 0, "-", replace(tree, args=(more,)), _ONE)


def same_kind(kinds: Mapping[str, str]) -> dict[str, list[str]]:
    """For each name, the others of its kind, which it can be taken for."""
    return {name: [n for n, k in kinds.items() if k == kind and n != name] for name, kind in kinds.items()}


def flag_of(kind: str) -> str:
    """The class of a change as the flag of a vector that shows it."""
    return kind.replace(" ", "-") if " " in kind else f"other-{kind}"
