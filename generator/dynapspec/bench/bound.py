"""What a figure has to be: so many times as fast as another, or within a time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from dynapspec.bench.figure import Figure


class Kind(StrEnum):
    """What is bounded."""

    RATIO = "ratio"  # how many times as long the other takes, at least
    TIMES = "times"  # how many times as long as the other it takes itself, at most
    SECONDS = "seconds"  # its own time, at most
    RATE = "rate"  # of so many things in a second, at least


@dataclass(frozen=True, slots=True)
class Bound:
    """A target; ``amount`` is what one run does, where things in a second are counted."""

    kind: Kind
    value: float
    amount: int = 1

    def measured(self, figure: Figure) -> float | None:
        """What the target is about; None where there was nothing to compare with."""
        match self.kind:
            case Kind.RATIO:
                return figure.ratio
            case Kind.TIMES:
                pairs = list(zip(figure.seconds, figure.peer_seconds, strict=False))
                return median(own / other for own, other in pairs) if pairs else None
            case Kind.SECONDS:
                return figure.median
            case Kind.RATE:
                return self.amount / figure.median

    def is_met(self, figure: Figure) -> bool | None:
        """Whether the figure is on the right side; None where nothing can be said."""
        measured = self.measured(figure)
        if measured is None:
            return None
        return measured <= self.value if self.kind in (Kind.TIMES, Kind.SECONDS) else measured >= self.value
