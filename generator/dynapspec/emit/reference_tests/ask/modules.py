"""What the adapters of PyTorch layers share: modules out of JSON, and JSON out of tensors.

A library is asked through a :class:`Library`; its names for the same things are all that differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from .bits import bits, number, numbers, optional, whole

AXIS = ("batch_size", "num_timesteps")  # what tells samples and time bins of one axis apart


class Library(Protocol):
    """A library with a layer class."""

    def neurons(self, **options: Any) -> Any:
        """Integrate-and-fire neurons."""

    def function(self, name: str, parameters: Mapping[str, Any]) -> Any:
        """A spike, reset or surrogate function with these parameters."""

    def sum_pool(self, kernel_size: Any, stride: Any) -> Any:
        """A sum-pooling module."""

    def layer(self, conv: Any, spk: Any, in_shape: Any, pool: Any, **options: Any) -> Any:
        """The layer of one core; ``pool`` may be None. The options: ``discretize`` and ``rescale``."""

    def synapses_in(self, layer: Any) -> Any:
        """The convolution that a layer holds."""

    def replace_synapses(self, layer: Any, synapses: Any) -> None:
        """Sets another convolution in the place of the one that a layer holds."""

    def neurons_in(self, layer: Any) -> Any:
        """The neurons that a layer holds."""

    def pooled_shape(self, layer: Any) -> Any:
        """What the layer says is the shape of its output."""


def neurons_of(library: Library, given: Mapping[str, Any]) -> Any:
    """The neurons of a case: threshold and floor in bits, functions by name, a state where there is one."""
    if given.get("kind", "iaf") != "iaf":
        return nn.ReLU()
    parameters = {key: _parameter(value) for key, value in given.get("parameters", {}).items()}
    options = {
        keyword: library.function(given[keyword], parameters)
        for keyword in ("spike_fn", "reset_fn", "surrogate_grad_fn")
        if given.get(keyword)
    }
    axis = {name: given[name] for name in AXIS if name in given} or {"batch_size": 1}
    spk = library.neurons(
        **axis,
        spike_threshold=torch.tensor(number(given["threshold"])),
        min_v_mem=optional(given["v_floor"]),
        **options,
    )
    if given.get("v") is not None:
        set_state(spk, tensor(given["v"]["values"]).reshape(1, *given["v"]["shape"]))
    return spk


def _parameter(value: Any) -> Any:
    return number(value) if isinstance(value, str) else value


def set_state(spk: Any, state: Tensor) -> None:
    """Gives neurons a membrane potential, (batch, ...)."""
    spk.v_mem = state


def tensor(texts: list[str]) -> Tensor:
    """A flat tensor of the numbers in some texts."""
    return torch.tensor(numbers(texts))


def synapses_of(given: Mapping[str, Any]) -> Any:
    """The convolution or linear layer of a case; weights are flat, (out, in, row, column)."""
    weight, bias = tensor(given["weight"]), given["bias"]
    if given["kind"] == "linear":
        module: Any = nn.Linear(given["in_features"], given["out_features"], bias=bias is not None)
    else:
        names = ("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups")
        options = {name: _pair(given[name]) for name in names}
        module = nn.Conv2d(**options, bias=bias is not None)
    module.weight.data = weight.reshape(module.weight.shape)
    if bias is not None:
        module.bias.data = tensor(bias)
    return module


def _pair(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def pool_of(library: Library, given: Mapping[str, Any] | None) -> Any:
    """The pooling of a case, or None."""
    if given is None:
        return None
    kernel, stride = _pair(given["kernel_size"]), _pair(given["stride"])
    return library.sum_pool(kernel, stride)


def all_bits(values: Tensor | None) -> list[str] | None:
    """The numbers of a tensor as texts, flat."""
    return None if values is None else [bits(x) for x in values.detach().flatten().tolist()]


def all_whole(values: Tensor | None) -> Any:
    """The whole numbers of a tensor, flat."""
    return None if values is None else [whole(x) for x in values.detach().flatten().tolist()]


def nested(values: Any) -> Any:
    """Whole numbers of nested lists."""
    return [nested(one) for one in values] if isinstance(values, list) else whole(values)


def convolution(features: tuple[int, int], kernel: Any, bias: bool = False, **options: Any) -> nn.Conv2d:
    """A convolution without values, however large."""
    return nn.Conv2d(*features, kernel, bias=bias, device="meta", **options)
