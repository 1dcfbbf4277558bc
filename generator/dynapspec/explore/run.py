"""Explores a space from its file to the summary."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from dynapspec.explore.parts import cluster_parts, local_parts
from dynapspec.explore.plan import Plan
from dynapspec.explore.summary import Summary
from dynapspec.explore.table import table

if TYPE_CHECKING:
    from dynapspec.explore.engine import Part

Watch = Callable[[int, int | None], None]


def explore(
    plan: Plan,
    out: Path | None = None,
    scheduler: str | None = None,
    watch: Watch = lambda done, total: None,
) -> Summary:
    """Judges every network of a plan; memory does not grow with their number.

    Args:
        plan: what is explored.
        out: the Parquet file for the answers.
        scheduler: address of the scheduler of a Dask cluster; without it this machine does the work.
        watch: told how many combinations are done.

    Raises:
        InputError: an extra is missing, no scheduler answers, or nothing can be written.
    """
    parts: Generator[Part, None, None] = cluster_parts(plan, scheduler) if scheduler else local_parts(plan)
    summary = Summary(plan)
    with closing(parts), table(plan, out) if out else nullcontext() as kept:
        for done, part in enumerate(parts, 1):
            summary.add(part)
            if kept is not None:
                kept.add(part)
            watch(min(done * plan.chunk, plan.total), plan.total)
    return summary
