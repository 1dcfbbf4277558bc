"""Connects the layers of a chain: the map that leaves one layer is the input of the next.

Maps come from the formulas of the layer spec. A rule that is broken does not end the chain as long
as the map itself is defined, so that the words of the later layers are known too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from math import prod
from typing import Any

from dynapspec.diagnostics import InputError, fail
from dynapspec.interpret import Description, Judge, Judgement, LayerInterpreter
from dynapspec.interpret.quantize import Quantizer
from dynapspec.model import Model
from dynapspec.network.label import label
from dynapspec.network.network import Block, Network, NetworkLayer, Shape
from dynapspec.network.words import words_of


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

    def build(
        self,
        name: str,
        input_shape: Shape,
        blocks: Iterable[Block],
        source: str = "",
        notes: Iterable[str] = (),
    ) -> Network:
        """The network of these blocks.

        Raises:
            InputError: a layer cannot be, whatever the chip.
        """
        layers: list[NetworkLayer] = []
        shape: Shape | None = input_shape
        for block in blocks:
            description = self._describe(block, shape) if shape else None
            shape = self._leaving(description, block) if description else None
            layers.append(
                NetworkLayer(
                    label(block, description), block.place, block.kind, description, block.parameters
                )
            )
        return Network(name, input_shape, tuple(layers), source, tuple(notes))

    def _describe(self, block: Block, shape: Shape) -> Description:
        features, height, width = shape
        if block.input_shape not in (None, shape):
            found, stated = sized(shape), sized(block.input_shape or ())
            raise fail(
                "shape-mismatch",
                f"{block.place} is made for a map of {stated}, and receives {found}",
                block.span,
            )
        given: dict[str, Any] = {"in_channels": features, **block.synapses}
        if block.kind == "linear":
            size = features * height * width
            if block.in_features not in (None, size):
                found = f"{sized(shape)} = {size}"
                message = f"{block.place} takes {block.in_features} values, and its map holds {found}"
                raise fail("shape-mismatch", message, block.span)
            given["kernel_size"] = (height, width)
        neurons = dict(block.neurons)
        if block.parameters is not None:
            weight, trained = words_of(block.parameters, self.quantizer, block.place)
            given["weight"] = weight
            neurons |= trained
        return Description(shape, given, neurons, (block.pool,))

    def _leaving(self, description: Description, block: Block) -> Shape | None:
        """The map that leaves the core, or None where there is none."""
        try:
            verdict = self.judge.judge(description, block.place)
        except InputError as error:
            raise InputError(replace(d, span=d.span or block.span) for d in error.diagnostics) from None
        axes: list[Any] = [verdict.values.get(name) for name in self.spec.outputs.neuron_shape]
        _refuse_other("the neurons", axes, block.neuron_shape, block)
        leaving = self._shape(verdict)
        _refuse_other("the outputs", list(leaving or [None]), block.output_shape, block)
        return leaving

    def _shape(self, verdict: Judgement) -> Shape | None:
        values = {**verdict.values, **verdict.destinations[0]}
        axes: list[Any] = [values.get(name) for name in self.spec.outputs.output_shape]
        return None if None in axes else (axes[0], axes[1], axes[2])


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
