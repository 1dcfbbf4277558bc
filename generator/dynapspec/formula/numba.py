"""Prints formulas as scalar code for Numba: f32 with one rounding per operator, as the language says.

For every emitter that compiles formulas into loops: a printed formula is the body of a scalar function that
Numba inlines. Numba would compute an f32 and a constant in double precision, so every operand of an f32
operator is printed as an f32: a constant is rounded when it is printed, an exact part (one of constants and
of parameters alone) is computed in double precision and rounded once, a truth value becomes 0 or 1.
Comparisons of exact parts stay exact. Compile without ``fastmath``: then nothing is fused or reassociated.

``minimum``, ``maximum``, ``positive``, ``round_half_up`` and ``normal`` are functions that the emitted module
defines; everything else is NumPy's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal, TypeAlias

from dynapspec.formula import tree as t
from dynapspec.formula.code import LEVEL, UNARY, Printer
from dynapspec.formula.f32 import f32

Kind: TypeAlias = Literal["f32", "exact", "bool"]
ATOM = UNARY + 1


class UnprintableError(Exception):
    """A formula that has no scalar code of the same bits; it is computed elsewhere."""


class NumbaPrinter(Printer):
    """Scalar f32 code; ``kinds`` says of every name whether it is f32, exact or a truth value."""

    functions: ClassVar[dict[str, str]] = {
        "abs": "abs",
        "exp": "np.exp",
        "trunc": "np.trunc",
        "round_down": "np.floor",
        "round_up": "np.ceil",
        "round_half_even": "np.rint",
        "round_half_up": "round_half_up",
        "min": "minimum",
        "max": "maximum",
    }

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        super().__init__()
        self.kinds = kinds

    def value(self, tree: t.Tree) -> str:
        """The formula as an f32."""
        return self.single(tree, 0)

    def truth(self, tree: t.Tree) -> str:
        """The formula as a truth value."""
        return self.show(tree) if self.kind(tree) == "bool" else f"{self.at(tree, LEVEL['compare'] + 1)} != 0"

    def kind(self, tree: t.Tree) -> Kind:
        """What the code of a formula computes."""
        match tree:
            case t.Number():
                return "bool" if isinstance(tree.value, bool) else "exact"
            case t.Name():
                return self.kinds[tree.id]
            case t.Compare() | t.Logic() | t.Unary(op="not"):
                return "bool"
            case t.Text():
                raise UnprintableError("a quoted name is no number")
            case t.Call(function="exp" | "normal"):
                return "f32"
            case t.Choice():
                parts = [tree.then, tree.otherwise]
            case _:
                parts = list(t.children(tree))
        return "f32" if any(self.kind(part) == "f32" for part in parts) else "exact"

    def single(self, tree: t.Tree, level: int) -> str:
        """The formula as an f32 operand, in parentheses where it binds looser than ``level``."""
        if self.kind(tree) == "f32":
            return self.at(tree, level)
        if isinstance(tree, t.Number) and not isinstance(tree.value, bool):
            value = f32(tree.value)
            return f"np.float32({int(value) if value.is_integer() else value!r})"
        return f"np.float32({self.show(tree)})"

    def number(self, value: object) -> str:
        """A constant among exact parts, in double precision."""
        return repr(value) if isinstance(value, bool) else repr(float(value))  # type: ignore[arg-type]

    def binary(self, tree: t.Binary) -> tuple[str, int]:
        """Both operands as f32, unless both are exact."""
        if self.kind(tree) != "f32":
            return super().binary(tree)
        if tree.op in ("//", "%"):
            raise UnprintableError(f"{tree.op} of f32")
        level = LEVEL[tree.op]
        return f"{self.single(tree.left, level)} {tree.op} {self.single(tree.right, level + 1)}", level

    def compare(self, tree: t.Compare) -> tuple[str, int]:
        """As ``binary``."""
        if tree.op == "in":
            raise UnprintableError("membership")
        if "f32" not in (self.kind(tree.left), self.kind(tree.right)):
            return super().compare(tree)
        level = LEVEL["compare"]
        return f"{self.single(tree.left, level + 1)} {tree.op} {self.single(tree.right, level + 1)}", level

    def choice(self, tree: t.Choice) -> tuple[str, int]:
        """A conditional whose branches have one type."""
        inner, outer = LEVEL["choice"] + 1, LEVEL["choice"]
        if self.kind(tree) != "f32":
            return super().choice(tree)
        branches = self.single(tree.then, inner), self.single(tree.otherwise, outer)
        return f"{branches[0]} if {self.truth(tree.when)} else {branches[1]}", outer

    def call(self, tree: t.Call) -> str:
        """``normal`` takes its width and centre exactly; ``max(x, 0)`` is that of the plain version."""
        name = self.functions.get(tree.function)
        if tree.function == "normal":
            x, *rest = tree.args
            if any(self.kind(part) == "f32" for part in rest):
                raise UnprintableError("a normal distribution whose shape is no constant")
            return f"normal({self.value(x)}, {', '.join(map(self.show, rest))})"
        if name is None or (tree.function in ("min", "max") and len(tree.args) == 1):
            raise UnprintableError(tree.function)
        if self.kind(tree) != "f32":
            raise UnprintableError(f"{tree.function} of constants")
        if tree.function not in ("min", "max"):
            return f"{name}({self.value(tree.args[0])})"
        if (bounded := above_zero(tree)) is not None:
            return f"positive({self.value(bounded)})"
        text = self.value(tree.args[0])
        for arg in tree.args[1:]:
            text = f"{name}({text}, {self.value(arg)})"
        return text


def above_zero(tree: t.Call) -> t.Tree | None:
    """What ``max(x, 0)`` bounds; None for any other call."""
    others = [arg for arg in tree.args if not (isinstance(arg, t.Number) and arg.value == 0)]
    return others[0] if tree.function == "max" and len(tree.args) == 2 and len(others) == 1 else None
