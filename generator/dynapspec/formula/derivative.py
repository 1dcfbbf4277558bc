"""Derivatives of formulas, as the plain version of the layer has them by automatic differentiation.

A comparison and a rounding have the derivative 0, ``max(x, 0)`` has 0 at 0, and two equal values share the
derivative of the larger. Numbers that are multiplied by 0 or 1 leave no trace.
"""

from __future__ import annotations

from fractions import Fraction

from dynapspec.formula import tree as t
from dynapspec.formula.numba import above_zero

ROUNDINGS = ("trunc", "round_down", "round_up", "round_half_even", "round_half_up")


class NotDifferentiableError(Exception):
    """A formula with a part that has no rule here."""


def derivative(tree: t.Tree, name: str) -> t.Tree:
    """The derivative with respect to a name, as a formula.

    Raises:
        NotDifferentiableError: the name stands in a part that has no rule.
    """
    if name not in t.names_in(tree):
        return _number(0)
    match tree:
        case t.Name():
            return _number(1)
        case t.Compare() | t.Logic() | t.Unary(op="not"):
            return _number(0)
        case t.Unary():
            return _negative(derivative(tree.operand, name))
        case t.Binary():
            return _binary(tree, name)
        case t.Choice():
            return _choice(tree.when, derivative(tree.then, name), derivative(tree.otherwise, name))
        case t.Call():
            return _call(tree, name)
    raise NotDifferentiableError(name)


def is_zero(tree: t.Tree) -> bool:
    """Whether a formula is the constant 0."""
    return isinstance(tree, t.Number) and tree.value == 0


def _binary(tree: t.Binary, name: str) -> t.Tree:
    left, right = derivative(tree.left, name), derivative(tree.right, name)
    match tree.op:
        case "+" | "-":
            return _sum(tree.op, left, right)
        case "*":
            return _sum("+", _product(left, tree.right), _product(tree.left, right))
        case "/":
            shrunk = _quotient(_product(tree.left, right), t.Binary(0, 0, "*", tree.right, tree.right))
            return _sum("-", _quotient(left, tree.right), shrunk)
    raise NotDifferentiableError(tree.op)


def _call(tree: t.Call, name: str) -> t.Tree:
    first = tree.args[0]
    if tree.function in ROUNDINGS:
        return _number(0)
    if tree.function == "exp":
        return _product(derivative(first, name), tree)
    if tree.function == "abs":
        falling = _choice(_compare(first, "<", _number(0)), _number(-1), _number(0))
        return _product(
            derivative(first, name), _choice(_compare(first, ">", _number(0)), _number(1), falling)
        )
    if (bounded := above_zero(tree)) is not None:
        above = t.Unary(0, 0, "not", _compare(bounded, "<=", _number(0)))  # not a number keeps its gradient
        return _choice(above, derivative(bounded, name), _number(0))
    if tree.function in ("min", "max") and len(tree.args) > 1:
        *rest, last = tree.args
        return _extreme(
            tree, rest[0] if len(rest) == 1 else t.Call(0, 0, tree.function, tuple(rest)), last, name
        )
    raise NotDifferentiableError(tree.function)


def _extreme(tree: t.Call, left: t.Tree, right: t.Tree, name: str) -> t.Tree:
    """Of the one that is taken, and half of each where both are equal."""
    first, second = derivative(left, name), derivative(right, name)
    half = _product(_sum("+", first, second), _number(Fraction(1, 2)))
    better = "<" if tree.function == "min" else ">"
    inner = _choice(_compare(right, better, left), second, half)
    return _choice(_compare(left, better, right), first, inner)


def _number(value: int | Fraction) -> t.Tree:
    return t.Number(0, 0, value)


def _compare(left: t.Tree, op: str, right: t.Tree) -> t.Tree:
    return t.Compare(0, 0, op, left, right)


def _negative(tree: t.Tree) -> t.Tree:
    return tree if is_zero(tree) else t.Unary(0, 0, "-", tree)


def _choice(when: t.Tree, then: t.Tree, otherwise: t.Tree) -> t.Tree:
    return then if then == otherwise else t.Choice(0, 0, when, then, otherwise)


def _sum(op: str, left: t.Tree, right: t.Tree) -> t.Tree:
    if is_zero(right):
        return left
    if is_zero(left):
        return right if op == "+" else _negative(right)
    return t.Binary(0, 0, op, left, right)


def _is_one(tree: t.Tree) -> bool:
    return isinstance(tree, t.Number) and tree.value == 1


def _product(left: t.Tree, right: t.Tree) -> t.Tree:
    if is_zero(left) or is_zero(right):
        return _number(0)
    if _is_one(left) or _is_one(right):
        return right if _is_one(left) else left
    return t.Binary(0, 0, "*", left, right)


def _quotient(left: t.Tree, right: t.Tree) -> t.Tree:
    return left if is_zero(left) else t.Binary(0, 0, "/", left, right)
