"""What the operators and functions of the language do to values.

Values are exact (int, bool, Fraction) until they meet an f32, which is a Python float. An exact
operand is then rounded to f32 once. A missing bound, None, bounds nothing.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from dynapspec.formula.f32 import divide, f32, floor_divide, remainder, whole

Value: TypeAlias = Any  # int | bool | Fraction | float | str | None | a limit | a list of floats
EXACT = 1 << 53  # a double holds every whole number up to this one
MAX_BITS = 4096  # of an exact value: far above any memory, far below what could exhaust one


class EvaluationError(Exception):
    """A formula left the domain of one of its operators."""


def _exact(
    op: Callable[[Any, Any], Any], single: Callable[[float, float], float]
) -> Callable[[Any, Any], Any]:
    """An operator that is exact on exact operands and rounds to f32 otherwise."""

    def apply(left: Value, right: Value) -> Value:
        if type(left) is float or type(right) is float:
            return single(to_f32(left), to_f32(right))
        return op(left, right)

    return apply


def to_f32(value: Value) -> float:
    """An operand as f32."""
    if isinstance(value, float):
        return value
    if type(value) is int and -EXACT <= value <= EXACT:
        return f32(float(value))
    return f32(Fraction(value))


def bounded(value: Value) -> Value:
    """The value, unless it has grown beyond reason."""
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise EvaluationError(f"the value has more than {MAX_BITS} bits")
    return value


def _nonzero(right: Value) -> Value:
    if right == 0:
        raise EvaluationError("division by 0")
    return right


def _quotient(left: Value, right: Value) -> Value:
    value = Fraction(left) / Fraction(_nonzero(right))
    return int(value) if value.denominator == 1 else value


BINARY: dict[str, Callable[[Value, Value], Value]] = {
    "+": _exact(operator.add, lambda a, b: f32(a + b)),
    "-": _exact(operator.sub, lambda a, b: f32(a - b)),
    "*": _exact(lambda a, b: bounded(a * b), lambda a, b: f32(a * b)),
    "/": _exact(_quotient, divide),
    "//": _exact(lambda a, b: a // _nonzero(b), floor_divide),
    "%": _exact(lambda a, b: a % _nonzero(b), remainder),
}


def _compared(op: Callable[[Any, Any], bool]) -> Callable[[Value, Value], bool]:
    def apply(left: Value, right: Value) -> bool:
        if type(left) is float or type(right) is float:
            return op(to_f32(left), to_f32(right))
        return op(left, right)

    return apply


COMPARE: dict[str, Callable[[Value, Value], bool]] = {
    "==": _compared(operator.eq),
    "!=": _compared(operator.ne),
    "<": _compared(operator.lt),
    "<=": _compared(operator.le),
    ">": _compared(operator.gt),
    ">=": _compared(operator.ge),
    "in": lambda a, limit: a in limit,
}


def ceil_log2(count: int) -> int:
    """Bits that an address needs to tell ``count`` things apart."""
    if count < 1:
        raise EvaluationError(f"ceil_log2 of {count}; it needs a count of at least 1")
    return (count - 1).bit_length()


def pow2(bits: int) -> int:
    """Things that an address of ``bits`` bits tells apart."""
    if not 0 <= bits <= MAX_BITS:
        raise EvaluationError(f"pow2 of {bits}; it needs 0 to {MAX_BITS} bits")
    return 1 << bits


def _extreme(better: Callable[[Any, Any], bool]) -> Callable[..., Value]:
    """min or max: of the values of one group, or of several operands."""

    def apply(*args: Value) -> Value:
        items: Sequence[Value] = args[0] if len(args) == 1 and isinstance(args[0], list | tuple) else args
        result: Value = None
        for item in items:
            if item is None:
                continue
            if isinstance(item, float) and math.isnan(item):
                return item
            if result is None or better(item, result):
                result = item
        mixed = any(isinstance(item, float) for item in items)
        return to_f32(result) if mixed and result is not None else result

    return apply


def _rounding(
    on_float: Callable[[float], float], on_exact: Callable[[Fraction], int]
) -> Callable[[Value], Value]:
    def apply(value: Value) -> Value:
        if isinstance(value, float):
            return value if math.isinf(value) or math.isnan(value) else whole(value, float(on_float(value)))
        return on_exact(Fraction(value))

    return apply


def _half_up(value: Any) -> int:
    return math.floor(Fraction(value) + Fraction(1, 2))


def exp(value: Value) -> float:
    """e to the value, as f32; the last bit is not promised to be the same everywhere."""
    return f32(math.exp(min(to_f32(value), 88.8)))


def normal(x: Value, mu: Value, sigma: Value) -> float:
    """Density of the normal distribution, as f32."""
    x, mu, sigma = to_f32(x), to_f32(mu), to_f32(sigma)
    return f32(math.exp(-((x - mu) ** 2) / (2 * sigma**2)) / (sigma * math.sqrt(2 * math.pi)))


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "ceil_log2": ceil_log2,
    "pow2": pow2,
    "words": lambda count: count,
    "sum": lambda values: sum(values),
    "abs": abs,
    "min": _extreme(lambda a, b: a < b),
    "max": _extreme(lambda a, b: a > b),
    "trunc": _rounding(math.trunc, math.trunc),
    "round_down": _rounding(math.floor, math.floor),
    "round_up": _rounding(math.ceil, math.ceil),
    "round_half_even": _rounding(round, round),
    "round_half_up": _rounding(_half_up, _half_up),
    "exp": exp,
    "normal": normal,
}

ARITY: dict[str, tuple[int, int]] = dict.fromkeys(FUNCTIONS, (1, 1)) | {
    "min": (1, 8),
    "max": (1, 8),
    "normal": (3, 3),
}
