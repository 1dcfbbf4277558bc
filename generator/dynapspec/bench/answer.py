"""All that was measured in one answer: what is shown, given as JSON, and kept."""

from __future__ import annotations

from dataclasses import dataclass, field

from dynapspec.bench.growth import Growth
from dynapspec.bench.machine import machine
from dynapspec.bench.others import OTHERS
from dynapspec.bench.peak import MIB, Peak
from dynapspec.bench.rows import Measured
from dynapspec.bench.scaling import Point
from dynapspec.emit.conformance.speed import (
    FORMAT,
    SpeedBound,
    SpeedGrowth,
    SpeedOther,
    SpeedPeak,
    SpeedPoint,
    SpeedRecord,
    SpeedRow,
)
from dynapspec.model.waivers import today

DIGITS = 4  # that a measurement has


@dataclass
class Found:
    """What has been measured so far, and whether that is all."""

    rows: list[Measured] = field(default_factory=list)
    peaks: list[Peak] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    growths: list[Growth] = field(default_factory=list)
    whole: bool = True


def answer(found: Found) -> SpeedRecord:
    """The answer, with the day and the machine."""
    return SpeedRecord(
        format=FORMAT,
        date=today().isoformat(),
        machine=machine(),
        rows=[_row(one) for one in found.rows],
        memory=[_peak(one) for one in found.peaks],
        scaling=[_point(one) for one in found.points],
        growths=[
            SpeedGrowth(name=one.name, seconds=_short(one.median), seconds_per_chip=_short(one.each))
            for one in found.growths
        ],
        others=[_other(one.package, one.name, one.settings) for one in OTHERS],
    )


def _row(one: Measured) -> SpeedRow:
    figure, bound = one.figure, one.row.bound
    measured = bound.measured(figure) if bound and figure else None
    return SpeedRow(
        name=one.row.name,
        title=figure.name if figure else one.row.name,
        seconds=_short(figure.median) if figure else None,
        runs=len(figure.seconds) if figure else 0,
        against=figure.peer if figure else "",
        against_seconds=_maybe(figure.peer_median if figure else None),
        ratio=_maybe(figure.ratio if figure else None),
        bound=SpeedBound(kind=bound.kind.value, value=float(bound.value)) if bound else None,
        measured=_maybe(measured),
        met=one.is_met,
        why=one.why,
    )


def _peak(one: Peak) -> SpeedPeak:
    other = None if one.other is None else round(one.other / MIB, 1)
    own = round(one.own / MIB, 1)
    return SpeedPeak(name=one.name, title=one.title, mib=own, against=one.peer, against_mib=other)


def _point(one: Point) -> SpeedPoint:
    return SpeedPoint(
        axis=one.axis.name,
        title=one.axis.title,
        value=one.value,
        seconds=_short(one.figure.median),
        against=one.figure.peer,
        against_seconds=_maybe(one.figure.peer_median),
        ratio=_maybe(one.figure.ratio),
    )


def _other(package: str, name: str | None, settings: str) -> SpeedOther:
    return SpeedOther(package=package, version=name.rpartition(" ")[2] if name else None, settings=settings)


def _short(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _maybe(value: float | None) -> float | None:
    return None if value is None else _short(value)
