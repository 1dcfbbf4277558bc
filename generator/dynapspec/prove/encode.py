"""From the tree of a formula to an expression of the solver, and what its operators ask for.

Each operator that is not defined everywhere leaves an obligation: the condition under which it is
defined, on the path on which it is reached. Formulas in f32 are not encoded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any

from dynapspec.formula import tree as t
from dynapspec.formula.operators import MAX_BITS
from dynapspec.model import Limit
from dynapspec.model.layer_spec import Function
from dynapspec.prove import terms
from dynapspec.prove.library import z3
from dynapspec.prove.terms import Term

MAX_TABLE = 600  # powers of two that are written out


class Unsupported(Exception):
    """The solver is not given this formula, and why."""


@dataclass(frozen=True, slots=True)
class Obligation:
    """``met`` must hold wherever ``path`` does, or else ``text`` happens at ``node``."""

    path: Any
    met: Any
    text: str
    node: t.Tree


_ARITHMETIC: dict[str, Callable[[Term, Term], Term]] = {
    "+": terms.add,
    "-": terms.subtract,
    "*": terms.multiply,
    "//": terms.divide,
    "%": terms.remainder,
}
_ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


class Encoder:
    """Encodes formulas; ``lookup`` gives what a name stands for: a term, a truth value, or a limit."""

    def __init__(
        self,
        lookup: Callable[[str], Any],
        functions: Mapping[str, Function],
        code: Callable[[str], int],
    ) -> None:
        self.lookup, self.functions, self.code = lookup, functions, code
        self.obligations: list[Obligation] = []
        self._path: list[Any] = []
        self._caller: t.Tree | None = None  # the outermost call of a function of the spec

    def number(self, tree: t.Tree) -> Term:
        """A formula that is a number."""
        value = self.value(tree)
        if isinstance(value, Term):
            return value
        return terms.choice(value, terms.const(1), terms.const(0))

    def truth(self, tree: t.Tree) -> Any:
        """A formula that is true or false."""
        return _truth(self.value(tree))

    def value(self, tree: t.Tree) -> Any:
        """The term of a number or name, or the expression of a truth value."""
        match tree:
            case t.Number(value=bool() as known):
                return z3().BoolVal(known)
            case t.Number(value=value):
                return terms.const(_whole(value))
            case t.Text(value=text):
                return terms.const(self.code(text))
            case t.Name(id=name):
                return self.lookup(name)
            case t.Unary(op="not"):
                return z3().Not(self.truth(tree.operand))
            case t.Unary():
                return terms.negate(self.number(tree.operand))
            case t.Binary():
                return self._binary(tree)
            case t.Compare():
                return self._compare(tree)
            case t.Logic():
                return self._logic(tree)
            case t.Choice():
                return self._choice(tree)
            case t.Call():
                return self._call(tree)

    def _binary(self, tree: t.Binary) -> Term:
        left, right = self.number(tree.left), self.number(tree.right)
        if tree.op not in _ARITHMETIC:
            raise Unsupported("an exact quotient is no whole number")
        if tree.op in ("//", "%") and right.low <= 0 <= right.high:
            self._oblige(tree, right.expr != 0, "division by 0")
        return _ARITHMETIC[tree.op](left, right)

    def _compare(self, tree: t.Compare) -> Any:
        if tree.op == "in":
            limit = self.value(tree.right)
            if not isinstance(limit, Limit):
                raise Unsupported("what a value is compared with is not known here")
            return within(self.number(tree.left), limit, self.code)
        left, right = self.value(tree.left), self.value(tree.right)
        if isinstance(left, Term) or isinstance(right, Term):
            left, right = self.number(tree.left).expr, self.number(tree.right).expr
        return _ORDER[tree.op](left, right)

    def _logic(self, tree: t.Logic) -> Any:
        """Later items count only where the earlier ones leave the answer open."""
        items: list[Any] = []
        for item in tree.items:
            open_ = items if tree.op == "and" else [z3().Not(one) for one in items]
            with self._under(*open_):
                items.append(self.truth(item))
        return z3().And(*items) if tree.op == "and" else z3().Or(*items)

    def _choice(self, tree: t.Choice) -> Any:
        when = self.truth(tree.when)
        with self._under(when):
            then = self.value(tree.then)
        with self._under(z3().Not(when)):
            other = self.value(tree.otherwise)
        if isinstance(then, Term) and isinstance(other, Term):
            return terms.choice(when, then, other)
        return z3().If(when, _truth(then), _truth(other))

    def _call(self, tree: t.Call) -> Any:
        args = [self.number(arg) for arg in tree.args]
        if tree.function in self.functions:
            return self._defined(tree, self.functions[tree.function], args)
        match tree.function:
            case "words" | "trunc" | "round_down" | "round_up" | "round_half_even" | "round_half_up":
                return args[0]  # a whole number stays as it is
            case "abs":
                return terms.absolute(args[0])
            case "min" | "max":
                return reduce(terms.least if tree.function == "min" else terms.greatest, args)
            case "ceil_log2":
                if args[0].low < 1:
                    self._oblige(tree, args[0].expr >= 1, "ceil_log2 of a count below 1")
                return terms.ceil_log2(args[0])
            case "pow2":
                return self._pow2(tree, args[0])
        raise Unsupported(f"{tree.function} is a function of f32 formulas")

    def _pow2(self, tree: t.Call, bits: Term) -> Term:
        if bits.low < 0 or bits.high > MAX_BITS:
            met = z3().And(bits.expr >= 0, bits.expr <= MAX_BITS)
            self._oblige(tree, met, f"pow2 of less than 0 or more than {MAX_BITS} bits")
        if bits.high - max(bits.low, 0) > MAX_TABLE:
            raise Unsupported("a power of two of an unbounded number of bits")
        return terms.pow2(bits)

    def _defined(self, tree: t.Call, function: Function, args: list[Term]) -> Any:
        """A function of the spec: its formula over its arguments."""
        known = dict(zip(function.of, args, strict=True))
        outer, caller = self.lookup, self._caller
        self.lookup, self._caller = known.__getitem__, caller or tree
        try:
            return self.value(function.is_.tree)
        finally:
            self.lookup, self._caller = outer, caller

    @contextmanager
    def _under(self, *conditions: Any) -> Iterator[None]:
        self._path += conditions
        yield
        del self._path[len(self._path) - len(conditions) :]

    def _oblige(self, node: t.Tree, met: Any, text: str) -> None:
        self.obligations.append(Obligation(z3().And(*self._path), met, text, self._caller or node))


def _truth(value: Any) -> Any:
    return value.expr != 0 if isinstance(value, Term) else value


def _whole(value: int | Fraction) -> int:
    if isinstance(value, Fraction) and value.denominator != 1:
        raise Unsupported("a fraction is no whole number")
    return int(value)


def within(term: Term, limit: Limit, code: Callable[[str], int]) -> Any:
    """Whether a value lies within a limit."""
    if limit.one_of is not None:
        values = [code(value) if isinstance(value, str) else value for value in limit.one_of]
        return z3().Or(*[term.expr == value for value in values])
    ends = [term.expr >= limit.min] if limit.min is not None else []
    return z3().And(*ends, *([term.expr <= limit.max] if limit.max is not None else []))
