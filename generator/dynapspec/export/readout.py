"""The output of a network as a chip's readout asks for it: one class every few features."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dynapspec.diagnostics import InputError, fail
from dynapspec.model import Chip
from dynapspec.network.chain import Chain
from dynapspec.network.network import Edge, Network, Parameters


def output_of(network: Network) -> Edge:
    """The one way that leaves a network for the readout.

    Raises:
        InputError: there are several, or the layer sends its spikes elsewhere too.
    """
    (edge, *others) = network.into(None)
    if others or edge.source is None or edge.destination is None:
        raise fail(
            "readout",
            f"{network.name} has no single layer whose spikes go nowhere else",
            hint="the readout takes the output of one layer",
        )
    return edge


def spread(network: Network, chip: Chip, chain: Chain) -> Network:
    """The network with its classes moved to the features that the readout reads.

    Raises:
        InputError: the chip has no readout, or it tells fewer classes apart.
    """
    block = chip.spec.readout
    has = chip.spec.features.get("readout")
    if block is None or (has is not None and not has.has):
        raise fail("readout", f"nothing is known of a readout on {chip.name}", hint="leave --readout out")
    index = output_of(network).source
    assert index is not None
    last = network.blocks[index]
    stated = last.synapses["out_channels"]
    if stated > block.classes:
        raise _too_many(network, stated, block.classes)
    wanted = (stated - 1) * block.channel_stride + 1
    trained = last.parameters
    moved = replace(
        last,
        synapses={**last.synapses, "out_channels": wanted},
        parameters=None if trained is None else _moved(trained, wanted, block.channel_stride),
        neuron_shape=None,
        output_shape=None,
    )
    blocks = [*network.blocks[:index], moved, *network.blocks[index + 1 :]]
    return chain.build(
        network.name,
        network.input_shape,
        blocks,
        network.source,
        network.notes,
        network.outputs,
        network.preprocessing,
    )


def _too_many(network: Network, stated: int, classes: int) -> InputError:
    told = f"{network.name} has {stated} classes, and the readout tells {classes} apart"
    return fail("readout", told, hint="use fewer output features, or read the spikes of the last layer")


def _moved(trained: Parameters, wanted: int, step: int) -> Parameters:
    """The weights with features of nothing but zeros between those of the classes; they set no scale."""
    weight = _between(trained.weight, wanted, step)
    bias = None if trained.bias is None else _between(trained.bias, wanted, step)
    return replace(trained, weight=weight, bias=bias)


def _between(array: Any, wanted: int, step: int) -> Any:
    shape = (wanted, *array.shape[1:])
    made = array.new_zeros(shape) if hasattr(array, "new_zeros") else _zeros(array, shape)
    made[::step] = array
    return made


def _zeros(array: Any, shape: tuple[int, ...]) -> Any:
    import numpy as np

    return np.zeros(shape, array.dtype)
