"""A network as a chain of described layers, whatever it was read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from dynapspec.diagnostics import Span
from dynapspec.interpret import Description

Shape: TypeAlias = tuple[int, int, int]  # features, height, width
Kind: TypeAlias = Literal["conv", "linear"]


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


@dataclass(frozen=True, slots=True)
class NetworkLayer:
    """One layer in its place; without a description when an earlier layer leaves no map for it."""

    label: str
    place: str
    kind: Kind
    description: Description | None
    parameters: Parameters | None = None


@dataclass(frozen=True, slots=True)
class Network:
    """A chain of layers. ``notes`` says how a model was read where it can be read in more than one way."""

    name: str
    input_shape: Shape
    layers: tuple[NetworkLayer, ...]
    source: str = ""
    notes: tuple[str, ...] = ()
