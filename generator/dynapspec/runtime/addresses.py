"""Addresses of the words of a core: the indices of a word as packed bit fields, and back.

Nothing here knows a chip. An address has parts, from the highest bits down; a part has the sizes that
its indices count, by name, and those of one part are counted through together. Every part takes whole
bits; the first one lies on top and needs no end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import TypeAlias

__all__ = ["decode", "encode", "space"]

Parts: TypeAlias = Sequence[Sequence[str]]
Sizes: TypeAlias = Mapping[str, int]


def encode(parts: Parts, sizes: Sizes, indices: Mapping[str, int]) -> int:
    """The address of a word.

    Args:
        parts: an entry of the addresses of a chip's configuration.
        sizes: the dimensions and shapes of the layer, by name.
        indices: the indices of the word from 0, each by the name of the size that it counts.

    Raises:
        ValueError: an index is missing, unknown, or not below its size.
    """
    names = [name for part in parts for name in part]
    if indices.keys() != set(names):
        raise ValueError(f"indices {', '.join(names)} are expected, not {', '.join(indices) or 'none'}")
    for name in names:
        if not 0 <= indices[name] < sizes[name]:
            raise ValueError(f"index {indices[name]} of {name} is outside 0 to {sizes[name] - 1}")
    address = 0
    for part in parts:
        place = 0
        for name in part:
            place = place * sizes[name] + indices[name]
        address = address << _bits(part, sizes) | place
    return address


def decode(parts: Parts, sizes: Sizes, address: int) -> dict[str, int] | None:
    """The indices of the word at an address; None where the layout has a hole, and outside of it."""
    found: dict[str, int] = {}
    first, *lower = parts
    rest = address
    for part in reversed(lower):
        bits = _bits(part, sizes)
        if not _spread(part, sizes, rest & ((1 << bits) - 1), found):
            return None
        rest >>= bits
    if address < 0 or not _spread(first, sizes, rest, found):
        return None
    return {name: found[name] for part in parts for name in part}


def space(parts: Parts, sizes: Sizes) -> int:
    """How many addresses the words take, holes included."""
    first, *lower = parts
    return prod(sizes[name] for name in first) << sum(_bits(part, sizes) for part in lower)


def _bits(part: Sequence[str], sizes: Sizes) -> int:
    """Bits of one part."""
    return (prod(sizes[name] for name in part) - 1).bit_length()


def _spread(part: Sequence[str], sizes: Sizes, place: int, found: dict[str, int]) -> bool:
    """Takes a part apart into its indices; whether it stands for any."""
    for name in reversed(part):
        place, found[name] = divmod(place, sizes[name])
    return place == 0
