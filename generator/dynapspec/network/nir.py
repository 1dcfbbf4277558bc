"""Reads NIR graphs that are a chain: one node after the other, from the input to the output.

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
from dynapspec.network.network import Shape
from dynapspec.network.parts import Flatten, Neurons, Pair, Part, Pool, Synapses, refuse, same_padding

NOTE = (
    "NIR's IF nodes: spikes at v >= threshold, then the threshold is subtracted, as the silicon does it;"
    " min_v_mem is minus the threshold; uniform arrays are read as one value"
)
CHAIN = "a chain from one input to one output is what fit reads; graphs are not supported yet"


class NirFile:
    """What one NIR file says: the shape of its input and its parts.

    Raises:
        InputError: the file is no NIR graph, or not one that a chip can hold.
    """

    def __init__(self, path: Path, input_shape: Shape | None = None, min_v_mem: float | None = None) -> None:
        self.name, self.notes = path.stem, [NOTE]
        self.min_v_mem = min_v_mem
        graph = _read(path)
        order = list(_chain(graph))
        self.input_shape = input_shape or _input_shape(order[0], graph.nodes[order[0]])
        self.parts = [part for name in order if (part := self._part(name, graph.nodes[name])) is not None]

    def _part(self, name: str, node: Any) -> Part | None:
        kind = type(node).__name__
        place = f"node {name!r} ({kind})"
        if kind in ("Input", "Output"):
            return None
        if kind == "IF":
            return self._neurons(place, node)
        if kind not in READERS:
            known = ", ".join(["IF", *READERS])
            raise refuse(place, "the cores of the chip have nothing of the kind", f"they have {known}")
        return READERS[kind](place, node)

    def _neurons(self, place: str, node: Any) -> Neurons:
        threshold = _uniform(place, "v_threshold", node.v_threshold)
        if _uniform(place, "v_reset", node.v_reset) != 0:
            raise refuse(place, "v_reset is not 0", "the chip subtracts the threshold after a spike")
        if _uniform(place, "r", node.r) != 1:
            raise refuse(place, "r is not 1", "multiply the weights before it by r, and set r to 1")
        return Neurons(place, threshold, -threshold if self.min_v_mem is None else self.min_v_mem)


def _library() -> ModuleType:
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
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        raise fail("unreadable", f"cannot read {name}: {error.strerror}", start) from None
    library = _library()
    # shapes are judged here, where a message can name the node and the remedy; old versions cannot wait
    waits = {"type_check": False} if "type_check" in signature(library.read).parameters else {}
    try:
        graph = library.read(path, **waits)
    except Exception as error:  # h5py and nir raise whatever their own internals trip over
        raise fail("unreadable", f"{name} is no NIR graph: {type(error).__name__}: {error}", start) from None
    if type(graph).__name__ != "NIRGraph":
        raise fail("unreadable", f"{name} holds a single {type(graph).__name__}, and no graph", start)
    return graph


def _chain(graph: Any) -> Iterator[str]:
    """The names of the nodes from the input on; refuses whatever is no chain."""
    after: dict[str, list[str]] = {name: [] for name in graph.nodes}
    before: dict[str, list[str]] = {name: [] for name in graph.nodes}
    for source, target in sorted(set(graph.edges)):
        after[source].append(target)
        before[target].append(source)
    inputs = [name for name, node in graph.nodes.items() if type(node).__name__ == "Input"]
    if len(inputs) != 1:
        raise fail("graph", f"the graph has {len(inputs)} inputs", hint=CHAIN)
    name, seen = inputs[0], {inputs[0]}
    yield name
    while after[name]:
        _refuse_branch(graph, name, after[name], "feeds")
        name = after[name][0]
        _refuse_branch(graph, name, before[name], "takes the output of")
        if name in seen:
            raise refuse(_place(graph, name), "the graph leads back to it", CHAIN)
        seen.add(name)
        yield name
    lost = [_place(graph, other) for other in graph.nodes if other not in seen]
    if lost:
        raise fail("graph", f"not reached from the input: {', '.join(lost)}", hint=CHAIN)


def _refuse_branch(graph: Any, name: str, others: list[str], verb: str) -> None:
    if len(others) > 1:
        listed = " and ".join(_place(graph, other) for other in others)
        raise refuse(_place(graph, name), f"{verb} {listed}", CHAIN)


def _place(graph: Any, name: str) -> str:
    return f"node {name!r} ({type(graph.nodes[name]).__name__})"


def _input_shape(name: str, node: Any) -> Shape:
    shape = [int(x) for x in node.input_type["input"]]
    if len(shape) != 3 or min(shape) < 1:
        hint = "say it with --input-shape features,height,width"
        raise fail(
            "input-shape", f"node {name!r} (Input) has the shape {shape}, and an input is a map", hint=hint
        )
    return shape[0], shape[1], shape[2]


def _uniform(place: str, what: str, values: Any) -> float:
    """The one value of an array."""
    flat = values.reshape(-1)
    if not flat.size or not (flat == flat[0]).all():
        hint = "a core has one value for all of its neurons"
        raise refuse(place, f"{what} differs from neuron to neuron", hint)
    return float(flat[0])


def _conv(place: str, node: Any) -> Synapses:
    features, _, *kernel = node.weight.shape
    window, dilation = _pair(kernel), _pair(node.dilation)
    fields = {
        "in_channels": int(node.weight.shape[1]) * int(node.groups),
        "out_channels": int(features),
        "kernel_size": window,
        "stride": _pair(node.stride),
        "padding": _padding(place, node.padding, window, dilation),
        "dilation": dilation,
        "groups": int(node.groups),
        "bias": True,  # zeros are biases too: the core stores them
    }
    return Synapses(place, "conv", fields, node.weight, node.bias)


def _padding(place: str, padding: Any, kernel: Pair, dilation: Pair) -> Pair:
    if isinstance(padding, str):
        return same_padding(place, kernel, dilation) if padding == "same" else (0, 0)
    return _pair(padding)


def _linear(place: str, node: Any) -> Synapses:
    if node.weight.ndim != 2:
        raise refuse(place, f"its weight has {node.weight.ndim} axes, and a fully connected layer has 2")
    outputs, inputs = node.weight.shape
    bias = getattr(node, "bias", None)
    fields = {"out_channels": int(outputs), "bias": bias is not None}
    return Synapses(place, "linear", fields, node.weight, bias, int(inputs))


def _pool(place: str, node: Any) -> Pool:
    if any(_pair(node.padding)):
        raise refuse(place, "pooling with padding", "the chip pools without")
    return Pool(place, _pair(node.kernel_size), _pair(node.stride), type(node).__name__ == "AvgPool2d")


def _flatten(place: str, node: Any) -> Flatten:
    if int(node.start_dim) != 0 or int(node.end_dim) not in (-1, 2):
        raise refuse(place, f"it joins axes {node.start_dim} to {node.end_dim}", "flatten the whole map")
    return Flatten(place)


def _pair(value: Any) -> Pair:
    """A number or an array of one or two as a pair."""
    numbers = [int(x) for x in value] if hasattr(value, "__len__") else [int(value)]
    return numbers[0], numbers[-1]


READERS: dict[str, Callable[[str, Any], Part]] = {
    "Conv2d": _conv,
    "Affine": _linear,
    "Linear": _linear,
    "SumPool2d": _pool,
    "AvgPool2d": _pool,
    "Flatten": _flatten,
}
