"""How a memory formula packs the indices of a word into its address.

A formula such as ``f * pow2(ceil_log2(fy) + ceil_log2(fx))`` is an address space: the factor in front
is the index on top, which needs no whole bits, and each ``ceil_log2`` is the bits of an index below
it, from the highest down. Indices whose product is taken are counted through together.
"""

from __future__ import annotations

from collections.abc import Iterator

from dynapspec.formula import tree as t

Parts = tuple[tuple[str, ...], ...]


def packing(tree: t.Tree) -> Parts | None:
    """The sizes of the indices of each part, highest bits first; None for a formula of another form."""
    top: list[str] = []
    below: list[tuple[str, ...]] = []
    for factor in _flat(tree, "*"):
        if isinstance(factor, t.Name):
            top.append(factor.id)
            continue
        if not (isinstance(factor, t.Call) and factor.function == "pow2" and not below):
            return None
        for bits in _flat(factor.args[0], "+"):
            names = _counted(bits)
            if names is None:
                return None
            below.append(names)
    parts = (tuple(top), *below) if top else tuple(below)
    indices = [name for part in parts for name in part]
    return parts if parts and len(set(indices)) == len(indices) else None


def _counted(bits: t.Tree) -> tuple[str, ...] | None:
    """The sizes in ``ceil_log2(a*b)``."""
    if not (isinstance(bits, t.Call) and bits.function == "ceil_log2"):
        return None
    names = list(_flat(bits.args[0], "*"))
    found = tuple(name.id for name in names if isinstance(name, t.Name))
    return found if len(found) == len(names) else None


def _flat(tree: t.Tree, op: str) -> Iterator[t.Tree]:
    """The operands of a chain of one operator, in written order."""
    if isinstance(tree, t.Binary) and tree.op == op:
        yield from _flat(tree.left, op)
        yield from _flat(tree.right, op)
    else:
        yield tree
