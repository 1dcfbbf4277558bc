"""One layer of a network as plain values: what its roles hold, by field.

A description is what a file, a graph or a module is read into. Its fields are those that the
``from`` paths of a layer spec's dimensions name; nothing else is known about a layer here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from dynapspec.diagnostics import fail
from dynapspec.model import LayerSpec
from dynapspec.model.layer_spec import Dim
from dynapspec.model.values import Interval, Path

Fields: TypeAlias = Mapping[str, Any]
_PAIR = {"y": 0, "x": 1}  # order of the axes in a pair, as torch has it
_MISSING: Any = object()


@dataclass(frozen=True, slots=True)
class Description:
    """The fields of each role; ``destinations`` has one entry for each core that receives the spikes."""

    input_shape: tuple[int, int, int]
    synapses: Fields
    neurons: Fields = field(default_factory=dict)
    destinations: tuple[Fields, ...] = ({},)


@dataclass(frozen=True, slots=True)
class Layout:
    """Values of every dimension that is known, for the layer and for each of its destinations."""

    values: Mapping[str, Any]
    destinations: tuple[Mapping[str, Any], ...]


# A dimension with the role, field and axis that hold it, the least and greatest plain value, and its default.
_Place: TypeAlias = "tuple[str, Dim, str, str, int | None, float, float, Any]"


def _place(name: str, dim: Dim) -> _Place:
    """Where the value of a dimension stands: nearly all are whole numbers in their domain, and plain."""
    first, *rest = dim.from_.fields
    ends: tuple[float, float] = (math.inf, -math.inf)
    if isinstance(dim.domain, Interval):
        ends = dim.domain.low, dim.domain.high
    elif dim.kind == "level":
        ends = -math.inf, math.inf
    if len(rest) > 1 or (rest and rest[0] not in _PAIR):
        return name, dim, dim.from_.role, first, None, math.inf, -math.inf, None
    return name, dim, dim.from_.role, first, _PAIR[rest[0]] if rest else None, *ends, dim.default


class Reader:
    """Reads a description into the dimensions of a layer spec."""

    def __init__(self, spec: LayerSpec, defaults: Mapping[str, Any]) -> None:
        self.spec = spec
        self.none_values = defaults
        self.axes = next(a.axes for a in spec.api.arguments.values() if a.role == "input_shape")
        self._of_layer, self._of_destination = (
            [_place(name, dim) for name, dim in dims.items()] for dims in (spec.dims, spec.destination_dims)
        )

    def read(self, description: Description, where: str = "layer") -> Layout:
        """The dimensions of a layer.

        Raises:
            InputError: a field is missing, of the wrong type, or outside the domain of its dimension.
        """
        roles: dict[str, Any] = {
            "input_shape": dict(zip(self.axes, description.input_shape, strict=True)),
            "synapses": description.synapses,
            "neurons": description.neurons,
            "pools": {"count": len(description.destinations)},
        }
        values = self._values(self._of_layer, roles, where)
        leaving = tuple(
            self._values(self._of_destination, {**roles, "pools": pool}, where)
            for pool in description.destinations
        )
        return Layout(values, leaving)

    def _values(self, places: Sequence[_Place], roles: Mapping[str, Fields], where: str) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, dim, role, field_, axis, low, high, default in places:
            value = roles[role].get(field_, _MISSING)
            if axis is not None and type(value) is tuple and len(value) == len(_PAIR):
                value = value[axis]
            if value is _MISSING and default is not None:
                values[name] = default
            elif type(value) is int and low <= value <= high:
                values[name] = value
            elif (looked := self._value(name, dim, roles, where)) is not None:
                values[name] = looked
        return values

    def _value(self, name: str, dim: Dim, roles: Mapping[str, Fields], where: str) -> Any:
        found, raw = lookup(roles.get(dim.from_.role, {}), dim.from_)
        if not found:
            if dim.default is None and not dim.optional:
                raise fail("missing-field", f"{where}: {dim.from_.text} is not given ({dim.doc})")
            return dim.default
        if raw is None and name in self.none_values:
            return self.none_values[name]
        value = _typed(raw, dim, f"{where}: {dim.from_.text}")
        _inside(value, dim, f"{where}: {dim.from_.text}")
        return value


def lookup(fields: Fields, path: Path) -> tuple[bool, Any]:
    """Whether the path leads to a value, and the value."""
    value: Any = fields
    for step in path.fields:
        if isinstance(value, Mapping):
            if step not in value:
                return False, None
            value = value[step]
        elif step in _PAIR:
            value = value[_PAIR[step]] if isinstance(value, list | tuple) else value
        else:
            return False, None
    return True, value


def _typed(raw: Any, dim: Dim, where: str) -> Any:
    if dim.kind == "bool":
        return raw is not None and raw is not False
    if dim.kind == "name":
        return str(raw)
    if dim.kind == "level" and isinstance(raw, int | float):
        return int(raw)  # truncation, as the export of a configuration does it
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise fail("wrong-type", f"{where} must be a whole number, not {raw!r}")
    return raw


def _inside(value: Any, dim: Dim, where: str) -> None:
    domain = dim.domain
    if isinstance(domain, Interval) and not domain.low <= value <= domain.high:
        raise fail("out-of-domain", f"{where} is {value}, and must be {domain.low} to {domain.high}")
    if isinstance(domain, tuple) and value not in domain:
        raise fail("out-of-domain", f"{where} is {value!r}, and must be one of {', '.join(domain)}")
