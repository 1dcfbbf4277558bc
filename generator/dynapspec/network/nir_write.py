"""Writes a network with weights as a NIR graph.

NIR adds what several edges bring to one node and has no other way to join. Features that arrive side
by side become a convolution for each source, whose currents are added before the neurons.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from dynapspec.diagnostics import fail
from dynapspec.network.network import Edge, Network, NetworkLayer, Parameters
from dynapspec.network.nir import library

INPUT, OUTPUT = "input", "output"


def write_nir(network: Network, path: Path) -> list[str]:
    """Writes the graph; returns notes on what NIR cannot say.

    Raises:
        InputError: the network has layers without weights, neurons or a map, or the extra is missing.
    """
    made = _Written(network)
    made.nir.write(path, made.nir.NIRGraph(made.nodes, made.edges, type_check=False))
    return made.notes


class _Written:
    """The nodes and edges of one network."""

    def __init__(self, network: Network) -> None:
        self.nir = library()
        import numpy

        self.numpy: Any = numpy
        self.network = network
        self.nodes: dict[str, Any] = {INPUT: self.nir.Input(numpy.array(network.input_shape))}
        self.edges: list[tuple[str, str]] = []
        self.notes: list[str] = []
        if network.preprocessing is not None:
            self.notes.append("what the sensor's block does before the first layer is not written")
        for index, layer in enumerate(network.layers):
            self._layer(index, layer)
        for number, edge in enumerate(network.into(None)):
            self._output(number, edge)

    def _layer(self, index: int, layer: NetworkLayer) -> None:
        trained = _trained(layer)
        neurons = f"{index}_neurons"
        for number, (shift, features, ways) in enumerate(self._groups(index)):
            name = f"{index}_synapses" if number == 0 else f"{index}_synapses_{number}"
            node = self._synapses(layer, trained, shift, features, number == 0)
            target = name
            if type(node).__name__ in ("Linear", "Affine"):
                target = f"{name}_flat"
                shape = ways[0].shape
                self.nodes[target] = self.nir.Flatten({"input": self.numpy.array(shape)}, 0, -1)
                self.edges.append((target, name))
            self.nodes[name] = node
            self.edges.append((name, neurons))
            for edge in ways:
                self._way(edge, target)
        self.nodes[neurons] = self._neurons(layer, trained)

    def _groups(self, index: int) -> Iterator[tuple[int, int, list[Edge]]]:
        """The ways to a layer by the features at which they arrive."""
        groups: dict[tuple[int, int], list[Edge]] = {}
        for edge in self.network.into(index):
            features = edge.shape[0] if edge.shape else 0
            groups.setdefault((edge.feature_shift, features), []).append(edge)
        behind = 0
        for (shift, features), ways in sorted(groups.items()):
            if shift < behind:
                place = self.network.layers[index].place
                raise fail("unsupported", f"{place}: what arrives there overlaps in a part of its features")
            behind = shift + features
            yield shift, features, ways

    def _synapses(
        self, layer: NetworkLayer, trained: Parameters, shift: int, features: int, first: bool
    ) -> Any:
        """The synapses over some features of the input; the bias is counted once."""
        described = layer.description
        assert described is not None
        numpy, (channels, height, width) = self.numpy, described.input_shape
        weight = _array(numpy, trained.weight) / numpy.float32(trained.rescale)
        bias = None if trained.bias is None else _array(numpy, trained.bias)
        whole = features == channels
        if layer.kind == "linear" and whole:
            return self.nir.Linear(weight) if bias is None else self.nir.Affine(weight, bias)
        fields = described.synapses
        if layer.kind == "linear":
            weight = weight.reshape(-1, channels, height, width)
        if not first or bias is None:
            bias = numpy.zeros(weight.shape[0], numpy.float32)
        part = weight if whole else weight[:, shift : shift + features]
        sizes = {name: _pair(fields.get(name, 1)) for name in ("stride", "dilation")}
        padding, groups = _pair(fields.get("padding", 0)), int(fields.get("groups", 1))
        return self.nir.Conv2d(
            input_shape=(height, width),
            weight=part,
            stride=sizes["stride"],
            padding=padding,
            dilation=sizes["dilation"],
            groups=groups,
            bias=bias,
        )

    def _neurons(self, layer: NetworkLayer, trained: Parameters) -> Any:
        numpy, shape = self.numpy, self._neuron_shape(layer)
        threshold = trained.spike_threshold
        assert threshold is not None
        if trained.min_v_mem != -threshold:
            told = f"its lower bound of {trained.min_v_mem} is not written"
            self.notes.append(f"{layer.place}: {told}; give min_v_mem when the graph is read")
        full = [numpy.full(shape, value, numpy.float32) for value in (1.0, threshold, 0.0)]
        return self.nir.IF(full[0], full[1], full[2])

    def _neuron_shape(self, layer: NetworkLayer) -> tuple[int, ...]:
        index = self.network.layers.index(layer)
        features = int(_trained(layer).weight.shape[0])
        if layer.kind == "linear":
            return (features,) if len(list(self._groups(index))) == 1 else (features, 1, 1)
        return features, *layer.neuron_map

    def _way(self, edge: Edge, target: str) -> None:
        """The edge from a source, with its pooling as a node."""
        source = INPUT if edge.source is None else f"{edge.source}_neurons"
        pool = self._pooling(edge)
        if pool is not None:
            name = f"{edge.source}_pool_{edge.destination}"
            self.nodes[name] = pool
            self.edges.append((source, name))
            source = name
        self.edges.append((source, target))

    def _pooling(self, edge: Edge) -> Any:
        described = None if edge.source is None else self.network.layers[edge.source].description
        if described is None or edge.destination is None:
            return None
        fields = described.destinations[edge.destination]
        kernel = _pair(fields.get("kernel_size", 1))
        if kernel == (1, 1):
            return None
        sizes = (kernel, _pair(fields.get("stride", kernel)), (0, 0))
        return self.nir.SumPool2d(*(self.numpy.array(size) for size in sizes))

    def _output(self, number: int, edge: Edge) -> None:
        name = OUTPUT if number == 0 else f"{OUTPUT}_{number}"
        shape = edge.shape if edge.shape is not None else (1,)
        self.nodes[name] = self.nir.Output(self.numpy.array(shape))
        self._way(edge, name)


def _trained(layer: NetworkLayer) -> Parameters:
    if layer.description is None or layer.parameters is None or layer.parameters.spike_threshold is None:
        hint = "read the network from a graph or from Python: files hold no weights"
        raise fail("no-weights", f"{layer.place} has no weights or no neurons to write", hint=hint)
    return layer.parameters


def _array(numpy: Any, values: Any) -> Any:
    """An array of NumPy, of what may be a tensor of torch."""
    plain = values.detach().cpu().numpy() if hasattr(values, "detach") else values
    return numpy.asarray(plain, numpy.float32)


def _pair(value: Any) -> tuple[int, int]:
    numbers: Sequence[int] = value if isinstance(value, tuple | list) else (value, value)
    return int(numbers[0]), int(numbers[1])
