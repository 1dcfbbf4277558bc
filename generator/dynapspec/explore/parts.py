"""The parts of a space in their order, judged by all processors of this machine or of a cluster."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

from dynapspec.diagnostics import fail
from dynapspec.explore.engine import Engine, Part
from dynapspec.explore.plan import Plan

AHEAD = 3  # tasks for each worker that are under way or waiting to be taken; more would only take memory
TOGETHER = 8  # parts that a worker of a cluster judges in one task
PATIENCE = 10  # seconds for a scheduler to answer
CLUSTER = "pip install 'dynapspec[cluster]'"

_engines: dict[str, Engine] = {}  # of a worker of a cluster, which gets many tasks of one plan


def local_parts(plan: Plan, workers: int | None = None) -> Generator[Part, None, None]:
    """Each part, from threads of this process: the work is NumPy's, which they do at the same time."""
    engine = Engine(plan)
    count = workers or os.cpu_count() or 1
    pool = ThreadPoolExecutor(count)
    try:
        yield from _ordered(plan.spans(), lambda span: pool.submit(engine.run, span), AHEAD * count)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def cluster_parts(plan: Plan, address: str) -> Generator[Part, None, None]:
    """Each part, from the workers of a Dask cluster; they need this package too.

    Raises:
        InputError: the extra is missing, or no scheduler answers.
    """
    try:
        from distributed import Client
    except ImportError:
        raise fail("missing-extra", "a scheduler needs the package distributed", hint=CLUSTER) from None
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TypeError) as error:
        told = f"no scheduler answers at {address}: {error}"
        raise fail("scheduler", told, hint="write its address as in tcp://host:8786") from None
    with client:
        shared = client.scatter(plan, broadcast=True)  # type: ignore[no-untyped-call]
        spans = plan.spans()
        tasks = iter(lambda: list(islice(spans, TOGETHER)), [])
        workers = max(1, sum(client.nthreads().values()))  # type: ignore[no-untyped-call]

        def submit(task: list[range]) -> Any:
            return client.submit(judged, shared, task, pure=False)

        for parts in _ordered(tasks, submit, AHEAD * workers):
            yield from parts


def judged(plan: Plan, spans: list[range]) -> list[Part]:
    """Some parts, in a worker of a cluster; what is compiled for a plan is kept there."""
    key = plan.key
    if key not in _engines:
        _engines.clear()
        _engines[key] = Engine(plan)
    return [_engines[key].run(span) for span in spans]


def _ordered(tasks: Iterable[Any], submit: Callable[[Any], Any], ahead: int) -> Iterator[Any]:
    """The results in the order of the tasks, of which few are under way at a time."""
    waiting: deque[Any] = deque()
    for task in tasks:
        waiting.append(submit(task))
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
