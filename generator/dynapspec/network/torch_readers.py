"""Reads single modules of PyTorch and of what knows its neurons: each class by its name.

Nothing of torch is imported here, but where a batch norm is read: the user's own code does that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from dynapspec.network.modules import names_of, refuse_computed_weights, refuse_own_computation
from dynapspec.network.network import Kind
from dynapspec.network.parts import (
    Crop,
    Flatten,
    Join,
    Neurons,
    Norm,
    Pair,
    Part,
    Pool,
    Synapses,
    Turn,
    refuse,
    refuse_endless,
    same_padding,
)

RELU = (1.0, -1.0)  # threshold and lower bound of the neurons that stand for a rectified unit


def conv(place: str, module: Any) -> Synapses:
    """A convolution."""
    kernel, dilation = _pair(module.kernel_size), _pair(module.dilation)
    fields = {
        "in_channels": module.in_channels,
        "out_channels": module.out_channels,
        "kernel_size": kernel,
        "stride": _pair(module.stride),
        "padding": _padding(place, module.padding, kernel, dilation),
        "dilation": dilation,
        "groups": module.groups,
        "padding_mode": module.padding_mode,
        "bias": module.bias is not None,
    }
    return _synapses(place, "conv", fields, module)


def linear(place: str, module: Any) -> Synapses:
    """A fully connected layer."""
    fields = {"out_channels": module.out_features, "bias": module.bias is not None}
    return _synapses(place, "linear", fields, module, in_features=module.in_features)


def _synapses(place: str, kind: Kind, fields: Mapping[str, Any], holder: Any, **more: Any) -> Synapses:
    bias = None if holder.bias is None else holder.bias.detach()
    return Synapses(place, kind, fields, holder.weight.detach(), bias, **more)


def _padding(place: str, padding: Any, kernel: Pair, dilation: Pair) -> Pair:
    if isinstance(padding, str):
        return same_padding(place, kernel, dilation) if padding == "same" else (0, 0)
    return _pair(padding)


def neurons(place: str, module: Any) -> Neurons:
    """Integrate-and-fire neurons."""
    threshold = _uniform(place, "spike_threshold", module.spike_threshold)
    if threshold is None:
        raise refuse(place, "it has no spike_threshold")
    if getattr(module, "spike_fn", threshold) is None:
        raise refuse(place, "it has no spike_fn, and the chip's neurons spike", "give one such as MultiSpike")
    if getattr(module, "tau_syn", None) is not None:
        raise refuse(place, "it has synaptic currents (tau_syn)", "the chip has none: leave tau_syn out")
    return Neurons(place, threshold, _uniform(place, "min_v_mem", module.min_v_mem), module)


def rectified(place: str, module: Any = None) -> Neurons:
    """The neurons that stand for a rectified unit."""
    return Neurons(place, *RELU, rectified=True)


def _norm(place: str, norm: Any) -> Norm:
    """A batch norm in evaluation: what it does to each feature, with its eps."""
    if norm.running_mean is None or norm.running_var is None:
        hint = "train it with track_running_stats=True"
        raise refuse(place, "it keeps no statistics, so what it does depends on each batch", hint)
    import torch

    factor = torch.rsqrt(norm.running_var.detach().double() + norm.eps)
    if norm.weight is not None:
        factor = factor * norm.weight.detach().double()
    offset = -norm.running_mean.detach().double() * factor
    if norm.bias is not None:
        offset = offset + norm.bias.detach().double()
    return Norm(place, factor.float(), offset.float())


def _crop(place: str, crop: Any) -> Crop:
    """What sinabs leaves out on each side."""
    window = (crop.top_crop, crop.left_crop, -crop.bottom_crop, -crop.right_crop)
    return Crop(place, (int(window[0]), int(window[1]), int(window[2]), int(window[3])))


def _part_of_map(place: str, crop: Any) -> Crop:
    """The part that the sensor's block keeps, by its edges."""
    window = tuple(map(int, (crop.top_crop, crop.left_crop, crop.bottom_crop, crop.right_crop)))
    if 0 in window[2:]:
        raise refuse(place, "the crop leaves nothing", "its last row and column stand behind its first")
    return Crop(place, (window[0], window[1], window[2], window[3]))


def _turn(place: str, flip: Any) -> Turn:
    """What the sensor's block does last; y is the axis of the rows."""
    return Turn(place, bool(flip.flip_y), bool(flip.flip_x), bool(flip.swap_xy))


def _merge(place: str, module: Any) -> Join:
    return Join(place, "add")


def _uniform(place: str, what: str, value: Any) -> float | None:
    """The one value of a number or a tensor."""
    if value is None or isinstance(value, int | float):
        refuse_endless(place, what, [] if value is None else [value])
        return value
    flat = value.detach().reshape(-1)
    if flat.is_meta:
        raise refuse(place, f"{what} is on the meta device and has no value")
    refuse_endless(place, what, flat.tolist())
    if not len(flat) or not bool((flat == flat[0]).all()):
        raise refuse(
            place, f"{what} differs from neuron to neuron", "a core has one value for all of its neurons"
        )
    return float(flat[0])


def pool_of(place: str, pool: Any) -> Pool:
    """Pooling by sums or by averages."""
    if any(_pair(getattr(pool, "padding", 0))) or getattr(pool, "ceil_mode", False):
        raise refuse(place, "pooling with padding or ceil_mode", "the chip pools whole windows alone")
    if getattr(pool, "divisor_override", None) is not None:
        raise refuse(place, "pooling with divisor_override", "average over the window")
    kernel = _pair(pool.kernel_size)
    stride = kernel if pool.stride is None else _pair(pool.stride)
    return Pool(place, kernel, stride, "AvgPool2d" in names_of(pool))


def _flatten(place: str, flatten: Any) -> Flatten:
    if (flatten.start_dim, flatten.end_dim) not in ((1, -1), (1, 3)):
        raise refuse(
            place, f"it joins axes {flatten.start_dim} to {flatten.end_dim}", "flatten the whole map"
        )
    return Flatten(place)


def _pair(value: Any) -> Pair:
    numbers = [int(x) for x in value] if isinstance(value, tuple | list) else [int(value)]
    return numbers[0], numbers[-1]


READERS: dict[str, Callable[[str, Any], Part]] = {
    "AvgPool2d": pool_of,
    "BatchNorm1d": _norm,
    "BatchNorm2d": _norm,
    "Conv2d": conv,
    "Crop2d": _part_of_map,
    "Cropping2dLayer": _crop,
    "Flatten": _flatten,
    "FlipDims": _turn,
    "IAF": neurons,
    "IAFSqueeze": neurons,
    "Linear": linear,
    "Merge": _merge,
    "ReLU": rectified,
    "SumPool2d": pool_of,
}

P = TypeVar("P", bound=Part)


def read_as(place: str, module: Any, reader: Callable[[str, Any], P]) -> P:
    """What a module says, if it computes what the class does that it is taken for."""
    known = next((name for name in names_of(module) if READERS.get(name) is reader), None)
    if known is None:
        raise refuse(place, f"a {type(module).__name__} stands in it", "make the layer of known modules")
    if reader in (conv, linear):
        refuse_computed_weights(place, module)
    refuse_own_computation(place, module, known)
    return reader(place, module)
