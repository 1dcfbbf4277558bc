"""From text to tree. Python's own parser reads the syntax; a whitelist decides what is a formula."""

from __future__ import annotations

import ast
from fractions import Fraction

from dynapspec.formula import tree as t

MAX_LENGTH = 1000  # a formula is read by people
MAX_DEPTH = 50


class FormulaError(Exception):
    """What is wrong with a formula, and between which offsets of its text."""

    def __init__(self, code: str, message: str, start: int, stop: int, hint: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.start, self.stop, self.hint = code, message, start, stop, hint


_BINARY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%"}
_COMPARE = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
}


def parse(text: str) -> t.Tree:
    """The tree of a formula.

    Raises:
        FormulaError: the text is no formula; the error tells where.
    """
    if len(text) > MAX_LENGTH:
        raise FormulaError(
            "formula-length", f"{len(text)} characters, a formula has at most {MAX_LENGTH}", 0, 1
        )
    if not text.isascii():
        at = next(i for i, char in enumerate(text) if not char.isascii())
        raise FormulaError("formula-syntax", f"{text[at]!r} has no meaning in a formula", at, at + 1)
    try:
        body = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        at = max(0, min((error.offset or len(text)) - 1, len(text) - 1))
        raise FormulaError("formula-syntax", f"not a formula: {error.msg}", at, at + 1) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise FormulaError("formula-syntax", f"not a formula: {error}", 0, 1) from None
    return _convert(body, 0)


def _convert(node: ast.expr, depth: int) -> t.Tree:
    start, stop = node.col_offset, node.end_col_offset or node.col_offset + 1
    if depth > MAX_DEPTH:
        raise FormulaError("formula-depth", f"nested deeper than {MAX_DEPTH} levels", start, stop)
    match node:
        case ast.Constant():
            return _constant(node, start, stop)
        case ast.Name():
            return t.Name(start, stop, node.id)
        case ast.Attribute(value=ast.Name(id=owner)):
            return t.Name(start, stop, f"{owner}.{node.attr}")
        case ast.UnaryOp(op=ast.USub()):
            return t.Unary(start, stop, "-", _convert(node.operand, depth + 1))
        case ast.UnaryOp(op=ast.Not()):
            return t.Unary(start, stop, "not", _convert(node.operand, depth + 1))
        case ast.BinOp() if type(node.op) in _BINARY:
            left, right = _convert(node.left, depth + 1), _convert(node.right, depth + 1)
            return t.Binary(start, stop, _BINARY[type(node.op)], left, right)
        case ast.BoolOp():
            items = tuple(_convert(value, depth + 1) for value in node.values)
            return t.Logic(start, stop, "and" if isinstance(node.op, ast.And) else "or", items)
        case ast.Compare():
            return _comparison(node, depth, start, stop)
        case ast.IfExp():
            parts = [_convert(part, depth + 1) for part in (node.test, node.body, node.orelse)]
            return t.Choice(start, stop, *parts)
        case ast.Call(func=ast.Name(id=function), keywords=[]):
            return t.Call(start, stop, function, tuple(_convert(arg, depth + 1) for arg in node.args))
    hint = "use pow2(n) for a power of two" if isinstance(getattr(node, "op", None), ast.Pow) else ""
    raise FormulaError("formula-syntax", f"{_describe(node)} has no place in a formula", start, stop, hint)


def _describe(node: ast.expr) -> str:
    kind = getattr(node, "op", node)
    return f"a {type(kind).__name__.lower()}"


def _constant(node: ast.Constant, start: int, stop: int) -> t.Tree:
    value = node.value
    if isinstance(value, str):
        return t.Text(start, stop, value)
    if isinstance(value, bool | int):
        return t.Number(start, stop, value)
    if isinstance(value, float) and value == value and abs(value) != float("inf"):
        return t.Number(start, stop, Fraction(repr(value)))
    raise FormulaError("formula-syntax", f"{value!r} has no place in a formula", start, stop)


def _comparison(node: ast.Compare, depth: int, start: int, stop: int) -> t.Tree:
    """``a < b < c`` becomes ``a < b and b < c``."""
    operands = [_convert(item, depth + 1) for item in (node.left, *node.comparators)]
    parts: list[t.Tree] = []
    for op, left, right in zip(node.ops, operands, operands[1:], strict=False):
        if type(op) not in _COMPARE:
            raise FormulaError("formula-syntax", f"{_describe(node)} of this kind is not known", start, stop)
        parts.append(t.Compare(left.start, right.stop, _COMPARE[type(op)], left, right))
    return parts[0] if len(parts) == 1 else t.Logic(start, stop, "and", tuple(parts))
