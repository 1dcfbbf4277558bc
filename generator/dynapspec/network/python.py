"""Reads PyTorch models that are a sequence: modules are known by the names of their classes.

Nothing of torch, sinabs or the generated package is imported here: the user's own code does that,
and a subclass of a known module counts as that module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dynapspec.model import LayerSpec
from dynapspec.network.network import Kind, Shape
from dynapspec.network.parts import Flatten, Neurons, Pair, Part, Pool, Synapses, refuse, same_padding

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
        self.input_shape = input_shape or _shape(getattr(model, "input_shape", None)) or self._stated()
        if any("ReLU" in names_of(module) for _, module in modules):
            self.notes.append(RELU_NOTE)

    def _stated(self) -> Shape | None:
        first = self.parts[0] if self.parts else None
        return first.input_shape if isinstance(first, Synapses) else None

    def _parts(self, name: str, module: Any) -> Iterator[Part]:
        names = names_of(module)
        place = f"module {name}, {names[0]}" if name else names[0]
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
            yield READERS[known](place, module)

    def _whole(self, place: str, layer: Any) -> Iterator[Part]:
        """The parts of a layer of the generated class, which holds words unless told not to."""
        names = [self._arguments[role] for role in ("synapses", "neurons", "pools", "input_shape")]
        missing = [name for name in names if not hasattr(layer, name)]
        if missing:
            raise refuse(
                place, f"it has no {missing[0]}", "it is of another version of the API than the spec"
            )
        synapses, neurons, pool, shape = (getattr(layer, name) for name in names)
        yield _conv(place, synapses, _shape(shape), words=True, module=layer)
        yield _neurons(place, neurons)
        if pool is not None:
            yield _pool(place, pool)


def names_of(module: Any) -> list[str]:
    """The names of the module's class and of what it derives from, nearest first."""
    return [cls.__name__ for cls in type(module).__mro__]


def is_module(value: Any) -> bool:
    """Whether the value is a torch module, and no class of modules."""
    return not isinstance(value, type) and "Module" in names_of(value)


def leaves(model: Any, whole: tuple[str, ...], name: str = "") -> Iterator[tuple[str, Any]]:
    """The modules of nested sequences in their order, with their dotted positions."""
    if "Sequential" in names_of(model) and not set(whole) & set(names_of(model)):
        for key, child in model.named_children():
            yield from leaves(child, whole, f"{name}.{key}" if name else key)
    else:
        yield name, model


def _shape(value: Any) -> Shape | None:
    sizes = [int(x) for x in value] if isinstance(value, tuple | list) else []
    return (sizes[0], sizes[1], sizes[2]) if len(sizes) == 3 else None


def _conv(
    place: str, conv: Any, shape: Shape | None = None, words: bool = False, module: Any = None
) -> Synapses:
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
    return _synapses(place, "conv", fields, conv, input_shape=shape, words=words, module=module)


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
    return Neurons(place, threshold, _uniform(place, "min_v_mem", module.min_v_mem), module)


def _relu(place: str, module: Any) -> Neurons:
    return Neurons(place, *RELU)


def _uniform(place: str, what: str, value: Any) -> float | None:
    """The one value of a number or a tensor."""
    if value is None or isinstance(value, int | float):
        return value
    flat = value.detach().reshape(-1)
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
