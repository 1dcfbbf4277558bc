"""Runs a whole-number formula on NumPy arrays, one value for each of many layers, straight from its tree.

Arrays hold 64-bit integers and truth values. They are exact where :mod:`dynapspec.formula.bounds` says that
no step leaves 64 bits; nothing here looks for overflow again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import reduce
from typing import Any, TypeAlias

import numpy as np

from dynapspec.formula import tree as t
from dynapspec.formula.bounds import MAX_VALUE, WHOLE
from dynapspec.formula.evaluate import Environment
from dynapspec.formula.operators import EvaluationError

Array: TypeAlias = Any  # an array of int64 or bool, or a single value that stands for all
Run: TypeAlias = Callable[[Environment], Array]
Functions: TypeAlias = Mapping[str, Callable[..., Array]]

EXPONENT_BITS = 52  # below the exponent of a double
BIAS = 1022  # of an exponent, so that the one of 1 becomes its one bit


def ceil_log2(count: Array) -> Array:
    """Bits that an address needs to tell ``count`` things apart, exactly.

    The exponent of a double is the place of the highest bit. The conversion can round a large number up to
    the next power of two, so every bit below another is cleared first: the highest stays, none rounds up.

    Raises:
        EvaluationError: a count is below 1.
    """
    count = np.asarray(count)
    if count.size and int(count.min()) < 1:
        raise EvaluationError("ceil_log2 of less than 1; it needs a count of at least 1")
    rest = count - 1
    highest = (rest & ~(rest >> 1)).astype(np.float64)
    return np.maximum((highest.view(np.int64) >> EXPONENT_BITS) - BIAS, 0)


def pow2(bits: Array) -> Array:
    """Things that an address of so many bits tells apart; raises EvaluationError beyond 64 bits."""
    bits = np.asarray(bits)
    if bits.size and not 0 <= int(bits.min()) <= int(bits.max()) <= MAX_VALUE.bit_length():
        raise EvaluationError("pow2 of too few or too many bits")
    return np.left_shift(1, bits)


def floor_divide(left: Array, right: Array) -> Array:
    """Rounded down; raises EvaluationError where the divisor is 0."""
    return np.floor_divide(left, _divisor(right))


def remainder(left: Array, right: Array) -> Array:
    """What :func:`floor_divide` leaves."""
    return np.remainder(left, _divisor(right))


def _divisor(right: Array) -> Array:
    if not np.all(right):
        raise EvaluationError("division by 0")
    return right


def takes(value: Array, limit: Any) -> Array:
    """Where a limit takes the value; names are numbers here, as ``limit.one_of`` has them."""
    if limit.one_of is not None:
        return reduce(np.logical_or, [value == one for one in limit.one_of], np.False_)
    least = np.True_ if limit.min is None else value >= limit.min
    most = np.True_ if limit.max is None else value <= limit.max
    return least & most


def _number(op: Callable[[Array, Array], Array]) -> Callable[[Array, Array], Array]:
    """An operator of numbers; a truth value counts as 0 or 1."""

    def apply(left: Array, right: Array) -> Array:
        return op(_counted(left), _counted(right))

    return apply


def _counted(value: Array) -> Array:
    return np.asarray(value, np.int64) if getattr(value, "dtype", None) == np.bool_ else value


_BINARY: dict[str, Callable[[Array, Array], Array]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "//": floor_divide,
    "%": remainder,
}
BINARY: dict[str, Callable[[Array, Array], Array]] = {key: _number(op) for key, op in _BINARY.items()}
COMPARE: dict[str, Callable[[Array, Array], Array]] = {
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "in": takes,
}
FUNCTIONS: dict[str, Callable[..., Array]] = {
    "ceil_log2": ceil_log2,
    "pow2": pow2,
    "abs": np.abs,
    "min": lambda *values: reduce(np.minimum, values),
    "max": lambda *values: reduce(np.maximum, values),
    **dict.fromkeys(WHOLE, lambda value: value),
}


class NoArraysError(Exception):
    """A formula that is none of whole numbers, and is computed one layer at a time."""


def compile_vectors(tree: t.Tree, functions: Functions, names: Mapping[str, int]) -> Run:
    """A callable that evaluates the formula for all elements at once.

    Args:
        tree: the formula.
        functions: those that the spec defines.
        names: the numbers that stand for names such as 'zeros'.

    Raises:
        NoArraysError: it has steps that are not of whole numbers.
        EvaluationError: (when called) for some element an operator leaves its domain.
        KeyError: (when called) a name has no value.
    """
    return _Compiler({**FUNCTIONS, **functions}, names).run(tree)


class _Compiler:
    def __init__(self, functions: Functions, names: Mapping[str, int]) -> None:
        self.functions, self.names = functions, names

    def run(self, tree: t.Tree) -> Run:
        match tree:
            case t.Number():
                return self._constant(tree.value)
            case t.Text():
                return self._constant(self.names.get(tree.value, -1))
            case t.Name(id=name):
                return lambda env: env[name]
            case t.Unary():
                operand = self.run(tree.operand)
                if tree.op == "not":
                    return lambda env: np.logical_not(operand(env))
                return lambda env: np.negative(_counted(operand(env)))
            case t.Binary() | t.Compare():
                table = BINARY if isinstance(tree, t.Binary) else COMPARE
                if tree.op not in table:
                    raise NoArraysError(tree.op)
                return self._pair(table[tree.op], tree.left, tree.right)
            case t.Logic():
                both = np.logical_and if tree.op == "and" else np.logical_or
                parts = [self.run(item) for item in tree.items]
                return lambda env: reduce(both, [part(env) for part in parts])
            case t.Choice():
                when, then, other = (self.run(part) for part in (tree.when, tree.then, tree.otherwise))
                return lambda env: np.where(when(env), _counted(then(env)), _counted(other(env)))
            case t.Call():
                return self._call(tree)

    def _constant(self, value: int | Fraction | bool) -> Run:
        if isinstance(value, Fraction):
            raise NoArraysError(str(value))
        held: Array = np.bool_(value) if isinstance(value, bool) else np.int64(value)
        return lambda env: held

    def _pair(self, op: Callable[[Array, Array], Array], left: t.Tree, right: t.Tree) -> Run:
        first, second = self.run(left), self.run(right)
        return lambda env: op(first(env), second(env))

    def _call(self, tree: t.Call) -> Run:
        if tree.function not in self.functions:
            raise NoArraysError(tree.function)
        function, args = self.functions[tree.function], [self.run(arg) for arg in tree.args]
        return lambda env: function(*[arg(env) for arg in args])
