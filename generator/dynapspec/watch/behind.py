"""Looks for witnesses in a process of its own, which a new save ends at once.

The solver cannot be interrupted from within, and it takes a Ctrl-C for itself; a process can simply be
ended. It is a copy of this one, so it starts warm and with both models in hand. What it finds comes
back as lines of text.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from typing import Any, TypeAlias

from dynapspec.diagnostics import InputError
from dynapspec.diff import Report, compare, open_spec, summary
from dynapspec.diff.report import READERS
from dynapspec.diff.revision import Side
from dynapspec.model import Model
from dynapspec.watch.changed import Changed, differing, entries

PATIENCE = 20.0  # seconds for all witnesses of one save
COMMITTED = "HEAD"

Answer: TypeAlias = tuple[str, list[str]]  # of which specs, in words
Work: TypeAlias = tuple[Model, Model, Sequence[Changed]]


def answers(old: Model, new: Model, changed: Sequence[Changed]) -> Iterator[Answer]:
    """For each group of specs what its changes mean, and how it stands against the committed revision."""
    for group in changed:
        if group.facts:
            sides = [Side(group.name, model, entries(model, group.kind)[group.name]) for model in (old, new)]
            yield group.title, list(_meaning(compare(*sides), group))
    for group in changed:
        yield group.title, list(_committed(new, group))


def _meaning(report: Report, group: Changed) -> Iterator[str]:
    """Who breaks, the witness, the networks, and the version that is due."""
    for part in report.parts:
        if part.kind == group.kind:
            for topic in part.topics:
                yield from topic.finding.lines if topic.finding else ()
    classes = report.classes()
    for which in ("breaking", "uncertain"):
        readers = [READERS[reader] for reader, found in classes.items() if found == which]
        if readers:
            yield f"{which} for {', '.join(readers)}"
    if set(classes.values()) == {"compatible"}:
        yield "compatible for everybody"
    yield from (f"networks: {line}" for line in summary.networks(report))


def _committed(new: Model, group: Changed) -> Iterator[str]:
    """How many values differ from the committed revision, where there is one."""
    try:
        side = open_spec(f"{COMMITTED}:{group.name}", new.root)
    except (InputError, OSError):
        return
    groups = [found for found in differing(side.model, new) if group.name in found.names]
    facts = [change for found in groups for change in found.facts]
    paths = list(dict.fromkeys(row.path for row in summary.rows(facts)))
    count = f"{len(paths) or 'no'} change{'' if len(paths) == 1 else 's'}"
    shown = f": {', '.join(paths[:3])}{', ...' if len(paths) > 3 else ''}" if paths else ""
    yield f"against the committed revision: {count}{shown}"


class Behind:
    """The answers about one save, as they come."""

    def __init__(self, old: Model, new: Model, changed: Sequence[Changed]) -> None:
        self._inline: Work | None = None
        self._process: Any = None
        self._end = time.monotonic() + PATIENCE
        if not changed:
            return
        if "fork" not in multiprocessing.get_all_start_methods():
            self._inline = old, new, changed
        else:
            context = multiprocessing.get_context("fork")
            self._mine, theirs = context.Pipe(duplex=False)
            self._process = context.Process(target=_search, args=(theirs, old, new, changed), daemon=True)
            self._process.start()
            theirs.close()

    @property
    def searching(self) -> bool:
        """Whether more may come."""
        return self._process is not None or bool(self._inline)

    def answers(self, patience: float) -> Iterator[Answer]:
        """What was found since; waits so many seconds for it."""
        if self._inline and patience:
            work, self._inline = self._inline, None  # a system without fork: all at once, after the rest
            yield from answers(*work)
        while self._process is not None and self._mine.poll(patience):
            try:
                title, lines = json.loads(self._mine.recv_bytes())
            except EOFError:
                self.stop()
                return
            yield title, lines
        if self._process is not None and time.monotonic() > self._end:
            self.stop()
            yield "", [f"no more was found within {PATIENCE:g} s; `dynapspec diff` looks longer"]

    def stop(self) -> None:
        """Ends the search, whatever it is at."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._mine.close()
            self._process = None


def _search(pipe: Connection, old: Model, new: Model, changed: Sequence[Changed]) -> None:
    """The life of the process; a Ctrl-C is for the one that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(10)  # the files come first
    for answer in answers(old, new, changed):
        pipe.send_bytes(json.dumps(answer).encode())
    pipe.close()
