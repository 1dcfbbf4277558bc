"""The range of a whole-number formula over ranges of its names; says whether 64 bits hold every step of it.

For code that runs on arrays of machine integers: where no step can leave 64 bits, they are exact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TypeAlias

from dynapspec.formula import tree as t

Range: TypeAlias = tuple[int, int]
Bodies: TypeAlias = Mapping[str, tuple[tuple[str, ...], t.Tree]]  # arguments and formula of each own function

MAX_VALUE = (1 << 62) - 1  # of any step; what is summed or compared behind it stays inside 64 bits too
TRUTH: Range = (0, 1)
WHOLE = (
    "words",
    "trunc",
    "round_down",
    "round_up",
    "round_half_even",
    "round_half_up",
)  # x of a whole number


class UnboundedError(Exception):
    """A step can leave 64 bits, or is none of whole numbers."""


def bounds(tree: t.Tree, ranges: Mapping[str, Range], functions: Bodies | None = None) -> Range:
    """The least and the greatest value, never too narrow.

    Raises:
        UnboundedError: 64 bits may not hold every step.
    """
    return _Bounds(ranges, functions or {}).of(tree)


class _Bounds:
    def __init__(self, ranges: Mapping[str, Range], functions: Bodies) -> None:
        self.ranges, self.functions = ranges, functions

    def of(self, tree: t.Tree) -> Range:
        low, high = self._of(tree)
        if low < -MAX_VALUE or high > MAX_VALUE:
            raise UnboundedError
        return low, high

    def _of(self, tree: t.Tree) -> Range:
        match tree:
            case t.Number():
                if isinstance(tree.value, Fraction):
                    raise UnboundedError
                return int(tree.value), int(tree.value)
            case t.Text():
                return TRUTH  # names are compared with nothing but names
            case t.Name():
                return self.ranges.get(tree.id, TRUTH)  # a limit, which is no number
            case t.Unary():
                low, high = self.of(tree.operand)
                return TRUTH if tree.op == "not" else (-high, -low)
            case t.Binary():
                return _BINARY[tree.op](self.of(tree.left), self.of(tree.right))
            case t.Compare() | t.Logic():
                for part in t.children(tree):
                    self.of(part)
                return TRUTH
            case t.Choice():
                self.of(tree.when)
                return _hull([*self.of(tree.then), *self.of(tree.otherwise)])
            case t.Call():
                return self._call(tree)

    def _call(self, tree: t.Call) -> Range:
        args = [self.of(arg) for arg in tree.args]
        if tree.function in self.functions:
            names, body = self.functions[tree.function]
            return _Bounds(dict(zip(names, args, strict=True)), self.functions).of(body)
        low, high = args[0]
        if tree.function == "ceil_log2":
            return max(low - 1, 0).bit_length(), max(high - 1, 0).bit_length()
        if tree.function == "pow2":
            if high > MAX_VALUE.bit_length():
                raise UnboundedError
            return 1 << max(low, 0), 1 << max(high, 0)
        if tree.function == "abs":
            return (0 if low <= 0 <= high else min(abs(low), abs(high))), max(abs(low), abs(high))
        if tree.function in ("min", "max") and len(args) > 1:
            best = min if tree.function == "min" else max
            return best(low for low, _ in args), best(high for _, high in args)
        if tree.function in WHOLE:
            return low, high
        raise UnboundedError


def _hull(values: list[int]) -> Range:
    return min(values), max(values)


def _product(a: Range, b: Range) -> Range:
    return _hull([x * y for x in a for y in b])


def _quotient(a: Range, b: Range) -> Range:
    """Rounded down; a divisor of 0 has no value, so it widens nothing."""
    ends = [y for y in (*b, -1, 1) if y and b[0] <= y <= b[1]]
    return _hull([x // y for x in a for y in ends] or [0])


def _rest(a: Range, b: Range) -> Range:
    return min(b[0] + 1, 0), max(b[1] - 1, 0)


def _true_quotient(a: Range, b: Range) -> Range:
    raise UnboundedError


_BINARY: dict[str, Callable[[Range, Range], Range]] = {
    "+": lambda a, b: (a[0] + b[0], a[1] + b[1]),
    "-": lambda a, b: (a[0] - b[1], a[1] - b[0]),
    "*": _product,
    "//": _quotient,
    "%": _rest,
    "/": _true_quotient,
}
