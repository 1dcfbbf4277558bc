"""Reads NIR graphs: several edges to one node add what they bring.

NIR's integrate-and-fire node leaves three things open or says them otherwise than the silicon does.
The chip fires at ``v >= threshold`` and subtracts the threshold then; NIR has ``v > threshold`` and
a reset value. NIR knows no lower bound of the potential; it is taken to be minus the threshold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from inspect import signature
from pathlib import Path
from types import ModuleType
from typing import Any

from dynapspec.diagnostics import Span, fail
from dynapspec.load.reader import display_name
from dynapspec.network.cited import because
from dynapspec.network.flow import Node
from dynapspec.network.network import Shape
from dynapspec.network.nir_order import in_order, place_of
from dynapspec.network.parts import (
    Flatten,
    Input,
    Join,
    Neurons,
    Output,
    Pair,
    Part,
    Pool,
    Synapses,
    refuse,
    refuse_endless,
    same_padding,
)

NOTE = (
    "NIR's IF nodes: spikes at v >= threshold, then the threshold is subtracted, as the silicon does it;"
    " min_v_mem is minus the threshold; uniform arrays are read as one value"
)
LEAKY = ("LIF", "CubaLIF", "LI", "CubaLI", "I", "Threshold")


class NirFile:
    """What one NIR file says: the shape of its input and its parts.

    Raises:
        InputError: the file is no NIR graph, or not one that a chip can hold.
    """

    def __init__(
        self,
        path: Path,
        input_shape: Shape | None = None,
        min_v_mem: float | None = None,
        cited: Callable[[str], str] = lambda about: "",
    ) -> None:
        self.name, self.notes, self.cited = path.stem, [NOTE], cited
        self.min_v_mem = min_v_mem
        graph = _read(path)
        order = in_order(graph, self.cited("recurrence"))
        self.input_shape = input_shape or _input_shape(order[0], graph.nodes[order[0]])
        self.told = input_shape is not None  # then the arrays of neurons are made for another map
        ends = [name for name in order if type(graph.nodes[name]).__name__ == "Output"]
        alone = len(ends) == 1 and not self.told
        self.output_shape = _output_shape(graph.nodes[ends[0]]) if alone else None
        self.nodes = [made for name in order for made in self._nodes(graph, name)]

    def _nodes(self, graph: Any, name: str) -> Iterator[Node]:
        """A node, and before it the sum of what it receives, where that are several."""
        node = graph.nodes[name]
        before = tuple(sorted({source for source, target in graph.edges if target == name}))
        if len(before) > 1:
            yield Node(f"{name} sum", Join(place_of(graph, name), "add"), before)
            before = (f"{name} sum",)
        yield Node(name, self._part(name, node), before)

    def _part(self, name: str, node: Any) -> Part:
        kind = type(node).__name__
        place = f"node {name!r} ({kind})"
        if kind == "Input":
            return Input(place)
        if kind == "Output":
            return Output(place)
        if kind == "IF":
            return self._neurons(place, node)
        if kind not in READERS:
            known = ", ".join(["IF", *READERS])
            about = "neurons" if kind in LEAKY else "synapses"
            told = because("the cores of the chip have nothing of the kind", self.cited(about))
            raise refuse(place, told, f"they have {known}")
        return READERS[kind](place, node)

    def _neurons(self, place: str, node: Any) -> Neurons:
        threshold = _uniform(place, "v_threshold", node.v_threshold)
        shape = tuple(map(int, node.v_threshold.shape)) if node.v_threshold.size > 1 else None
        if _uniform(place, "v_reset", node.v_reset) != 0:
            raise refuse(place, "v_reset is not 0", "the chip subtracts the threshold after a spike")
        if _uniform(place, "r", node.r) != 1:
            raise refuse(place, "r is not 1", "multiply the weights before it by r, and set r to 1")
        floor = -threshold if self.min_v_mem is None else self.min_v_mem
        return Neurons(place, threshold, floor, shape=None if self.told else shape)


def library() -> ModuleType:
    """The package nir; raises InputError that names the extra where it is missing."""
    try:
        import nir
    except ImportError as error:
        hint = "pip install 'dynapspec[nir]'"
        raise fail("missing-extra", f"NIR graphs need the package {error.name}", hint=hint) from None
    module: ModuleType = nir
    return module


def _read(path: Path) -> Any:
    name = display_name(path)
    start = Span(name, 1, 1, 2)
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            raise fail("unreadable", f"{name} is no file", start, "a pipe or a device might never end")
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        raise fail("unreadable", f"cannot read {name}: {error.strerror}", start) from None
    package = library()
    # shapes are judged here, where a message can name the node and the remedy; old versions cannot wait
    waits = {"type_check": False} if "type_check" in signature(package.read).parameters else {}
    try:
        graph = package.read(path, **waits)
    except Exception as error:  # h5py and nir raise whatever their own internals trip over
        raise fail("unreadable", f"{name} is no NIR graph: {type(error).__name__}: {error}", start) from None
    if type(graph).__name__ != "NIRGraph":
        raise fail("unreadable", f"{name} holds a single {type(graph).__name__}, and no graph", start)
    return graph


def _input_shape(name: str, node: Any) -> Shape:
    shape = [int(x) for x in node.input_type["input"]]
    if len(shape) != 3 or min(shape) < 1:
        hint = "say it with --input-shape features,height,width"
        raise fail(
            "input-shape", f"node {name!r} (Input) has the shape {shape}, and an input is a map", hint=hint
        )
    return shape[0], shape[1], shape[2]


def _output_shape(node: Any) -> tuple[int, ...] | None:
    """What the output states, or None where it states nothing."""
    stated = node.output_type.get("output")
    return None if stated is None else tuple(int(x) for x in stated)


def _uniform(place: str, what: str, values: Any) -> float:
    """The one value of an array."""
    flat = _real(place, what, values).reshape(-1)
    refuse_endless(place, what, flat.tolist())
    if not flat.size or not (flat == flat[0]).all():
        hint = "a core has one value for all of its neurons"
        raise refuse(place, f"{what} differs from neuron to neuron", hint)
    return float(flat[0])


def _real(place: str, what: str, values: Any) -> Any:
    """The array, of real numbers and nothing else."""
    kind = getattr(getattr(values, "dtype", None), "kind", "O")
    if kind not in "fiub":
        raise refuse(place, f"its {what} holds no real numbers", "save it as an array of floats")
    return values


def _weights(place: str, node: Any, axes: int) -> tuple[Any, Any]:
    """Weight and bias, whose shapes meet."""
    weight, bias = _real(place, "weight", node.weight), getattr(node, "bias", None)
    if weight.ndim != axes:
        raise refuse(place, f"its weight has {weight.ndim} axes, and must have {axes}")
    if bias is not None and _real(place, "bias", bias).shape != weight.shape[:1]:
        shape = tuple(map(int, bias.shape))
        raise refuse(place, f"its bias has the shape {shape}, and its weight {weight.shape[0]} outputs")
    return weight, bias


def _conv(place: str, node: Any) -> Synapses:
    weight, bias = _weights(place, node, 4)
    features, _, *kernel = weight.shape
    window = kernel[0], kernel[1]
    dilation, stride = _pair(place, "dilation", node.dilation), _pair(place, "stride", node.stride)
    fields = {
        "in_channels": int(weight.shape[1]) * int(node.groups),
        "out_channels": int(features),
        "kernel_size": window,
        "stride": stride,
        "padding": _padding(place, node.padding, window, dilation, stride),
        "dilation": dilation,
        "groups": int(node.groups),
        "bias": True,  # zeros are biases too: the core stores them
    }
    return Synapses(place, "conv", fields, weight, bias)


def _padding(place: str, padding: Any, kernel: Pair, dilation: Pair, stride: Pair) -> Pair:
    if not isinstance(padding, str):
        return _pair(place, "padding", padding)
    if padding != "same":
        return 0, 0
    if stride != (1, 1):
        raise refuse(place, f"padding 'same' with a stride of {stride}", "give the padding in numbers")
    return same_padding(place, kernel, dilation)


def _linear(place: str, node: Any) -> Synapses:
    weight, bias = _weights(place, node, 2)
    fields = {"out_channels": int(weight.shape[0]), "bias": bias is not None}
    return Synapses(place, "linear", fields, weight, bias, int(weight.shape[1]))


def _pool(place: str, node: Any) -> Pool:
    if any(_pair(place, "padding", node.padding)):
        raise refuse(place, "pooling with padding", "the chip pools without")
    kernel, stride = _pair(place, "kernel_size", node.kernel_size), _pair(place, "stride", node.stride)
    return Pool(place, kernel, stride, type(node).__name__ == "AvgPool2d")


def _flatten(place: str, node: Any) -> Flatten:
    if int(node.start_dim) != 0 or int(node.end_dim) not in (-1, 2):
        raise refuse(place, f"it joins axes {node.start_dim} to {node.end_dim}", "flatten the whole map")
    return Flatten(place)


def _pair(place: str, what: str, value: Any) -> Pair:
    """A number or an array of one or two as a pair."""
    flat = value.reshape(-1).tolist() if hasattr(value, "reshape") else value
    numbers = list(flat) if isinstance(flat, list | tuple) else [flat]
    if len(numbers) not in (1, 2) or not all(isinstance(x, int | float) and x % 1 == 0 for x in numbers):
        raise refuse(place, f"its {what} is {numbers}, and must be one whole number or two")
    return int(numbers[0]), int(numbers[-1])


READERS: dict[str, Callable[[str, Any], Part]] = {
    "Conv2d": _conv,
    "Affine": _linear,
    "Linear": _linear,
    "SumPool2d": _pool,
    "AvgPool2d": _pool,
    "Flatten": _flatten,
}
