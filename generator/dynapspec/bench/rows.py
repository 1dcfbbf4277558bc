"""The rows of the benchmark: each has a name by which it is asked for, and most have a target."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib.util import find_spec

from dynapspec.bench.bound import Bound
from dynapspec.bench.figure import Figure
from dynapspec.bench.turns import Pace
from dynapspec.diagnostics import did_you_mean, fail


class Absent(Exception):
    """Something that a row needs is not here; the text says what."""


@dataclass(frozen=True, slots=True)
class Row:
    """Something to measure.

    Attributes:
        name: by which it is asked for.
        measure: measures it; raises :class:`Absent` where that cannot be.
        bound: what it has to reach.
        against: a peer that it is compared with, and that need not be installed.
        needs: modules without which it is not measured.
        slow: whether it takes minutes, and is measured on request.
    """

    name: str
    measure: Callable[[Pace], Figure]
    bound: Bound | None = None
    against: str = ""
    needs: tuple[str, ...] = ()
    slow: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """A row with its figure, or with the reason why there is none."""

    row: Row
    figure: Figure | None
    why: str = ""

    @property
    def is_met(self) -> bool | None:
        """Whether it reaches its target; None without one, or where nothing was compared."""
        return self.row.bound.is_met(self.figure) if self.row.bound and self.figure else None


def choose(rows: Sequence[Row], names: Sequence[str], *, slow: bool) -> list[Row]:
    """The rows that patterns name, or all that are not slow.

    Raises:
        InputError: a pattern names none.
    """
    for name in names:
        if not any(fnmatchcase(row.name, name) for row in rows):
            hint = did_you_mean(name, [row.name for row in rows])
            raise fail("bench", f"the benchmark has no row {name}", hint=hint)
    if names:
        return [row for row in rows if any(fnmatchcase(row.name, name) for name in names)]
    return [row for row in rows if slow or not row.slow]


def measure(rows: Sequence[Row], pace: Callable[[Row], Pace]) -> Iterator[Measured]:
    """Each row in its turn."""
    for row in rows:
        lacking = [name for name in row.needs if find_spec(name) is None]
        if lacking:
            yield Measured(row, None, f"{lacking[0]} is not installed")
            continue
        try:
            figure = row.measure(pace(row))
        except Absent as absent:
            yield Measured(row, None, str(absent))
            continue
        why = f"{row.against} is not installed" if row.against and not figure.peer else ""
        yield Measured(row, figure, why)
