"""Takes the hard part out of a question: products and quotients of dimensions become any numbers.

What holds for any numbers holds for these. Two formulas that differ only in the order of their
factors, or in what they do with one product, are proven equal in no time this way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dynapspec.prove.library import z3


def without_products(conditions: Sequence[Any]) -> list[Any] | None:
    """The conditions with a fresh number for each product and quotient; None when they have none."""
    found: dict[tuple[int, tuple[int, ...]], list[Any]] = {}
    seen: set[int] = set()
    waiting = list(conditions)
    while waiting:
        expr = waiting.pop()
        if expr.get_id() in seen:
            continue
        seen.add(expr.get_id())
        if _hard(expr):
            key = (expr.decl().kind(), _order(expr))
            found.setdefault(key, []).append(expr)
        else:
            waiting += expr.children()
    if not found:
        return None
    fresh = {key: z3().Int(f"any number {index}") for index, key in enumerate(sorted(found))}
    swaps = [(expr, fresh[key]) for key, same in found.items() for expr in same]
    return [z3().substitute(condition, *swaps) for condition in conditions]


def _hard(expr: Any) -> bool:
    """Whether an expression multiplies or divides by what is no constant."""
    kind, operands = expr.decl().kind(), expr.children()
    if kind == z3().Z3_OP_MUL:
        return sum(not z3().is_int_value(one) for one in operands) > 1
    return kind in (z3().Z3_OP_IDIV, z3().Z3_OP_MOD) and not z3().is_int_value(operands[1])


def _order(expr: Any) -> tuple[int, ...]:
    """Its operands; factors in one order, whichever way they were written."""
    ids = [one.get_id() for one in expr.children()]
    return tuple(sorted(ids) if expr.decl().kind() == z3().Z3_OP_MUL else ids)
