"""Checks of a chip's configuration: each field holds something that is known."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from dynapspec.diagnostics import Diagnostic, did_you_mean
from dynapspec.model.configuration import (
    OF_CORE,
    OF_DESTINATION,
    OF_SENSOR,
    Address,
    ConfigurationBlock,
    ConfigurationField,
)
from dynapspec.runtime.configuration import AXES

if TYPE_CHECKING:
    from dynapspec.model.entries import Chip, Layer

Path = tuple[str | int, ...]


def check_configuration(chip: Chip, layer: Layer) -> Iterator[Diagnostic]:
    """Findings about the configuration of a chip that runs a layer spec."""
    found = chip.spec.configuration
    if found is None:
        return
    check, spec = Fields(chip, layer), layer.spec
    dims = {*spec.dims, *spec.shapes}
    blocks = {
        "cores": (found.cores, {*dims, *OF_CORE, *AXES}),
        "sensor": (found.sensor, {*spec.dims, *OF_SENSOR}),
        "readout": (found.readout, set[str]()),
    }
    for name, (block, known) in blocks.items():
        if block is not None:
            yield from check.block(block, known, ("configuration", name))
    if not any(field.is_ == "weight" for field in found.cores.fields.values()):
        message = "no field of a core holds its weights"
        hint = "give one `is: weight`"
        yield chip.misnamed("configuration", message, "configuration", "cores", "fields", hint=hint)
    for name, address in found.addresses.items():
        yield from _address(chip, layer, name, address, dims)


class Fields:
    """Checks the fields of the objects of one chip."""

    def __init__(self, chip: Chip, layer: Layer) -> None:
        self.chip, self.layer = chip, layer

    def block(self, block: ConfigurationBlock, known: Collection[str], path: Path) -> Iterator[Diagnostic]:
        """Findings about one object and its destinations."""
        for name, field in block.fields.items():
            yield from self._field(field, known, (*path, "fields", name))
        if block.destinations is not None:
            leaving = {*self.layer.spec.destination_dims, *OF_DESTINATION}
            for name, field in block.destinations.fields.items():
                yield from self._field(field, leaving, (*path, "destinations", "fields", name))

    def _field(self, field: ConfigurationField, known: Collection[str], path: Path) -> Iterator[Diagnostic]:
        if isinstance(field.is_, str):
            yield from self._known(field.is_, known, (*path, "is"))
        for index, name in enumerate(field.equals):
            yield from self._known(name, known, (*path, "equals", index))
        if field.is_ == "reset_fn":
            functions = self.layer.spec.dynamics.reset_fn
            for key in field.as_:
                if key not in functions:
                    message, hint = f"there is no reset function {key}", did_you_mean(str(key), functions)
                    yield self.chip.misnamed("unknown-name", message, *path, "as", key, hint=hint)
        axes = AXES.get(str(field.is_), ())
        if sorted(field.axes) != sorted(axes):
            wanted = (
                f"name its axes: {', '.join(axes)}, in the order of the lists" if axes else "leave axes out"
            )
            message = f"{field.is_} has " + (f"the axes {', '.join(axes)}" if axes else "no axes")
            at = (*path, "axes") if field.axes else path
            yield self.chip.finding("configuration", message, *at, hint=wanted)

    def _known(self, name: str, known: Collection[str], path: Path) -> Iterator[Diagnostic]:
        if name not in known:
            message = f"{name or 'an empty name'} is nothing that this object can hold"
            hint = did_you_mean(name, known) or "see the page on configurations for what there is"
            yield self.chip.finding("unknown-name", message, *path, hint=hint)


def _address(
    chip: Chip, layer: Layer, name: str, address: Address, known: Collection[str]
) -> Iterator[Diagnostic]:
    path = ("configuration", "addresses", name)
    if address.memory is not None and address.memory not in layer.spec.memory:
        message = f"there is no memory {address.memory}"
        hint = did_you_mean(address.memory, layer.spec.memory)
        yield chip.finding("unknown-name", message, *path, "memory", hint=hint)
    seen: set[str] = set()
    for number, part in enumerate(address.fields):
        for index, size in enumerate(part):
            at = (*path, "fields", number, index)
            if size not in known:
                message, hint = f"{size} is no dimension or shape", did_you_mean(size, known)
                yield chip.finding("unknown-name", message, *at, hint=hint)
            elif size in seen:
                hint = "each index has one place in an address"
                yield chip.finding("configuration", f"{size} is counted twice", *at, hint=hint)
            seen.add(size)
