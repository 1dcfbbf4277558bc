"""Times a call, and a peer's in turn with it, so that a slow minute of the machine meets both."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from dynapspec.bench.figure import Figure

Call = Callable[[], Any]
Tell: TypeAlias = Callable[[int, int, float], None]  # runs that are done, of how many, seconds of one


def _silent(done: int, runs: int, seconds: float) -> None:
    """Tells nobody."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often things are measured.

    Attributes:
        runs: so often, after a round that does not count.
        limit: seconds that one row may take; slower ones get fewer runs, but one at least.
        tell: hears how far a row is.
    """

    runs: int
    limit: float | None = None
    tell: Tell = _silent

    def count(self, seconds: float) -> int:
        """Runs of what takes so long each."""
        if self.limit is None or seconds <= 0:
            return self.runs
        return max(1, min(self.runs, int(self.limit / seconds)))

    def times(self, turn: Callable[[], tuple[float, ...]]) -> list[tuple[float, ...]]:
        """The seconds that each turn gives, without those of the first."""
        cost = sum(turn())
        runs, found = self.count(cost), []
        for done in range(runs):
            self.tell(done, runs, cost)
            found.append(turn())
        self.tell(runs, runs, cost)
        return found


def in_turn(
    name: str, pace: Pace, own: Call, peer: str = "", other: Call | None = None, calls: int = 1
) -> Figure:
    """Both in turn, after one round that does not count; a run is the mean of so many calls."""
    both = (own,) if other is None else (own, other)
    seconds = list(zip(*pace.times(lambda: tuple(_seconds(call, calls) for call in both)), strict=True))
    return Figure(name, seconds[0], peer if other else "", seconds[1] if other else ())


def _seconds(call: Call, calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        call()
    return (time.perf_counter() - start) / calls
