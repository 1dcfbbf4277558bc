"""Chooses among the placements of layers, and finds the fewest layers that have none.

Nothing here knows a chip: a layer is the cores that it fits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from dynapspec.runtime.placement import PlacementError, place

SETS = 12  # different sets of cores whose unions are tried; a chip of nine cores has five


@dataclass(frozen=True, slots=True)
class Competition:
    """Layers that together fit fewer cores than they are."""

    layers: tuple[int, ...]
    cores: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A placement. ``elsewhere`` has the layers that are not on a core that suits them.

    ``proof``: with one layer more on such cores, these layers would be left with too few.
    """

    cores: tuple[int, ...]
    elsewhere: tuple[int, ...] = ()
    proof: Competition | None = None


def smallest_competition(candidates: Sequence[Sequence[int]]) -> Competition:
    """The fewest layers that no placement has room for; there must be some (Hall's condition).

    A smallest such set fits exactly one core less than it has layers, and those cores are a union of
    what single layers fit. With very many different sets of cores, a set is given of which no layer
    can be left out.
    """
    sets = [frozenset(cores) for cores in candidates]
    best: Competition | None = None
    for cores in _unions(sorted(set(sets), key=sorted)):
        inside = [layer for layer, one in enumerate(sets) if one <= cores]
        if len(inside) > len(cores):
            found = Competition(tuple(inside[: len(cores) + 1]), tuple(sorted(cores)))
            if best is None or (len(found.layers), found.layers) < (len(best.layers), best.layers):
                best = found
    return best or _irreducible(candidates)


def _unions(sets: Sequence[frozenset[int]]) -> Iterator[frozenset[int]]:
    """Each union of some of the sets once, as long as there are not too many sets."""
    found: set[frozenset[int]] = set()
    for one in sets if len(sets) <= SETS else ():
        found |= {one, *(one | other for other in found)}
    yield from sorted(found, key=lambda cores: (len(cores), sorted(cores)))


def _irreducible(candidates: Sequence[Sequence[int]]) -> Competition:
    try:
        place(candidates)
    except PlacementError as error:
        return Competition(tuple(error.competing), tuple(error.cores))
    raise ValueError("every layer has a core")


def preferred(
    candidates: Sequence[Sequence[int]], placed: Sequence[int], wanted: Sequence[int], suited: Sequence[int]
) -> Chosen:
    """The placement with most of the wanted layers on cores that suit them, and then the smallest.

    Args:
        candidates: for each layer, the cores that it fits.
        placed: the lexicographically smallest placement.
        wanted: the layers that some cores suit better than others.
        suited: those cores.
    """
    asked, good = list(dict.fromkeys(wanted)), set(suited)
    most = min(len(asked), len(good))
    met = sum(placed[layer] in good for layer in asked)
    best = tuple(placed)
    for count in range(most, met, -1):
        found = [
            cores
            for chosen in combinations(asked, count)
            if (cores := _with(candidates, chosen, good)) is not None
        ]
        if found:
            best = min(found)
            break
    elsewhere = tuple(layer for layer in asked if best[layer] not in good)
    return Chosen(best, elsewhere, _proof(candidates, best, asked, good) if elsewhere else None)


def _with(
    candidates: Sequence[Sequence[int]], chosen: Sequence[int], good: set[int]
) -> tuple[int, ...] | None:
    """The smallest placement with these layers on good cores, or None."""
    try:
        return tuple(place(_bound(candidates, chosen, good)).cores)
    except PlacementError:
        return None


def _bound(candidates: Sequence[Sequence[int]], chosen: Sequence[int], good: set[int]) -> list[list[int]]:
    return [
        [core for core in cores if core in good] if layer in chosen else list(cores)
        for layer, cores in enumerate(candidates)
    ]


def _proof(
    candidates: Sequence[Sequence[int]], best: Sequence[int], asked: Sequence[int], good: set[int]
) -> Competition:
    """Why the first layer that is elsewhere cannot join those that are where they should be."""
    there = [layer for layer in asked if best[layer] in good]
    more = next(layer for layer in asked if best[layer] not in good)
    return smallest_competition(_bound(candidates, [*there, more], good))
