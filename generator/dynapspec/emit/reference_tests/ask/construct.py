"""A layer of a generated package from its arguments, and what it then says of itself."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import torch

from .case import Refused, Skip
from .modules import Library
from .torch_topics import built

TORCH = ("in_channels", "out_channels", "bias", "groups", "padding_mode")
GEOMETRY = ("kernel_size", "stride", "padding", "dilation")


def construct(library: Library, describe: Any, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The layer without values of weights, and its dimensions; ``describe`` reads these off."""
    synapses, neurons, pools = given["synapses"], given["neurons"], given["pools"]
    if "decimate" in neurons or "weight" in synapses:
        raise Skip("the class has no such argument")
    if len(pools) != 1:
        raise Skip("the class has one destination")
    spk = library.neurons(
        batch_size=1,
        spike_threshold=float(neurons.get("spike_threshold", 1)),
        min_v_mem=neurons.get("min_v_mem", -1),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's about tensors without elements
        conv = built(lambda: _convolution(synapses))
        pool = built(lambda: _pool(library, pools[0]))
        layer = built(lambda: library.layer(conv, spk, tuple(given["input_shape"]), pool, discretize=False))
    dims = describe(layer)
    one = dims.pools[0]
    return {
        "dims": {name: value for name, value in vars(dims).items() if name != "pools"},
        "pools": [vars(one)],
        "neuron_shape": list(layer.get_neuron_shape()),
        "output_shapes": [list(library.pooled_shape(layer))],
        "memory": layer.memory_summary(),
    }


def _convolution(synapses: Mapping[str, Any]) -> Any:
    pairs: dict[str, Any] = {n: _pair(synapses[n], n) for n in GEOMETRY if n in synapses}
    others = {name: synapses[name] for name in ("groups", "padding_mode") if name in synapses}
    try:
        conv = torch.nn.Conv2d(
            synapses["in_channels"],
            synapses["out_channels"],
            bias=bool(synapses.get("bias", False)),
            device="meta",
            **pairs,
            **others,
        )
    except ValueError as error:
        if "groups" in str(error):
            raise Skip("torch makes no convolution whose features its groups do not divide") from None
        raise
    except (RuntimeError, ZeroDivisionError) as error:
        raise Refused(f"torch: {error}") from None
    for name in synapses.keys() - {
        *TORCH,
        *GEOMETRY,
    }:  # what a spec reads of a convolution beyond torch's own
        setattr(conv, name, synapses[name])
    return conv


def _pair(given: Mapping[str, int], name: str) -> tuple[int, int]:
    default = 0 if name == "padding" else 1
    return given.get("y", default), given.get("x", default)


def _pool(library: Library, given: Mapping[str, Any]) -> Any:
    if not given:
        return None
    window = _pair(given.get("kernel_size", {}), "kernel_size")
    return library.sum_pool(window, _pair(given["stride"], "stride") if "stride" in given else (1, 1))
