"""The drawing of a benchmark: how many times as long others take, on a scale of powers of ten."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import ceil, floor, log10
from typing import Any

from dynapspec.emit.conformance.speed import SpeedRecord, SpeedRow
from dynapspec.emit.docs.memory_bars import at
from dynapspec.emit.docs.page import drawing
from dynapspec.emit.docs.speed_words import digits

TOP, MARGIN, ROW, BAR = 84, 20, 26, 16
LETTER = 6.6  # of a title, about
WIDTH = 440  # of the scale
LABEL = 150  # room behind the longest bar
GAP = 8  # beside a bar
BASE = 13  # of a text below the top of its row


def speed_bars(record: SpeedRecord) -> str:
    """The SVG."""
    rows = [row for row in record.rows if row.ratio and not (row.bound and row.bound.kind == "times")]
    shown = [value for row in rows for value in (row.ratio, _target(row)) if value]
    left = round(MARGIN + LETTER * max((len(row.title) for row in rows), default=0)) + GAP
    low, high = floor(log10(min([1.0, *shown]))), max(1, ceil(log10(max([1.0, *shown]))))
    scale = WIDTH / (high - low)
    bottom = TOP + ROW * len(rows)
    width, height = left + WIDTH + LABEL, bottom + 44
    return drawing(
        "speed.svg.j2",
        width=width,
        height=height,
        frame={"width": width - 1, "height": height - 1},
        margin=MARGIN,
        top=TOP - 8,
        bottom=bottom,
        tick_at=bottom + 16,
        label_at=left - GAP,
        one=at(left - low * scale),
        ticks=[
            {"x": at(left + (power - low) * scale), "label": f"{10.0**power:g}"}
            for power in range(low, high + 1)
        ],
        rows=list(_bars(rows, left - low * scale, scale)),
        date=record.date,
        processor=record.machine.processor,
    )


def _bars(rows: list[SpeedRow], one: float, scale: float) -> Iterator[Mapping[str, Any]]:
    """One bar for each row, from 1 to its ratio, and a line at its target."""
    for index, row in enumerate(rows):
        end, target = one + log10(row.ratio or 1) * scale, _target(row)
        top = TOP + ROW * index
        mark = one + log10(target) * scale if target else 0
        yield {
            "title": row.title,
            "against": row.against,
            "x": at(min(one, end)),
            "y": top,
            "width": at(abs(end - one)),
            "height": BAR,
            "text_y": top + BASE,
            "class": "below" if row.met is False else "reached" if row.met else "other",
            "value": f"{digits(row.ratio or 0)}x",
            "value_x": at(max(one, end, mark) + GAP),
            "has_target": bool(target),
            "target": at(mark),
            "target_top": top - 3,
            "target_bottom": top + BAR + 3,
        }


def _target(row: SpeedRow) -> float | None:
    """The target on this scale, where there is one."""
    return row.bound.value if row.bound and row.bound.kind == "ratio" else None
