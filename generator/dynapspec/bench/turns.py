"""Times a call, and a peer's in turn with it, so that a slow minute of the machine meets both."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from dynapspec.bench.figure import Figure

Call = Callable[[], Any]


def in_turn(
    name: str, runs: int, own: Call, peer: str = "", other: Call | None = None, calls: int = 1
) -> Figure:
    """Both in turn, after one round that does not count; a run is the mean of so many calls."""
    seconds: list[float] = []
    peer_seconds: list[float] = []
    for _ in range(runs + 1):
        seconds.append(_seconds(own, calls))
        if other is not None:
            peer_seconds.append(_seconds(other, calls))
    return Figure(name, tuple(seconds[1:]), peer if other else "", tuple(peer_seconds[1:]))


def _seconds(call: Call, calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        call()
    return (time.perf_counter() - start) / calls
