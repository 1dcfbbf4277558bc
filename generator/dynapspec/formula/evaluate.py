"""Runs a formula. The tree becomes nested closures once, so that evaluating it is cheap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from operator import itemgetter
from typing import Any, TypeAlias

from dynapspec.formula import tree as t
from dynapspec.formula.operators import BINARY, COMPARE, FUNCTIONS, EvaluationError, Value

Environment: TypeAlias = Mapping[str, Any]
Run: TypeAlias = Callable[[Environment], Value]
Functions: TypeAlias = Mapping[str, Callable[..., Value]]

__all__ = ["Environment", "EvaluationError", "Run", "Undefined", "compile_formula"]


class Undefined(Exception):
    """A formula asked for a value that is unknown, or that a violated rule leaves undefined."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def compile_formula(tree: t.Tree, functions: Functions | None = None) -> Run:
    """A callable that evaluates the formula in an environment of named values.

    Raises (when called):
        Undefined: a name has no value.
        EvaluationError: an operator left its domain.
    """
    inner = _compile(tree, {**FUNCTIONS, **(functions or {})})

    def run(env: Environment) -> Value:
        try:
            return inner(env)
        except KeyError as missing:  # nothing below looks anything up but names in the environment
            raise Undefined(missing.args[0]) from None

    return run


def _compile(tree: t.Tree, functions: Functions) -> Run:
    match tree:
        case t.Number(value=value) | t.Text(value=value):
            return lambda env: value
        case t.Name(id=name):
            return itemgetter(name)
        case t.Unary():
            return _unary(tree, functions)
        case t.Binary():
            return _pair(BINARY[tree.op], tree.left, tree.right, functions)
        case t.Compare():
            return _pair(COMPARE[tree.op], tree.left, tree.right, functions)
        case t.Logic():
            return _logic(tree, functions)
        case t.Choice():
            when, then, other = (_compile(x, functions) for x in (tree.when, tree.then, tree.otherwise))
            return lambda env: then(env) if when(env) else other(env)
        case t.Call():
            return _call(tree, functions)


def _unary(tree: t.Unary, functions: Functions) -> Run:
    operand = _compile(tree.operand, functions)
    if tree.op == "not":
        return lambda env: not operand(env)
    return lambda env: -operand(env)


def _pair(op: Callable[[Value, Value], Value], left: t.Tree, right: t.Tree, functions: Functions) -> Run:
    first, second = _compile(left, functions), _compile(right, functions)
    return lambda env: op(first(env), second(env))


def _logic(tree: t.Logic, functions: Functions) -> Run:
    return reduce(_both if tree.op == "and" else _either, (_compile(item, functions) for item in tree.items))


def _both(first: Run, second: Run) -> Run:
    return lambda env: first(env) and second(env)


def _either(first: Run, second: Run) -> Run:
    return lambda env: first(env) or second(env)


def _call(tree: t.Call, functions: Functions) -> Run:
    function = functions[tree.function]
    args = [_compile(arg, functions) for arg in tree.args]
    if len(args) == 1:
        only = args[0]
        return lambda env: function(only(env))
    return lambda env: function(*[arg(env) for arg in args])
