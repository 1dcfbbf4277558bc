"""How times grow with time bins, batch, size of the maps and density, ours and the peer's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from dynapspec.bench.figure import Figure
from dynapspec.bench.neurons import MAPS, NEEDS, agree, drawn, layer, neurons, size, spikes, trained
from dynapspec.bench.peer import Peer, sinabs
from dynapspec.bench.turns import Pace, in_turn

TIMES, BATCHES = (50, 100, 200, 400), (1, 2, 4, 8, 16, 32)
SIZES = ((16, 8, 8), (16, 16, 16), (16, 32, 32), (16, 64, 64))
DENSITIES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
SMALL, SHORT = (
    (4, 8, 8),
    (25, 50, 100, 200),
)  # maps and time bins at which the peer's training ends in seconds

Call = Callable[[], Any]
Make = Callable[[Peer | None, Any], Call]


@dataclass(frozen=True, slots=True)
class Axis:
    """What grows, and how something is made of each size of it."""

    name: str
    title: str
    values: Sequence[Any]
    make: Make
    graded: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """One size on one axis."""

    axis: Axis
    value: str
    figure: Figure


def _time(peer: Peer | None, value: int) -> Call:
    spk, x = neurons(peer), drawn(MAPS[0], value)
    return lambda: spk(x)


def _batch(peer: Peer | None, value: int) -> Call:
    spk, x = neurons(peer, batch=value), drawn(MAPS[0], batch=value)
    return lambda: spk(x)


def _size(peer: Peer | None, value: tuple[int, ...]) -> Call:
    spk, x = neurons(peer), drawn(value)
    return lambda: spk(x)


def _density(peer: Peer | None, value: float) -> Call:
    made, x = layer(peer), spikes(value)
    return lambda: made(x)


def _training(peer: Peer | None, value: int) -> Call:
    return trained(neurons(peer), drawn(SMALL, value).requires_grad_())


AXES = (
    Axis("time", f"neurons forward, {size(MAPS[0])}, time bins", TIMES, _time),
    Axis("batch", f"neurons forward, {size(MAPS[0])}, samples", BATCHES, _batch),
    Axis("size", "neurons forward, maps", SIZES, _size),
    Axis("density", "layer forward, part of the input", DENSITIES, _density),
    Axis(
        "training", f"neurons forward and backward, {size(SMALL)}, time bins", SHORT, _training, graded=True
    ),
)


def scaling(pace: Callable[[str, int, int], Pace]) -> Iterator[Point]:
    """Every size on every axis; nothing where torch is not installed.

    Args:
        pace: of a measurement, by its name, its place and how many there are.

    Raises:
        InputError: ours and the peer's spikes differ.
    """
    if any(find_spec(name) is None for name in NEEDS):
        return
    peer, done, total = sinabs(), 0, sum(len(axis.values) for axis in AXES)
    for axis in AXES:
        for value in axis.values:
            shown = _shown(value)
            yield Point(axis, shown, _measured(axis, value, peer, pace(f"{axis.title} {shown}", done, total)))
            done += 1


def _measured(axis: Axis, value: Any, peer: Peer | None, pace: Pace) -> Figure:
    with import_module("torch").set_grad_enabled(axis.graded):
        own = axis.make(None, value)
        other = axis.make(peer, value) if peer else None
        if other and not axis.graded:
            agree(own(), other(), "spikes")
        return in_turn(axis.title, pace, own, peer.name if peer else "", other)


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return size(value)
    return f"{100 * value:.0f} %" if isinstance(value, float) else str(value)
