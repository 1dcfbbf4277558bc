"""Reads sinabs's DynapcnnNetwork: layers that are words of the chip already, and the ways between them.

Up to version 3.0 it holds them in a sequence; from 3.1 on in a dictionary, with a list of destinations
for each, of which negative ones leave the network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from typing import Any, TypeAlias

from dynapspec.network.flow import Node
from dynapspec.network.modules import names_of, place_of
from dynapspec.network.parts import Input, Join, Output, Part, refuse
from dynapspec.network.ready import ReadyLayers, sensor_parts

NAME = "DynapcnnNetwork"
SENSOR = "dvs"  # how its map of destinations calls the block of the sensor

Key: TypeAlias = int | str


def sequence_of(model: Any) -> Any:
    """The sequence of such a network, or None where it has none."""
    return getattr(model, "sequence", None) if NAME in names_of(model) else None


def is_graph(model: Any) -> bool:
    """Whether it is such a network with a graph of layers."""
    return NAME in names_of(model) and hasattr(model, "layer_destination_map")


def nodes_of(model: Any, ready: ReadyLayers) -> list[Node]:
    """The nodes of such a graph.

    Raises:
        InputError: it has no layers, or one that is none of the chip.
    """
    return list(_Graph(model, ready).nodes())


class _Graph:
    """The layers of one network."""

    def __init__(self, model: Any, ready: ReadyLayers) -> None:
        self.ready, self.layers = ready, dict(model.all_layers)
        self.targets: Mapping[Key, list[int]] = model.layer_destination_map
        self.entries: set[Key] = {*model.dynapcnn_module.entry_points}
        self.ends: list[tuple[int, str]] = []
        self.sources: dict[Key, list[str]] = {key: [] for key in self.layers}

    def nodes(self) -> Iterator[Node]:
        """The input, each layer behind those that it receives from, and the outputs."""
        yield Node("input", Input("the input"))
        before: dict[Key, list[Key]] = {key: [] for key in self.layers}
        for source, targets in self.targets.items():
            for target in targets:
                if target in before:
                    before[target].append(source)
        for key in TopologicalSorter(before).static_order():
            yield from self._layer(key)
        for _, name in sorted(self.ends, reverse=True):
            yield Node(f"output of {name}", Output(f"output of {name}"), (name,))

    def _layer(self, key: Key) -> Iterator[Node]:
        layer = self.layers[key]
        place = place_of(f"dynapcnn_layers.{key}", layer)
        into = [*self.sources[key], *(["input"] if key in self.entries or not self.sources[key] else [])]
        name = f"layer {key}"
        if len(into) > 1:
            yield Node(f"{name} sum", Join(place, "add"), tuple(into))
            into = [f"{name} sum"]
        if key == SENSOR:
            yield from _row(name, sensor_parts(place, layer), into[0])
            ways: tuple[Part | None, ...] = (None,) * len(self.targets[key])
        else:
            found = self.ready.read(place, layer)
            yield from _row(name, iter((found.synapses, found.neurons)), into[0])
            ways = found.ways
        targets = list(self.targets.get(key, []))
        if len(ways) != len(targets):
            raise refuse(place, f"it pools for {len(ways)} destinations, and has {len(targets)}")
        for number, (target, way) in enumerate(zip(targets, ways, strict=True)):
            end = name
            if way is not None:
                end = f"{name} to {number}"
                yield Node(end, way, (name,))
            if target in self.sources:
                self.sources[target].append(end)
            else:
                self.ends.append((target, end))


def _row(name: str, parts: Iterator[Part], source: str) -> Iterator[Node]:
    """Parts one behind the other; the last has the name."""
    several = list(parts)
    for index, part in enumerate(several):
        own = name if index == len(several) - 1 else f"{name} {index}"
        yield Node(own, part, (source,))
        source = own
