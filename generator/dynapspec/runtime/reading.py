"""Reads the configuration of the vendor's library back into what its cores hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dynapspec.runtime.configuration import (
    AXES,
    Block,
    ConfigurationError,
    Configured,
    CoreContent,
    Destination,
    slot_of,
    turned,
)

__all__ = ["read"]

ARRAYS = ("weight", "bias", "v")  # those that say something; the others follow from them
DERIVED = ("leaks", "weight_unused", "bias_unused", "neuron_unused")


def read(layout: Mapping[str, Any], data: Mapping[str, Any]) -> Configured:
    """What a configuration holds: the contents of its cores, and the blocks that are in use.

    A core is in use when it holds weights. Dimensions for which there is no field are not known.

    Raises:
        ConfigurationError: the data is no such configuration.
    """
    block = layout["cores"]
    objects = _get(data, block["at"], "configuration")
    if not isinstance(objects, list):
        raise ConfigurationError(block["at"], "a list with an object for each core is expected")
    cores = {
        number: _content(block, one, f"{block['at']}[{number}]")
        for number, one in enumerate(objects)
        if _holds_weights(block, one)
    }
    return Configured(cores, _block_of(layout, "sensor", data), _block_of(layout, "readout", data))


def _holds_weights(block: Mapping[str, Any], one: Mapping[str, Any]) -> bool:
    path = next(path for path, held in block["fields"].items() if held["is"] == "weight")
    return bool(_found(one, path))


def _content(block: Mapping[str, Any], one: Mapping[str, Any], where: str) -> CoreContent:
    values = _values(block["fields"], one, where)
    lacking = [name for name in ARRAYS if name not in values]
    if lacking:
        raise ConfigurationError(where, f"no field of it holds {lacking[0]}")
    arrays = {name: values.pop(name) for name in ARRAYS}
    monitored = bool(values.pop("monitored", False))
    for name in DERIVED:
        values.pop(name, None)
    return CoreContent(values, **arrays, destinations=_leaving(block, one, where), monitored=monitored)


def _block_of(layout: Mapping[str, Any], name: str, data: Mapping[str, Any]) -> Block | None:
    """A block, unless it is switched off."""
    block = layout[name]
    one = None if block is None else _found(data, block["at"])
    if one is None or not _is_on(block, one):
        return None
    values = _values(block["fields"], one, block["at"])
    monitored = bool(values.pop("monitored", False))
    return Block(values, _leaving(block, one, block["at"]), monitored)


def _is_on(block: Mapping[str, Any], one: Mapping[str, Any]) -> bool:
    """Whether the fields that tell a block in use from one that is not say so."""
    telling = {p: x for p, x in block["fields"].items() if not isinstance(x["is"], str)}
    return all(_found(one, p) == x["is"] for p, x in telling.items() if x.get("off", x["is"]) != x["is"])


def _leaving(block: Mapping[str, Any], one: Mapping[str, Any], where: str) -> tuple[Destination, ...]:
    slots = block["destinations"]
    if slots is None:
        return ()
    off, found = slot_of(slots, (), 0), []
    for index, place in enumerate(_get(one, slots["at"], where)):
        if place != off:
            values = _values(slots["fields"], place, f"{where}.{slots['at']}[{index}]")
            target, connected = values.pop("target", None), values.pop("connected", True)
            shift = values.pop("shift", 0)
            found.append(Destination(values, target if connected else None, shift))
    return tuple(found)


def _values(fields: Mapping[str, Any], one: Mapping[str, Any], where: str) -> dict[str, Any]:
    """What the fields of an object say, by name."""
    values: dict[str, Any] = {}
    coded: dict[str, list[tuple[Mapping[str, Any], Any]]] = {}
    for path, held in fields.items():
        name, value = held["is"], _get(one, path, where)
        if "as" in held:
            coded.setdefault(name, []).append((held, value))
        elif isinstance(name, str):
            shown = turned(value, held["axes"], AXES[name]) if "axes" in held else value
            for dim in (name, *held.get("equals", ())):
                values.setdefault(dim, shown)
        elif value != name:
            raise ConfigurationError(f"{where}.{path}", f"it holds {value!r}, and {name!r} is expected")
    for name, said in coded.items():
        known = _meant(said)
        if not known:
            shown = " and ".join(repr(value) for _, value in said)
            raise ConfigurationError(where, f"{shown} stands for no {name}")
        if len(known) == 1:
            values.setdefault(name, known[0])
    return values


def _meant(said: Sequence[tuple[Mapping[str, Any], Any]]) -> list[Any]:
    """The values that all these fields can stand for together."""
    keys = dict.fromkeys(key for held, _ in said for key in held["as"])
    return [k for k in keys if all(held["as"].get(k, held.get("else")) == value for held, value in said)]


def _get(one: Mapping[str, Any], path: str, where: str) -> Any:
    value = _found(one, path)
    if value is None:
        raise ConfigurationError(where, f"there is no {path}")
    return value


def _found(one: Any, path: str) -> Any:
    for name in path.split("."):
        if not isinstance(one, Mapping) or name not in one:
            return None
        one = one[name]
    return one
