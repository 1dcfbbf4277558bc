"""Reads PyTorch models that are a sequence: modules are known by the names of their classes.

Nothing of torch, sinabs or the generated package is imported here: the user's own code does that,
and a subclass of a known module counts as that module as long as it computes the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from dynapspec.model import LayerSpec
from dynapspec.network.modules import (
    is_module,
    leaves,
    names_of,
    place_of,
    refuse_computed_weights,
    refuse_own_computation,
)
from dynapspec.network.network import Kind, Shape
from dynapspec.network.parts import (
    Flatten,
    Neurons,
    Pair,
    Part,
    Pool,
    Synapses,
    refuse,
    refuse_endless,
    same_padding,
)

__all__ = ["TorchModel", "is_module"]

IGNORED = ("Identity", "Dropout", "Dropout2d")
LAZY = "LazyModuleMixin"
RELU = (1.0, -1.0)  # threshold and lower bound of the neurons that stand for a rectified unit
RELU_NOTE = "ReLU stands for neurons with a threshold of 1 and a lower bound of -1"
HINTS = {
    "BatchNorm2d": "fold it into the convolution before it",
    "MaxPool2d": "use SumPool2d or AvgPool2d",
    "Network": "give its spiking_model, which is a Sequential",
    "LIF": "use IAFSqueeze: the chip has no leak of the kind",
    "LIFSqueeze": "use IAFSqueeze: the chip has no leak of the kind",
    "ConvTranspose2d": "the chip has convolutions that keep or shrink a map",
}


class TorchModel:
    """What one model says: the shape of its input, where it knows it, and its parts.

    Raises:
        InputError: a module is none that a chip of the family has.
    """

    def __init__(self, model: Any, spec: LayerSpec, input_shape: Shape | None = None) -> None:
        self.name, self.spec, self.notes = type(model).__name__, spec, list[str]()
        self._arguments = {a.role: a.attribute or name for name, a in spec.api.arguments.items()}
        modules = list(leaves(model, (spec.api.class_,)))
        self.parts = [part for name, module in modules for part in self._parts(name, module)]
        self.notes += _refuse_axes(self.parts)
        self.input_shape = input_shape or _shape(getattr(model, "input_shape", None)) or self._stated()
        if any("ReLU" in names_of(module) for _, module in modules):
            self.notes.append(RELU_NOTE)

    def _stated(self) -> Shape | None:
        first = self.parts[0] if self.parts else None
        return first.input_shape if isinstance(first, Synapses) else None

    def _parts(self, name: str, module: Any) -> Iterator[Part]:
        names = names_of(module)
        place = place_of(name, module)
        if self.spec.api.class_ in names:
            yield from self._whole(place, module)
            return
        known = next((n for n in names if n in READERS or n in IGNORED), None)
        if known is None or LAZY in names:
            hint = HINTS.get(
                names[0], f"known: {', '.join(sorted({*READERS, *IGNORED, self.spec.api.class_}))}"
            )
            raise refuse(
                place, "the cores of the chip have nothing of the kind", "" if LAZY in names else hint
            )
        if known in READERS:
            yield _read(place, module, READERS[known])
        else:
            refuse_own_computation(place, module, known)

    def _whole(self, place: str, layer: Any) -> Iterator[Part]:
        """The parts of a layer of the generated class, which holds words unless told not to."""
        refuse_own_computation(place, layer, self.spec.api.class_)
        names = [self._arguments[role] for role in ("synapses", "neurons", "pools", "input_shape")]
        missing = [name for name in names if not hasattr(layer, name)]
        if missing:
            raise refuse(
                place, f"it has no {missing[0]}", "it is of another version of the API than the spec"
            )
        synapses, neurons, pool, shape = (getattr(layer, name) for name in names)
        words = bool(getattr(layer, "discretize", True))
        yield replace(
            _read(place, synapses, _conv),
            input_shape=_shape(shape),
            words=words,
            module=layer if words else None,
        )
        yield _read(place, neurons, _neurons)
        if pool is not None:
            yield _read(place, pool, _pool)


P = TypeVar("P", bound=Part)


def _read(place: str, module: Any, reader: Callable[[str, Any], P]) -> P:
    """What a module says, if it computes what the class does that it is taken for."""
    known = next((name for name in names_of(module) if READERS.get(name) is reader), None)
    if known is None:
        raise refuse(place, f"a {type(module).__name__} stands in it", "make the layer of known modules")
    if reader in (_conv, _linear):
        refuse_computed_weights(place, module)
    refuse_own_computation(place, module, known)
    return reader(place, module)


def _refuse_axes(parts: Iterable[Part]) -> list[str]:
    """Refuses what torch would not run, a flat map where a map is taken or the other way round.

    Returns:
        Notes about what was read with some freedom.
    """
    notes: list[str] = []
    kind: Kind | None = None
    flat = False
    for part in parts:
        if isinstance(part, Flatten):
            flat = True
        if isinstance(part, Pool) and kind == "linear":
            raise refuse(part.place, "a flat map cannot be pooled, and a Linear stands before it")
        if isinstance(part, Synapses):
            if part.kind == "linear" and kind is None and not flat:
                notes.append(f"{part.place}: the input is read as flat, feature by feature and row by row")
            if part.kind == "linear" and kind == "conv" and not flat:
                raise refuse(part.place, "it receives a map, which is not flat", "put nn.Flatten() before it")
            if part.kind == "conv" and kind == "linear":
                hint = "the chip has no Unflatten: use convolutions before it"
                raise refuse(part.place, "it takes a map, and a Linear stands before it", hint)
            kind, flat = part.kind, False
    return notes


def _shape(value: Any) -> Shape | None:
    sizes = [int(x) for x in value] if isinstance(value, tuple | list) else []
    return (sizes[0], sizes[1], sizes[2]) if len(sizes) == 3 else None


def _conv(place: str, conv: Any) -> Synapses:
    kernel, dilation = _pair(conv.kernel_size), _pair(conv.dilation)
    fields = {
        "in_channels": conv.in_channels,
        "out_channels": conv.out_channels,
        "kernel_size": kernel,
        "stride": _pair(conv.stride),
        "padding": _padding(place, conv.padding, kernel, dilation),
        "dilation": dilation,
        "groups": conv.groups,
        "padding_mode": conv.padding_mode,
        "bias": conv.bias is not None,
    }
    return _synapses(place, "conv", fields, conv)


def _linear(place: str, linear: Any) -> Synapses:
    fields = {"out_channels": linear.out_features, "bias": linear.bias is not None}
    return _synapses(place, "linear", fields, linear, in_features=linear.in_features)


def _synapses(place: str, kind: Kind, fields: Mapping[str, Any], holder: Any, **more: Any) -> Synapses:
    bias = None if holder.bias is None else holder.bias.detach()
    return Synapses(place, kind, fields, holder.weight.detach(), bias, **more)


def _padding(place: str, padding: Any, kernel: Pair, dilation: Pair) -> Pair:
    if isinstance(padding, str):
        return same_padding(place, kernel, dilation) if padding == "same" else (0, 0)
    return _pair(padding)


def _neurons(place: str, module: Any) -> Neurons:
    threshold = _uniform(place, "spike_threshold", module.spike_threshold)
    if threshold is None:
        raise refuse(place, "it has no spike_threshold")
    if getattr(module, "spike_fn", threshold) is None:
        raise refuse(place, "it has no spike_fn, and the chip's neurons spike", "give one such as MultiSpike")
    if getattr(module, "tau_syn", None) is not None:
        raise refuse(place, "it has synaptic currents (tau_syn)", "the chip has none: leave tau_syn out")
    return Neurons(place, threshold, _uniform(place, "min_v_mem", module.min_v_mem), module)


def _relu(place: str, module: Any) -> Neurons:
    return Neurons(place, *RELU)


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


def _pool(place: str, pool: Any) -> Pool:
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
    "AvgPool2d": _pool,
    "Conv2d": _conv,
    "Flatten": _flatten,
    "IAF": _neurons,
    "IAFSqueeze": _neurons,
    "Linear": _linear,
    "ReLU": _relu,
    "SumPool2d": _pool,
}
