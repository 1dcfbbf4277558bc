"""Runs all trials, over several processes: each takes every so-manieth mutant, so that all end together."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from multiprocessing import active_children, get_context
from pathlib import Path

from dynapspec.model import Chip, Layer, Model, load_model
from dynapspec.mutate.judge import Trial
from dynapspec.mutate.verdict import Verdict

SLICE = 40  # mutants that a process is given at a time


@dataclass(frozen=True, slots=True)
class Task:
    """Some mutants of one spec."""

    root: Path
    out: Path
    spec: str
    start: int
    step: int


def entries(model: Model, names: list[str]) -> list[Layer | Chip]:
    """The specs to mutate: those named, or all."""
    every: list[Layer | Chip] = [*model.layers.values(), *model.chips.values()]
    return [entry for entry in every if not names or entry.name in names]


@dataclass(frozen=True, slots=True)
class Campaign:
    """The verdicts that were reached, in the order of the specs, and how many there are to reach."""

    verdicts: list[Verdict]
    total: int

    @property
    def whole(self) -> bool:
        """Whether all mutants were judged."""
        return len(self.verdicts) == self.total


def campaign(
    model: Model, out: Path, names: list[str], jobs: int, told: Callable[[int, int], None]
) -> Campaign:
    """Judges all mutants; ``told`` hears how far it has come. An interrupt ends it with what it has."""
    sizes = {entry.name: len(Trial(model, entry, out).mutations()) for entry in entries(model, names)}
    tasks = [task for name, size in sizes.items() for task in _tasks(model.root, out, name, size)]
    total = sum(sizes.values())
    found: list[tuple[str, int, Verdict]] = []
    try:
        for task, verdicts in _run(tasks, jobs):
            found += [(task.spec, index, verdict) for index, verdict in verdicts]
            told(len(found), total)
    except KeyboardInterrupt:
        pass
    order = {name: place for place, name in enumerate(sizes)}
    found.sort(key=lambda one: (order[one[0]], one[1]))
    return Campaign([verdict for _, _, verdict in found], total)


def _tasks(root: Path, out: Path, name: str, size: int) -> Iterator[Task]:
    step = -(-size // SLICE)
    yield from (Task(root, out, name, start, step) for start in range(step))


def _run(tasks: list[Task], jobs: int) -> Iterator[tuple[Task, list[tuple[int, Verdict]]]]:
    if jobs == 1:
        yield from ((task, judged(task)) for task in tasks)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_undisturbed) as pool:
        running: dict[Future[list[tuple[int, Verdict]]], Task] = {pool.submit(judged, t): t for t in tasks}
        try:
            for future in as_completed(running):
                yield running[future], future.result()
        except BaseException:  # also where the one who asks has stopped asking
            pool.shutdown(wait=False, cancel_futures=True)
            for process in active_children():
                process.terminate()
            raise


def _undisturbed() -> None:
    """An interrupt from the keyboard reaches every process; the first one of them ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def judged(task: Task) -> list[tuple[int, Verdict]]:
    """The verdicts of one task, each with the number of its mutant."""
    trial = _trial(task.root, task.out, task.spec)
    chosen = list(enumerate(trial.mutations()))[task.start :: task.step]
    return [(index, trial.verdict(mutation)) for index, mutation in chosen]


@cache
def _trial(root: Path, out: Path, spec: str) -> Trial:
    model = load_model(root)
    (entry,) = entries(model, [spec])
    return Trial(model, entry, out)
