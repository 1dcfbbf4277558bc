"""What sinabs answers to topics for which it has names of its own."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import torch

from dynapspec.conform.implementation import Case, Skip
from dynapspec.emit.reference_tests.ask.bits import number, whole
from dynapspec.emit.reference_tests.ask.modules import all_whole, nested, tensor
from dynapspec.emit.reference_tests.ask.modules import convolution as bare
from dynapspec.emit.reference_tests.ask.torch_topics import built, listed

Answer = dict[str, Any]


class Library:
    """The names of sinabs for what the topics ask; ``listed``: its layer takes a list of poolings."""

    def __init__(self, listed: bool) -> None:
        self._layers = import_module("sinabs.layers")
        self._functions = import_module("sinabs.activation")
        self._layer = import_module("sinabs.backend.dynapcnn.dynapcnn_layer").DynapcnnLayer
        self.listed = listed

    def neurons(self, **options: Any) -> Any:
        """Integrate-and-fire neurons."""
        return self._layers.IAFSqueeze(**options)

    def function(self, name: str, parameters: Mapping[str, Any]) -> Any:
        """A spike, reset or surrogate function; those with parameters are made."""
        function = getattr(self._functions, name)
        known = getattr(function, "__dataclass_fields__", {})
        return function(**{key: x for key, x in parameters.items() if key in known}) if known else function

    def sum_pool(self, kernel_size: Any, stride: Any) -> Any:
        """A module, or what stands for one in a list of poolings."""
        if not self.listed:
            return self._layers.SumPool2d(kernel_size, stride=stride)
        if stride is not None and stride != kernel_size:
            raise Skip("this version of sinabs has no stride of a pooling")
        return kernel_size

    def layer(self, conv: Any, spk: Any, in_shape: Any, pool: Any, **options: Any) -> Any:
        """The layer; without a pooling the list of this version holds a window of one."""
        if "rescale" in options:
            options["rescale_weights"] = options.pop("rescale")
        if self.listed:
            pool = [(1, 1) if pool is None else pool]
        return self._layer(conv, spk, in_shape, pool, **options)

    def synapses_in(self, layer: Any) -> Any:
        """The convolution of a layer."""
        return layer.conv_layer

    def replace_synapses(self, layer: Any, synapses: Any) -> None:
        """Sets another convolution."""
        layer.conv_layer = synapses

    def neurons_in(self, layer: Any) -> Any:
        """The neurons of a layer."""
        return layer.spk_layer

    def pooled_shape(self, layer: Any) -> Any:
        """The shape of the output, of the one destination."""
        shape = layer.get_output_shape()
        return shape[0] if self.listed else shape

    def empty(self, conv: Any, in_shape: Any, pool: Any = None) -> Any:
        """A layer that is asked for its sizes alone."""
        spk = self.neurons(batch_size=1, min_v_mem=-1.0)
        return built(lambda: self.layer(conv, spk, in_shape, pool, discretize=False))


def shapes(library: Library, case: Case) -> Answer:
    """One axis of a layer that is the same on both axes."""
    given = dict(case.input)
    name = given.pop("of")
    values = {key[:-1] if key[-1] in "yx" and len(key) > 1 else key: x for key, x in given.items()}
    if name in ("oy", "ox"):
        return {"value": _pooled(library, given)}
    size = given["h"] if name == "fy" else given["w"]
    axis = {"fy": "y", "fx": "x"}[name]
    kernel = given["kh" if name == "fy" else "kw"]
    options = {option: values[key] for option, key in (("stride", "s"), ("padding", "p"), ("dilation", "d"))}
    layer = library.empty(bare((1, 1), kernel, **options), (1, size, size))
    return {"value": whole(layer.get_neuron_shape()[1 if axis == "y" else 2])}


def _pooled(library: Library, given: Mapping[str, int]) -> Any:
    vertical = "fy" in given
    size, window, step = (given[name] for name in (("fy", "qy", "ty") if vertical else ("fx", "qx", "tx")))
    pool = library.sum_pool((window, window), (step, step))
    layer = library.empty(bare((1, 1), 1), (1, size, size), pool)
    return whole(library.pooled_shape(layer)[1 if vertical else 2])


def memory(library: Library, case: Case) -> Answer:
    """One memory of a layer that has the sizes in question."""
    given = case.input
    name = given["of"]
    if library.listed and name == "kernel" and given["kh"] != given["kw"]:
        raise Skip("the layer of this version has square kernels alone")
    try:
        layer = _sized(library, given, name)
    except RuntimeError:
        raise Skip("torch cannot make a tensor of this size") from None
    return {"words": whole(layer.memory_summary()[name])}


def _sized(library: Library, given: Mapping[str, Any], name: str) -> Any:
    if name == "kernel":
        kernel = (given["kh"], given["kw"])
        conv = built(lambda: bare((given["c"], given["f"]), kernel))
        return library.empty(conv, (given["c"], *kernel))
    if name == "neuron":
        conv = built(lambda: bare((1, given["f"]), 1))
        return library.empty(conv, (1, given["fy"], given["fx"]))
    conv = built(lambda: bare((1, given["f"]), 1, bias=bool(given["has_bias"])))
    return library.empty(conv, (1, 1, 1))


def pooling(library: Library, case: Case) -> Answer:
    """The pooling of the library; later versions have it inside of the layer alone."""
    from dynapspec.emit.reference_tests.ask import torch_topics

    if not library.listed:
        return torch_topics.pooling(library, case.input)
    pool = import_module("sinabs.backend.dynapcnn.dynapcnn_layer").sum_pool2d
    if case.input["window"] != case.input["stride"]:
        raise Skip("this version of sinabs has no stride of a pooling")
    found = pool(
        torch.tensor([case.input["map"]], dtype=torch.float32), kernel_size=tuple(case.input["window"])
    )
    return {"map": nested(found[0].tolist())}


def convolution(library: Library, case: Case) -> Answer:
    """``discretize_conv``: the neurons are given as numbers."""
    given = case.input
    state = None if given.get("v") is None else tensor(given["v"])
    discretize = import_module("sinabs.backend.dynapcnn.discretize").discretize_conv
    found = discretize(
        listed(given), number(given["threshold"]), number(given["v_floor"]), state, to_int=False
    )
    words = {"weight": all_whole(found.weight)}
    return words if found.bias is None else {**words, "bias": all_whole(found.bias)}


def placement(library: Library, case: Case) -> Answer:
    """The mapping of sinabs onto the cores of the chip, by the memory that its layers say they take."""
    from dynapspec.conform.adapters.sinabs import chip_builder

    mapping = import_module("sinabs.backend.dynapcnn.mapping")
    constraints = chip_builder(case.subject).get_constraints()
    layers = [_layer(library, given) for given in case.input["layers"]]
    candidates = [mapping.find_chip_layers(layer, constraints) for layer in layers]
    network: Any = dict(enumerate(layers)) if library.listed else SimpleNamespace(sequence=layers)
    try:
        found = dict(mapping.get_valid_mapping(network, constraints))
    except ValueError as error:
        if not str(error).startswith("No valid mapping"):
            raise
        return {"candidates": candidates, "possible": False}
    return {
        "candidates": candidates,
        "possible": True,
        "cores": [found[index] for index in range(len(layers))],
    }


def _layer(library: Library, given: Mapping[str, Any]) -> Any:
    """A layer of these dimensions, without values."""
    pairs = {"stride": ("sy", "sx"), "padding": ("py", "px"), "dilation": ("dy", "dx")}
    options = {name: tuple(given[one] for one in names) for name, names in pairs.items()}
    conv = bare((given["c"], given["f"]), (given["kh"], given["kw"]), bool(given["has_bias"]), **options)
    pool = next((one["qy"], one["qx"]) for one in given["pools"])
    chosen = None if pool == (1, 1) else library.sum_pool(pool, pool)
    return library.empty(conv, (given["c_in"], given["h"], given["w"]), chosen)


def facts(library: Library, case: Case) -> Answer:
    """The words of the cores, which is what sinabs knows of a chip."""
    from dynapspec.conform.adapters.sinabs import chip_builder

    section, *steps = case.input["of"].strip("/").split("/")
    if section != "cores":
        raise Skip("sinabs leaves the limits of a chip to the vendor")
    number, words = int(steps[0]), steps[1].replace("_words", "_memory")
    cores = chip_builder(case.subject).get_constraints()
    if number >= len(cores) or not hasattr(cores[number], words):
        raise Skip("sinabs knows nothing of it")
    return {"value": getattr(cores[number], words)}
