"""Claims that the form of a formula shows: it rises with a dimension, or it is a multiple of another.

Sums, products of what is not negative, ceil_log2 and pow2 keep a direction, so a memory formula needs
no solver for that. What the form does not show may still be true.
"""

from __future__ import annotations

from dynapspec.formula import Tree
from dynapspec.formula import tree as t
from dynapspec.prove.ranges import ROUNDING, Ranges
from dynapspec.prove.reach import Reach

UP, STILL, DOWN = 1, 0, -1


class Structure:
    """Looks at the formulas of a layer spec, through the values that they name."""

    def __init__(self, reach: Reach) -> None:
        self.reach, self.ranges = reach, Ranges(reach)

    def never_falls(self, tree: Tree, dim: str) -> bool:
        """Whether the form of a formula shows that it never falls when a dimension grows."""
        return self.direction(tree, dim) in (UP, STILL)

    def direction(self, tree: Tree, dim: str) -> int | None:
        """Where a formula goes when a dimension grows; None where its form does not tell."""
        match tree:
            case t.Name(id=name):
                if name in self.reach.derived:
                    return self.direction(self.reach.derived[name], dim)
                return UP if name == dim else STILL
            case t.Unary(op="-"):
                return _turned(self.direction(tree.operand, dim))
            case t.Binary():
                return self._binary(tree, dim)
            case t.Choice() if self.direction(tree.when, dim) == STILL:
                return _both(self.direction(tree.then, dim), self.direction(tree.otherwise, dim))
            case t.Call():
                return self._call(tree, dim)
        still = all(self.direction(child, dim) == STILL for child in t.children(tree))
        return STILL if still else None

    def _binary(self, tree: t.Binary, dim: str) -> int | None:
        a, b = self.direction(tree.left, dim), self.direction(tree.right, dim)
        if a == b == STILL:
            return STILL
        if tree.op == "+":
            return _both(a, b)
        if tree.op == "-":
            return _both(a, _turned(b))
        (low_a, _), (low_b, _) = self.ranges.of(tree.left), self.ranges.of(tree.right)
        if tree.op == "*":
            return self._product(a, b, low_a, low_b)
        if tree.op == "//" and low_b > 0 and (b == STILL or low_a >= 0):
            return _both(a, _turned(b))
        return None

    def _product(self, a: int | None, b: int | None, low_a: int, low_b: int) -> int | None:
        """A factor that stays and is not negative keeps the direction of the other."""
        if a == STILL and low_a >= 0:
            return b
        if b == STILL and low_b >= 0:
            return a
        return _both(a, b) if low_a >= 0 and low_b >= 0 else None

    def _call(self, tree: t.Call, dim: str) -> int | None:
        found = [self.direction(arg, dim) for arg in tree.args]
        if all(one == STILL for one in found):
            return STILL
        if tree.function in ("ceil_log2", "pow2", *ROUNDING):
            return found[0]
        if tree.function in ("min", "max"):
            result = found[0]
            for one in found[1:]:
                result = _both(result, one)
            return result
        return None

    def is_multiple(self, tree: Tree, by: Tree) -> bool:
        """Whether the form of a formula shows that it is a multiple of another."""
        if _same(tree, by):
            return True
        match tree:
            case t.Number(value=0):
                return True
            case t.Name(id=name) if name in self.reach.derived:
                return self.is_multiple(self.reach.derived[name], by)
            case t.Unary(op="-"):
                return self.is_multiple(tree.operand, by)
            case t.Binary(op="*"):
                return self.is_multiple(tree.left, by) or self.is_multiple(tree.right, by)
            case t.Binary(op="+" | "-"):
                return self.is_multiple(tree.left, by) and self.is_multiple(tree.right, by)
            case t.Choice():
                return self.is_multiple(tree.then, by) and self.is_multiple(tree.otherwise, by)
            case t.Call(function="words"):
                return self.is_multiple(tree.args[0], by)
        return False


def _same(one: Tree, other: Tree) -> bool:
    return isinstance(one, t.Name) and isinstance(other, t.Name) and one.id == other.id


def _turned(direction: int | None) -> int | None:
    return None if direction is None else -direction


def _both(one: int | None, other: int | None) -> int | None:
    """The direction of a sum."""
    if one is None or other is None:
        return None
    if STILL in (one, other):
        return one + other
    return one if one == other else None
