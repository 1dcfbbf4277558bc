"""How a chip spec lays out the configuration that the vendor's library loads, and the addresses of words.

Nothing here computes: a field names what it holds, and the names are those of the layer spec's
dimensions and shapes, and of the tables below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from dynapspec.model.packing import Parts, packing
from dynapspec.model.values import Fact, Identifier, Part, matching

if TYPE_CHECKING:
    from dynapspec.model.layer_spec import LayerSpec

# What is known of a core beside its dimensions and shapes, and what it means.
OF_CORE: dict[str, str] = {
    "reset_fn": "name of the reset function of its neurons",
    "leaks": "whether a bias is not 0",
    "monitored": "whether its spikes are sent to the computer",
}
OF_DESTINATION: dict[str, str] = {
    "connected": "whether spikes are sent there",
    "target": "the core, or the number of another block, that receives them",
    "shift": "how many features stand before them in the map that they become part of",
}
# The arrays of a core; their axes stand in the runtime that writes them.
OF_ARRAYS: dict[str, str] = {
    "weight": "words of the kernel",
    "bias": "words of the biases, zeros where there are none",
    "v": "initial potentials",
    "weight_unused": "for each word of the kernel, whether it is 0",
    "bias_unused": "for each bias, whether it is 0",
    "neuron_unused": "for each neuron false: all are used",
}
# What is known of the sensor beside the input map of the first layer.
OF_SENSOR: dict[str, str] = {
    "window": "size of the sum-pooling, rows and columns",
    "first_row": "first row of the region that is passed on, after pooling",
    "first_column": "first column of it",
    "last_row": "last row of it",
    "last_column": "last column of it",
    "rows_mirrored": "whether the last row of the region becomes the first",
    "columns_mirrored": "whether the last column of it becomes the first",
    "swapped": "whether rows become columns, after that",
    "monitored": "whether its events are sent to the computer",
}
# Those of all these that are true or false.
FLAGS = ("leaks", "monitored", "connected", "rows_mirrored", "columns_mirrored", "swapped")

_PATH = r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*"
FieldPath = Annotated[
    str, BeforeValidator(matching(_PATH, "path such as dimensions.stride.x", "join names by points"))
]
_OBJECT = r"[A-Za-z_][A-Za-z0-9_]*(\.([A-Za-z_][A-Za-z0-9_]*|\{chip\}))+"
ObjectName = Annotated[
    str, BeforeValidator(matching(_OBJECT, "class such as library.module.Class", "join names by points"))
]
Value = str | bool | int
Code = int | str


class ConfigurationField(Fact):
    """One field of the vendor's object: what it holds."""

    is_: Value = Field(alias="is", description="the name of what it holds, or a value that it holds always")
    equals: tuple[Identifier, ...] = Field(
        (), description="dimensions that the field stands for too, so that they have to be the same"
    )
    as_: dict[Code, bool | int] = Field(
        default_factory=dict,
        alias="as",
        description="how values are written; one that is not listed is written as `else` says",
    )
    else_: bool | int | None = Field(
        None, alias="else", description="how all other values are written; without it they are refused"
    )
    axes: tuple[Identifier, ...] = Field(
        (), description="the axes of an array, from the outermost list to the innermost"
    )
    off: bool | int | None = Field(
        None,
        alias="idle",
        description="what it holds where nothing is in use; without it the vendor's own value stays",
    )

    @model_validator(mode="after")
    def _else_needs_as(self) -> ConfigurationField:
        if self.else_ is not None and not self.as_:
            hint = "list the values that are written another way in `as`, or leave `else` out"
            raise PydanticCustomError(
                "configuration", "`else` stands without `as`", {"key": "else", "hint": hint}
            )
        return self


class Slots(Part):
    """The places for destinations in an object."""

    at: FieldPath = Field(description="the field that holds them")
    slots: int = Field(ge=1, le=64, description="how many there are, used or not")
    fields: dict[FieldPath, ConfigurationField] = Field(description="the fields of each")


class ConfigurationBlock(Part):
    """One object of the configuration, or one for each core."""

    at: FieldPath = Field(description="the field of the configuration that holds it")
    fields: dict[FieldPath, ConfigurationField] = Field(description="its fields, each by its path")
    destinations: Slots | None = Field(None, description="where its spikes can be sent to")


class Address(Fact):
    """How the indices of a word are packed into its address, each part in whole bits."""

    memory: Identifier | None = Field(
        None, description="the memory whose words these are; its formula says how their indices are packed"
    )
    fields: tuple[tuple[Identifier, ...], ...] = Field(
        (),
        description="in the place of `memory`: what each index counts, from the highest bits down; "
        "those in one list are counted through together",
    )

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Address:
        if (self.memory is None) == (not self.fields):
            hint = "give `memory`, or `fields`"
            message = "an address is that of a memory, or says its fields"
            raise PydanticCustomError("configuration", message, {"hint": hint})
        return self


class Configuration(Part):
    """The configuration object of the vendor's library."""

    object: ObjectName | None = Field(
        None,
        description="the class of the object, by its module and name; `{chip}` stands for the chip's name",
    )
    cores: ConfigurationBlock = Field(description="the object of each core, in the order of their numbers")
    sensor: ConfigurationBlock | None = Field(None, description="the object of the sensor")
    readout: ConfigurationBlock | None = Field(None, description="the object of the readout")
    addresses: dict[Identifier, Address] = Field(
        default_factory=dict, description="how words of a core are addressed"
    )

    def layout(self, layer: LayerSpec) -> dict[str, Any]:
        """What the runtime works from, as plain data without prose, for the layer spec of the chip."""
        return {
            "object": self.object,
            "cores": _block(self.cores),
            "sensor": None if self.sensor is None else _block(self.sensor),
            "readout": None if self.readout is None else _block(self.readout),
            "addresses": {
                name: [list(part) for part in parts]
                for name, one in self.addresses.items()
                if (parts := packed(one, layer)) is not None
            },
        }


def packed(address: Address, layer: LayerSpec) -> Parts | None:
    """The parts of an address; None for a memory whose formula is no packing of indices."""
    if address.memory is None:
        return address.fields
    memory = layer.memory.get(address.memory)
    return None if memory is None else packing(memory.is_.tree)


def _block(block: ConfigurationBlock) -> dict[str, Any]:
    slots = block.destinations
    found: dict[str, Any] = {"at": block.at, "fields": _fields(block.fields), "destinations": None}
    if slots is not None:
        found["destinations"] = {"at": slots.at, "slots": slots.slots, "fields": _fields(slots.fields)}
    return found


def _fields(fields: dict[str, ConfigurationField]) -> dict[str, dict[str, Any]]:
    return {path: _field(field) for path, field in fields.items()}


def _field(field: ConfigurationField) -> dict[str, Any]:
    """The keys that say something."""
    found: dict[str, Any] = {"is": field.is_}
    if field.equals:
        found["equals"] = list(field.equals)
    if field.as_:
        found["as"] = dict(field.as_)
    if field.else_ is not None:
        found["else"] = field.else_
    if field.axes:
        found["axes"] = list(field.axes)
    if field.off is not None:
        found["off"] = field.off
    return found
