"""Layers and values in the words of those who build networks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dynapspec.interpret import Description
from dynapspec.model import LayerSpec, Limit
from dynapspec.network.chain import sized
from dynapspec.network.label import label
from dynapspec.network.network import Block
from dynapspec.prove import Witness


def told(witness: Witness, spec: LayerSpec) -> str:
    """A layer as ``conv 5->17 k6, input 5x32x32``, and whatever else is not as usual."""
    values = {**witness.layout.values, **(witness.layout.destinations or ({},))[0]}
    roles = fields_by_role(values, spec)
    try:
        words = _layer(roles, witness)
    except KeyError:
        return ", ".join(f"{name} = {value}" for name, value in witness.told(spec).items())
    shown = ("synapses.kernel_size", "synapses.stride", "synapses.padding", "synapses.dilation")
    known = ("synapses.in_channels", "synapses.out_channels", "synapses.groups", "input_shape", "pools")
    others = [
        f"{_plain(name)}" if value is True else f"{_plain(name)} {value}"
        for name, value in witness.told(spec).items()
        if not _path(spec, name).startswith((*shown, *known))
    ]
    return ", ".join([words, *others])


def _layer(roles: Mapping[str, Any], witness: Witness) -> str:
    shape = tuple(roles["input_shape"][axis] for axis in ("features", "height", "width"))
    description = Description((shape[0], shape[1], shape[2]), roles["synapses"])
    words = label(Block("", "conv", roles["synapses"], pool=roles.get("pools", {})), description)
    count = len(witness.layout.destinations)
    more = "" if count == 1 else f", {count} destinations"
    return f"{words}, input {sized(shape)}{more}"


def fields_by_role(values: Mapping[str, Any], spec: LayerSpec) -> dict[str, dict[str, Any]]:
    """Dimensions as the fields that they are read from; both axes of a pair together."""
    roles: dict[str, dict[str, Any]] = {}
    for name, dim in {**spec.dims, **spec.destination_dims}.items():
        if name not in values:
            continue
        field, *axis = dim.from_.fields
        owner = roles.setdefault(dim.from_.role, {})
        if axis in (["y"], ["x"]):
            first = owner.get(field, (None, None))
            owner[field] = (values[name], first[1]) if axis == ["y"] else (first[0], values[name])
        elif not axis:
            owner[field] = values[name]
    return roles


def _path(spec: LayerSpec, name: str) -> str:
    return {**spec.dims, **spec.destination_dims}[name].from_.text


def _plain(name: str) -> str:
    return name.removeprefix("has_").replace("_", " ")


def shown(value: Any) -> str:
    """A value of a spec on one line."""
    if isinstance(value, Limit):
        return str(value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {shown(item)}" for key, item in value.items() if key not in HIDDEN)
    if isinstance(value, list | tuple):
        return ", ".join(map(shown, value)) or "none"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


HIDDEN = ("source", "doc", "note", "say", "remedy")


def number(value: Any) -> str:
    """A number without a needless fraction: 1, 0.5."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return shown(value)
