"""What a model does to its input before the first layer, which becomes work of the sensor's block.

The block pools first and crops then; a model that crops first crops the larger map.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dynapspec.network.parts import Crop, Pool, merged, refuse
from dynapspec.network.signal import Stream

Window = tuple[int, ...]  # first row, first column, and those behind the last


def preprocessed(ways: Sequence[Stream]) -> tuple[tuple[int, int], Window | None] | None:
    """Pooling and crop of the input, or None where it is taken as it is.

    Raises:
        InputError: layers take it in different ways, or the block has no such pooling.
    """
    kinds = list(dict.fromkeys((way.pools, way.crops) for way in ways))
    if len(kinds) > 1:
        pools, crops = next((pools, crops) for pools, crops in kinds if pools or crops)
        place = pools[0].place if pools else crops[0].place
        hint = "the sensor's block sends the same to all: pool behind a layer, or in none of the branches"
        raise refuse(place, "the input reaches the layers in different ways", hint)
    if not kinds or kinds[0] == ((), ()):
        return None
    return _pool(kinds[0][0]), _crop(kinds[0][1])


def pooled(stream: Stream, pool: Pool) -> Stream:
    """A stream behind a pooling; a crop before it becomes the crop of the pooled map."""
    crops = []
    for crop in stream.crops:
        sizes = (*pool.kernel, *pool.kernel)
        if any(edge % size for edge, size in zip(crop.window, sizes, strict=True)):
            hint = "pool first, or crop by whole windows"
            raise refuse(crop.place, f"it cuts windows of {pool.place}, and the chip pools first", hint)
        top, left, bottom, right = (edge // size for edge, size in zip(crop.window, sizes, strict=True))
        crops.append(replace(crop, window=(top, left, bottom, right)))
    return replace(stream, pools=(*stream.pools, pool), crops=tuple(crops))


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
