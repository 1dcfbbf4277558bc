"""Runs all trials, over several processes: each takes every so-manieth mutant, so that all end together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
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


def campaign(
    model: Model, out: Path, names: list[str], jobs: int, told: Callable[[int, int], None]
) -> list[Verdict]:
    """The verdicts on all mutants, in the order of the specs; ``told`` hears how far it has come."""
    tasks = [task for entry in entries(model, names) for task in _tasks(model, out, entry)]
    total = sum(len(Trial(model, entry, out).mutations()) for entry in entries(model, names))
    found: dict[Task, list[tuple[int, Verdict]]] = {}
    done = 0
    for task, verdicts in _run(tasks, jobs):
        found[task] = verdicts
        done += len(verdicts)
        told(done, total)
    return [verdict for entry in entries(model, names) for verdict in _ordered(found, entry.name)]


def _ordered(found: dict[Task, list[tuple[int, Verdict]]], name: str) -> list[Verdict]:
    numbered = [pair for task, verdicts in found.items() if task.spec == name for pair in verdicts]
    return [verdict for _, verdict in sorted(numbered, key=lambda pair: pair[0])]


def _tasks(model: Model, out: Path, entry: Layer | Chip) -> Iterator[Task]:
    step = -(-len(Trial(model, entry, out).mutations()) // SLICE)
    yield from (Task(model.root, out, entry.name, start, step) for start in range(step))


def _run(tasks: list[Task], jobs: int) -> Iterator[tuple[Task, list[tuple[int, Verdict]]]]:
    if jobs == 1:
        yield from ((task, judged(task)) for task in tasks)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        running: dict[Future[list[tuple[int, Verdict]]], Task] = {pool.submit(judged, t): t for t in tasks}
        for future in as_completed(running):
            yield running[future], future.result()


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
