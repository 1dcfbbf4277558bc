"""The parts that models are made of: graphs and Python are first read into these, one for each node."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from dynapspec.diagnostics import InputError, fail
from dynapspec.network.network import Kind, Merge, Shape
from dynapspec.network.places import span_in

Pair: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Synapses:
    """A convolution or a fully connected layer. ``words``: its values are words of the chip."""

    place: str
    kind: Kind
    fields: Mapping[str, Any]
    weight: Any
    bias: Any = None
    in_features: int | None = None
    input_shape: Shape | None = None
    words: bool = False
    module: Any = None


@dataclass(frozen=True, slots=True)
class Neurons:
    """Integrate-and-fire neurons, or rectified units that they stand for.

    ``shape`` is that of their map, where it is said.
    """

    place: str
    threshold: float
    floor: float | None
    module: Any = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    shape: tuple[int, ...] | None = None
    rectified: bool = False


@dataclass(frozen=True, slots=True)
class Pool:
    """Pooling; an average is a sum whose division moves into the weights of the next layer."""

    place: str
    kernel: Pair
    stride: Pair
    average: bool = False


@dataclass(frozen=True, slots=True)
class Flatten:
    """Features, rows and columns in one axis, in this order."""

    place: str


@dataclass(frozen=True, slots=True)
class Norm:
    """A normalization by fixed numbers, one of each for every feature: x * factor + offset."""

    place: str
    factor: Any
    offset: Any


@dataclass(frozen=True, slots=True)
class Crop:
    """A part of a map: first row, first column, and those behind the last ones; from 0 down, from the end."""

    place: str
    window: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Sensor:
    """The block of the sensor: the map that it takes, where it is said, and whether polarities are added."""

    place: str
    input_shape: Shape | None = None
    merge: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """A map that is mirrored, last row or last column first, and then has its rows and columns swapped."""

    place: str
    rows: bool = False
    columns: bool = False
    swap: bool = False

    def __bool__(self) -> bool:
        return self.rows or self.columns or self.swap


@dataclass(frozen=True, slots=True)
class Join:
    """Several maps that become one."""

    place: str
    kind: Merge


@dataclass(frozen=True, slots=True)
class Input:
    """Where the map of the sensor enters."""

    place: str


@dataclass(frozen=True, slots=True)
class Output:
    """Where something leaves."""

    place: str


Part: TypeAlias = Synapses | Neurons | Pool | Flatten | Norm | Crop | Sensor | Turn | Join | Input | Output


def refuse(place: str, why: str, hint: str = "") -> InputError:
    """The error for a part that no chip of the family has, to be raised."""
    return fail("unsupported", f"{place}: {why}", span_in(place), hint)


def refuse_endless(place: str, what: str, values: Iterable[float]) -> None:
    """Refuses values that no word of the chip can stand for."""
    if not all(map(math.isfinite, values)):
        raise refuse(place, f"{what} is infinite or not a number", "no chip can hold it: give a number")


def merged(pools: list[Pool]) -> dict[str, Pair]:
    """The fields of one pooling that does what these do in turn."""
    if not pools:
        return {}
    if len(pools) == 1:
        return {"kernel_size": pools[0].kernel, "stride": pools[0].stride}
    down = across = 1
    for pool in pools:
        if pool.stride != pool.kernel:
            raise refuse(pool.place, "its windows overlap, and another pooling stands beside it", "pool once")
        down, across = down * pool.kernel[0], across * pool.kernel[1]
    return {"kernel_size": (down, across), "stride": (down, across)}


def same_padding(place: str, kernel: Pair, dilation: Pair) -> Pair:
    """The padding that keeps the size of a map; raises InputError where it would differ from side to side."""
    spans = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    if any(span % 2 for span in spans):
        raise refuse(
            place, "padding 'same' differs from side to side here", "use an odd kernel, or give the padding"
        )
    return spans[0] // 2, spans[1] // 2
