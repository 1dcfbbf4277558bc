"""Gives each layer a core of its own: an augmenting path for each layer, then the smallest result.

Nothing here knows a chip: a layer is the list of the cores that it fits, in order of preference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Placement", "PlacementError", "place"]


@dataclass(frozen=True)
class Placement:
    """A core for each layer, in the order of the layers."""

    cores: list[int]


class PlacementError(ValueError):
    """No core can be found for every layer.

    Attributes:
        competing: indices of layers that compete for too few cores; without any one of them the
            others could be placed.
        cores: the cores that these layers fit, fewer than there are layers.
    """

    def __init__(self, competing: list[int], cores: list[int]) -> None:
        self.competing = competing
        self.cores = cores
        if cores:
            layers = ", ".join(map(str, competing))
            have = f"cores {', '.join(map(str, cores))}" if len(cores) > 1 else f"core {cores[0]}"
            text = f"layers {layers} compete for {have}: {len(competing)} layers, {len(cores)} of them"
        else:
            text = f"layer {competing[0]} fits no core"
        super().__init__(text)


def place(candidates: Sequence[Sequence[int]]) -> Placement:
    """The lexicographically smallest assignment of distinct cores.

    Args:
        candidates: for each layer, the cores that it fits.

    Raises:
        PlacementError: there is none; the error names the layers that compete.
    """
    cores = sorted({core for fitting in candidates for core in fitting})
    bits = {core: 1 << place for place, core in enumerate(cores)}
    fits = [sum({bits[core] for core in fitting}) for fitting in candidates]
    holder = _match(fits, len(cores))
    if holder is None:
        raise _explain(fits, cores)
    return Placement([cores[place] for place in _smallest(fits, holder)])


def _match(fits: Sequence[int], count: int) -> list[int] | None:
    """The layer that holds each core in some assignment, -1 for none; cores are bits here."""
    holder = [-1] * count
    for layer in range(len(fits)):
        if not _give(layer, fits, holder, [0]):
            return None
    return holder


def _give(layer: int, fits: Sequence[int], holder: list[int], seen: list[int]) -> bool:
    """Finds a core for the layer, moving layers that hold one if they have another; ``seen`` bars cores."""
    left = fits[layer] & ~seen[0]
    while left:
        place = (left & -left).bit_length() - 1
        seen[0] |= 1 << place
        if holder[place] < 0 or _give(holder[place], fits, holder, seen):
            holder[place] = layer
            return True
        left &= ~seen[0]
    return False


def _smallest(fits: Sequence[int], holder: list[int]) -> list[int]:
    """The core of each layer, lowered in turn as far as the later layers allow."""
    assigned, fixed = [], 0
    for layer in range(len(fits)):
        own = holder.index(layer)
        lower = fits[layer] & ~fixed & ((1 << own) - 1)
        while lower:
            place = (lower & -lower).bit_length() - 1
            if _move(layer, own, place, fits, holder, fixed):
                own = place
                break
            lower &= lower - 1
        assigned.append(own)
        fixed |= 1 << own
    return assigned


def _move(layer: int, own: int, place: int, fits: Sequence[int], holder: list[int], fixed: int) -> bool:
    """Gives the layer another core than its own, where whoever holds that one can go elsewhere."""
    other = holder[place]
    holder[own], holder[place] = -1, layer
    if other < 0 or _give(other, fits, holder, [fixed | 1 << place]):
        return True
    holder[own], holder[place] = layer, other
    return False


def _explain(fits: Sequence[int], cores: Sequence[int]) -> PlacementError:
    """A set of layers that cannot be placed, as small as leaving out one layer at a time makes it."""
    competing = list(range(len(fits)))
    for layer in range(len(fits) - 1, -1, -1):
        rest = [other for other in competing if other != layer]
        if _match([fits[other] for other in rest], len(cores)) is None:
            competing = rest
    union = 0
    for layer in competing:
        union |= fits[layer]
    return PlacementError(competing, [core for place, core in enumerate(cores) if union >> place & 1])
