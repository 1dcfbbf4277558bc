"""Formulas for the solver: over all binary32 numbers, bit for bit, or over the real numbers.

Exact operands stay exact until they meet a symbol, as in the interpreter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import combinations
from typing import Any

from dynapspec.formula import tree as t
from dynapspec.formula.operators import BINARY, COMPARE, FUNCTIONS
from dynapspec.prove.library import z3


class Unencoded(Exception):
    """A part of a formula that has no counterpart for the solver."""


class Arithmetic:
    """What binary32 and the reals share: the walk through a formula, and everything that is exact."""

    def __init__(self, functions: Mapping[str, Callable[..., Any]]) -> None:
        self.functions = functions
        self.symbols: dict[str, Any] = {}

    def symbol(self, name: str) -> Any:
        """The number behind a name, one for each name."""
        raise NotImplementedError

    def constant(self, value: Any) -> Any:
        """An exact number, or a truth value as 0 or 1, among symbols."""
        raise NotImplementedError

    def operation(self, op: str, left: Any, right: Any) -> Any:
        """An operator on symbols."""
        raise NotImplementedError

    def comparison(self, op: str, left: Any, right: Any) -> Any:
        """A comparison of symbols."""
        raise NotImplementedError

    def call(self, name: str, args: list[Any]) -> Any:
        """A function of the language on symbols."""
        raise NotImplementedError

    def encode(self, tree: t.Tree, env: Mapping[str, Any]) -> Any:
        """The formula; ``env`` has what is known of its names, the others are symbols."""
        match tree:
            case t.Number(value=value):
                return value
            case t.Name(id=name):
                return env[name] if name in env else self.symbol(name)
            case t.Unary(op="-", operand=operand):
                return self._negative(self.encode(operand, env))
            case t.Binary():
                pair = self.encode(tree.left, env), self.encode(tree.right, env)
                if all(map(exact, pair)):
                    return BINARY[tree.op](*pair)
                return self.operation(tree.op, *map(self.number, pair))
            case t.Compare():
                pair = self.encode(tree.left, env), self.encode(tree.right, env)
                if all(map(exact, pair)):
                    return COMPARE[tree.op](*pair)
                return self.comparison(tree.op, *map(self.number, pair))
            case t.Choice():
                when = self.encode(tree.when, env)
                then, other = (self.encode(x, env) for x in (tree.then, tree.otherwise))
                return z3().If(when, self.number(then), self.number(other))
            case t.Call():
                return self._call(tree, env)
        raise Unencoded(type(tree).__name__)

    def number(self, value: Any) -> Any:
        """A value as a number for the solver."""
        if exact(value):
            return self.constant(value)
        if z3().is_bool(value):
            return z3().If(value, self.constant(1), self.constant(0))
        return value

    def _negative(self, value: Any) -> Any:
        return -value

    def _call(self, tree: t.Call, env: Mapping[str, Any]) -> Any:
        name = tree.function
        if len(tree.args) == 1 and name in ("min", "max") and isinstance(tree.args[0], t.Name):
            return self.symbol(f"{name}({tree.args[0].id})")  # of a group of values
        args = [self.encode(arg, env) for arg in tree.args]
        if all(map(exact, args)):
            return {**FUNCTIONS, **self.functions}[name](*args)
        return self.call(name, [self.number(arg) for arg in args])

    def _chosen(self, name: str, args: list[Any]) -> Any:
        """min or max of several numbers."""
        found = args[0]
        for other in args[1:]:
            better = other < found if name == "min" else other > found
            found = z3().If(better, other, found)
        return found


def exact(value: Any) -> bool:
    """Whether a value is an exact number of Python."""
    return isinstance(value, bool | int | Fraction)


class Binary32(Arithmetic):
    """Every operator rounds once, to nearest even."""

    def symbol(self, name: str) -> Any:
        """Any binary32 number."""
        return self.symbols.setdefault(name, z3().FP(name, z3().Float32()))

    def constant(self, value: Any) -> Any:
        """The nearest binary32 number."""
        fraction = Fraction(value)
        return z3().fpRealToFP(z3().RNE(), z3().Q(fraction.numerator, fraction.denominator), z3().Float32())

    def operation(self, op: str, left: Any, right: Any) -> Any:
        """Rounded to nearest even."""
        solver, near = z3(), z3().RNE()
        known = {"+": solver.fpAdd, "-": solver.fpSub, "*": solver.fpMul, "/": solver.fpDiv}
        if op not in known:
            raise Unencoded(op)
        if op in "*/" and solver.is_true(solver.simplify(solver.fpEQ(right, self.constant(1)))):
            return left
        if op in "+*":  # a sum and a product do not depend on the order of two operands
            left, right = sorted((left, right), key=lambda part: str(part.sexpr()))
            if op == "*" and solver.is_true(solver.simplify(solver.fpEQ(left, self.constant(1)))):
                return right
        return known[op](near, left, right)

    def comparison(self, op: str, left: Any, right: Any) -> Any:
        """As IEEE compares: nothing is true of NaN."""
        solver = z3()
        if op == "!=":
            return solver.Not(solver.fpEQ(left, right))
        known = {
            "<": solver.fpLT,
            "<=": solver.fpLEQ,
            ">": solver.fpGT,
            ">=": solver.fpGEQ,
            "==": solver.fpEQ,
        }
        return known[op](left, right)

    def call(self, name: str, args: list[Any]) -> Any:
        """Roundings are exact; what has no exact counterpart is any function."""
        solver = z3()
        modes = {
            "trunc": solver.RTZ,
            "round_down": solver.RTN,
            "round_up": solver.RTP,
            "round_half_even": solver.RNE,
        }
        if name in modes:
            return solver.fpRoundToIntegral(modes[name](), args[0])
        if name == "abs":
            return solver.fpAbs(args[0])
        if name in ("min", "max") and len(args) > 1:
            return self._chosen(name, args)
        if name in ("exp", "normal"):
            sorts = [solver.Float32()] * (len(args) + 1)
            return solver.Function(name, *sorts)(*args)
        raise Unencoded(name)

    def same(self, left: Any, right: Any) -> Any:
        """Equal numbers, or both NaN; -0 counts as 0."""
        solver, (left, right) = z3(), map(self.number, (left, right))
        both = solver.And(solver.fpIsNaN(left), solver.fpIsNaN(right))
        return solver.Or(solver.fpEQ(left, right), both)

    def finite(self, name: str, positive: bool = False) -> Any:
        """That a symbol is a number, and above 0."""
        solver, x = z3(), self.symbol(name)
        known = [solver.Not(solver.fpIsNaN(x)), solver.Not(solver.fpIsInf(x))]
        return solver.And(*known, *([x > self.constant(0)] if positive else []))


class Reals(Arithmetic):
    """No rounding at all.

    A product of symbols is any function of its factors, whatever their order: that is enough for
    equalities, and leaves the solver with sums alone. A quotient is a product with a reciprocal.
    """

    plain = False  # whether products are left to the solver after all

    def __init__(self, functions: Mapping[str, Callable[..., Any]]) -> None:
        super().__init__(functions)
        self.products: dict[str, tuple[Fraction, list[Any]]] = {}  # by its text: coefficient and factors

    def symbol(self, name: str) -> Any:
        """Any real number."""
        return self.symbols.setdefault(name, z3().Real(name))

    def constant(self, value: Any) -> Any:
        """The number itself."""
        fraction = Fraction(value)
        return z3().Q(fraction.numerator, fraction.denominator)

    def operation(self, op: str, left: Any, right: Any) -> Any:
        """Exact."""
        known: dict[str, Callable[[], Any]] = {
            "+": lambda: left + right,
            "-": lambda: left - right,
            "*": lambda: self._product(left, right),
            "/": lambda: self._product(left, self._reciprocal(right)),
        }
        if op not in known:
            raise Unencoded(op)
        return known[op]()

    def _negative(self, value: Any) -> Any:
        return -value if exact(value) else self._product(self.constant(-1), self.number(value))

    def _reciprocal(self, value: Any) -> Any:
        solver = z3()
        if self.plain:
            return 1 / value
        if solver.is_rational_value(value):
            return self.constant(1 / value.as_fraction())
        return solver.Function("reciprocal", solver.RealSort(), solver.RealSort())(value)

    def _product(self, left: Any, right: Any) -> Any:
        solver = z3()
        if self.plain:
            return left * right
        for condition, other in ((left, right), (right, left)):
            if _is_condition(condition):  # 1 or 0 times a number is that number or nothing
                return solver.If(condition.arg(0), other, self.constant(0))
        (one, some), (two, more) = self._factors(left), self._factors(right)
        coefficient, factors = one * two, sorted((*some, *more), key=lambda part: str(part.sexpr()))
        if not factors:
            return self.constant(coefficient)
        found = self.constant(coefficient) * self._term(factors)
        self.products[found.sexpr()] = coefficient, factors
        return found

    def opposites(self) -> Iterator[Any]:
        """That a product changes its sign with one of its factors, for each two that differ in one."""
        for (_, some), (_, more) in combinations(self.products.values(), 2):
            rest = [part for part in some if not any(part.eq(other) for other in more)]
            others = [part for part in more if not any(part.eq(other) for other in some)]
            if len(some) == len(more) > 1 and len(rest) == len(others) == 1:
                one, two = (self._term(factors) for factors in (some, more))
                yield z3().Implies(rest[0] == -others[0], one == -two)

    def _term(self, factors: list[Any]) -> Any:
        if len(factors) == 1:
            return factors[0]
        sorts = [z3().RealSort()] * (len(factors) + 1)
        return z3().Function(f"product{len(factors)}", *sorts)(*factors)

    def _factors(self, value: Any) -> tuple[Fraction, list[Any]]:
        if z3().is_rational_value(value):
            return Fraction(value.as_fraction()), []
        return self.products.get(value.sexpr(), (Fraction(1), [value]))

    def comparison(self, op: str, left: Any, right: Any) -> Any:
        """Exact."""
        return COMPARISONS[op](left, right)

    def call(self, name: str, args: list[Any]) -> Any:
        """The normal density depends on the distance alone; an exponential is any function."""
        solver, x = z3(), args[0]
        if name == "abs":
            return solver.If(x >= 0, x, -x)
        if name == "round_down":
            return _down(x)
        if name == "trunc":
            return solver.If(x >= 0, _down(x), -_down(-x))
        if name in ("min", "max") and len(args) > 1:
            return self._chosen(name, args)
        real = solver.RealSort()
        if name == "exp":
            return solver.Function(name, real, real)(x)
        if name == "normal":
            off = x - args[1]
            return solver.Function(name, real, real, real)(self._product(off, off), args[2])
        raise Unencoded(name)

    def same(self, left: Any, right: Any) -> Any:
        """Equal numbers."""
        return self.number(left) == self.number(right)

    def finite(self, name: str, positive: bool = False) -> Any:
        """That a symbol is above 0."""
        return self.symbol(name) > 0 if positive else z3().BoolVal(True)


def _down(value: Any) -> Any:
    """Rounded down; the whole part of a constant stays outside, where the solver sees it."""
    value = z3().simplify(value)
    parts = value.children() if z3().is_add(value) else [value]
    constant = next((part.as_fraction() for part in parts if z3().is_rational_value(part)), Fraction(0))
    whole = constant.numerator // constant.denominator
    return z3().ToReal(z3().ToInt(z3().simplify(value - whole))) + whole


def _is_condition(value: Any) -> bool:
    """Whether a number is 1 where something holds and 0 elsewhere."""
    solver = z3()
    if not solver.is_app_of(value, solver.Z3_OP_ITE):
        return False
    then, other = value.arg(1), value.arg(2)
    return bool(solver.is_rational_value(then) and solver.is_rational_value(other)) and (
        then.as_fraction() == 1 and other.as_fraction() == 0
    )


class Products(Reals):
    """With products as such, which the solver takes longer over."""

    plain = True


COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}
