"""Bars of memory, all to one scale: what the docs draw of a chip, and reports of a network on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

KI = 1 << 10
LABELLED = 48  # a bar of this width holds its own label


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the bars of one memory stand: the first one's corner, the step from row to row, their height."""

    left: float
    top: float
    row: float
    bar: float


def memory_bar(frame: Frame, row: int, words: int, scale: float) -> Mapping[str, Any]:
    """The bar of one memory of one core, with the label inside where it has room."""
    width, top = words * scale, frame.top + frame.row * row
    inside = width >= LABELLED
    return {
        "x": at(frame.left),
        "y": top,
        "width": at(width),
        "height": frame.bar,
        "label": amount(words),
        "label_x": at(frame.left + (6 if inside else width + 6)),
        "label_y": top + 13,
        "label_class": "in" if inside else "out",
        "empty": words == 0,
        "parts": [],
    }


def step_of(largest: int) -> int:
    """Words from one line of a scale to the next: a quarter of the largest, or a little more."""
    return 1 << max(largest.bit_length() - 3, 0)


def ticks(left: float, largest: int, step: int, scale: float) -> Iterator[Mapping[str, str]]:
    """Lines at whole steps of the scale, where there is room for them."""
    labelled = largest >= step
    for words in range(0, largest + 1, step):
        yield {"x": at(left + words * scale), "label": (amount(words) if words else "0") if labelled else ""}


def amount(words: int) -> str:
    """A number of words as people say it: ``64 Ki``."""
    if words == 0:
        return "none"
    return f"{words // KI} Ki" if words % KI == 0 else str(words)


def at(position: float) -> str:
    """A place in a drawing."""
    return f"{position:.1f}"
