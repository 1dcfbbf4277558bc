"""How many events run through a network in a second: assumed rates, or counts of a recording."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from dynapspec.diagnostics import InputError, did_you_mean, fail
from dynapspec.network.network import Network

Basis: TypeAlias = Literal["assumed", "recorded"]
Counts: TypeAlias = "tuple[tuple[float, ...], ...]"  # events at each row and column, all features together
INPUT = "input"


@dataclass(frozen=True, slots=True)
class Sent:
    """What the input or the neurons of one layer send in a second, before decimation and pooling.

    Attributes:
        rate: events in a second.
        told: how that is known, as the user said it.
        places: events of a second by row and column, where a recording has them; otherwise they are even.
    """

    rate: float
    told: str
    places: Counts | None = None


@dataclass(frozen=True, slots=True)
class Traffic:
    """What is sent in a network; what nobody stated is None, and never guessed.

    Attributes:
        basis: whether the numbers were assumed or counted.
        input: what the input sends.
        layers: what the neurons of each layer send.
        seconds: how long was counted, in a recording.
    """

    basis: Basis
    input: Sent | None
    layers: tuple[Sent | None, ...]
    seconds: float | None = None

    def of(self, source: int | None) -> Sent | None:
        """What a layer sends, or the input."""
        return self.input if source is None else self.layers[source]

    def data(self) -> dict[str, Any]:
        """The traffic as JSON has it."""
        sent = [None if one is None else one.rate for one in self.layers]
        found = {"basis": self.basis, "input": self.input.rate if self.input else None, "layers": sent}
        return found | ({"seconds": self.seconds} if self.seconds is not None else {})


def recorded(
    network: Network,
    counts: Sequence[Any] | Mapping[int, Any],
    seconds: float,
    input_events: Any = None,
) -> Traffic:
    """The traffic of a recording or a simulation.

    Args:
        network: the network that ran.
        counts: the spikes of each layer's neurons: a whole number, or an array (features, height, width)
            of them, such as the ``counts`` of a simulation. Layers that are not in a mapping are unknown.
        seconds: how long it ran.
        input_events: events of the input in the same form.

    Raises:
        InputError: the numbers are none, or belong to another network.
    """
    if not (isinstance(seconds, int | float) and math.isfinite(seconds) and seconds > 0):
        raise fail("counts", f"a duration of {seconds!r} is no time", hint="give seconds, more than 0")
    known = counts if isinstance(counts, Mapping) else dict(enumerate(counts))
    strange = [index for index in known if index not in range(len(network.layers))]
    if strange or (not isinstance(counts, Mapping) and len(known) != len(network.layers)):
        told = f"counts of {len(known)} layers, and {network.name} has {len(network.layers)}"
        raise fail("counts", told, hint="give one entry for each layer, in its order")
    shapes = [_neurons(network, index) for index in range(len(network.layers))]
    made = [
        None if known.get(index) is None else _counted(known[index], seconds, f"layer {index}", shape)
        for index, shape in enumerate(shapes)
    ]
    entered = None if input_events is None else _counted(input_events, seconds, INPUT, network.input_shape)
    return Traffic("recorded", entered, tuple(made), float(seconds))


def _neurons(network: Network, index: int) -> tuple[int, ...] | None:
    layer = network.layers[index]
    if layer.description is None or not layer.neuron_map:
        return None
    return (layer.description.synapses["out_channels"], *layer.neuron_map)


def _counted(counts: Any, seconds: float, place: str, shape: tuple[int, ...] | None) -> Sent:
    """Counts as rates; those of an array keep their places."""
    values = counts.tolist() if hasattr(counts, "tolist") else counts
    if not isinstance(values, list | tuple):
        return Sent(_count(values, place) / seconds, "counted")
    rows = _rows(values, place, shape)
    places = tuple(tuple(value / seconds for value in row) for row in rows)
    return Sent(sum(map(sum, rows)) / seconds, "counted", places)


def _rows(values: Any, place: str, shape: tuple[int, ...] | None) -> list[list[int]]:
    """The sum over the features of an array (features, height, width)."""
    if not all(isinstance(one, list) and all(isinstance(row, list) for row in one) for one in values):
        raise fail("counts", f"{place}: counts are a number, or an array (features, height, width)")
    maps = [[[_count(value, place) for value in row] for row in one] for one in values]
    sizes = {(len(maps), len(one), len(row)) for one in maps for row in one}
    if len(sizes) != 1 or (shape is not None and sizes != {tuple(shape)}):
        found = " and ".join("x".join(map(str, size)) for size in sorted(sizes)[:2]) or "nothing"
        wanted = "x".join(map(str, shape)) if shape else "features, height, width"
        raise fail("counts", f"{place}: an array of {found}, and its map is {wanted}")
    return [
        [sum(one[row][column] for one in maps) for column in range(len(maps[0][0]))]
        for row in range(len(maps[0]))
    ]


def _count(value: Any, place: str) -> int:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value < 0 or value != int(value):
        raise fail("counts", f"{place}: {value!r} is no count of events")
    return int(value)


def place_of(network: Network, name: str) -> int | None:
    """The layer that a user names by its number or id, None for the input.

    Raises:
        InputError: there is none of that name.
    """
    if name == INPUT:
        return None
    ids = {layer.name: index for index, layer in enumerate(network.layers) if layer.name}
    if name in ids:
        return ids[name]
    if name.isascii() and name.isdigit() and len(name) < 6 and int(name) < len(network.layers):
        return int(name)
    raise unknown_layer(network, name, list(ids))


def unknown_layer(network: Network, name: str, ids: list[str]) -> InputError:
    """The complaint about a layer that is none."""
    hint = did_you_mean(name, [*ids, INPUT]) or f"layers are 0 to {len(network.layers) - 1}, or {INPUT}"
    return fail("rate", f"there is no layer {name!r}", hint=hint)
