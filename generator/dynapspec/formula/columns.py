"""Prints whole-number formulas as code on NumPy arrays, one value for each of many layers.

``ceil_log2``, ``pow2`` and ``takes`` are functions of the module around it. Names such as 'zeros' are
numbers there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from fractions import Fraction

from dynapspec.formula import tree as t
from dynapspec.formula.arrays import NumpyPrinter
from dynapspec.formula.bounds import WHOLE
from dynapspec.formula.code import ATOM, UNARY


class ColumnsPrinter(NumpyPrinter):
    """Arrays of 64-bit integers and of truth values.

    Args:
        rename: what a name is in code.
        numbers: the numbers that stand for names such as 'zeros'.
        truths: the names that hold truth values, which count as 0 or 1 in arithmetic.
    """

    def __init__(
        self, rename: Callable[[str], str], numbers: Mapping[str, int], truths: Collection[str]
    ) -> None:
        super().__init__(rename)
        self.numbers, self.truths = numbers, truths

    def number(self, value: int | Fraction | bool) -> str:
        """A constant."""
        return f"np.bool_({value})" if isinstance(value, bool) else repr(value)

    def write(self, tree: t.Tree) -> tuple[str, int]:
        """A name for a unit, and the rounding of a whole number, leave nothing in code; texts are numbers."""
        if isinstance(tree, t.Call) and tree.function in WHOLE:
            return self.write(tree.args[0])
        if isinstance(tree, t.Text):
            return str(self.numbers.get(tree.value, -1)), ATOM
        return super().write(tree)

    def binary(self, tree: t.Binary) -> tuple[str, int]:
        """Truth values become numbers."""
        left, right = self._counted(tree.left), self._counted(tree.right)
        return super().binary(t.Binary(tree.start, tree.stop, tree.op, left, right))

    def unary(self, tree: t.Unary) -> tuple[str, int]:
        """As a function, so that a single truth value is one too."""
        if tree.op == "not":
            return f"np.logical_not({self.show(tree.operand)})", ATOM
        operand = self._counted(tree.operand)
        return f"-{self.at(operand, UNARY)}", UNARY

    def compare(self, tree: t.Compare) -> tuple[str, int]:
        """Membership is a call."""
        if tree.op == "in":
            return f"takes({self.show(tree.left)}, {self.show(tree.right)})", ATOM
        return super().compare(tree)

    def _counted(self, tree: t.Tree) -> t.Tree:
        truth = isinstance(tree, t.Compare | t.Logic) or (isinstance(tree, t.Unary) and tree.op == "not")
        if truth or (isinstance(tree, t.Name) and tree.id in self.truths):
            return t.Call(tree.start, tree.stop, "np.int64", (tree,))
        return tree
