"""What a model does to its input before the first layer, which becomes work of the sensor's block.

The block adds polarities, pools, crops and mirrors, in this order; a model that crops before it pools
crops the larger map.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dynapspec.diagnostics import fail
from dynapspec.network.network import Preprocessing, Shape
from dynapspec.network.parts import Crop, Pool, Sensor, Turn, merged, refuse
from dynapspec.network.signal import Signal, Stream

Window = tuple[int, ...]  # first row, first column, and those behind the last


@dataclass(frozen=True, slots=True)
class Asked:
    """What the block is asked for, before the map of the sensor is known."""

    pool: tuple[int, int] = (1, 1)
    crop: Window | None = None
    merge: bool = False
    turn: Turn | None = None


def preprocessed(ways: Sequence[Stream]) -> Asked | None:
    """What happens to the input, or None where it is taken as it is.

    Raises:
        InputError: layers take it in different ways, or the block has no such pooling.
    """
    kinds = list(dict.fromkeys(ways))
    if len(kinds) > 1:
        place = next(way.place for way in kinds if way.place)
        hint = "the sensor's block sends the same to all: pool behind a layer, or in none of the branches"
        raise refuse(place, "the input reaches the layers in different ways", hint)
    if not kinds or not kinds[0].place:
        return None
    (way,) = kinds
    return Asked(_pool(way.pools), _crop(way.crops), way.merged is not None, way.turn)


def sensed(asked: Asked | None, shape: Shape) -> tuple[Shape, Preprocessing | None]:
    """The map that the first layers receive from an input of this shape, and what is done to it before."""
    if asked is None:
        return shape, None
    features = 1 if asked.merge else shape[0]
    height, width = shape[1] // asked.pool[0], shape[2] // asked.pool[1]
    turn = asked.turn or Turn("")
    crop = _inside(asked.crop, height, width)
    _, _, rows, columns = crop or (0, 0, height, width)
    before = Preprocessing(shape, asked.pool, crop, asked.merge, (turn.rows, turn.columns), turn.swap)
    if before == Preprocessing(shape):
        return shape, None
    return ((features, columns, rows) if turn.swap else (features, rows, columns)), before


def _inside(crop: Window | None, height: int, width: int) -> tuple[int, int, int, int] | None:
    """First row and column of a crop, and its rows and columns, on a map of this size."""
    if crop is None:
        return None
    top, left = crop[0], crop[1]
    bottom, right = (min(end if end > 0 else end + n, n) for end, n in ((crop[2], height), (crop[3], width)))
    if top >= bottom or left >= right:
        raise fail("crop", f"the crop leaves nothing of a map of {height}x{width}")
    if (top, left, bottom, right) == (0, 0, height, width):
        return None
    return top, left, bottom - top, right - left


# ── Following ────────────────────────────────────────────────────────────────────────────────────


def of_input(signal: Signal, part: Crop | Sensor | Turn) -> Stream:
    """The stream of the input; raises InputError where a part of the block stands behind a layer."""
    if not isinstance(signal.streams, Stream) or signal.streams.layer is not None:
        if isinstance(part, Crop):
            hint = "crop the input: the sensor's block does it, and nothing behind"
            raise refuse(part.place, "a crop behind the first layer", hint)
        raise refuse(part.place, "work of the sensor's block behind the first layer", "put it before")
    return signal.streams


def pooled(stream: Stream, pool: Pool) -> Stream:
    """A stream behind a pooling; a crop before it becomes the crop of the pooled map."""
    _refuse_turned(stream, pool)
    crops = []
    for crop in stream.crops:
        sizes = (*pool.kernel, *pool.kernel)
        if any(edge % size for edge, size in zip(crop.window, sizes, strict=True)):
            hint = "pool first, or crop by whole windows"
            raise refuse(crop.place, f"it cuts windows of {pool.place}, and the chip pools first", hint)
        top, left, bottom, right = (edge // size for edge, size in zip(crop.window, sizes, strict=True))
        crops.append(replace(crop, window=(top, left, bottom, right)))
    return replace(stream, pools=(*stream.pools, pool), crops=tuple(crops))


def cropped(stream: Stream, crop: Crop) -> Stream:
    """The stream of the input behind a crop."""
    _refuse_turned(stream, crop)
    return replace(stream, crops=(*stream.crops, crop))


def turned(stream: Stream, turn: Turn) -> Stream:
    """The stream of the input behind a turn."""
    _refuse_turned(stream, turn)
    return replace(stream, turn=turn) if turn else stream


def _refuse_turned(stream: Stream, part: Pool | Crop | Turn) -> None:
    if stream.turn is not None:
        told = f"{stream.turn.place} turns the map before it, and the chip turns last"
        raise refuse(part.place, told, "pool and crop first, and mirror once")


def _pool(pools: Sequence[Pool]) -> tuple[int, int]:
    for pool in pools:
        if pool.kernel != pool.stride:
            raise refuse(pool.place, "windows that overlap before the first layer", "pool by whole windows")
    fields = merged(list(pools))
    return fields.get("kernel_size", (1, 1))


def _crop(crops: Sequence[Crop]) -> Window | None:
    if not crops:
        return None
    if len(crops) > 1:
        raise refuse(crops[1].place, f"{crops[0].place} crops already", "crop once")
    return crops[0].window
