"""Connects the layers of a network: the maps that leave some layers are the input of others.

Maps come from the formulas of the layer spec. A rule that is broken does not end the network as long
as the map itself is defined, so that the words of the later layers are known too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import Any

from dynapspec.diagnostics import InputError, fail
from dynapspec.interpret import Description, Judge, Judgement, LayerInterpreter
from dynapspec.interpret.quantize import Quantizer
from dynapspec.model import Model
from dynapspec.network.arrival import Arrival, arrive, widened
from dynapspec.network.cited import Cited, because
from dynapspec.network.label import label
from dynapspec.network.network import Block, Edge, Network, NetworkLayer, Preprocessing, Shape, Source, Tap
from dynapspec.network.wiring import Wiring, taps
from dynapspec.network.words import words_of

REMEMBERED = 4096  # verdicts that are kept


class Chain:
    """Builds networks for the first layer spec of a model; what is compiled for it is kept."""

    def __init__(self, model: Model) -> None:
        layer = next((layer for layer in model.layers.values() if model.chips_of(layer)), None)
        if layer is None:
            raise fail(
                "no-chip",
                "the specs describe no chip",
                hint="a chip is a file in chips/ that is not abstract",
            )
        self.spec, self.root = layer.spec, model.root
        interpreter = LayerInterpreter(layer)
        self.judge = Judge(model.chips_of(layer)[0], interpreter)  # any chip: shapes are the layer spec's
        self.quantizer = Quantizer(interpreter)
        self._known: dict[str, Judgement] = {}
        self.cited = Cited(layer, self.judge.chip)
        # modules may be of any of the layer specs; those of this one come first
        self.apis = [self.spec.api, *(one.spec.api for one in model.layers.values() if one is not layer)]

    def build(
        self,
        name: str,
        input_shape: Shape,
        blocks: Iterable[Block],
        source: str = "",
        notes: Iterable[str] = (),
        outputs: Iterable[Tap] = (),
        preprocessing: Preprocessing | None = None,
    ) -> Network:
        """The network of these blocks.

        Args:
            name: how answers call it.
            input_shape: features, height and width of the map that the first layers receive.
            blocks: the layers; none receives from one behind it.
            source: where it comes from.
            notes: how the model was read where it can be read in more than one way.
            outputs: what leaves the network; without them, the layers that no other receives from.
            preprocessing: what happens before the first layer.

        Raises:
            InputError: a layer cannot be, whatever the chip.
        """
        made = _Connected(self, input_shape, list(blocks), tuple(outputs))
        notes = (*notes, *made.notes)
        parts = (tuple(made.layers), source, notes, tuple(made.edges), preprocessing, tuple(made.blocks))
        return Network(name, input_shape, *parts, outputs=tuple(outputs))

    def describe(self, block: Block, arrival: Arrival, pools: tuple[Mapping[str, Any], ...]) -> Description:
        """A layer with the map that it receives and the poolings on the ways from it."""
        features, height, width = arrival.stated
        if block.input_shape not in (None, arrival.stated):
            found, stated = sized(arrival.stated), sized(block.input_shape or ())
            raise fail(
                "shape-mismatch",
                f"{block.place} is made for a map of {stated}, and receives {found}",
                block.span,
            )
        given: dict[str, Any] = {"in_channels": features, **block.synapses}
        if block.kind == "linear":
            size = features * height * width
            if block.in_features not in (None, size):
                found = f"{sized(arrival.stated)} = {size}"
                message = f"{block.place} takes {block.in_features} values, and its map holds {found}"
                raise fail("shape-mismatch", message, block.span)
            given["kernel_size"] = (height, width)
        given["in_channels"] += arrival.shape[0] - features
        neurons = dict(block.neurons)
        if block.parameters is not None:
            weight, trained = words_of(block.parameters, self.quantizer, block.place)
            given["weight"] = weight
            neurons |= trained
        return Description(arrival.shape, given, neurons, pools)

    def leaving(self, description: Description, block: Block) -> tuple[Shape | None, list[Shape | None]]:
        """The map of the neurons, and that which leaves for each destination; None where there is none."""
        verdict = self._judged(description, block)
        axes: list[Any] = [verdict.values.get(name) for name in self.spec.outputs.neuron_shape]
        _refuse_other("the neurons", axes, block.neuron_shape, block)
        sent = [self._shape({**verdict.values, **one}) for one in verdict.destinations]
        _refuse_other("the outputs", list((sent[0] if sent else None) or [None]), block.output_shape, block)
        return (None if None in axes else (axes[0], axes[1], axes[2])), sent

    def _judged(self, description: Description, block: Block) -> Judgement:
        """The verdict on a layer; a search asks about the same ones again and again."""
        key = repr(description)
        if key not in self._known:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            try:
                self._known[key] = self.judge.judge(description, block.place)
            except InputError as error:
                raise InputError(replace(d, span=d.span or block.span) for d in error.diagnostics) from None
        return self._known[key]

    def _shape(self, values: Mapping[str, Any]) -> Shape | None:
        axes: list[Any] = [values.get(name) for name in self.spec.outputs.output_shape]
        return None if None in axes else (axes[0], axes[1], axes[2])


class _Connected:
    """The blocks of one network, connected in their order."""

    def __init__(
        self, chain: Chain, input_shape: Shape, blocks: list[Block], outputs: tuple[Tap, ...]
    ) -> None:
        self.chain, self.blocks, self.wiring = chain, blocks, Wiring(blocks, outputs)
        self.layers: list[NetworkLayer] = []
        self.edges: list[Edge] = []
        self.notes: list[str] = []
        count = len(self.wiring.destinations[None])
        self.neurons: dict[int | None, Shape | None] = {None: input_shape}
        self.sent: dict[int | None, list[Shape | None]] = {None: [input_shape] * count}
        for index, block in enumerate(blocks):
            self._connect(index, block)
        for place, tap in enumerate(self.wiring.outputs):
            number = self.wiring.numbers[None, place]
            self.edges.append(Edge(tap.layer, None, number, 0, self._from(tap, number)))

    def _arrive(self, tree: Source, shapes: list[Shape], block: Block) -> Arrival:
        try:
            return arrive(tree, shapes, block.place, block.span)
        except InputError as error:
            clause = self.chain.cited("scale")
            raise InputError(
                replace(d, message=because(d.message, clause)) if d.code == "scale" else d
                for d in error.diagnostics
            ) from None

    def _from(self, tap: Tap, number: int | None) -> Shape | None:
        return self.neurons[tap.layer] if number is None else self.sent[tap.layer][number]

    def _connect(self, index: int, block: Block) -> None:
        tree = self.wiring.inputs[index]
        ways = list(taps(tree))
        numbers = [self.wiring.numbers[index, place] for place in range(len(ways))]
        shapes = [self._from(tap, number) for tap, number in zip(ways, numbers, strict=True)]
        known = [shape for shape in shapes if shape is not None]
        arrival = self._arrive(tree, known, block) if len(known) == len(shapes) else None
        shifts = [strand.shift for strand in arrival.strands] if arrival else [0] * len(ways)
        for tap, number, shift, shape in zip(ways, numbers, shifts, shapes, strict=True):
            self.edges.append(Edge(tap.layer, index, number, shift, shape))
        pools = tuple(self.wiring.destinations[index])
        described = None
        if arrival is not None:
            block = self._weighed(block, arrival)
            described = self.chain.describe(block, arrival, pools)
        self.neurons[index], self.sent[index] = None, [None for _ in pools]
        if described is not None:
            self.neurons[index], self.sent[index] = self.chain.leaving(described, block)
        words = label(block, described)
        self.layers.append(
            NetworkLayer(
                words,
                block.place,
                block.kind,
                described,
                block.parameters,
                block.name,
                (self.neurons[index] or ())[1:],
                _line(block, index),
            )
        )

    def _weighed(self, block: Block, arrival: Arrival) -> Block:
        """The block whose weights make up for sources that arrive larger than in the model."""
        trained = block.parameters
        if trained is None or (arrival.rescale == 1 and not arrival.bands):
            return block
        if trained.words:
            hint = "use SumPool2d there, or give the layer as it was before it was discretized"
            told = f"an average stands before it, and its words cannot be divided by {arrival.rescale}"
            raise fail("unsupported", f"{block.place}: {told}", block.span, hint)
        if not arrival.bands:
            return replace(block, parameters=replace(trained, rescale=trained.rescale * arrival.rescale))
        if arrival.shape != arrival.stated:
            scales = ", ".join(map(str, dict.fromkeys(scale for _, _, scale in arrival.bands)))
            told = f"{block.place}: its inputs have the scales {scales}"
            self.notes.append(f"{told}, so each arrives at features of its own, with weights of its own")
        weight = widened(trained.weight, arrival.stated[0], arrival.bands)
        return replace(block, parameters=replace(trained, weight=weight))


def _refuse_other(what: str, found: list[Any], stated: tuple[int, ...] | None, block: Block) -> None:
    """Refuses a map other than that of the model; axes of size 1 count for nothing, one may hold all."""
    if stated is None or None in found or [n for n in stated if n != 1] == [n for n in found if n != 1]:
        return
    if len(stated) != 1 or stated[0] != prod(found):
        message = f"{what} of {block.place} are a map of {sized(found)}, and the model states {sized(stated)}"
        raise fail("shape-mismatch", message, block.span)


def sized(shape: Iterable[int]) -> str:
    """A shape as people write it: 16x64x64."""
    return "x".join(map(str, shape))


def _line(block: Block, index: int) -> str:
    """The line of a network file that states a layer; what a model states has a place of its own."""
    if block.span is None or block.place != f"layer {index}":
        return ""
    return f"{Path(block.span.file).name}:{block.span.line}"
