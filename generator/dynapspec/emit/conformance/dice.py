"""Pseudo-random numbers of our own: the same on every machine and in every version of Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")

# A linear congruential generator with Knuth's constants for MMIX; the high half of its state is used.
_FACTOR, _TERM, _STATE, _HALF = 6364136223846793005, 1442695040888963407, (1 << 64) - 1, 32


class Dice:
    """A stream of numbers that follows from its seed alone."""

    def __init__(self, seed: int) -> None:
        self._state = seed
        self.below(1)

    def below(self, count: int) -> int:
        """A number from 0 to ``count`` - 1."""
        self._state = (self._state * _FACTOR + _TERM) & _STATE
        return (self._state >> _HALF) % count

    def between(self, low: int, high: int) -> int:
        """A number from ``low`` to ``high``, both included."""
        return low + self.below(high - low + 1)

    def pick(self, items: Sequence[Item]) -> Item:
        """One of these."""
        return items[self.below(len(items))]

    def decimal(self, reach: int = 1, digits: int = 3) -> float:
        """A number from -``reach`` to ``reach`` with that many decimals."""
        steps: int = 10**digits
        return self.between(-reach * steps, reach * steps) / steps
