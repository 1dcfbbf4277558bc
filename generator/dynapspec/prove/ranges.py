"""What a glance shows: between which bounds a formula lies, and which of its operators are safe there.

Bounds of single dimensions clear nearly every formula without the solver. What they do not clear may
still be safe: they see no connection between dimensions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from dynapspec.formula import Tree
from dynapspec.formula import tree as t
from dynapspec.formula.operators import MAX_BITS
from dynapspec.model import Limit
from dynapspec.prove.reach import Reach
from dynapspec.prove.space import WORD, domain_of

Range = tuple[int, int]
TRUTH = (0, 1)
ROUNDING = ("words", "trunc", "round_down", "round_up", "round_half_even", "round_half_up")
UNBOUNDED = (-(2**MAX_BITS), 2**MAX_BITS)


@dataclass(frozen=True, slots=True)
class Hazard:
    """An operator that may leave its domain: the node, and the operand that decides."""

    node: Tree
    operand: Tree
    what: str


class Ranges:
    """Bounds of formulas over the names of a layer spec; ``stated`` are tighter ones that rules give."""

    def __init__(self, reach: Reach, stated: Mapping[str, Range] | None = None) -> None:
        self.reach, self.stated = reach, dict(stated or {})
        self._known: dict[str, Range] = {}

    def hazards(self, tree: Tree) -> list[Hazard]:
        """The operators of a formula that its bounds do not clear; those of values that it names aside."""
        found: list[Hazard] = []
        self._of(tree, {}, found)
        return found

    def of(self, tree: Tree) -> Range:
        """The bounds of a formula."""
        return self._of(tree, {}, [])

    def of_name(self, name: str) -> Range:
        """The bounds of a value of the spec."""
        if name not in self._known:
            self._known[name] = _cut(self._name(name), self.stated.get(name))
        return self._known[name]

    def _name(self, name: str) -> Range:
        reach = self.reach
        if name in reach.derived:
            return self.of(reach.derived[name])
        if name in reach.dims:
            dim = reach.dims[name]
            return TRUTH if dim.kind == "bool" else domain_of(dim, lambda text: 0)
        if name in reach.cores:
            return min(reach.cores[name]), max(reach.cores[name])
        value = reach.constants.get(name)
        return (value, value) if isinstance(value, int) else UNBOUNDED

    def _of(self, tree: Tree, local: Mapping[str, Range], found: list[Hazard]) -> Range:
        match tree:
            case t.Number(value=value):
                return int(value), int(value)
            case t.Name(id=name):
                return local[name] if name in local else self.of_name(name)
            case t.Unary(op="-"):
                low, high = self._of(tree.operand, local, found)
                return -high, -low
            case t.Binary():
                return self._binary(tree, local, found)
            case t.Choice():
                self._of(tree.when, local, found)
                one, other = (self._of(x, local, found) for x in (tree.then, tree.otherwise))
                return min(one[0], other[0]), max(one[1], other[1])
            case t.Call():
                return self._call(tree, [self._of(arg, local, found) for arg in tree.args], found)
            case t.Compare(op="in"):
                self._of(tree.left, local, found)
            case _:
                for child in t.children(tree):
                    self._of(child, local, found)
        return TRUTH

    def _binary(self, tree: t.Binary, local: Mapping[str, Range], found: list[Hazard]) -> Range:
        a, b = self._of(tree.left, local, found), self._of(tree.right, local, found)
        if tree.op == "+":
            return a[0] + b[0], a[1] + b[1]
        if tree.op == "-":
            return a[0] - b[1], a[1] - b[0]
        if tree.op == "*":
            corners = [x * y for x, y in product(a, b)]
            return min(corners), max(corners)
        if b[0] <= 0 <= b[1]:
            found.append(Hazard(tree, tree.right, "division by"))
        reach = max(abs(a[0]), abs(a[1]))
        if tree.op == "%":
            return (b[0] if b[0] < 0 else 0), (b[1] if b[1] > 0 else 0)
        if b[0] <= 0 <= b[1]:
            return -reach, reach
        corners = [x // y for x, y in product(a, b)]
        return min(corners), max(corners)

    def _call(self, tree: t.Call, args: list[Range], found: list[Hazard]) -> Range:
        functions = self.reach.spec.functions
        if tree.function in functions:
            function = functions[tree.function]
            inside: list[Hazard] = []
            known = dict(zip(function.of, args, strict=True))
            bounds = self._of(function.is_.tree, known, inside)
            if inside:
                found.append(Hazard(tree, tree, "a value for"))
            return bounds
        low, high = args[0]
        match tree.function:
            case "abs":
                return (0 if low <= 0 <= high else min(abs(low), abs(high))), max(abs(low), abs(high))
            case "min":
                return min(low for low, _ in args), min(high for _, high in args)
            case "max":
                return max(low for low, _ in args), max(high for _, high in args)
            case "ceil_log2":
                if low < 1:
                    found.append(Hazard(tree, tree.args[0], "ceil_log2 of"))
                return max(low - 1, 0).bit_length(), max(high - 1, 0).bit_length()
            case "pow2":
                if low < 0 or high > MAX_BITS:
                    found.append(Hazard(tree, tree.args[0], "pow2 of"))
                return 2 ** min(max(low, 0), MAX_BITS), 2 ** min(max(high, 0), MAX_BITS)
        return args[0] if tree.function in ROUNDING else UNBOUNDED


def stated_by(reach: Reach, rules: list[str]) -> dict[str, Range]:
    """Bounds that rules give at a glance: a value lies in a limit, or is at most a number."""
    found: dict[str, Range] = {}
    plain = Ranges(reach)
    for rule in rules:
        for part in _conjuncts(reach.spec.rules[rule].must.tree):
            match part:
                case t.Compare(op="in", left=t.Name(id=name), right=t.Name(id=limit)):
                    found[name] = _cut(_ends(reach.constants.get(limit)), found.get(name))
                case t.Compare(op="<=" | "<" as op, left=t.Name(id=name), right=right):
                    most = plain.of(right)[1] - (op == "<")
                    found[name] = _cut((UNBOUNDED[0], most), found.get(name))
                case t.Compare(op=">=" | ">" as op, left=t.Name(id=name), right=right):
                    least = plain.of(right)[0] + (op == ">")
                    found[name] = _cut((least, UNBOUNDED[1]), found.get(name))
    return found


def _conjuncts(tree: Tree) -> list[Tree]:
    if isinstance(tree, t.Logic) and tree.op == "and":
        return [part for item in tree.items for part in _conjuncts(item)]
    return [tree]


def _ends(limit: Any) -> Range:
    if not isinstance(limit, Limit):
        return UNBOUNDED
    if limit.one_of is not None:
        numbers = [value for value in limit.one_of if isinstance(value, int)]
        return (min(numbers), max(numbers)) if numbers else UNBOUNDED
    return (-WORD if limit.min is None else limit.min), (WORD if limit.max is None else limit.max)


def _cut(one: Range, other: Range | None) -> Range:
    """What lies in both; the first where nothing does, so that no range is ever empty."""
    if other is None:
        return one
    low, high = max(one[0], other[0]), min(one[1], other[1])
    return (low, high) if low <= high else one
