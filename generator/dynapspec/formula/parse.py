"""From text to tree. Python's own parser reads the syntax; a whitelist decides what is a formula."""

from __future__ import annotations

import ast
import re
import warnings
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
        message, hint = f"{len(text)} characters, a formula has at most {MAX_LENGTH}", "name a part of it"
        raise FormulaError("formula-length", message, 0, len(text), hint)
    strange = re.search(r"[^ -\"$-~]", text)  # '#' would begin a comment, and the rest of the formula be lost
    if strange:
        message = f"{strange[0]!r} has no meaning in a formula"
        raise FormulaError("formula-syntax", message, *strange.span(), "leave it out")
    try:
        return _convert(_parsed(text), 0)
    except SyntaxError as error:
        raise _syntax(text, error) from None
    except (ValueError, RecursionError, MemoryError):
        hint = "use fewer parentheses and shorter numbers"
        raise FormulaError("formula-syntax", "not a formula", 0, len(text), hint) from None


def _parsed(text: str) -> ast.expr:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Python would warn of is no formula, and is refused as that
        return ast.parse(text, mode="eval").body


def _syntax(text: str, error: SyntaxError) -> FormulaError:
    """What Python's parser stumbled over, in words that do not depend on its version."""
    if not text.strip():
        return FormulaError("formula-syntax", "an empty formula", 0, 1, "write the formula")
    assigned = re.search(r"(?<![=<>!:])=(?!=)", text)
    if assigned:
        return FormulaError("formula-syntax", "not a formula", *assigned.span(), "compare with ==")
    at = max(0, min((error.offset or len(text)) - 1, len(text) - 1))
    hint = "a formula is written as in Python: names, numbers, operators, and balanced parentheses"
    return FormulaError("formula-syntax", "not a formula from here on", at, len(text), hint)


def _convert(node: ast.expr, depth: int) -> t.Tree:
    start, stop = node.col_offset, node.end_col_offset or node.col_offset + 1
    if depth > MAX_DEPTH:
        message = f"nested deeper than {MAX_DEPTH} levels"
        raise FormulaError("formula-depth", message, start, stop, "name a part of it")
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
    raise _misplaced(getattr(node, "op", node), start, stop)


_STRANGERS: dict[type[ast.AST], tuple[str, str]] = {  # what Python has and a formula has not
    ast.Pow: ("a power", "use pow2(n) for a power of two"),
    ast.LShift: ("a shift", "use * pow2(n)"),
    ast.RShift: ("a shift", "use // pow2(n)"),
    ast.BitAnd: ("&", "use and"),
    ast.BitOr: ("|", "use or"),
    ast.BitXor: ("^", "use pow2(n) for a power of two"),
    ast.Invert: ("~", "use not"),
    ast.UAdd: ("a plus sign before a value", "leave it out"),
    ast.NotIn: ("not in", "write `not (a in b)`"),
    ast.Is: ("is", "compare with =="),
    ast.IsNot: ("is not", "compare with !="),
    ast.Attribute: ("a field of a field", "a name has at most one dot, as chip.stride"),
    ast.Tuple: ("a comma", "write one formula"),
    ast.List: ("a list", "list the values in a limit of the chip: `one_of`"),
    ast.Set: ("a set", "list the values in a limit of the chip: `one_of`"),
    ast.Subscript: ("an index", "every value has a name of its own"),
    ast.Lambda: ("a lambda", "write the formula itself"),
    ast.JoinedStr: ("an f-string", "write the formula itself"),
    ast.NamedExpr: ("an assignment", "give a value a name in the spec"),
    ast.ListComp: ("a comprehension", "a formula is about single values"),
    ast.Call: ("a call of this form", "call a function by its name, without keywords"),
}


def _misplaced(part: ast.AST, start: int, stop: int) -> FormulaError:
    kind = type(part)
    what, hint = _STRANGERS.get(kind, (f"this ({kind.__name__})", "use names, numbers, operators and calls"))
    return FormulaError("formula-syntax", f"{what} has no place in a formula", start, stop, hint)


def _constant(node: ast.Constant, start: int, stop: int) -> t.Tree:
    value = node.value
    if isinstance(value, str):
        return t.Text(start, stop, value)
    if isinstance(value, bool | int):
        return t.Number(start, stop, value)
    if isinstance(value, float) and value == value and abs(value) != float("inf"):
        return t.Number(start, stop, Fraction(repr(value)))
    hint = "a formula has whole numbers, decimal numbers, True, False and quoted names"
    raise FormulaError("formula-syntax", f"{value!r} has no place in a formula", start, stop, hint)


def _comparison(node: ast.Compare, depth: int, start: int, stop: int) -> t.Tree:
    """``a < b < c`` becomes ``a < b and b < c``."""
    operands = [_convert(item, depth + 1) for item in (node.left, *node.comparators)]
    parts: list[t.Tree] = []
    for op, left, right in zip(node.ops, operands, operands[1:], strict=False):
        if type(op) not in _COMPARE:
            raise _misplaced(op, start, stop)
        parts.append(t.Compare(left.start, right.stop, _COMPARE[type(op)], left, right))
    return parts[0] if len(parts) == 1 else t.Logic(start, stop, "and", tuple(parts))
