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
    assigned = _match([set(cores) for cores in candidates])
    if assigned is None:
        raise _explain([set(cores) for cores in candidates])
    return Placement(_smallest([set(cores) for cores in candidates], assigned))


def _match(candidates: list[set[int]]) -> list[int] | None:
    """Some assignment of distinct cores, or None."""
    holder: dict[int, int] = {}
    for layer in range(len(candidates)):
        if not _augment(layer, candidates, holder, set()):
            return None
    assigned = [-1] * len(candidates)
    for core, layer in holder.items():
        assigned[layer] = core
    return assigned


def _augment(layer: int, candidates: list[set[int]], holder: dict[int, int], seen: set[int]) -> bool:
    """Finds a core for the layer, moving layers that hold one where they have another."""
    for core in sorted(candidates[layer]):
        if core in seen:
            continue
        seen.add(core)
        if core not in holder or _augment(holder[core], candidates, holder, seen):
            holder[core] = layer
            return True
    return False


def _smallest(candidates: list[set[int]], assigned: list[int]) -> list[int]:
    """Lowers the core of each layer in turn as far as the later layers allow."""
    for layer in range(len(candidates)):
        fixed = set(assigned[:layer])
        for core in sorted(candidates[layer] - fixed):
            if core == assigned[layer]:
                break
            rest = [{core}, *(cores - fixed - {core} for cores in candidates[layer + 1 :])]
            found = _match(rest)
            if found is not None:
                assigned[layer:] = found
                break
    return assigned


def _explain(candidates: list[set[int]]) -> PlacementError:
    """A set of layers that cannot be placed, as small as leaving out one layer at a time makes it."""
    competing = list(range(len(candidates)))
    for layer in range(len(candidates) - 1, -1, -1):
        rest = [other for other in competing if other != layer]
        if _match([candidates[other] for other in rest]) is None:
            competing = rest
    return PlacementError(competing, sorted(set().union(*(candidates[layer] for layer in competing))))
