"""Prints formulas as code of Triton kernels: the bits of :mod:`dynapspec.formula.numba`, on a GPU.

A value is a block of f32 or a single f32; exact parts, which are made of constants and of parameters, are
single values in double precision and are rounded once where they meet an f32. A comparison of states differs
from neuron to neuron, so what is computed from it is f32 at once, as it is in plain torch. Division is
``tl.div_rn``, because ``/`` of two f32 is approximate on a GPU; ``-x`` is a product, because Triton's own is
``0 - x`` and loses the sign of a zero. Compile with ``enable_fp_fusion=False``: then nothing is fused.

``minimum``, ``maximum``, ``positive``, ``normal``, ``trunc`` and the roundings are functions that the emitted
module defines.
"""

from __future__ import annotations

from typing import ClassVar

from dynapspec.formula import tree as t
from dynapspec.formula.code import LEVEL, UNARY
from dynapspec.formula.f32 import f32
from dynapspec.formula.numba import Kind, NumbaPrinter, UnprintableError

ATOM = UNARY + 1
SMALLEST = 2.0**-126  # normal number of f32


class TritonPrinter(NumbaPrinter):
    """Code on blocks of neurons; ``kinds`` as in :class:`NumbaPrinter`."""

    functions: ClassVar[dict[str, str]] = {
        "abs": "tl.abs",
        "exp": "tl.exp",
        "trunc": "trunc",
        "round_down": "round_down",
        "round_up": "round_up",
        "round_half_even": "round_half_even",
        "round_half_up": "round_half_up",
        "min": "minimum",
        "max": "maximum",
    }

    def kind(self, tree: t.Tree) -> Kind:
        """As in scalar code; but what is computed from comparisons of states is f32."""
        found = super().kind(tree)
        mixed = found == "exact" and any(self.kinds[name] == "f32" for name in t.names_in(tree))
        return "f32" if mixed else found

    def truth(self, tree: t.Tree) -> str:
        """The formula as a truth value."""
        return (
            self.show(tree) if self.kind(tree) == "bool" else f"{self.at(tree, LEVEL['compare'] + 1)} != 0.0"
        )

    def single(self, tree: t.Tree, level: int) -> str:
        """The formula as an f32 operand: a constant rounded here, anything else rounded by the kernel."""
        if self.kind(tree) == "f32":
            return self.at(tree, level)
        if isinstance(tree, t.Number) and not isinstance(tree.value, bool):
            return literal(f32(tree.value), "tl.float32")
        return f"tl.cast({self.show(tree)}, tl.float32)"

    def exact(self, tree: t.Tree, level: int) -> str:
        """The formula as an operand in double precision."""
        return (
            f"tl.cast({self.show(tree)}, tl.float64)" if self.kind(tree) == "bool" else self.at(tree, level)
        )

    def number(self, value: object) -> str:
        """A constant among exact parts."""
        return repr(value) if isinstance(value, bool) else literal(float(value), "")  # type: ignore[arg-type]

    def unary(self, tree: t.Unary) -> tuple[str, int]:
        """``not`` looks at each neuron."""
        if tree.op == "not":
            return f"({self.truth(tree.operand)}) == 0", LEVEL["compare"]
        shown, level = self.single if self.kind(tree) == "f32" else self.exact, LEVEL["*"]
        return f"-1.0 * {shown(tree.operand, level + 1)}", level

    def binary(self, tree: t.Binary) -> tuple[str, int]:
        """Both operands as f32, or both in double precision; division rounds to nearest."""
        if tree.op in ("//", "%"):
            raise UnprintableError(tree.op)
        shown, level = self.single if self.kind(tree) == "f32" else self.exact, LEVEL[tree.op]
        if tree.op == "/" and self.kind(tree) == "f32":
            return f"tl.div_rn({shown(tree.left, 0)}, {shown(tree.right, 0)})", ATOM
        return f"{shown(tree.left, level)} {tree.op} {shown(tree.right, level + 1)}", level

    def logic(self, tree: t.Logic) -> tuple[str, int]:
        """For each neuron, so ``&`` and ``|``; comparisons bind looser and get parentheses."""
        op = "&" if tree.op == "and" else "|"
        return f" {op} ".join(f"({self.truth(item)})" for item in tree.items), LEVEL[op]

    def choice(self, tree: t.Choice) -> tuple[str, int]:
        """For each neuron."""
        if self.kind(tree) != "f32":
            raise UnprintableError("a choice between constants")
        parts = self.truth(tree.when), self.single(tree.then, 0), self.single(tree.otherwise, 0)
        return f"tl.where({', '.join(parts)})", ATOM


def literal(value: float, kind: str) -> str:
    """A constant as Triton reads it; it would take one beyond the normal numbers of f32 for a double."""
    text = repr(value)
    text = text if text[-1].isdigit() else f'float("{text}")'
    return f"tl.cast({text}, {kind})" if kind and 0 < abs(value) < SMALLEST else text
