"""Prints formulas as Python on whole numbers."""

from __future__ import annotations

from typing import ClassVar

from dynapspec.formula import tree as t
from dynapspec.formula.code import Printer


class PythonPrinter(Printer):
    """Exact Python; ``ceil_log2`` and ``pow2`` are functions of the generated package."""

    functions: ClassVar[dict[str, str]] = {
        "trunc": "math.trunc",
        "round_down": "math.floor",
        "round_up": "math.ceil",
    }

    def call(self, tree: t.Call) -> str:
        """``words(n)`` only names a unit, so nothing of it is left in code."""
        return self.show(tree.args[0]) if tree.function == "words" else super().call(tree)

    def write(self, tree: t.Tree) -> tuple[str, int]:
        """As the base class; a name for a unit takes the rank of what it names."""
        if isinstance(tree, t.Call) and tree.function == "words":
            return self.write(tree.args[0])
        return super().write(tree)
