"""Runs a formula. The tree becomes nested closures once, so that evaluating it is cheap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    known = {**FUNCTIONS, **(functions or {})}
    return _compile(tree, known)


def _compile(tree: t.Tree, functions: Functions) -> Run:
    match tree:
        case t.Number(value=value) | t.Text(value=value):
            return lambda env: value
        case t.Name(id=name):
            return _lookup(name)
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


def _lookup(name: str) -> Run:
    def run(env: Environment) -> Value:
        try:
            return env[name]
        except KeyError:
            raise Undefined(name) from None

    return run


def _unary(tree: t.Unary, functions: Functions) -> Run:
    operand = _compile(tree.operand, functions)
    if tree.op == "not":
        return lambda env: not operand(env)
    return lambda env: -operand(env)


def _pair(op: Callable[[Value, Value], Value], left: t.Tree, right: t.Tree, functions: Functions) -> Run:
    first, second = _compile(left, functions), _compile(right, functions)
    return lambda env: op(first(env), second(env))


def _logic(tree: t.Logic, functions: Functions) -> Run:
    items = [_compile(item, functions) for item in tree.items]
    if tree.op == "and":
        return lambda env: all(item(env) for item in items)
    return lambda env: any(item(env) for item in items)


def _call(tree: t.Call, functions: Functions) -> Run:
    function = functions[tree.function]
    args = [_compile(arg, functions) for arg in tree.args]
    return lambda env: function(*[arg(env) for arg in args])
