"""Prints formulas as code on arrays: torch tensors in f32, NumPy arrays of whole numbers.

Each operator becomes one operation of the library, in the written order, so each rounds once as
the language says. Exact constants are folded by Python and rounded when they meet the array.
"""

from __future__ import annotations

from typing import ClassVar

from dynapspec.formula import tree as t
from dynapspec.formula.code import LEVEL, UNARY, Printer


class ArrayPrinter(Printer):
    """What torch and NumPy have in common; ``library`` is the name of the module in code."""

    library: ClassVar[str]
    reductions: ClassVar[bool] = False  # whether min(x) of one argument is a method of the array

    def logic(self, tree: t.Logic) -> tuple[str, int]:
        """Elementwise, so ``&`` and ``|``; comparisons bind looser and get parentheses."""
        op = "&" if tree.op == "and" else "|"
        return f" {op} ".join(self.at(item, LEVEL[op] + 1) for item in tree.items), LEVEL[op]

    def unary(self, tree: t.Unary) -> tuple[str, int]:
        """``~`` in place of ``not``."""
        if tree.op == "not":
            return f"~{self.at(tree.operand, UNARY)}", UNARY
        return super().unary(tree)

    def choice(self, tree: t.Choice) -> tuple[str, int]:
        """Elementwise."""
        parts = ", ".join(self.show(part) for part in (tree.when, tree.then, tree.otherwise))
        return f"{self.library}.where({parts})", UNARY + 1

    def call(self, tree: t.Call) -> str:
        """``min`` and ``max`` of one argument reduce it; of two they bound it."""
        if tree.function not in ("min", "max"):
            return super().call(tree)
        if len(tree.args) == 1:
            return f"{self.at(tree.args[0], UNARY + 1)}.{tree.function}()"
        others = [arg for arg in tree.args if not (isinstance(arg, t.Number) and arg.value == 0)]
        if tree.function == "max" and len(tree.args) == 2 and len(others) == 1:
            return self.positive(self.show(others[0]))
        return self.extreme(tree)

    def extreme(self, tree: t.Call) -> str:
        """``min`` or ``max`` of several operands, two at a time."""
        text = self.show(tree.args[0])
        for arg in tree.args[1:]:
            text = f"{self.functions[tree.function]}({text}, {self.show(arg)})"
        return text

    def positive(self, text: str) -> str:
        """``max(x, 0)``."""
        raise NotImplementedError


class TorchPrinter(ArrayPrinter):
    """f32 tensors."""

    library = "torch"
    functions: ClassVar[dict[str, str]] = {
        "abs": "torch.abs",
        "exp": "torch.exp",
        "trunc": "torch.trunc",
        "round_down": "torch.floor",
        "round_up": "torch.ceil",
        "round_half_even": "torch.round",
        "min": "minimum",
        "max": "maximum",
    }

    def call(self, tree: t.Call) -> str:
        """A truncated quotient is one operation, with the same rounding and far cheaper than two."""
        quotient = tree.args[0]
        if tree.function == "trunc" and isinstance(quotient, t.Binary) and quotient.op == "/":
            sides = f"{self.show(quotient.left)}, {self.show(quotient.right)}"
            return f'torch.div({sides}, rounding_mode="trunc")'
        return super().call(tree)

    def positive(self, text: str) -> str:
        """``relu`` has no gradient at 0, as users of the layer know it."""
        return f"torch.relu({text})"


class NumpyPrinter(ArrayPrinter):
    """Arrays of whole numbers."""

    library = "np"
    functions: ClassVar[dict[str, str]] = {
        "abs": "np.abs",
        "trunc": "np.trunc",
        "round_down": "np.floor",
        "round_up": "np.ceil",
        "min": "np.minimum",
        "max": "np.maximum",
    }

    def positive(self, text: str) -> str:
        """``max(x, 0)``."""
        return f"np.maximum({text}, 0)"
