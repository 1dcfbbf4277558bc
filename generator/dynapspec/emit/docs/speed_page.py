"""How fast the layer and the commands are beside others: the page of what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from dynapspec.emit.conformance.speed import (
    SpeedMachine,
    SpeedOther,
    SpeedPoint,
    SpeedRecord,
    SpeedRow,
    speed,
)
from dynapspec.emit.docs.markup import Markup, code, join, table
from dynapspec.emit.docs.page import page
from dynapspec.emit.docs.speed_words import digits, duration, missed, quantity, target
from dynapspec.model import Model


def speed_page(model: Model) -> str:
    """The page as Markdown."""
    record = speed(model)
    return page("speed.md.j2", record=_record(record) if record else None)


def _record(record: SpeedRecord) -> Mapping[str, Any]:
    aimed = [row for row in record.rows if row.bound is not None and row.seconds is not None]
    judged = [row for row in aimed if row.met is not None]
    return {
        "date": record.date,
        "machine": _machine(record.machine),
        "reached": sum(bool(row.met) for row in judged),
        "judged": len(judged),
        "below": [missed(row) for row in judged if not row.met],
        "aimed": table(
            ["work", "beside", "target", "measured", "time", "the other's", "runs"], map(_aimed, aimed)
        ),
        "others": table(
            ["work", "beside", "times as long", "time", "the other's", "runs"],
            [_free(row) for row in record.rows if row.bound is None and row.seconds is not None],
        ),
        "unmeasured": [f"{row.name}: {row.why}" for row in record.rows if row.why],
        "growths": table(
            ["command", "time", "for each chip"],
            [[x.name, duration(x.seconds), f"{1e3 * x.seconds_per_chip:.1f} ms"] for x in record.growths],
        )
        if record.growths
        else None,
        "memory": table(
            ["work", "MiB", "beside", "MiB of the other"],
            [[x.title, f"{x.mib:.0f}", x.against, _mib(x.against_mib)] for x in record.memory],
        )
        if record.memory
        else None,
        "scaling": [
            {"title": title, "table": _points(list(points))}
            for title, points in groupby(record.scaling, lambda point: point.title)
        ],
        "libraries": table(["library", "version", "settings"], map(_library, record.others)),
    }


def _machine(machine: SpeedMachine) -> str:
    parts = [machine.processor, f"{machine.cores} cores"]
    parts += [f"{machine.threads} threads of torch"] if machine.threads else []
    parts += [f"{machine.memory_gib:g} GiB"] if machine.memory_gib else []
    parts += [machine.system, f"Python {machine.python}"]
    return ", ".join([*parts, *(f"{name} {version}" for name, version in machine.versions.items())])


def _aimed(row: SpeedRow) -> list[object]:
    assert row.bound is not None
    measured = "" if row.measured is None else quantity(row.bound, row.measured)
    said = measured if row.met is not False else Markup(f"**{measured}, below it**")
    return [row.title, row.against, target(row.bound), said, *_times(row)]


def _free(row: SpeedRow) -> list[object]:
    return [row.title, row.against, digits(row.ratio) if row.ratio else "", *_times(row)]


def _times(row: SpeedRow) -> list[object]:
    other = duration(row.against_seconds) if row.against_seconds else ""
    return [duration(row.seconds or 0), other, row.runs]


def _mib(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}"


def _points(points: list[SpeedPoint]) -> Markup:
    """One column for each size."""
    values = [point.value for point in points]
    rows: list[list[object]] = [["ours", *(duration(point.seconds) for point in points)]]
    beside = next((point.against for point in points if point.against), "")
    if beside:
        rows.append([beside, *(duration(x.against_seconds) if x.against_seconds else "" for x in points)])
        rows.append(["times as long", *(digits(x.ratio) if x.ratio else "" for x in points)])
    first = points[0].seconds
    rows.append(["ours, in parts of the first", *(digits(point.seconds / first) for point in points)])
    return table([" ", *values], rows)


def _library(one: SpeedOther) -> list[object]:
    return [one.package, one.version or "not installed, so not measured", join([code(one.settings)])]
