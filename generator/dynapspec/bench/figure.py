"""One measured figure."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """Several runs of one thing, and of the same thing by a peer where there is one.

    ``seconds`` and ``peer_seconds`` are pairs: run i of both was taken right after each other.
    """

    name: str
    seconds: tuple[float, ...]
    peer: str = ""
    peer_seconds: tuple[float, ...] = ()

    @property
    def median(self) -> float:
        """The median run, in seconds."""
        return median(self.seconds)

    @property
    def peer_median(self) -> float | None:
        """The peer's median run, in seconds."""
        return median(self.peer_seconds) if self.peer_seconds else None

    @property
    def ratio(self) -> float | None:
        """How many times longer the peer takes: the median of the ratios of the pairs."""
        if not self.peer_seconds:
            return None
        return median(other / own for own, other in zip(self.seconds, self.peer_seconds, strict=True))
