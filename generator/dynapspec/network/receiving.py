"""From what flows between parts to what the layers of a network receive."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dynapspec.network.network import Joined, Source, Tap
from dynapspec.network.parts import Pool, merged
from dynapspec.network.signal import Signal, Stream, Streams, streams


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
