"""Writes what cores hold as the configuration of the vendor's library.

Nothing here knows a chip: a layout, which comes from the chip's spec, says which fields there are
and what each holds. The result is plain data: mappings, lists, whole numbers and truth values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "Block",
    "ConfigurationError",
    "Configured",
    "CoreContent",
    "Destination",
    "from_data",
    "write",
]

Values = Mapping[str, Any]
# The axes of each array, in the order in which a CoreContent holds it.
AXES = {
    "weight": ("out", "in", "row", "column"),
    "bias": ("out",),
    "v": ("out", "row", "column"),
    "weight_unused": ("out", "in", "row", "column"),
    "bias_unused": ("out",),
    "neuron_unused": ("out", "row", "column"),
}

UNUSED = {  # truth values: of which array, and whether a word of 0 counts
    "weight_unused": ("weight", True),
    "bias_unused": ("bias", True),
    "neuron_unused": ("v", False),
}


class ConfigurationError(ValueError):
    """What cannot be written, or does not read as a configuration; ``field`` is the field's path."""

    def __init__(self, field: str, message: str) -> None:
        self.field, self.message = field, message
        super().__init__(f"{field}: {message}")


@dataclass(frozen=True)
class Destination:
    """Where the spikes of a core go; ``target`` is None where they leave for nowhere.

    ``values`` has the dimensions of the destination by name, ``shift`` the features that stand
    before these in the map that they become part of.
    """

    values: Values = field(default_factory=dict)
    target: int | None = None
    shift: int = 0


@dataclass(frozen=True)
class CoreContent:
    """What one core holds.

    Attributes:
        values: dimensions and shapes of the layer by name, and the name of its ``reset_fn``.
        weight: words of the kernel, (out, in, row, column).
        bias: one word for each output feature.
        v: initial potentials, (out, row, column).
        destinations: where its spikes go.
        monitored: whether its spikes are sent to the computer too.
    """

    values: Values
    weight: Sequence[Any]
    bias: Sequence[int]
    v: Sequence[Any]
    destinations: tuple[Destination, ...] = ()
    monitored: bool = False


@dataclass(frozen=True)
class Block:
    """Another block that is in use: its values by name, and where it sends events."""

    values: Values = field(default_factory=dict)
    destinations: tuple[Destination, ...] = ()
    monitored: bool = False


@dataclass(frozen=True)
class Configured:
    """What a configuration says: the cores and blocks that are in use."""

    cores: dict[int, CoreContent]
    sensor: Block | None = None
    readout: Block | None = None


def write(layout: Mapping[str, Any], cores: Iterable[int], used: Configured) -> dict[str, Any]:
    """The whole configuration.

    Args:
        layout: the layout that a chip's spec states.
        cores: the numbers of the cores that the chip has.
        used: what is in use; all else is switched off.

    Raises:
        ConfigurationError: a field has no way to hold a value.
    """
    numbers = sorted(cores)
    lost = sorted(used.cores.keys() - set(numbers))
    if lost:
        raise ConfigurationError(layout["cores"]["at"], f"the chip has no core {lost[0]}")
    block, found = layout["cores"], dict[str, Any]()
    _put(found, block["at"], [_core(block, number, used) for number in range(numbers[-1] + 1)])
    for name, one in (("sensor", used.sensor), ("readout", used.readout)):
        if layout[name] is not None:
            values = None if one is None else {**one.values, "monitored": one.monitored}
            leaving = () if one is None else one.destinations
            _put(found, layout[name]["at"], object_of(layout[name], values, leaving))
        elif one is not None:
            raise ConfigurationError(name, f"the chip's configuration has no {name}")
    return found


def from_data(data: Mapping[str, Any]) -> Configured:
    """What is in use, from plain data: ``cores`` by number, ``sensor`` and ``readout`` or null."""
    cores = {
        int(number): CoreContent(
            one["values"],
            one["weight"],
            one["bias"],
            one["v"],
            _destinations(one),
            one["monitored"],
        )
        for number, one in data["cores"].items()
    }
    blocks = [
        None if one is None else Block(one["values"], _destinations(one), one["monitored"])
        for one in (data["sensor"], data["readout"])
    ]
    return Configured(cores, *blocks)


def _destinations(one: Mapping[str, Any]) -> tuple[Destination, ...]:
    return tuple(Destination(to["values"], to["target"], to["shift"]) for to in one["destinations"])


