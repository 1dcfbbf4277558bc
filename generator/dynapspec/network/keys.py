"""Which keys describe a layer: the fields that the dimensions of a layer spec are read from.

A dimension that is added to a spec is at once a key of network files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dynapspec.model import LayerSpec
from dynapspec.model.layer_spec import Dim

# Of a convolution alone: a linear layer follows from its features and from the map that it receives.
GEOMETRY = (
    "in_channels",
    "out_channels",
    "kernel_size",
    "stride",
    "padding",
    "dilation",
    "groups",
    "padding_mode",
)
FOLLOWS = "in_channels"  # from the layer before; a file may state it, and is then taken at its word


@dataclass(frozen=True, slots=True)
class Field:
    """A key, and the dimensions read from it by what remains of their path: ``y`` and ``x``, or nothing."""

    name: str
    dims: Mapping[tuple[str, ...], Dim]

    @property
    def is_pair(self) -> bool:
        """Whether it has a value for each axis; a single number then stands for both."""
        return set(self.dims) == {("y",), ("x",)}

    @property
    def required(self) -> bool:
        """Whether a layer is incomplete without it."""
        return self.name != FOLLOWS and any(d.default is None and not d.optional for d in self.dims.values())


def fields_of(dims: Mapping[str, Dim], role: str) -> dict[str, Field]:
    """The keys of one role, in the order of the spec."""
    found: dict[str, dict[tuple[str, ...], Dim]] = {}
    for dim in dims.values():
        if dim.from_.role == role:
            name, *rest = dim.from_.fields
            found.setdefault(name, {})[tuple(rest)] = dim
    return {name: Field(name, parts) for name, parts in found.items()}


class Keys:
    """The keys of every role of a layer spec."""

    def __init__(self, spec: LayerSpec) -> None:
        self.conv = fields_of(spec.dims, "synapses")
        self.neurons = fields_of(spec.dims, "neurons")
        self.pool = fields_of(spec.destination_dims, "pools")
        self.axes = fields_of(spec.dims, "input_shape")
        free = {name: field for name, field in self.conv.items() if name not in GEOMETRY}
        self.linear = {"out_features": self.conv["out_channels"], **free}
