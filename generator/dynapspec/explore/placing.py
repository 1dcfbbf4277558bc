"""Whether every layer of a network can have a core of its own, for many networks at once.

By Hall's condition they can if and only if no set of cores is all that more layers fit than it has cores.
Cores with the same words are one kind with as many places; the layers that fit no other kinds than some are
counted for every set of kinds at once, by adding up over subsets one kind at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dynapspec.runtime.placement import PlacementError, place

Array = Any
MAX_KINDS = 10  # of cores; of more, each network is placed by itself


class Placing:
    """The cores of a chip by their kinds; bits of ``cores`` count in the order of the chip's cores."""

    def __init__(self, kinds: Sequence[Sequence[int]]) -> None:
        self.kinds = [tuple(kind) for kind in kinds]
        self.count = sum(map(len, self.kinds))
        sets = range(1 << min(len(self.kinds), MAX_KINDS))
        self.room = [sum(len(k) for n, k in enumerate(self.kinds) if s >> n & 1) for s in sets]

    def possible(self, layers: Sequence[Array]) -> Array:
        """Where all layers that fit some core have one each; ``layers`` has the bits of the cores of each."""
        if len(self.kinds) > MAX_KINDS:
            return self._one_by_one(layers)
        rows = np.arange(len(layers[0]))
        within = np.zeros((len(self.room), len(rows)), np.int16)
        for cores in layers:
            within[self._kinds(cores), rows] += 1
        within[0] = 0  # what fits no core has a broken rule already
        for kind in range(len(self.kinds)):
            for one in range(len(self.room)):
                if one >> kind & 1:
                    within[one] += within[one ^ 1 << kind]
        return np.all(within <= np.array(self.room, np.int16)[:, None], axis=0)

    def _kinds(self, cores: Array) -> Array:
        found = np.zeros(len(cores), np.intp)
        for number, kind in enumerate(self.kinds):
            found |= ((cores >> kind[0]) & 1) << number
        return found

    def _one_by_one(self, layers: Sequence[Array]) -> Array:
        every, places = np.unique(np.stack(layers), axis=1, return_inverse=True)
        return np.array([self._placed(column) for column in every.T.tolist()])[places.ravel()]

    def _placed(self, layers: list[int]) -> bool:
        fitting = [[core for core in range(self.count) if bits >> core & 1] for bits in layers if bits]
        try:
            place(fitting)
        except PlacementError:
            return False
        return True