def _core(block: Mapping[str, Any], number: int, used: Configured) -> dict[str, Any]:
    core = used.cores.get(number)
    if core is None:
        return object_of(block, None, ())
    arrays = {"weight": core.weight, "bias": core.bias, "v": core.v}
    values = {**core.values, **arrays, "leaks": any(core.bias), "monitored": core.monitored}
    for name in {one["is"] for one in block["fields"].values()} & UNUSED.keys():
        array, zero = UNUSED[name]
        values[name] = _each(arrays[array], lambda word, zero=zero: zero and word == 0)
    return object_of(block, values, core.destinations)


def _each(array: Any, how: Any) -> Any:
    """Every word of an array as a truth value."""
    return [_each(part, how) for part in array] if isinstance(array, list | tuple) else how(array)


def object_of(
    block: Mapping[str, Any], values: Values | None, leaving: Sequence[Destination]
) -> dict[str, Any]:
    """One object: with its values, or switched off."""
    found: dict[str, Any] = {}
    for path, one in block["fields"].items():
        _field(found, path, one, values)
    slots = block["destinations"]
    if slots is None:
        return found
    if len(leaving) > slots["slots"]:
        raise ConfigurationError(
            slots["at"], f"{len(leaving)} destinations, and there are {slots['slots']} places for them"
        )
    _put(found, slots["at"], [slot_of(slots, leaving, index) for index in range(slots["slots"])])
    return found


def slot_of(slots: Mapping[str, Any], leaving: Sequence[Destination], index: int) -> dict[str, Any]:
    """One place for a destination: with its values, or switched off."""
    found: dict[str, Any] = {}
    values: dict[str, Any] | None = None
    if index < len(leaving):
        one = leaving[index]
        values = {**one.values, "connected": one.target is not None, "shift": one.shift}
        values |= {} if one.target is None else {"target": one.target}
    for path, held in slots["fields"].items():
        _field(found, path, held, values)
    return found


def _field(found: dict[str, Any], path: str, one: Mapping[str, Any], values: Values | None) -> None:
    """Writes one field, where there is something to write."""
    if values is None or (isinstance(one["is"], str) and one["is"] not in values and "off" in one):
        if "off" in one:
            _put(found, path, one["off"])
        return
    _put(found, path, _held(path, one, values))


def _held(path: str, one: Mapping[str, Any], values: Values) -> Any:
    """What a field holds."""
    name = one["is"]
    if not isinstance(name, str):
        return name
    if name not in values:
        raise ConfigurationError(path, f"{name} is not known")
    value = values[name]
    for other in one.get("equals", ()):
        if values.get(other, value) != value:
            raise ConfigurationError(path, f"it stands for {name} = {value} and {other} = {values[other]}")
    if "as" in one:
        written = one["as"].get(value, one.get("else"))
        if written is None:
            known = ", ".join(map(str, one["as"]))
            raise ConfigurationError(path, f"there is no way to write {name} = {value}, only {known}")
        return written
    return turned(value, AXES[name], one["axes"]) if "axes" in one else value


def turned(array: Any, axes: Sequence[str], wanted: Sequence[str]) -> Any:
    """An array with its axes in another order."""
    shape: list[int] = []
    flat = array
    for depth in range(len(axes)):
        shape.append(len(flat) if not depth else len(flat) // _product(shape))
        flat = flat if depth == len(axes) - 1 else [word for part in flat for word in part]
    order = [list(axes).index(axis) for axis in wanted]
    steps = [_product(shape[axis + 1 :]) for axis in order]
    return _taken(flat, [shape[axis] for axis in order], steps, 0)


def _taken(flat: Sequence[Any], sizes: Sequence[int], steps: Sequence[int], start: int) -> list[Any]:
    """Lists in lists: of each axis, outermost first, its size and the words from one index to the next."""
    size, step = sizes[0], steps[0]
    if len(sizes) == 1:
        return list(flat[start : start + size * step : step])
    return [_taken(flat, sizes[1:], steps[1:], start + index * step) for index in range(size)]


def _product(sizes: Sequence[int]) -> int:
    product = 1
    for size in sizes:
        product *= size
    return product


def _put(found: dict[str, Any], path: str, value: Any) -> None:
    """Sets what stands at a path of names."""
    *owners, last = path.split(".")
    for name in owners:
        found = found.setdefault(name, {})
    found[last] = value
