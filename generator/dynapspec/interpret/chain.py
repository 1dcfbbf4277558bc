"""Layers in a chain, one event after another: what a spike of one core does in the next.

Every spike is taken through the rest of the chain before the next one, in the order that the spec gives.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from copy import copy
from itertools import product
from typing import Any, TypeAlias

from dynapspec.interpret.chip import RuleBook, refusing
from dynapspec.interpret.description import Description
from dynapspec.interpret.layer import LayerInterpreter
from dynapspec.interpret.neurons import Dynamics, Neuron

Data: TypeAlias = Mapping[str, Any]
Place: TypeAlias = tuple[int, int, int]  # feature, row, column
AXES = ("feature", "row", "column")


class Chain:
    """Some layers, each of which feeds the next; ``order`` and ``depth_first`` as the spec has them."""

    def __init__(
        self,
        interpreter: LayerInterpreter,
        layers: Sequence[Data],
        order: Sequence[str] | None = None,
        depth_first: bool = True,
    ) -> None:
        rules, dynamics = refusing(interpreter), Dynamics(interpreter)
        self.cores = [_Core(rules, dynamics, layer) for layer in layers]
        self.order = order or interpreter.spec.dynamics.event.visit.order
        self.depth_first = depth_first

    def otherwise(self, order: Sequence[str] | None = None, depth_first: bool = True) -> Chain:
        """The same layers at rest, visited in another order; what is known of their neurons is shared."""
        other = copy(self)
        other.cores = [core.at_rest() for core in self.cores]
        other.order, other.depth_first = order or self.order, depth_first
        return other

    def run(self, happenings: Sequence[Data]) -> dict[str, Any]:
        """The spikes as (layer, feature, row, column), in order, and all potentials in the end."""
        spikes: list[list[int]] = []
        for one in happenings:
            if "event" in one:
                spikes += self._event(one["event"])
            else:
                for core in self.cores:
                    core.leak()
        return {"spikes": spikes, "v": [core.maps for core in self.cores]}

    def _event(self, event: Sequence[int]) -> list[list[int]]:
        found = []
        pending = deque(self._fired(0, event))
        while pending:
            index, place = pending.popleft()
            found.append([index, *place])
            after = self.cores[index].leaving(place)
            if after is not None and index + 1 < len(self.cores):
                new = self._fired(index + 1, after)
                if self.depth_first:
                    pending.extendleft(reversed(new))
                else:
                    pending.extend(new)
        return found

    def _fired(self, index: int, event: Sequence[int]) -> list[tuple[int, Place]]:
        """The spikes of one core, in the order in which they leave it."""
        fired = self.cores[index].receive(event)
        fired.sort(key=lambda place: [place[AXES.index(axis)] for axis in self.order])
        return [(index, place) for place in fired]


class _Core:
    """One layer: whole-number weights, and a potential for each neuron."""

    def __init__(self, rules: RuleBook, dynamics: Dynamics, given: Data) -> None:
        self.given, self.dynamics = given, dynamics
        self.weight, shape = given["weight"], given["input_shape"]
        self.kernel = len(self.weight[0][0]), len(self.weight[0][0][0])
        sizes = {"in_channels": shape[0], "out_channels": len(self.weight), "kernel_size": self.kernel}
        geometry = {name: given[name] for name in ("stride", "padding")}
        pool = {"kernel_size": given["pool"], "stride": given["pool"]}
        bias = {"bias": given["bias"] is not None}
        judged = rules.judge(Description(tuple(shape), {**sizes, **geometry, **bias}, {}, (pool,)))
        outputs = rules.interpreter.spec.outputs
        self.shape = [judged.values[name] for name in outputs.neuron_shape]
        values = {**judged.values, **judged.destinations[0]}
        self.leaves = [values[name] for name in outputs.output_shape]
        self.neuron = Neuron(given["threshold"], given["v_floor"], reset_fn=given["reset_fn"])
        self.v = dict.fromkeys(product(*map(range, self.shape)), 0)
        self.known: dict[tuple[int, int], tuple[int, int]] = {}  # potential and weight; spikes and potential

    def at_rest(self) -> _Core:
        """The same layer without anything received."""
        other = copy(self)
        other.v = dict.fromkeys(self.v, 0)
        return other

    def receive(self, event: Sequence[int]) -> list[Place]:
        """One event at every neuron that it reaches; those that fire."""
        feature, y, x = event
        (sy, sx), (py, px) = self.given["stride"], self.given["padding"]
        fired: list[Place] = []
        for out, row, column in self.v:
            ky, kx = y + py - row * sy, x + px - column * sx
            if 0 <= ky < self.kernel[0] and 0 <= kx < self.kernel[1]:
                place = out, row, column
                n, self.v[place] = self._after(self.v[place], self.weight[out][feature][ky][kx])
                fired += [place] * n
        return fired

    def _after(self, v: int, weight: int) -> tuple[int, int]:
        """Spikes and potential after an event; neurons of a layer differ in nothing but these."""
        if (v, weight) not in self.known:
            self.known[v, weight] = self.dynamics.event(v, weight, self.neuron)
        return self.known[v, weight]

    def leak(self) -> None:
        """One tick of the slow clock."""
        bias = self.given["bias"] or [0] * self.shape[0]
        for place, v in self.v.items():
            self.v[place] = self.dynamics.leak(v, bias[place[0]], self.neuron)

    def leaving(self, place: Place) -> Place | None:
        """Where a spike comes out behind the pooling; None in a window that the map cuts off."""
        out, row, column = place
        after = row // self.given["pool"][0], column // self.given["pool"][1]
        inside = after[0] < self.leaves[1] and after[1] < self.leaves[2]
        return (out, *after) if inside else None

    @property
    def maps(self) -> list[list[list[int]]]:
        """The potentials as features of rows of columns."""
        features, rows, columns = self.shape
        return [[[self.v[f, y, x] for x in range(columns)] for y in range(rows)] for f in range(features)]
