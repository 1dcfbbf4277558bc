"""The parts that models are made of, and how they group into layers of the chip.

A graph or a Python model is first read into parts, one for each node or module. A layer then is
synapses, the neurons behind them, and the pooling behind those.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from dynapspec.diagnostics import InputError, fail
from dynapspec.network.network import Block, Kind, Parameters, Shape

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
    """Integrate-and-fire neurons, or what stands for them. ``shape``: that of their map, where it is said."""

    place: str
    threshold: float
    floor: float | None
    module: Any = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    shape: tuple[int, ...] | None = None


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


Part: TypeAlias = Synapses | Neurons | Pool | Flatten


def refuse(place: str, why: str, hint: str = "") -> InputError:
    """The error for a part that no chip of the family has, to be raised."""
    return fail("unsupported", f"{place}: {why}", hint=hint)


def refuse_endless(place: str, what: str, values: Iterable[float]) -> None:
    """Refuses values that no word of the chip can stand for."""
    if not all(map(math.isfinite, values)):
        raise refuse(place, f"{what} is infinite or not a number", "no chip can hold it: give a number")


class Grouping:
    """Groups parts into layers, in their order; ``notes`` says what was read with some freedom."""

    def __init__(self, parts: Iterable[Part]) -> None:
        self.blocks: list[Block] = []
        self.notes: list[str] = []
        self._synapses: Synapses | None = None
        self._neurons: Neurons | None = None
        self._pools: list[Pool] = []
        self._flat: Flatten | None = None
        self._rescale = 1
        for part in parts:
            self._take(part)
        self._close()
        if not self.blocks:
            raise fail(
                "empty",
                "the model has no layers",
                hint="a layer is a convolution or a Linear, and its neurons",
            )
        if self._rescale != 1:
            self.notes.append(
                f"the last layer sums where the model averages: its output is {self._rescale} times as large"
            )

    def _take(self, part: Part) -> None:
        match part:
            case Synapses():
                self._open(part)
            case Neurons():
                self._neurons = self._after_synapses(part)
            case Pool():
                self._pools.append(self._after_neurons(part))
            case Flatten():
                self._flat = part

    def _open(self, part: Synapses) -> None:
        if self._flat is not None and part.kind != "linear":
            raise refuse(self._flat.place, f"only a Linear can follow it, found {part.place}")
        self._close()
        self._synapses, self._flat = part, None

    def _after_synapses(self, part: Neurons) -> Neurons:
        if self._synapses is None:
            raise refuse(
                part.place, "neurons without synapses before them", "begin with a convolution or a Linear"
            )
        if self._neurons is not None:
            raise refuse(part.place, f"the layer has neurons already, {self._neurons.place}")
        if self._pools:
            hint = "put the pooling behind the neurons"
            raise refuse(
                part.place,
                f"the chip pools spikes, and {self._pools[0].place} stands before the neurons",
                hint,
            )
        return part

    def _after_neurons(self, part: Pool) -> Pool:
        if self._synapses is None:
            raise refuse(
                part.place, "pooling before the first layer", "give the input shape of the map after it"
            )
        if self._flat is not None:
            raise refuse(part.place, f"a flat map cannot be pooled, and {self._flat.place} stands before it")
        return part

    def _close(self) -> None:
        """Ends the layer that is open."""
        synapses, neurons = self._synapses, self._neurons
        if synapses is None:
            return
        if neurons is None:
            self.notes.append(
                f"{synapses.place}: no neurons follow in the model; a core of the chip always has them"
            )
        self.blocks.append(self._block(synapses, neurons))
        self._rescale = 1
        for pool in self._pools:
            self._rescale *= pool.kernel[0] * pool.kernel[1] if pool.average else 1
        self._synapses, self._neurons, self._pools = None, None, []

    def _block(self, synapses: Synapses, neurons: Neurons | None) -> Block:
        if synapses.words and self._rescale != 1:
            raise refuse(
                synapses.place,
                f"an average stands before it, and its words cannot be divided by {self._rescale}",
                "use SumPool2d there, or give the layer as it was before it was discretized",
            )
        trained = Parameters(
            synapses.weight,
            synapses.bias,
            neurons.threshold if neurons else None,
            neurons.floor if neurons else None,
            self._rescale,
            synapses.words,
            synapses.module or (neurons.module if neurons else None),
        )
        return Block(
            synapses.place,
            synapses.kind,
            synapses.fields,
            neurons.fields if neurons else {},
            merged(self._pools),
            in_features=synapses.in_features,
            input_shape=synapses.input_shape,
            neuron_shape=neurons.shape if neurons else None,
            parameters=trained,
        )


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
