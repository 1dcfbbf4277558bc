"""Prints a formula as normalised text, with no more parentheses than its tree needs.

Parsing the text again gives an equal tree, places aside. So a right operand of its operator's own
strength keeps its parentheses: in f32 the order of two additions decides the result.
"""

from __future__ import annotations

from fractions import Fraction

from dynapspec.formula import tree as t

CHOICE, OR, AND, NOT, COMPARE, SUM, PRODUCT, MINUS, ATOM = range(9)  # strength of binding, weakest first
LEVEL = {"+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "//": PRODUCT, "%": PRODUCT}


def strength(tree: t.Tree) -> int:
    """How strongly the outermost operator of a formula binds in its text."""
    match tree:
        case t.Choice():
            return CHOICE
        case t.Logic(op=op):
            return AND if op == "and" else OR
        case t.Compare():
            return COMPARE
        case t.Binary(op=op):
            return LEVEL[op]
        case t.Unary(op=op):
            return NOT if op == "not" else MINUS
    return ATOM


def text(tree: t.Tree) -> str:
    """The formula as text that parses back to the same tree."""
    match tree:
        case t.Number(value=value):
            return number(value)
        case t.Text(value=value):
            return ascii(value)
        case t.Name(id=name):
            return name
        case t.Unary(op="not", operand=operand):
            return f"not {_within(operand, NOT)}"
        case t.Unary(operand=operand):
            return f"-{_within(operand, MINUS)}"
        case t.Binary(op=op, left=left, right=right):
            return f"{_within(left, LEVEL[op])} {op} {_within(right, LEVEL[op] + 1)}"
        case t.Compare(op=op, left=left, right=right):
            return f"{_within(left, SUM)} {op} {_within(right, SUM)}"
        case t.Logic(op=op, items=items):
            return f" {op} ".join(_within(item, strength(tree) + 1) for item in items)
        case t.Choice(when=when, then=then, otherwise=otherwise):
            return f"{_within(then, OR)} if {_within(when, OR)} else {text(otherwise)}"
        case t.Call(function=function, args=args):
            return f"{function}({', '.join(map(text, args))})"


def number(value: int | Fraction | bool) -> str:
    """A constant as it is written; a fraction always comes from a decimal."""
    return repr(float(value)) if isinstance(value, Fraction) else str(value)


def _within(tree: t.Tree, least: int) -> str:
    """An operand, in parentheses when it binds more weakly than its place asks for."""
    return text(tree) if strength(tree) >= least else f"({text(tree)})"
