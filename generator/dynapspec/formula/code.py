"""Printing formulas as code: what the printers of all languages share.

A printer says how one language writes each operator and how tightly it binds; parentheses follow.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import ClassVar

from dynapspec.formula import tree as t

# How tightly the operators of Python's expression syntax bind, loosest first.
_ORDER = (
    ("choice",),
    ("or",),
    ("and",),
    ("not",),
    ("compare",),
    ("|",),
    ("&",),
    ("+", "-"),
    ("*", "/", "//", "%"),
)
LEVEL = {op: level for level, ops in enumerate(_ORDER) for op in ops}
UNARY = len(_ORDER)
ATOM = UNARY + 1


class Printer:
    """Prints formulas in Python's syntax; subclasses change what their language writes otherwise."""

    functions: ClassVar[dict[str, str]] = {}

    def __init__(self, rename: Callable[[str], str] = str) -> None:
        self.rename = rename

    def show(self, tree: t.Tree) -> str:
        """The formula as code."""
        return self.write(tree)[0]

    def at(self, tree: t.Tree, level: int) -> str:
        """The formula, in parentheses where it binds looser than its surroundings."""
        text, own = self.write(tree)
        return text if own >= level else f"({text})"

    def write(self, tree: t.Tree) -> tuple[str, int]:
        """The code and how tightly its outermost operator binds."""
        match tree:
            case t.Number():
                return self.number(tree.value), ATOM
            case t.Text():
                return repr(tree.value), ATOM
            case t.Name():
                return self.rename(tree.id), ATOM
            case t.Unary():
                return self.unary(tree)
            case t.Binary():
                return self.binary(tree)
            case t.Compare():
                return self.compare(tree)
            case t.Logic():
                return self.logic(tree)
            case t.Choice():
                return self.choice(tree)
            case t.Call():
                return self.call(tree), ATOM

    def number(self, value: int | Fraction | bool) -> str:
        """A constant."""
        return repr(float(value)) if isinstance(value, Fraction) else repr(value)

    def unary(self, tree: t.Unary) -> tuple[str, int]:
        """``-x`` or ``not x``."""
        if tree.op == "not":
            return f"not {self.at(tree.operand, LEVEL['not'])}", LEVEL["not"]
        return f"-{self.at(tree.operand, UNARY)}", UNARY

    def binary(self, tree: t.Binary) -> tuple[str, int]:
        """An arithmetic operator; the right operand of equal rank keeps its parentheses."""
        level = LEVEL[tree.op]
        return f"{self.at(tree.left, level)} {tree.op} {self.at(tree.right, level + 1)}", level

    def compare(self, tree: t.Compare) -> tuple[str, int]:
        """A comparison, or membership in a limit."""
        level = LEVEL["compare"]
        return f"{self.at(tree.left, level + 1)} {tree.op} {self.at(tree.right, level + 1)}", level

    def logic(self, tree: t.Logic) -> tuple[str, int]:
        """``and`` or ``or``."""
        level = LEVEL[tree.op]
        return f" {tree.op} ".join(self.at(item, level + 1) for item in tree.items), level

    def choice(self, tree: t.Choice) -> tuple[str, int]:
        """A conditional."""
        inner = LEVEL["choice"] + 1
        parts = self.at(tree.then, inner), self.at(tree.when, inner), self.at(tree.otherwise, LEVEL["choice"])
        return f"{parts[0]} if {parts[1]} else {parts[2]}", LEVEL["choice"]

    def call(self, tree: t.Call) -> str:
        """A function call."""
        name = self.functions.get(tree.function, tree.function)
        return f"{name}({', '.join(self.show(arg) for arg in tree.args)})"
