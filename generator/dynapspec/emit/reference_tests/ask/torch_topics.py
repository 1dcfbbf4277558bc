"""Answers to the topics that every PyTorch layer can be asked, whatever library it is of."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn

from .bits import bits, whole
from .case import Refused
from .modules import (
    AXIS,
    Library,
    all_bits,
    all_whole,
    nested,
    neurons_of,
    pool_of,
    set_state,
    synapses_of,
    tensor,
)

Given = Mapping[str, Any]
Answer = dict[str, Any]
NO_LAYER = (ValueError, TypeError)  # what a layer raises that is none


def built(make: Callable[[], Any]) -> Any:
    """A layer; its refusal is that of the implementation."""
    try:
        return make()
    except NO_LAYER as error:
        raise Refused(f"{type(error).__name__}: {error}") from None


def quantization(library: Library, given: Given) -> Answer:
    """The values as the parameters of a layer."""
    bias, conv = given.get("bias"), listed(given)
    spk = neurons_of(library, {"threshold": given["threshold"], "v_floor": given["v_floor"]})
    if given.get("v") is not None:
        set_state(spk, tensor(given["v"]).reshape(1, -1, 1, 1))
    options = {"rescale": given["rescale"]} if given["rescale"] != 1 else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        layer = built(lambda: library.layer(conv, spk, (conv.in_channels, 1, 1), None, **options))
    neurons, synapses = library.neurons_in(layer), library.synapses_in(layer)
    answer = {"weight": all_whole(synapses.weight), **_levels(neurons)}
    if bias is not None:
        answer["bias"] = all_whole(synapses.bias)
    if given.get("v") is not None:
        answer["v"] = all_whole(neurons.v_mem)
    return answer


def listed(given: Given) -> nn.Conv2d:
    """A convolution of 1x1 kernels that holds a list of weights, with a feature for each bias."""
    weight, bias = tensor(given["weight"]), given.get("bias")
    features = 1 if bias is None else len(bias)
    conv = nn.Conv2d(len(weight) // features, features, 1, bias=bias is not None)
    conv.weight.data = weight.reshape(conv.weight.shape)
    if bias is not None:
        conv.bias = nn.Parameter(tensor(bias))
    return conv


def _levels(neurons: Any) -> Answer:
    floor = neurons.min_v_mem
    return {
        "threshold": whole(neurons.spike_threshold.item()),
        "v_floor": None if floor is None else whole(floor.item()),
    }


def rescale(library: Library, given: Given) -> Answer:
    """The weights of a layer that is not discretized."""
    conv = nn.Conv2d(1, len(given["weight"]), 1, bias=False)
    conv.weight.data = tensor(given["weight"]).reshape(conv.weight.shape)
    spk = library.neurons(batch_size=1, spike_threshold=1.0, min_v_mem=-1.0)
    layer = library.layer(conv, spk, (1, 1, 1), None, discretize=False, rescale=given["rescale"])
    return {"weight": all_bits(library.synapses_in(layer).weight)}


def clocked(library: Library, given: Given) -> Answer:
    """One neuron through its time bins."""
    spk = neurons_of(library, {**given, "v": None})
    set_state(spk, tensor([given["v"]]).reshape(1, 1))
    spikes = spk(tensor(given["input"]).reshape(-1, 1))
    return {"spikes": all_whole(spikes), "v": bits(spk.v_mem.item())}


def gradient(library: Library, given: Given) -> Answer:
    """The slope that stands in for that of the spikes, at one potential."""
    function = {"surrogate_grad_fn": given["function"], "parameters": given["parameters"]}
    spk = neurons_of(library, {"threshold": given["threshold"], "v_floor": None, **function})
    v = tensor([given["v"]]).reshape(1, 1).requires_grad_()
    spk(v).sum().backward()
    assert v.grad is not None
    return {"gradient": bits(v.grad.item())}


def pooling(library: Library, given: Given) -> Answer:
    """A map through a pooling module."""
    pool = library.sum_pool(tuple(given["window"]), tuple(given["stride"]))
    return {"map": nested(pool(torch.tensor([given["map"]], dtype=torch.float32))[0].tolist())}


def linear(library: Library, given: Given) -> Answer:
    """A linear layer as the convolution that the layer makes of it."""
    weight, bias = torch.tensor(given["weight"], dtype=torch.float32), given["bias"]
    module = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None)
    module.weight.data = weight
    if bias is not None:
        module.bias.data = torch.tensor(bias, dtype=torch.float32)
    spk = library.neurons(batch_size=1, min_v_mem=-1.0)
    layer = built(lambda: library.layer(module, spk, tuple(given["input_shape"]), None, discretize=False))
    conv = library.synapses_in(layer)
    output = conv(torch.tensor([given["map"]], dtype=torch.float32))
    return {"taps": nested(conv.weight.tolist()), "output": all_whole(output)}


def layer(library: Library, given: Given) -> Answer:
    """A whole layer: what it says of itself, its words, its spikes, and its gradients. ``ask`` names them."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        made = built(lambda: _make(library, given))
    asked = _Asked(library, given, made, warned=any(one.category is UserWarning for one in told))
    return {name: getattr(asked, name)() for name in given["ask"]}


