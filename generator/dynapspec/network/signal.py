"""What flows between the parts of a graph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from dynapspec.network.network import Merge
from dynapspec.network.parts import Crop, Flatten, Pool, Sensor, Turn


@dataclass(frozen=True, slots=True)
class Stream:
    """What one layer sends, or the input: with the poolings and crops that it passed on the way.

    ``merged`` is the block of the sensor that adds both polarities, ``turn`` what mirrors the map.
    """

    layer: int | None
    pools: tuple[Pool, ...] = ()
    crops: tuple[Crop, ...] = ()
    merged: Sensor | None = None
    turn: Turn | None = None

    @property
    def scale(self) -> int:
        """How many times as large it is as in the model: a sum in place of each average."""
        scale = 1
        for pool in self.pools:
            scale *= pool.kernel[0] * pool.kernel[1] if pool.average else 1
        return scale

    @property
    def place(self) -> str:
        """What last changed the map, as messages name it; empty for a map that is as it was sent."""
        done = (self.merged, *self.pools, *self.crops, self.turn)
        return next((one.place for one in reversed(done) if one is not None), "")


# One stream, or several that are joined: how, which, and where in the model.
Streams: TypeAlias = "Stream | tuple[Merge, tuple[Streams, ...], str]"


@dataclass(frozen=True, slots=True)
class Signal:
    """What leaves a part; ``flat`` is the part that joined its axes."""

    streams: Streams
    flat: Flatten | None = None


def streams(tree: Streams) -> Iterator[Stream]:
    """Every stream that is joined, in order."""
    if isinstance(tree, Stream):
        yield tree
    else:
        for part in tree[1]:
            yield from streams(part)
