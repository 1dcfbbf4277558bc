"""A bar for what takes longer than a second, on the terminal and nowhere else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

Watch: TypeAlias = Callable[[int, int | None], None]
Steps: TypeAlias = Callable[[str, float, float], None]  # what, how much of it, of how much
PATIENCE = 1.0  # seconds before a bar shows


@contextmanager
def watching(what: str) -> Iterator[Watch]:
    """A function to be told how much is done; the bar comes on stderr, and goes when all is done.

    What tells nothing gets a bar without an end.
    """
    from threading import Timer

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn(what), BarColumn(), TimeElapsedColumn())
    progress = Progress(*columns, console=console, transient=True)
    task = progress.add_task(what, total=None)
    begun = time.monotonic()
    timer = Timer(PATIENCE, progress.start)
    timer.daemon = True
    if console.is_terminal:
        timer.start()

    def tell(done: int, total: int | None) -> None:
        progress.update(task, completed=done, total=total)

    try:
        yield tell
    finally:
        timer.cancel()
        if time.monotonic() - begun >= PATIENCE:
            progress.stop()


@contextmanager
def stepping() -> Iterator[Steps]:
    """A function to be told what is being done, and how far that is; a bar on a terminal's stderr alone."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (BarColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=None)
        yield lambda what, done, total: progress.update(task, description=what, completed=done, total=total)
