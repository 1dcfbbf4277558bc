"""The memory map of a chip with a network on it: for each memory a drawing, for each core a bar.

A bar is as long as the memory of its core; what the layer uses, what padding wastes and what stays free
are parts of it. A layer that has no core follows below, against the largest core.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dynapspec.emit.docs.memory_bars import Frame, amount, at, memory_bar, step_of, ticks
from dynapspec.network.verdicts import LayerFit, MemoryUse
from dynapspec.report.showing import OnChip
from dynapspec.report.text import fitting, plain

WIDTH, LEFT, TOP = 360, 10, 34
BARS = 250  # the largest bar; its numbers stand to the right of it
ROW, BAR, ABOVE = 42, 14, 8  # from row to row, a bar, and from a bar up to the base of its label
FOOT = 26
MANY = 64  # layers without a core that are drawn


@dataclass(frozen=True, slots=True)
class Row:
    """One bar: a core with the layer on it, or a layer without a core."""

    name: str
    label: str
    room: int
    use: MemoryUse | None


def memory_drawings(chip: OnChip) -> list[Mapping[str, Any]]:
    """One drawing for each memory that the network uses and that some core has."""
    names = [name for name in chip.fitter.padded if _worth(chip, name)]
    return [_drawing(chip, name, index) for index, name in enumerate(names)]


def _worth(chip: OnChip, name: str) -> bool:
    return any(words[name] for words in chip.answer.capacity.values()) and (
        chip.fitter.padded[name] or any(layer.memories[name].words for layer in chip.answer.layers)
    )


def _drawing(chip: OnChip, name: str, index: int) -> Mapping[str, Any]:
    rows = list(_rows(chip, name))
    largest = max(words[name] for words in chip.answer.capacity.values())
    scale = BARS / largest
    bottom = TOP + ROW * len(rows)
    bars = [_bar(row, position, scale, largest) for position, row in enumerate(rows)]
    return {
        "name": name,
        "width": WIDTH,
        "height": bottom + FOOT,
        "view": f"0 {TOP - ABOVE} {WIDTH} {bottom + FOOT - TOP + ABOVE}",
        "bottom": bottom,
        "tick_top": TOP - 2,
        "tick_at": bottom + 14,
        "left": LEFT,
        "color": "room",
        "ticks": list(ticks(LEFT, largest, step_of(largest), scale)),
        "bars": bars,
        "total": _total(chip, name),
        "sum": "; ".join(bar["told"] for bar in bars),
        "index": index,
    }


def _rows(chip: OnChip, name: str) -> Iterator[Row]:
    placed = {layer.core: layer for layer in chip.answer.layers if layer.core is not None}
    for number, words in chip.answer.capacity.items():
        layer = placed.get(number)
        label = _label(layer) if layer else "free"
        yield Row(f"core {number}", label, words[name], layer.memories[name] if layer else None)
    most = max(words[name] for words in chip.answer.capacity.values())
    left = [layer for layer in chip.answer.layers if layer.core is None]
    for layer in left[:MANY]:
        yield Row("no core", _label(layer), most, layer.memories[name])


def _label(layer: LayerFit) -> str:
    named = f" {layer.name}" if layer.name else ""
    return f"layer {layer.index}{named}: {layer.label}"


def _bar(row: Row, position: int, scale: float, largest: int) -> Mapping[str, Any]:
    frame = Frame(LEFT, TOP + ROW - BAR - ABOVE, ROW, BAR)
    words = row.use.words if row.use else 0
    used, over = _used(row.use), words is not None and words > row.room
    drawn = memory_bar(frame, position, row.room, scale)
    end = LEFT + max(row.room, largest) * scale + 6
    return {
        **drawn,
        "name": row.name,
        "layer": fitting(row.label, WIDTH - LEFT - 62),
        "name_y": drawn["y"] - 6,
        "idle": row.use is None,
        "label": _numbers(words, row),
        "label_class": "over" if over else "quiet",
        "label_x": at(end),
        "label_y": drawn["y"] + BAR - 3,
        "parts": list(_parts(words, used, row.room, scale, over)),
        "told": plain(_told(row, words, used)),
    }


def _used(use: MemoryUse | None) -> int:
    """Words that hold something; where that is undefined, all."""
    if use is None or use.words is None:
        return 0
    return use.words if use.used is None else use.used


def _parts(words: int | None, used: int, room: int, scale: float, over: bool) -> Iterator[Mapping[str, Any]]:
    """What is used and what is wasted, neither beyond the end of the bar."""
    ends = [min(used, room) * scale, min(words or 0, room) * scale]
    kinds = ("used over-fill" if over else "used", "wasted")
    for kind, start, end in zip(kinds, (0.0, ends[0]), ends, strict=True):
        if end > start:
            yield {"class": kind, "x": at(LEFT + start), "width": at(max(end - start, 1.0))}


def _numbers(words: int | None, row: Row) -> str:
    if row.use is None:
        return _short(row.room)
    return "undefined" if words is None else f"{_short(words)} / {_short(row.room)}"


def _short(words: int) -> str:
    return amount(words).replace(" ", "") if words else "0"


def _told(row: Row, words: int | None, used: int) -> str:
    """A row in words, for those who do not see the drawing."""
    if row.use is None:
        return f"{row.name}: {row.room} words free"
    if words is None:
        return f"{row.name}, {row.label}: undefined"
    if words > row.room:
        return f"{row.name}, {row.label}: needs {words} words, the largest core has {row.room}"
    wasted = f", {words - used} wasted by padding" if words > used else ""
    return f"{row.name}, {row.label}: {used} words used{wasted}, {row.room - words} free of {row.room}"


def _total(chip: OnChip, name: str) -> str:
    uses = [layer.memories[name] for layer in chip.answer.layers if layer.core is not None]
    room = sum(words[name] for words in chip.answer.capacity.values())
    used, taken = sum(map(_used, uses)), sum(use.words or 0 for use in uses)
    padding = f", {taken - used} wasted by padding" if taken > used else ""
    return f"{used} words used{padding}, {room - taken} of {room} free"
