"""Prints formulas as scalar code in whole numbers of one width, for kernels that are compiled.

A compiler takes the sum of two 16-bit words for a 64-bit one, and then finds no vector instruction for it. So
the result of every operator is cut back to the width of the words, ``kind``. That changes nothing while no
result leaves that width, which the emitted code proves before it chooses one (see ``SpanPrinter``). A formula
that divides has results between whole numbers: it is computed in the widest numbers and cut once, at its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import ClassVar

from dynapspec.formula import tree as t
from dynapspec.formula.arrays import ArrayPrinter
from dynapspec.formula.code import UNARY, Printer
from dynapspec.formula.python import PythonPrinter

KIND = "kind"
ATOM = UNARY + 1


class ScalarPrinter(Printer):
    """Whole-number code of a scalar function; ``names`` stand in for names of the formula."""

    def __init__(self, names: Mapping[str, str] | None = None) -> None:
        known = names or {}
        super().__init__(lambda name: known.get(name, name))
        self.known = known

    def value(self, tree: t.Tree) -> str:
        """The formula as a word of that width."""
        if not is_whole(tree, self.known):
            return f"{KIND}({PythonPrinter(self.rename).show(tree)})"
        text = self.show(tree)
        return text if text.startswith(f"{KIND}(") and _closes_last(text) else f"{KIND}({text})"

    def number(self, value: int | Fraction | bool) -> str:
        """A constant of that width."""
        return f"{KIND}({int(value)})"

    def unary(self, tree: t.Unary) -> tuple[str, int]:
        """The negative of a word is a word."""
        text, level = super().unary(tree)
        return (text, level) if tree.op == "not" else (f"{KIND}({text})", ATOM)

    def binary(self, tree: t.Binary) -> tuple[str, int]:
        """What an operator gives is a word."""
        return f"{KIND}({super().binary(tree)[0]})", ATOM

    def call(self, tree: t.Call) -> str:
        """What a function gives is a word."""
        if tree.function in ("trunc", "round_down", "round_up", "round_half_even"):
            return self.show(tree.args[0])  # of a whole number
        args = ", ".join(f"{KIND}({self.show(arg)})" for arg in tree.args)
        return f"{KIND}({tree.function}({args}))"


def is_whole(tree: t.Tree, names: Mapping[str, str]) -> bool:
    """Whether no part of a formula lies between whole numbers."""
    if isinstance(tree, t.Number) and not isinstance(tree.value, bool | int):
        return tree.value.denominator == 1
    if isinstance(tree, t.Name):
        return "." not in names.get(tree.id, "")
    divides = isinstance(tree, t.Binary) and tree.op == "/"
    return not divides and all(is_whole(part, names) for part in t.children(tree))


def _closes_last(text: str) -> bool:
    """Whether the first parenthesis of the text closes with its last character."""
    depth = 0
    for index, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0 and character == ")":
            return index == len(text) - 1
    return False


class SpanPrinter(ArrayPrinter):
    """Code on spans: from the lowest and highest value of each name to those of the formula."""

    library = "spans"
    functions: ClassVar[dict[str, str]] = {
        "abs": "abs",
        "trunc": "spans.trunc",
        "round_down": "spans.trunc",
        "round_up": "spans.trunc",
        "min": "spans.minimum",
        "max": "spans.maximum",
    }

    def positive(self, text: str) -> str:
        """``max(x, 0)``."""
        return f"spans.maximum({text}, 0)"
