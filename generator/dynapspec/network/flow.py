"""Groups the parts of a graph into layers of the chip.

What flows between two parts is followed from the input on: where it comes from, and how it was pooled
on the way. Synapses open a layer, norms and neurons behind them belong to it, and everything else
says how spikes get from one layer to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from dynapspec.diagnostics import fail
from dynapspec.network.fold import folded, side_by_side
from dynapspec.network.network import Block, Parameters
from dynapspec.network.parts import (
    Crop,
    Flatten,
    Input,
    Join,
    Neurons,
    Norm,
    Output,
    Part,
    Pool,
    Sensor,
    Synapses,
    Turn,
    merged,
    refuse,
)
from dynapspec.network.places import span_in
from dynapspec.network.receiving import common, each, is_sum, pools_of, source_of, tap_of
from dynapspec.network.sensing import Asked, cropped, of_input, pooled, preprocessed, turned
from dynapspec.network.signal import Signal, Stream, Streams, streams


@dataclass(frozen=True, slots=True)
class Node:
    """One part of a graph, and the names of those that it receives from."""

    name: str
    part: Part | None  # None: what goes in comes out
    inputs: tuple[str, ...] = ()


@dataclass
class Opened:
    """A layer while its parts are collected."""

    synapses: Synapses
    inputs: Streams
    last: str = ""  # the node whose output is that of the synapses
    neurons: Neurons | None = None
    norms: list[Norm] = field(default_factory=list)


class Flow:
    """The layers of a graph, from its nodes in an order in which none stands before its inputs.

    Attributes:
        blocks: the layers.
        outputs: what leaves the network.
        preprocessing: what happens before the first layers.
        notes: what was read with some freedom.

    Raises:
        InputError: no network of the chip does the same.
    """

    def __init__(self, nodes: Sequence[Node], flat: bool = False) -> None:
        self.must_be_flat = flat  # what a Linear receives, as torch has it
        self.notes: list[str] = []
        self.layers: list[Opened] = []
        self.leaving: list[Signal] = []
        self.receivers: dict[str, int] = {}
        for node in nodes:
            for name in node.inputs:
                self.receivers[name] = self.receivers.get(name, 0) + 1
        self.signals: dict[str, Signal] = {}
        for node in nodes:
            self.signals[node.name] = self._pass(node, [self.signals[name] for name in node.inputs])
        if not self.layers:
            hint = "a layer is a convolution or a Linear, and its neurons"
            raise fail("empty", "the model has no layers", hint=hint)
        self._close()

    # ── Following ────────────────────────────────────────────────────────────────────────────────

    def _pass(self, node: Node, arriving: list[Signal]) -> Signal:
        """What leaves a node."""
        part = node.part
        if isinstance(part, Input):
            return Signal(Stream(None))
        if isinstance(part, Join):
            return self._joined(part, arriving)
        if len(arriving) != 1:
            place = part.place if part is not None else node.name
            raise refuse(place, f"it has {len(arriving)} inputs", "join them by adding or concatenating")
        (signal,) = arriving
        match part:
            case Synapses():
                return self._open(part, signal, node.name)
            case Norm():
                return self._norm(part, signal, node)
            case Neurons():
                return self._neurons(part, signal, node.inputs[0])
            case Pool():
                return self._pooled(part, signal)
            case Crop():
                return replace(signal, streams=cropped(of_input(signal, part), part))
            case Turn():
                return replace(signal, streams=turned(of_input(signal, part), part))
            case Sensor():
                return self._sensor(part, signal)
            case Flatten():
                return replace(signal, flat=part)
            case Output():
                self._leave(part, signal)
        return signal

    def _open(self, part: Synapses, signal: Signal, name: str) -> Signal:
        if signal.flat is not None and part.kind != "linear":
            raise refuse(signal.flat.place, f"only a Linear can follow it, found {part.place}")
        if self.must_be_flat:
            self._refuse_axes(part, signal)
        self.layers.append(Opened(part, signal.streams, name))
        return Signal(Stream(len(self.layers) - 1))

    def _refuse_axes(self, part: Synapses, signal: Signal) -> None:
        """Refuses a map where torch takes a row of values, and the other way round."""
        before = [None if one.layer is None else self.layers[one.layer] for one in streams(signal.streams)]
        rows = [one is not None and one.synapses.kind == "linear" for one in before]
        if part.kind == "linear" and signal.flat is None and not all(rows):
            raise refuse(part.place, "it receives a map, which is not flat", "put nn.Flatten() before it")
        if part.kind == "conv" and any(rows):
            hint = "the chip has no Unflatten: use convolutions before it"
            raise refuse(part.place, "it takes a map, and a Linear stands before it", hint)

    def _behind(self, signal: Signal) -> Opened | None:
        """The layer that a signal comes from as it is, not pooled and not joined."""
        one = signal.streams
        return self.layers[one.layer] if isinstance(one, Stream) and one.layer is not None else None

    def _norm(self, part: Norm, signal: Signal, node: Node) -> Signal:
        layer = self._behind(signal)
        if layer is None or layer.neurons is not None or pools_of(signal):
            hint = "put it between a convolution and its neurons, into which it is folded"
            raise refuse(part.place, "it does not stand directly behind a convolution or a Linear", hint)
        self._refuse_branch(layer.synapses.place, layer.last)
        if layer.synapses.words:
            raise refuse(
                part.place, "it cannot be folded into words of the chip", "fold it before discretizing"
            )
        layer.norms.append(part)
        layer.last = node.name
        return signal

    def _neurons(self, part: Neurons, signal: Signal, source: str) -> Signal:
        layer = self._behind(signal)
        if layer is None and not isinstance(signal.streams, Stream):
            layer, signal = self._fused(part, signal), Signal(Stream(len(self.layers)), signal.flat)
            self.layers.append(layer)
        if layer is None:
            hint = "begin with a convolution or a Linear"
            raise refuse(part.place, "neurons without synapses before them", hint)
        if layer.neurons is not None:
            raise refuse(part.place, f"the layer has neurons already, {layer.neurons.place}")
        if pools_of(signal):
            told = f"the chip pools spikes, and {pools_of(signal)[0].place} stands before the neurons"
            raise refuse(part.place, told, "put the pooling behind the neurons")
        self._refuse_branch(layer.synapses.place, source)
        layer.neurons = part
        return signal

    def _refuse_branch(self, place: str, source: str) -> None:
        if self.receivers[source] > 1:
            hint = "branch behind the neurons: a core sends spikes and nothing else"
            raise refuse(place, "what it computes goes to several places before its neurons", hint)

    def _fused(self, part: Neurons, signal: Signal) -> Opened:
        """Synapses whose currents are added: on the chip, one set over all their inputs side by side."""
        ways = list(streams(signal.streams))
        opened = [self.layers[way.layer] for way in ways if way.layer is not None]
        plain = len(opened) == len(ways) and not any(way.pools or way.crops for way in ways)
        if not plain or not is_sum(signal.streams) or any(one.neurons is not None for one in opened):
            hint = "put neurons behind each of its inputs: the chip adds spikes"
            raise refuse(part.place, "it receives a sum of other things than currents of synapses", hint)
        for one in opened:
            self._refuse_branch(one.synapses.place, one.last)
        fused = [folded(one.synapses, one.norms) for one in opened]
        made = side_by_side(part.place, fused)
        gone = {id(one) for one in opened}
        if [one for one in self.layers if id(one) in gone] != self.layers[-len(opened) :]:
            hint = "apply them one directly after the other"
            raise refuse(part.place, "other layers stand between the synapses that it adds", hint)
        del self.layers[-len(opened) :]
        inputs: Streams = ("concat", tuple(one.inputs for one in opened), part.place)
        return Opened(made, inputs)

    def _pooled(self, part: Pool, signal: Signal) -> Signal:
        if signal.flat is not None:
            told = f"a flat map cannot be pooled, and {signal.flat.place} stands before it"
            raise refuse(part.place, told)
        return replace(signal, streams=each(signal.streams, lambda one: pooled(one, part)))

    def _sensor(self, part: Sensor, signal: Signal) -> Signal:
        stream = of_input(signal, part)
        return replace(signal, streams=replace(stream, merged=part)) if part.merge else signal

    def _joined(self, part: Join, arriving: list[Signal]) -> Signal:
        if len(arriving) == 1:
            return arriving[0]
        flat = [one.flat for one in arriving]
        if any(flat) and not all(flat):
            raise refuse(part.place, "it joins flat maps with others", "flatten behind it")
        return Signal((part.kind, tuple(one.streams for one in arriving), part.place), flat[0])

    def _leave(self, part: Output, signal: Signal) -> None:
        if not isinstance(signal.streams, Stream):
            hint = "an output is what one layer sends: give them out one by one, or add a layer"
            raise refuse(part.place, "several layers are joined to one output", hint)
        if signal.streams.layer is None and self.layers:
            raise refuse(part.place, "the input leaves as it is", "a network has layers")
        self.leaving.append(signal)

    # ── Closing ──────────────────────────────────────────────────────────────────────────────────

    def _close(self) -> None:
        every = [way for layer in self.layers for way in streams(layer.inputs)]
        sent = [one.streams for one in self.leaving]
        ways = [*every, *(one for one in sent if isinstance(one, Stream))]
        self._refuse_sums_of_currents()
        self.preprocessing: Asked | None = preprocessed([way for way in every if way.layer is None])
        own = {index: common([w for w in ways if w.layer == index]) for index in range(len(self.layers))}
        self.blocks = [self._block(layer, own, index) for index, layer in enumerate(self.layers)]
        self.outputs = [tap_of(one, own) for one in sent if isinstance(one, Stream)]
        scale = {tap.scale for tap in self.outputs} - {1}
        for factor in sorted(scale):
            told = "the last layer sums where the model averages"
            self.notes.append(f"{told}: its output is {factor} times as large")

    def _refuse_sums_of_currents(self) -> None:
        for layer in self.layers:
            if isinstance(layer.inputs, Stream):
                continue
            for way in streams(layer.inputs):
                behind = None if way.layer is None else self.layers[way.layer]
                if behind is not None and behind.neurons is None:
                    hint = "put neurons behind it: what the chip joins are spikes"
                    raise refuse(behind.synapses.place, "it is joined with others before it spikes", hint)

    def _block(self, layer: Opened, own: dict[int, tuple[Pool, ...]], index: int) -> Block:
        synapses, neurons = folded(layer.synapses, layer.norms), layer.neurons
        if neurons is None:
            told = "no neurons follow in the model; a core of the chip always has them"
            self.notes.append(f"{synapses.place}: {told}")
        trained = Parameters(
            synapses.weight,
            synapses.bias,
            neurons.threshold if neurons else None,
            neurons.floor if neurons else None,
            1,
            synapses.words,
            synapses.module or (neurons.module if neurons else None),
        )
        return Block(
            synapses.place,
            synapses.kind,
            synapses.fields,
            neurons.fields if neurons else {},
            merged(list(own[index])),
            span_in(synapses.place),
            in_features=synapses.in_features,
            input_shape=synapses.input_shape,
            neuron_shape=neurons.shape if neurons else None,
            parameters=trained,
            inputs=source_of(layer.inputs, own),
        )
