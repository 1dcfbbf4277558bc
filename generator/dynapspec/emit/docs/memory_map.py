"""The drawing of a chip's memories: a row for each core, a bar for each memory, all to one scale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dynapspec.emit.docs.page import drawing
from dynapspec.model import Chip

LEFT, TOP, MARGIN, GAP = 64, 78, 20, 30
BARS = 640  # width that the largest bars of all memories share
ROW, BAR = 28, 18
LABELLED = 48  # a bar of this width holds its own label
NARROW = 72  # width of a column whose bars are short
KI = 1 << 10
COLORS = 3  # that the style sheet of the drawing has


def memory_map(chip: Chip) -> str:
    """The SVG of one chip."""
    cores = chip.spec.cores
    memories = list(dict.fromkeys(key for core in cores.values() for key in core.words))
    largest = {memory: max(core.words[memory] for core in cores.values()) for memory in memories}
    scale = BARS / max(1, sum(largest.values()))
    columns = list(_columns(chip, memories, largest, scale))
    bottom = TOP + ROW * len(cores)
    width, height = round(columns[-1]["right"] + MARGIN), bottom + 58
    return drawing(
        "chip.svg.j2",
        name=chip.name,
        width=width,
        height=height,
        frame={"width": width - 1, "height": height - 1},
        bottom=bottom,
        tick_at=bottom + 14,
        total_at=bottom + 40,
        margin=MARGIN,
        columns=columns,
        rows=[{"y": TOP + ROW * index + 13, "core": number} for index, number in enumerate(cores)],
        label_at=LEFT - 8,
    )


def _columns(
    chip: Chip, memories: list[str], largest: Mapping[str, int], scale: float
) -> Iterator[Mapping[str, Any]]:
    left: float = LEFT
    step = 1 << max(max(largest.values()).bit_length() - 3, 0)  # a quarter of the largest, or a little more
    for index, memory in enumerate(memories):
        words = [core.words[memory] for core in chip.spec.cores.values()]
        right = left + max(largest[memory] * scale, NARROW)
        yield {
            "title": memory.replace("_", " "),
            "x": _at(left),
            "right": right,
            "color": f"m{index % COLORS}",
            "total": f"{sum(words):,} in all".replace(",", " "),
            "ticks": list(_ticks(left, largest[memory], step, scale)),
            "bars": [_bar(left, row, count, scale) for row, count in enumerate(words)],
        }
        left = right + GAP


def _bar(left: float, row: int, words: int, scale: float) -> Mapping[str, Any]:
    width, top = words * scale, TOP + ROW * row
    inside = width >= LABELLED
    return {
        "x": _at(left),
        "y": top,
        "width": _at(width),
        "height": BAR,
        "label": amount(words),
        "label_x": _at(left + (6 if inside else width + 6)),
        "label_y": top + 13,
        "label_class": "in" if inside else "out",
        "empty": words == 0,
    }


def _ticks(left: float, largest: int, step: int, scale: float) -> Iterator[Mapping[str, str]]:
    """Lines at whole steps of the scale, where there is room for them."""
    labelled = largest >= step
    for words in range(0, largest + 1, step):
        yield {"x": _at(left + words * scale), "label": (amount(words) if words else "0") if labelled else ""}


def amount(words: int) -> str:
    """A number of words as people say it: ``64 Ki``."""
    if words == 0:
        return "none"
    return f"{words // KI} Ki" if words % KI == 0 else str(words)


def _at(position: float) -> str:
    return f"{position:.1f}"