def _make(library: Library, given: Given) -> Any:
    return library.layer(
        synapses_of(given["conv"]),
        neurons_of(library, given["spk"]),
        tuple(given["in_shape"]),
        pool_of(library, given["pool"]),
        discretize=given["discretize"],
    )


class _Asked:
    """A layer that is asked for one thing after another; each is a method of that name."""

    def __init__(self, library: Library, given: Given, made: Any, warned: bool) -> None:
        self.library, self.given, self.made, self._warned = library, given, made, warned
        self.synapses, self.neurons = library.synapses_in(made), library.neurons_in(made)

    def warned(self) -> bool:
        """Whether making the layer gave a warning to the user."""
        return self._warned

    def neuron_shape(self) -> list[int]:
        return list(self.made.get_neuron_shape())

    def output_shape(self) -> list[int]:
        return list(self.library.pooled_shape(self.made))

    def memory(self) -> Answer:
        return {name: whole(words) for name, words in self.made.memory_summary().items()}

    def weight(self) -> Any:
        return all_whole(self.synapses.weight)

    def bias(self) -> Any:
        return all_whole(self.synapses.bias)

    def threshold(self) -> Any:
        return whole(self.neurons.spike_threshold.item())

    def v_floor(self) -> Any:
        return whole(self.neurons.min_v_mem.item())

    def _input(self) -> Tensor:
        return torch.tensor(self.given["input"], dtype=torch.float32)

    def spikes(self) -> Any:
        """Spikes that leave the layer: (time, features, rows, columns)."""
        return nested(self.made(self._input()).tolist())

    def v(self) -> Any:
        """Membrane potentials in the end: features of rows of columns of bits; of samples, where several."""
        state = self.neurons.v_mem.tolist()
        found = [[[[bits(x) for x in row] for row in plane] for plane in sample] for sample in state]
        return found if self.given["spk"].keys() & set(AXIS) else found[0]

    def gradient(self) -> Any:
        """The gradient of the number of spikes by each weight."""
        weight = self.synapses.weight
        self.made(self._input()).sum().backward()
        return all_bits(weight.grad if weight.grad is not None else torch.zeros_like(weight))

    def cleared(self) -> bool:
        """Whether a backward pass and zero_grad leave no gradient of the weights."""
        self.gradient()
        self.made.zero_grad()
        grad = self.synapses.weight.grad
        return grad is None or not bool(grad.any())

    def replaced(self) -> bool:
        """Whether another convolution, of zeros, silences a layer that spikes and adds no parameter to it."""
        names = set(self.made.state_dict())
        loud = bool(self.made(self._input()).any())
        other = deepcopy(self.synapses)
        other.weight.data.zero_()
        self.library.replace_synapses(self.made, other)
        silent = not bool(self.made(self._input()).any())
        return loud and silent and set(self.made.state_dict()) == names
