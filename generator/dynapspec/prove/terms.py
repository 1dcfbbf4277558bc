"""Whole numbers for the solver: each expression with its bounds, and its values where they are few.

A solver is strong on sums and weak on products. A product, a quotient or a power of two is written
as a case for each value of one operand, so that every case is a sum; bounds keep the cases few.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product
from typing import Any

from dynapspec.prove.library import z3

SPLIT = 80  # cases that a product may have before the solver gets it as it is


@dataclass(frozen=True, slots=True)
class Term:
    """An expression between ``low`` and ``high``; ``cases`` are the conditions of its only values.

    ``scaled`` has the factor and the exponent of a term that a power of two scales, so that further
    powers add to the exponent: however a formula orders its factors, it becomes the same expression.
    """

    expr: Any
    low: int
    high: int
    cases: tuple[tuple[Any, int], ...] = ()
    scaled: tuple[Term, Term] | None = None

    @property
    def constant(self) -> bool:
        """Whether it has one value only."""
        return self.low == self.high


def const(value: int) -> Term:
    """A number."""
    return Term(z3().IntVal(value), int(value), int(value))


def add(a: Term, b: Term) -> Term:
    """a + b."""
    return Term(a.expr + b.expr, a.low + b.low, a.high + b.high)


def negate(a: Term) -> Term:
    """-a."""
    return Term(-a.expr, -a.high, -a.low, tuple((when, -value) for when, value in a.cases))


def subtract(a: Term, b: Term) -> Term:
    """a - b."""
    return Term(a.expr - b.expr, a.low - b.high, a.high - b.low)


def multiply(a: Term, b: Term) -> Term:
    """a * b, by the cases of the operand that has fewer; powers of two are gathered."""
    powers = [term.scaled for term in (a, b) if term.scaled]
    if powers:
        factor = reduce(multiply, [term.scaled[0] if term.scaled else term for term in (a, b)])
        return shift(factor, reduce(add, [bits for _, bits in powers]))
    corners = [x * y for x, y in product((a.low, a.high), (b.low, b.high))]
    few, other = sorted((a, b), key=_count)
    options = _cases(few)
    expr = _choose(options, lambda value: other.expr * value) if options else a.expr * b.expr
    return Term(expr, min(corners), max(corners))


def divide(a: Term, b: Term) -> Term:
    """a // b, rounded down; what it is for b = 0 is not said."""
    if b.low <= 0:
        reach = max(abs(a.low), abs(a.high))
        rounded = z3().If(b.expr > 0, a.expr / b.expr, (-a.expr) / (-b.expr))
        return Term(rounded, -reach, reach)
    corners = [x // y for x, y in product((a.low, a.high), (b.low, b.high))]
    options = _cases(b)
    expr = _choose(options, lambda value: a.expr / value) if options else a.expr / b.expr
    return Term(expr, min(corners), max(corners))


def remainder(a: Term, b: Term) -> Term:
    """a % b, with the sign of b."""
    rest = subtract(a, multiply(divide(a, b), b))
    reach = max(abs(b.low), abs(b.high))
    return Term(rest.expr, -reach if b.low < 0 else 0, reach)


def choice(when: Any, then: Term, other: Term) -> Term:
    """``then if when else other``."""
    expr = z3().If(when, then.expr, other.expr)
    return Term(expr, min(then.low, other.low), max(then.high, other.high))


def least(a: Term, b: Term) -> Term:
    """min(a, b)."""
    return Term(z3().If(a.expr <= b.expr, a.expr, b.expr), min(a.low, b.low), min(a.high, b.high))


def greatest(a: Term, b: Term) -> Term:
    """max(a, b)."""
    return Term(z3().If(a.expr >= b.expr, a.expr, b.expr), max(a.low, b.low), max(a.high, b.high))


def absolute(a: Term) -> Term:
    """abs(a)."""
    low = 0 if a.low <= 0 <= a.high else min(abs(a.low), abs(a.high))
    return Term(z3().If(a.expr >= 0, a.expr, -a.expr), low, max(abs(a.low), abs(a.high)))


def ceil_log2(a: Term) -> Term:
    """The k with 2^(k-1) < a <= 2^k; 0 where there is none."""
    low, high = (max(bound - 1, 0).bit_length() for bound in (a.low, a.high))
    options = [(a.expr <= 2**bits, bits) for bits in range(low, high)]
    return Term(_choose([*options, (True, high)], z3().IntVal), low, high)


def pow2(bits: Term) -> Term:
    """2 to the bits; bits below 0 count as none."""
    return shift(const(1), bits)


def shift(factor: Term, bits: Term) -> Term:
    """factor * 2^bits, with a case for each number of bits."""
    low, high = max(bits.low, 0), max(bits.high, 0)
    options = [(bits.expr == count, 2**count) for count in range(low, high + 1)]
    corners = [x * 2**count for x, count in product((factor.low, factor.high), (low, high))]
    if factor.low == factor.high:
        cases = tuple((when, factor.low * power) for when, power in options)
        return Term(_choose(cases, z3().IntVal), min(corners), max(corners), cases, (factor, bits))
    expr = _choose(options, lambda power: factor.expr * power)
    return Term(expr, min(corners), max(corners), (), (factor, bits))


def _count(term: Term) -> int:
    return len(term.cases) or term.high - term.low + 1


def _cases(term: Term) -> Sequence[tuple[Any, int]]:
    """Conditions and values, or nothing when they are too many."""
    if _count(term) > SPLIT:
        return ()
    return term.cases or [(term.expr == value, value) for value in range(term.low, term.high + 1)]


def _choose(options: Sequence[tuple[Any, int]], make: Callable[[int], Any]) -> Any:
    """One expression out of several by condition; the last one where no condition holds."""
    *others, (_, last) = options
    expr = make(last)
    for when, value in reversed(others):
        expr = z3().If(when, make(value), expr)
    return expr
