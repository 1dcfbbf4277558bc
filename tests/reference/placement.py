"""Placing layers on cores, by trying everything.

A core runs one layer, so a placement gives every layer a core of its own. The cores that a layer may use come
from its memories (`rules.fitting_cores`). Enumeration is affordable because a chip has nine cores.
"""

from itertools import combinations, permutations


def smallest_placement(candidates: list[list[int]]) -> list[int] | None:
    """One distinct core per layer, the lexicographically smallest such list; None when there is none.

    `permutations` of a sorted sequence come in lexicographic order, so the first that fits is the smallest.
    """
    cores = sorted(set().union(*candidates))
    allowed = [set(choices) for choices in candidates]
    for choice in permutations(cores, len(candidates)):
        if all(core in layer for core, layer in zip(choice, allowed, strict=True)):
            return list(choice)
    return None


def violates_hall(candidates: list[list[int]]) -> set[int] | None:
    """A smallest set of layers whose cores together are fewer than the layers; None when there is none.

    By Hall's theorem there is one exactly when there is no placement. Of several smallest sets, the first in
    lexicographic order of the layers is given.
    """
    layers = range(len(candidates))
    for size in range(1, len(candidates) + 1):
        for group in combinations(layers, size):
            together = set().union(*(candidates[layer] for layer in group))
            if len(together) < size:
                return set(group)
    return None
