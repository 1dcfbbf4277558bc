"""The drawing of a chip's memories: a row for each core, a bar for each memory, all to one scale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dynapspec.emit.docs.memory_bars import Frame, at, memory_bar, step_of, ticks
from dynapspec.emit.docs.page import drawing
from dynapspec.model import Chip

LEFT, TOP, MARGIN, GAP = 64, 78, 20, 30
BARS = 640  # width that the largest bars of all memories share
ROW, BAR = 28, 18
NARROW = 72  # width of a column whose bars are short
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
    step = step_of(max(largest.values()))
    for index, memory in enumerate(memories):
        words = [core.words[memory] for core in chip.spec.cores.values()]
        right = left + max(largest[memory] * scale, NARROW)
        frame = Frame(left, TOP, ROW, BAR)
        yield {
            "title": memory.replace("_", " "),
            "x": at(left),
            "right": right,
            "color": f"m{index % COLORS}",
            "total": f"{sum(words):,} in all".replace(",", " "),
            "ticks": list(ticks(left, largest[memory], step, scale)),
            "bars": [memory_bar(frame, row, count, scale) for row, count in enumerate(words)],
        }
        left = right + GAP
