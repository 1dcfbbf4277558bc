r"""Prints a formula as LaTeX in math mode, for a ``math`` block or ``$`...`$``.

The order of evaluation stays visible: a right operand of its operator's own strength keeps its
parentheses. A condition that counts as a number stands in brackets, ``[v > 0]``, which is 1 where it
holds and 0 elsewhere. Text from a spec is escaped, so it cannot leave math mode.
"""

from __future__ import annotations

from collections.abc import Callable

from dynapspec.formula import tree as t
from dynapspec.formula.text import ATOM, COMPARE, LEVEL, MINUS, NOT, OR, PRODUCT, SUM, number, strength

_SIGNS = {
    **{"+": "+", "-": "-", "*": r"\cdot", "%": r"\bmod"},
    **{"==": "=", "!=": r"\ne", "<": "<", "<=": r"\le", ">": ">", ">=": r"\ge", "in": r"\in"},
    **{"and": r"\land", "or": r"\lor"},
}
_GREEK = {"mu": r"\mu", "sigma": r"\sigma"}
_AXES = "xyhw"  # a second letter that stands for an axis is printed as an index
_ESCAPES = {
    **{char: "\\" + char for char in "{}$&#_%"},
    **{" ": "\\ ", "\\": r"\backslash{}", "^": r"\hat{}", "~": r"\tilde{}", "`": r"\grave{}"},
    **{"<": "{<}", ">": "{>}", "|": r"\vert{}"},
}
_TALL = (r"\frac", r"\begin", "^")  # what a bracket has to grow with


def latex(tree: t.Tree) -> str:
    """The formula as LaTeX, on one line."""
    match tree:
        case t.Number(value=value):
            return rf"\text{{{str(value).lower()}}}" if isinstance(value, bool) else number(value)
        case t.Text(value=value):
            return _upright(value)
        case t.Name(id=name):
            return symbol(name)
        case t.Unary(op="not", operand=operand):
            return rf"\lnot {_within(operand, NOT)}"
        case t.Unary(operand=operand):
            return f"-{_number(operand, PRODUCT)}"
        case t.Binary():
            return _binary(tree)
        case t.Compare(op=op, left=left, right=right):
            return f"{_within(left, SUM)} {_SIGNS[op]} {_within(right, SUM)}"
        case t.Logic(op=op, items=items):
            return f" {_SIGNS[op]} ".join(_within(item, strength(tree) + 1) for item in items)
        case t.Choice():
            return _cases(tree)
        case t.Call(function=function, args=args):
            return _CALLS[function](*args) if function in _CALLS else _call(function, args)


def latex_number(tree: t.Tree) -> str:
    """A formula where a number is expected: a condition counts as 1 or 0, and stands in brackets."""
    return _number(tree, SUM) if _is_condition(tree) else latex(tree)


def symbol(name: str) -> str:
    """A name: one letter stays, ``fy`` and ``c_in`` get an index, a word stands upright."""
    if len(name) == 2 and name[0].isalpha() and name[1] in _AXES:
        return f"{name[0]}_{name[1]}"
    if len(name) > 3 and name[1] == "_":
        return f"{name[0]}_{{{_upright(name[2:])}}}"
    if name in _GREEK or len(name) == 1:
        return _GREEK.get(name, name)
    return _upright(name)


def _upright(name: str) -> str:
    letters = (char if char.isprintable() else " " for char in name)
    return rf"\mathrm{{{''.join(_ESCAPES.get(char, char) for char in letters)}}}"


def _binary(tree: t.Binary) -> str:
    if tree.op == "/":
        return rf"\frac{{{_number(tree.left, SUM)}}}{{{_number(tree.right, SUM)}}}"
    if tree.op == "//":
        fraction = rf"\frac{{{_number(tree.left, SUM)}}}{{{_number(tree.right, SUM)}}}"
        return _fenced(r"\lfloor", fraction, r"\rfloor")
    level = LEVEL[tree.op]
    return f"{_number(tree.left, level)} {_SIGNS[tree.op]} {_number(tree.right, level + 1)}"


def _number(tree: t.Tree, least: int) -> str:
    """An operand of arithmetic; a condition becomes 1 or 0, a sign inside a formula gets parentheses."""
    if _is_condition(tree):
        return _fenced("[", latex(tree), "]")
    if strength(tree) == MINUS and least > SUM:
        return _parenthesised(tree)
    return _within(tree, least)


def _is_condition(tree: t.Tree) -> bool:
    return OR <= strength(tree) <= COMPARE


def _within(tree: t.Tree, least: int) -> str:
    return latex(tree) if _binding(tree) >= least else _parenthesised(tree)


def _binding(tree: t.Tree) -> int:
    """How strongly a formula binds in print: a fraction and a floor need no parentheses."""
    if isinstance(tree, t.Binary) and tree.op in ("/", "//"):
        return ATOM
    return strength(tree)


def _parenthesised(tree: t.Tree) -> str:
    return _fenced("(", latex(tree), ")")


def _fenced(left: str, body: str, right: str) -> str:
    """Brackets around a formula, as tall as it is."""
    if any(sign in body for sign in _TALL):
        return rf"\left{left} {body} \right{right}"
    return f"{left}{body}{right}" if len(left) == 1 else f"{left} {body} {right}"


def _cases(tree: t.Choice) -> str:
    rows = []
    rest: t.Tree = tree
    while isinstance(rest, t.Choice):
        rows.append(rf"{_within(rest.then, OR)} & \text{{if }} {_within(rest.when, OR)}")
        rest = rest.otherwise
    rows.append(rf"{latex(rest)} & \text{{otherwise}}")
    body = r" \\ ".join(rows)
    return rf"\begin{{cases}} {body} \end{{cases}}"


def _call(function: str, args: tuple[t.Tree, ...]) -> str:
    name = rf"\{function}" if function in ("min", "max") else _upright(function)
    return name + _fenced("(", ", ".join(map(latex, args)), ")")


def _between(left: str, right: str) -> Callable[[t.Tree], str]:
    return lambda x: _fenced(left, latex(x), right)


def _rounded(how: str) -> Callable[[t.Tree], str]:
    return lambda x: rf"\mathrm{{round}}_{{\text{{{how}}}}}" + _fenced("(", latex(x), ")")


def _ceil_log2(x: t.Tree) -> str:
    return _fenced(r"\lceil", rf"\log_2 {_number(x, MINUS)}", r"\rceil")


def _normal(x: t.Tree, mu: t.Tree, sigma: t.Tree) -> str:
    return r"\mathcal{N}" + _fenced("(", rf"{latex(x)};\ {latex(mu)}, {latex(sigma)}", ")")


_CALLS: dict[str, Callable[..., str]] = {
    "ceil_log2": _ceil_log2,
    "pow2": lambda x: f"2^{{{latex(x)}}}",
    "exp": lambda x: f"e^{{{latex(x)}}}",
    "abs": _between(r"\lvert", r"\rvert"),
    "round_down": _between(r"\lfloor", r"\rfloor"),
    "round_up": _between(r"\lceil", r"\rceil"),
    "round_half_even": _rounded("half even"),
    "round_half_up": _rounded("half up"),
    "normal": _normal,
}
