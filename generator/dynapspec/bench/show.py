"""The benchmark as tables on a terminal, and last in plain words what is below its target."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from rich.console import Console
from rich.table import Table

from dynapspec.emit.conformance.speed import SpeedBound, SpeedPoint, SpeedRecord, SpeedRow
from dynapspec.emit.docs.speed_words import digits, duration, missed, quantity

WIDTH = 100  # of what is no terminal


def show(found: SpeedRecord, console: Console) -> None:
    """All of it."""
    for table in _tables(found):
        console.print(table)
        console.print()
    for line in summary(found):
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def summary(found: SpeedRecord) -> Iterator[str]:
    """The last lines: what was not measured, what is missing, and what is below its target."""
    for row in found.rows:
        if row.seconds is None:
            yield f"Not measured: {row.name}: {row.why}."
    lacking = dict.fromkeys(row.why for row in found.rows if row.why and row.seconds is not None)
    for why in lacking:
        yield f"Nothing to compare with: {why}."
    judged = [row for row in found.rows if row.met is not None]
    below = [row for row in judged if not row.met]
    for row in below:
        yield f"Below target: {row.name}: {missed(row)}."
    if judged and not below:
        yield "The one target is reached." if len(judged) == 1 else f"All {len(judged)} targets are reached."
    elif judged:
        yield f"{len(judged) - len(below)} of {len(judged)} targets are reached."


def _tables(found: SpeedRecord) -> Iterator[Table]:
    if any(row.seconds is not None for row in found.rows):
        yield _rows([row for row in found.rows if row.seconds is not None])
    if found.growths:
        table = _table("growth", "time", "each chip")
        for one in found.growths:
            table.add_row(one.name, duration(one.seconds), f"{1e3 * one.seconds_per_chip:.1f} ms")
        yield table
    if found.memory:
        table = _table("memory", "grows by", "the peer", "")
        for peak in found.memory:
            other = f"{peak.against_mib:.0f} MiB" if peak.against_mib is not None else ""
            table.add_row(peak.title, f"{peak.mib:.0f} MiB", other, peak.against)
        yield table
    for title, points in groupby(found.scaling, lambda point: point.title):
        yield _points(title, list(points))


def _rows(rows: list[SpeedRow]) -> Table:
    table = _table("row", "time", "beside it", "target", "")
    for row in rows:
        aim = _target(row.bound) if row.bound else ""
        table.add_row(row.name, duration(row.seconds or 0), _beside(row), aim, _mark(row))
    return table


def _beside(row: SpeedRow) -> str:
    """How many times as long the other takes; where the target is the other way round, so is this."""
    if row.bound and row.bound.kind == "times" and row.measured is not None:
        return f"{digits(row.measured)}x of {row.against}"
    return f"{row.against} {digits(row.ratio)}x" if row.ratio is not None else ""


def _target(bound: SpeedBound) -> str:
    """As short as it can be: ``>= 5x``."""
    said = quantity(bound, bound.value).replace(" times as fast", "x").replace(" times as long", "x")
    return f"{'>=' if bound.kind in ('ratio', 'rate') else '<='} {said.replace(' million a second', ' M/s')}"


def _mark(row: SpeedRow) -> str:
    return "" if row.met is None else "reached" if row.met else "[bold red]below[/]"


def _points(title: str, points: list[SpeedPoint]) -> Table:
    table = _table(title, "time", "beside it")
    for point in points:
        other = f"{point.against} {digits(point.ratio)}x" if point.ratio is not None else ""
        table.add_row(point.value, duration(point.seconds), other)
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column(first, no_wrap=True)
    for name in others:
        numeric = name in ("time", "grows by", "the peer", "each chip")
        table.add_column(name, justify="right" if numeric else "left", no_wrap=True)
    return table
