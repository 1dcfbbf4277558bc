"""Reads what a user assumes about rates: ``1e5``, ``20/pixel``, ``2000@3``, ``5/neuron@all``."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

from dynapspec.diagnostics import fail, visible
from dynapspec.network.network import Network
from dynapspec.report.traffic import INPUT, Sent, Traffic, place_of

ALL = "all"
EACH = ("pixel", "neuron")
HINT = "write events in a second, as in 1e5, 20/pixel, 2000@3 or 5/neuron@all"
SHOWN = 60  # characters of a wrong value that are shown


@dataclass(frozen=True, slots=True)
class Rate:
    """One assumption: so many events in a second, of all or of each pixel or neuron."""

    events: float
    each: bool
    of: str

    def sent(self, size: int) -> Sent:
        """What is sent by as many pixels or neurons."""
        if not self.each:
            return Sent(self.events, "assumed")
        return Sent(self.events * size, f"assumed, {self.events:g} of each of {size}")


def parse_rate(text: str) -> Rate:
    """One ``EVENTS_PER_S[/pixel|/neuron][@LAYER]``.

    Raises:
        InputError: it is not of that form.
    """
    amount, at, layer = text.partition("@")
    number, slash, unit = amount.partition("/")
    try:
        events = float(number)
    except ValueError:
        events = math.nan
    wrong = (slash and unit.strip() not in EACH) or (at and not layer.strip())
    if wrong or not math.isfinite(events) or events < 0:
        shown = visible(text if len(text) <= SHOWN else f"{text[:SHOWN]}...")
        raise fail("rate", f"{shown} is no rate", hint=HINT)
    return Rate(events, bool(slash), layer.strip() or INPUT)


def assumed(network: Network, rates: Iterable[str | float | Rate]) -> Traffic:
    """The traffic under assumed rates; a layer that nobody spoke of stays unknown.

    Args:
        network: the network.
        rates: as the command line takes them; a number is the events of the input in a second.

    Raises:
        InputError: a rate is none, or names a layer that is not there, or one twice.
    """
    parsed = [rate if isinstance(rate, Rate) else parse_rate(str(rate)) for rate in rates]
    stated: dict[int | None, Sent] = {}
    for rate in (one for one in parsed if one.of != ALL):
        place = place_of(network, rate.of)
        if place in stated:
            raise fail("rate", f"two rates are given for {_named(place)}", hint="keep one of them")
        stated[place] = rate.sent(_size(network, place))
    usual = [rate for rate in parsed if rate.of == ALL]
    if len(usual) > 1:
        raise fail("rate", "two rates are given for all layers", hint="keep one of them")
    for rate in usual:
        for index in range(len(network.layers)):
            stated.setdefault(index, rate.sent(_size(network, index)))
    layers = tuple(stated.get(index) for index in range(len(network.layers)))
    return Traffic("assumed", stated.get(None), layers)


def _size(network: Network, place: int | None) -> int:
    """Pixels of the input, or neurons of a layer."""
    if place is None:
        return prod(network.input_shape)
    layer = network.layers[place]
    if layer.description is None or not layer.neuron_map:
        return 0
    return int(layer.description.synapses["out_channels"]) * prod(layer.neuron_map)


def _named(place: int | None) -> str:
    return f"the {INPUT}" if place is None else f"layer {place}"
