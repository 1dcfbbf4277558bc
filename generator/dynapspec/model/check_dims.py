"""Checks of the dimensions of a layer spec: where they come from, what they may be, where they go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dynapspec.diagnostics import Diagnostic, did_you_mean
from dynapspec.model import scope
from dynapspec.model.layer_spec import Dim
from dynapspec.model.values import Interval

if TYPE_CHECKING:
    from dynapspec.model.entries import Layer

AXES = ("features", "height", "width")
ORIGINS = ("synapses", "neurons", "input_shape", "pools")  # the roles that have fields
PARTS = ("y", "x", "min", "max")  # what a field of a role may have in turn


def check_dims(layer: Layer) -> Iterator[Diagnostic]:
    """Findings about the dimensions and the outputs of one layer spec."""
    for section in ("dims", "destination_dims"):
        for name, dim in getattr(layer.spec, section).items():
            yield from _origin(layer, dim, section, name)
            yield from _domain(layer, dim, section, name)
    shapes = scope.dim_kinds(layer.spec) | scope.shape_kinds(layer.spec)
    yield from _outputs(layer, "neuron_shape", layer.spec.outputs.neuron_shape, shapes)
    leaving = shapes | scope.destination_kinds(layer.spec)
    yield from _outputs(layer, "output_shape", layer.spec.outputs.output_shape, leaving)


def _origin(layer: Layer, dim: Dim, section: str, name: str) -> Iterator[Diagnostic]:
    path, fields = dim.from_, dim.from_.fields
    offset = len(path.role) + 1
    if path.role not in ORIGINS:
        hint, place = did_you_mean(path.role, ORIGINS), Place(0, len(path.role))
        message = f"no role {path.role} has fields"
        yield layer.finding("unknown-role", message, section, name, "from", hint=hint, within=place)
    elif path.role == "input_shape" and fields[0] not in AXES:
        hint, place = did_you_mean(fields[0], AXES), Place(offset, offset + len(fields[0]))
        message = f"an input shape has no {fields[0]}"
        yield layer.finding("unknown-axis", message, section, name, "from", hint=hint, within=place)
    for index, part in enumerate(fields[1:], 1):
        offset += len(fields[index - 1]) + 1
        if part not in PARTS or path.role == "input_shape":
            hint = did_you_mean(part, PARTS) if path.role != "input_shape" else "an axis has no parts"
            place, message = Place(offset, offset + len(part)), f"{fields[index - 1]} has no {part}"
            yield layer.finding("unknown-axis", message, section, name, "from", hint=hint, within=place)


class Place:
    """A stretch of a text."""

    def __init__(self, start: int, stop: int) -> None:
        self.start, self.stop = start, stop


def _domain(layer: Layer, dim: Dim, section: str, name: str) -> Iterator[Diagnostic]:
    """The domain suits the kind, and the default lies in it."""
    path: tuple[str, ...] = (section, name)
    if dim.kind == "name" and not isinstance(dim.domain, tuple):
        hint = "write `domain: [a, b]`"
        yield layer.finding("domain", "the names that it may hold are not listed", *path, hint=hint)
    elif dim.kind != "name" and isinstance(dim.domain, tuple):
        hint = "write `domain: 1..65536`, or `kind: name`"
        message = f"names are listed, and it is of kind {dim.kind}"
        yield layer.finding("domain", message, *path, "domain", hint=hint)
    elif dim.kind == "bool" and dim.domain is not None:
        yield layer.finding("domain", "true and false need no domain", *path, "domain", hint="leave it out")
    elif not _possible(dim):
        hint = "give a default out of the domain, or widen the domain"
        message = f"{dim.default!r} is no possible value of it"
        yield layer.finding("domain", message, *path, "default", hint=hint)


def _possible(dim: Dim) -> bool:
    """Whether the default is a value that the dimension may have."""
    value = dim.default
    if value is None:
        return True
    if dim.kind == "bool":
        return isinstance(value, bool)
    if isinstance(dim.domain, tuple):
        return value in dim.domain
    if isinstance(value, bool) or not isinstance(value, int):
        return False
    return not isinstance(dim.domain, Interval) or dim.domain.low <= value <= dim.domain.high


def _outputs(layer: Layer, key: str, names: tuple[str, ...], known: dict[str, str]) -> Iterator[Diagnostic]:
    """What leaves a layer enters the next one, so its axes are of the kinds of the input shape's."""
    spec = layer.spec
    dims = [dim for dim in spec.dims.values() if dim.from_.role == "input_shape"]
    entering: dict[str, str] = {dim.from_.fields[0]: dim.kind for dim in dims}
    axes = next((a.axes for a in spec.api.arguments.values() if a.role == "input_shape"), ())
    if sorted(axes) != sorted(AXES):
        return  # told where the axes are
    if len(names) != len(axes):
        hint = f"list {len(axes)} names"
        yield layer.finding("outputs", f"a shape has the axes {', '.join(axes)}", "outputs", key, hint=hint)
    for index, (name, axis) in enumerate(zip(names, axes, strict=False)):
        if name not in known:
            hint = did_you_mean(name, known)
            yield layer.finding("unknown-name", f"{name} is not known here", "outputs", key, index, hint=hint)
        elif known[name] != entering.get(axis, known[name]):
            message = f"{name} is of kind {known[name]}, and the axis {axis} of kind {entering[axis]}"
            hint = f"list the names in the order {', '.join(axes)}"
            yield layer.finding("unit-mismatch", message, "outputs", key, index, hint=hint)
