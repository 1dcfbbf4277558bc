"""Measured times and their targets in words."""

from __future__ import annotations

from dynapspec.emit.conformance.speed import SpeedBound, SpeedRow

MILLION = 1e6


def duration(seconds: float) -> str:
    """A time with three digits, in a unit that suits it."""
    for unit, factor in (("s", 1.0), ("ms", 1e3)):
        if seconds * factor >= 1:
            return f"{digits(seconds * factor)} {unit}"
    return f"{digits(seconds * 1e6)} us"


def digits(value: float) -> str:
    """Three digits, and all those before the point."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def target(bound: SpeedBound) -> str:
    """What has to be reached: ``at least 5 times as fast``."""
    if bound.kind == "ratio" and bound.value == 1:
        return "at least as fast"
    return f"at {'least' if bound.kind in ('ratio', 'rate') else 'most'} {quantity(bound, bound.value)}"


def quantity(bound: SpeedBound, value: float) -> str:
    """A value of what a target is about."""
    match bound.kind:
        case "ratio":
            return f"{digits(value)} times as fast"
        case "times":
            return f"{digits(value)} times as long"
        case "seconds":
            return duration(value)
    return f"{digits(value / MILLION)} million a second"


def missed(row: SpeedRow) -> str:
    """A row below its target, in a sentence without a full stop."""
    if row.bound is None or row.measured is None:
        return row.title
    beside = (
        f" ({row.against} {duration(row.against_seconds)})" if row.against and row.against_seconds else ""
    )
    taken = f"; it takes {duration(row.seconds)}{beside}" if row.seconds else ""
    return f"{row.title}: {quantity(row.bound, row.measured)}, and should be {target(row.bound)}{taken}"
