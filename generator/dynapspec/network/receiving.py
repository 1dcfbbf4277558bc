"""From what flows between parts to what the layers of a network receive."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dynapspec.diagnostics import fail
from dynapspec.network.network import Joined, Preprocessing, Shape, Source, Tap
from dynapspec.network.parts import Pool, merged
from dynapspec.network.signal import Signal, Stream, Streams, streams

Asked = tuple[tuple[int, int], tuple[int, ...] | None] | None  # pooling and crop of the input


def pools_of(signal: Signal) -> list[Pool]:
    """The poolings on the way of a signal."""
    return [pool for one in streams(signal.streams) for pool in one.pools]


def each(tree: Streams, change: Callable[[Stream], Stream]) -> Streams:
    """Streams with a change made to each."""
    if isinstance(tree, Stream):
        return change(tree)
    kind, parts, place = tree
    return kind, tuple(each(part, change) for part in parts), place


def is_sum(tree: Streams) -> bool:
    """Whether streams are added and joined in no other way."""
    return isinstance(tree, Stream) or (tree[0] == "add" and all(map(is_sum, tree[1])))


def common(ways: Iterable[Stream]) -> tuple[Pool, ...]:
    """The poolings that all ways from a layer have, or none."""
    found = {way.pools for way in ways}
    return found.pop() if len(found) == 1 else ()


def tap_of(way: Stream, own: dict[int, tuple[Pool, ...]]) -> Tap:
    """One stream as a layer receives it; ``own`` has the pooling that each layer states."""
    if way.layer is None or way.pools == own[way.layer]:
        return Tap(way.layer, None, way.scale)
    return Tap(way.layer, merged(list(way.pools)), way.scale)


def source_of(tree: Streams, own: dict[int, tuple[Pool, ...]]) -> Source:
    """Streams as a layer receives them."""
    if isinstance(tree, Stream):
        return tap_of(tree, own)
    kind, parts, place = tree
    return Joined(kind, tuple(source_of(part, own) for part in parts), place)


def sensed(preprocessing: Asked, shape: Shape) -> tuple[Shape, Preprocessing | None]:
    """The map that the first layers receive from an input of this shape, and what is done to it before."""
    if preprocessing is None:
        return shape, None
    pool, crop = preprocessing
    height, width = shape[1] // pool[0], shape[2] // pool[1]
    if crop is None:
        return (shape[0], height, width), Preprocessing(shape, pool)
    top, left = crop[0], crop[1]
    bottom, right = (min(end if end > 0 else end + n, n) for end, n in ((crop[2], height), (crop[3], width)))
    if top >= bottom or left >= right:
        raise fail("crop", f"the crop leaves nothing of a map of {height}x{width}")
    rows, columns = bottom - top, right - left
    return (shape[0], rows, columns), Preprocessing(shape, pool, (top, left, rows, columns))
