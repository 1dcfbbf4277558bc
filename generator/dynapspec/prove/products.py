"""Inequalities of products that their factors show: x <= pow2(ceil_log2(x)) < 2 * x for every count.

A solver is weak on products of many dimensions. Memories are such products, so what padding costs at
most, and that it never takes words away, is seen by matching factors.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from dynapspec.formula import Tree
from dynapspec.formula import tree as t
from dynapspec.formula.text import text
from dynapspec.prove.ranges import Ranges

Factors = Counter[str]


class Products:
    """Compares products over the values of a layer spec, wherever they are defined.

    ceil_log2(x) is defined where x is at least 1, so such an x needs no bounds of its own.
    """

    def __init__(self, ranges: Ranges) -> None:
        self.ranges, self.derived = ranges, ranges.reach.derived
        self._trees: dict[str, Tree] = {}

    def shows(self, tree: Tree) -> bool:
        """Whether a condition is true because of the factors on its two sides."""
        match tree:
            case t.Logic(op="and"):
                return all(self.shows(item) for item in tree.items)
            case t.Compare(op=">=" | ">" as op):
                return self._less(tree.right, tree.left, strict=op == ">")
            case t.Compare(op="<=" | "<" as op):
                return self._less(tree.left, tree.right, strict=op == "<")
            case t.Compare(op="=="):
                return self._factors(tree.left) == self._factors(tree.right)
        return False

    def _less(self, left: Tree, right: Tree, strict: bool) -> bool:
        a, b = self._factors(left), self._factors(right)
        inside = [self._inside(name) for name in (*a, *b)]
        counts = {name for factors in inside if factors.total() == 1 for name in factors}
        if not all(name in counts or self._positive(name) for name in (*a, *b)):
            return False
        common = a & b
        a, b = a - common, b - common
        self._cancel_below(a, b)
        below = self._cancel_above(a, b)
        return not a and (below or not strict)

    def _cancel_below(self, a: Factors, b: Factors) -> None:
        """Takes out x on the left where pow2(ceil_log2(x)) stands on the right."""
        for name in [*b.elements()]:
            inside = self._inside(name)
            if inside and inside <= a:
                a.subtract(inside)
                b.subtract([name])
        _tidy(a)
        _tidy(b)

    def _cancel_above(self, a: Factors, b: Factors) -> bool:
        """Takes out pow2(ceil_log2(x)) on the left where 2 * x stands on the right; whether there was one."""
        found = False
        for name in [*a.elements()]:
            inside = self._inside(name)
            if inside and inside + Counter(["2"]) <= b:
                a.subtract([name])
                b.subtract(inside + Counter(["2"]))
                found = True
        _tidy(a)
        _tidy(b)
        return found

    def _inside(self, name: str) -> Factors:
        """The factors of x where a factor is pow2(ceil_log2(x))."""
        match self._trees[name]:
            case t.Call(function="pow2", args=(t.Call(function="ceil_log2", args=(x,)),)):
                return self._factors(x)
        return Counter()

    def _positive(self, name: str) -> bool:
        return self.ranges.of(self._trees[name])[0] >= 1

    def _factors(self, tree: Tree) -> Factors:
        """The factors of a product, as text; powers of two apart from each other."""
        found: Factors = Counter()
        for factor in self._product(tree):
            name = text(factor)
            self._trees[name] = factor
            found[name] += 1
        return found

    def _product(self, tree: Tree) -> Iterator[Tree]:
        match tree:
            case t.Name(id=name) if name in self.derived and self._is_product(self.derived[name]):
                yield from self._product(self.derived[name])
            case t.Binary(op="*"):
                yield from self._product(tree.left)
                yield from self._product(tree.right)
            case t.Call(function="words"):
                yield from self._product(tree.args[0])
            case t.Call(function="pow2", args=(t.Binary(op="+", left=left, right=right),)) if (
                self.ranges.of(left)[0] >= 0 <= self.ranges.of(right)[0]
            ):
                yield from self._product(t.Call(0, 0, "pow2", (left,)))
                yield from self._product(t.Call(0, 0, "pow2", (right,)))
            case t.Number(value=int() as value) if value > 2 and value % 2 == 0:
                yield from self._product(t.Number(0, 0, 2))
                yield from self._product(t.Number(0, 0, value // 2))
            case t.Number(value=1):
                return
            case _:
                yield tree

    def _is_product(self, tree: Tree) -> bool:
        return isinstance(tree, t.Call) or (isinstance(tree, t.Binary) and tree.op == "*")


def _tidy(factors: Factors) -> None:
    """Leaves out what is used up."""
    for name in [name for name, count in factors.items() if count <= 0]:
        del factors[name]
