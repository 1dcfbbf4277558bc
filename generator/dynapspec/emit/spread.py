"""Shares the same work on many things among the cores of the machine.

Each result follows from its own item alone, so that it is the same whoever made it. A few items are
not worth another process, and neither are they where processes can't be forked: then one does it all.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_all_start_methods, get_context
from typing import Any, TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")

WORTH_A_PROCESS = 16  # items; starting one and hearing of its results costs about as much as one of them
PORTIONS = 8  # for each process, so that none waits long for the slowest

_TASK: list[tuple[Callable[[Any], Any], Sequence[Any]]] = []  # of a forked process, which shares the memory


def spread(work: Callable[[Item], Made], items: Sequence[Item]) -> Iterator[Made]:
    """What ``work`` makes of each item, in their order; only the results need to be picklable."""
    processes = min(_cores(), len(items) // WORTH_A_PROCESS)
    if processes < 2:
        yield from map(work, items)
        return
    done = 0
    pool = ProcessPoolExecutor(processes, get_context("fork"), _begin, (work, items))
    try:
        for made in pool.map(_made, range(len(items)), chunksize=-(-len(items) // (processes * PORTIONS))):
            yield made
            done += 1
    except BrokenProcessPool:  # the system took one, for its memory for example
        yield from map(work, items[done:])
    finally:
        pool.shutdown(cancel_futures=True)


def _cores() -> int:
    """The cores that this process may use; one where forking is no way."""
    if sys.platform == "darwin" or "fork" not in get_all_start_methods():
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _begin(work: Callable[[Any], Any], items: Sequence[Any]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a person's Ctrl-C is for the process that they see
    _TASK[:] = [(work, items)]


def _made(index: int) -> Any:
    work, items = _TASK[0]
    return work(items[index])
