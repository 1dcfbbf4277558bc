"""Synaptic operations of each layer in a second, and what its core can do.

One operation is one neuron that reads one event: it is read, added to, compared and written. An event
reaches as many neurons as kernels lie over its place, fewer at the border of a map and between strides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dynapspec.interpret import Description
from dynapspec.model import Chip
from dynapspec.network.label import USUAL
from dynapspec.network.network import Edge, Network
from dynapspec.network.verdicts import ChipFit
from dynapspec.report.traffic import Sent, Traffic


@dataclass(frozen=True, slots=True)
class Bandwidth:
    """What one core can do in a second, and how that is known."""

    synops: int
    level: str
    source: str
    clause: str


@dataclass(frozen=True, slots=True)
class Load:
    """What one layer does in a second; None where a rate, a map or a core is unknown.

    Attributes:
        layer: its position.
        core: the core that it was given.
        events: events that reach it.
        mean: operations of one event, on average over the places where events are.
        most: operations of one event where most neurons listen.
        synops: operations in a second.
        bandwidth: what the core can do; None where the specs do not know it.
        unknown: why ``synops`` is unknown.
    """

    layer: int
    core: int | None
    events: float | None
    mean: float | None
    most: int | None
    synops: float | None
    bandwidth: Bandwidth | None
    unknown: str = ""

    @property
    def share(self) -> float | None:
        """The part of the bandwidth that is taken."""
        if self.synops is None or self.bandwidth is None:
            return None
        return self.synops / self.bandwidth.synops

    @property
    def over(self) -> bool:
        """Whether the core cannot do as much."""
        return self.share is not None and self.share > 1

    @property
    def may_be_over(self) -> bool:
        """Whether it could not if all events fell where most neurons listen."""
        if self.events is None or self.most is None or self.bandwidth is None:
            return False
        return not self.over and self.events * self.most > self.bandwidth.synops

    def data(self) -> dict[str, Any]:
        """The load as JSON has it."""
        limit = self.bandwidth
        return {
            "layer": self.layer,
            "core": self.core,
            "events_per_second": self.events,
            "synops_per_event": self.mean,
            "synops_per_event_max": self.most,
            "synops_per_second": self.synops,
            "limit": limit.synops if limit else None,
            "share": self.share,
            "evidence": limit.level if limit else None,
            "source": limit.source if limit else None,
            "clause": limit.clause if limit else None,
            "unknown": self.unknown,
        }


def loads(network: Network, answer: ChipFit, chip: Chip, traffic: Traffic) -> tuple[Load, ...]:
    """The load of each layer of a network on a chip.

    Args:
        network: the network.
        answer: its placement on the chip.
        chip: the chip.
        traffic: what is sent, from :func:`dynapspec.report.assumed` or :func:`dynapspec.report.recorded`.
    """
    return tuple(
        _load(network, index, layer.core, _bandwidth(chip, layer.core), traffic)
        for index, layer in enumerate(answer.layers)
    )


def _bandwidth(chip: Chip, core: int | None) -> Bandwidth | None:
    if core is None or core not in chip.spec.bandwidth:
        return None
    stated = chip.spec.bandwidth[core]
    source = chip.spec.sources.get((stated.source or "").split(" ")[0])
    clause = chip.clause("bandwidth", core)
    return Bandwidth(
        stated.synops_per_second,
        source.level if source else "unknown",
        source.title if source else "",
        clause,
    )


def _load(
    network: Network, index: int, core: int | None, bandwidth: Bandwidth | None, traffic: Traffic
) -> Load:
    layer = network.layers[index]
    if layer.description is None or not layer.neuron_map:
        return Load(index, core, None, None, None, None, bandwidth, "its map is undefined")
    hits = [_hits(layer.description, axis, layer.neuron_map[axis]) for axis in (0, 1)]
    each = _value(layer.description, "out_channels") // _value(layer.description, "groups")
    most = each * max(hits[0]) * max(hits[1])
    even = each * sum(hits[0]) * sum(hits[1]) / (len(hits[0]) * len(hits[1]))
    ways = _ways(network, index)
    silent = [edge.source for edge in ways if traffic.of(edge.source) is None]
    if silent:
        why = _silence(silent)
        return Load(index, core, None, even, most, None, bandwidth, why)
    found = [
        _arriving(network, edge, sent, hits) for edge in ways if (sent := traffic.of(edge.source)) is not None
    ]
    events, synops = sum(a for a, _ in found), each * sum(b for _, b in found)
    mean = synops / events if events else even
    return Load(index, core, events, mean, most, synops, bandwidth)


def _silence(sources: Sequence[int | None]) -> str:
    named = ", ".join("the input" if one is None else f"layer {one}" for one in sources)
    return f"nobody said what {named} {'sends' if len(sources) == 1 else 'send'}"


def _ways(network: Network, index: int) -> tuple[Edge, ...]:
    """The ways to a layer; a network without any is a chain."""
    if network.edges:
        return network.into(index)
    return (Edge(index - 1 if index else None, index, 0),)


def _arriving(network: Network, edge: Edge, sent: Sent, hits: Sequence[Sequence[int]]) -> tuple[float, float]:
    """Events that arrive on one way in a second, and how many pairs of an event and a place they make."""
    windows, kept = (1, 1), 1
    if edge.source is not None:
        source = network.layers[edge.source].description
        assert source is not None
        pool = source.destinations[edge.destination] if edge.destination is not None else {}
        windows, kept = _pair(pool.get("kernel_size", 1)), source.neurons.get("decimate") or 1
    rows, columns = (_spread(axis_hits, window) for axis_hits, window in zip(hits, windows, strict=True))
    if sent.places is not None:
        pairs = [
            (value, rows[y] * columns[x] if y < len(rows) and x < len(columns) else None)
            for y, row in enumerate(sent.places)
            for x, value in enumerate(row)
        ]
        events = sum(value for value, reached in pairs if reached is not None)
        return events / kept, sum(value * (reached or 0) for value, reached in pairs) / kept
    height, width = _map_of(network, edge.source)
    inside = min(len(rows), height) * min(len(columns), width) / (height * width)
    rate = sent.rate * inside / kept
    return rate, rate * sum(rows) * sum(columns) / (len(rows) * len(columns))


def _spread(hits: Sequence[int], window: int) -> list[int]:
    """The hits at the place of each neuron before a pooling."""
    return [hit for hit in hits for _ in range(window)]


def _map_of(network: Network, source: int | None) -> tuple[int, ...]:
    return network.input_shape[1:] if source is None else network.layers[source].neuron_map


def _hits(description: Description, axis: int, size: int) -> list[int]:
    """How many rows (or columns) of neurons an event in each row (or column) of the input map reaches."""
    kernel, stride, padding, dilation = (
        _pair(_value(description, name))[axis] for name in ("kernel_size", "stride", "padding", "dilation")
    )
    hits = [0] * description.input_shape[1 + axis]
    for neuron in range(size):
        for tap in range(kernel):
            place = neuron * stride - padding + tap * dilation
            if 0 <= place < len(hits):
                hits[place] += 1
    return hits


def _value(description: Description, name: str) -> Any:
    return description.synapses.get(name, USUAL.get(name, 1))


def _pair(value: Any) -> tuple[int, int]:
    return (value[0], value[1]) if isinstance(value, list | tuple) else (value, value)
