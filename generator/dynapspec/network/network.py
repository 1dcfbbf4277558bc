"""A network as a graph of described layers, whatever it was read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from dynapspec.diagnostics import Span
from dynapspec.interpret import Description

Shape: TypeAlias = tuple[int, int, int]  # features, height, width
Kind: TypeAlias = Literal["conv", "linear"]
Merge: TypeAlias = Literal["add", "concat"]


@dataclass(frozen=True, slots=True)
class Tap:
    """What a layer sends, as one of those that it sends to receives it.

    Attributes:
        layer: its position in the network; None for the input of the network.
        pool: fields of the pooling on the way; None for the pooling that the layer itself states.
        scale: how many times as large it arrives as in the model, since the chip sums where a model averages.
    """

    layer: int | None
    pool: Mapping[str, Any] | None = None
    scale: int = 1


@dataclass(frozen=True, slots=True)
class Joined:
    """Several sources as one input map: added where they are, or one behind the other by their features."""

    kind: Merge
    parts: tuple[Source, ...]
    place: str = ""


Source: TypeAlias = Tap | Joined


@dataclass(frozen=True, slots=True)
class Edge:
    """One way that spikes take.

    Attributes:
        source: position of the layer that sends them; None for the input of the network.
        target: position of the layer that receives them; None for an output of the network.
        destination: which of the destinations of the source it is; None for an output that takes none,
            since what is not pooled can be read from the neurons themselves.
        feature_shift: added to the number of each feature, so that several sources fill one input map.
        shape: the map that arrives, where it is known.
    """

    source: int | None
    target: int | None
    destination: int | None
    feature_shift: int = 0
    shape: Shape | None = None


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """What happens to the events of the sensor before the first layer, in this order.

    Attributes:
        shape: features, height and width of what the sensor gives.
        pool: rows and columns that are summed.
        crop: first row, first column, rows and columns that are kept, after pooling; None for all.
        merge: whether all features are added to one.
        mirror: whether the last row becomes the first, and the last column.
        swap: whether rows become columns, after that.
    """

    shape: Shape
    pool: tuple[int, int] = (1, 1)
    crop: tuple[int, int, int, int] | None = None
    merge: bool = False
    mirror: tuple[bool, bool] = (False, False)
    swap: bool = False


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a layer was trained to: arrays of NumPy or torch, before anything is discretized.

    Attributes:
        weight: as the model has it; of a Linear (out, in), of a convolution (out, in, y, x).
        bias: one value for each output feature, or None.
        spike_threshold: None where the model has no neurons behind these weights.
        min_v_mem: lower bound of the membrane potential, or None.
        rescale: what the weights are divided by, since the layers before them sum where the model averages.
        words: whether the values are words of the chip already.
        module: the module that the values were read from, where it can be used as it is.
    """

    weight: Any
    bias: Any = None
    spike_threshold: float | None = None
    min_v_mem: float | None = None
    rescale: int = 1
    words: bool = False
    module: Any = None


@dataclass(frozen=True, slots=True)
class Block:
    """One layer before it is known which map it receives.

    Attributes:
        place: where it stands, as messages name it.
        kind: a linear layer becomes a convolution over the whole map that it receives.
        synapses: fields of the synapses; the input features follow from the layer before.
        neurons: fields of the neurons.
        pool: fields of the pooling of its one destination.
        span: its place in a file.
        in_features: values that a linear layer takes, where the model says it.
        input_shape: the map that the model itself says it receives.
        neuron_shape: the map of neurons that the model itself states.
        output_shape: what leaves the layer as the model itself states it, a map or its values in one axis.
        parameters: the trained values, where there are any.
        name: what a graph calls it.
        inputs: what it receives; None for the output of the layer before.
    """

    place: str
    kind: Kind
    synapses: Mapping[str, Any]
    neurons: Mapping[str, Any] = field(default_factory=dict)
    pool: Mapping[str, Any] = field(default_factory=dict)
    span: Span | None = None
    in_features: int | None = None
    input_shape: Shape | None = None
    neuron_shape: tuple[int, ...] | None = None
    output_shape: tuple[int, ...] | None = None
    parameters: Parameters | None = None
    name: str = ""
    inputs: Source | None = None


@dataclass(frozen=True, slots=True)
class NetworkLayer:
    """One layer in its place; without a description when an earlier layer leaves no map for it.

    ``neuron_map`` has the rows and columns of its neurons, where they are known; ``line`` is that
    of a network file which states it.
    """

    label: str
    place: str
    kind: Kind
    description: Description | None
    parameters: Parameters | None = None
    name: str = ""
    neuron_map: tuple[int, ...] = ()
    line: str = ""


@dataclass(frozen=True, slots=True)
class Network:
    """Layers, and the ways between them; no way leads back.

    Attributes:
        name: how answers call it.
        input_shape: the map that the first layers receive.
        layers: in an order in which none stands before what it receives from.
        source: where it comes from.
        notes: how a model was read where it can be read in more than one way.
        edges: the ways that spikes take, by target and then as they were stated.
        preprocessing: what happens before ``input_shape``, where a model says so.
        blocks: what the network was built from, so that a changed one can be built.
        outputs: what leaves the network.
    """

    name: str
    input_shape: Shape
    layers: tuple[NetworkLayer, ...]
    source: str = ""
    notes: tuple[str, ...] = ()
    edges: tuple[Edge, ...] = ()
    preprocessing: Preprocessing | None = None
    blocks: tuple[Block, ...] = ()
    outputs: tuple[Tap, ...] = ()

    @property
    def is_chain(self) -> bool:
        """Whether each layer receives the output of the one before it and of no other.

        Layers without any way between them are taken as one behind the other.
        """
        inner = [(edge.source, edge.target) for edge in self.edges]
        row = [(index - 1 if index else None, index) for index in range(len(self.layers))]
        return not inner or inner == [*row, (len(self.layers) - 1, None)]

    def into(self, layer: int | None) -> tuple[Edge, ...]:
        """The ways to a layer, or to the outputs."""
        return tuple(edge for edge in self.edges if edge.target == layer)

    def out_of(self, layer: int | None) -> tuple[Edge, ...]:
        """The ways from a layer, or from the input."""
        return tuple(edge for edge in self.edges if edge.source == layer)
