"""What a generated package says of its chips and of its class, without running anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from typing import Any

from .bits import bits
from .case import Skip

_LIMIT = {"max": "most", "min": "least", "one_of": "one_of", "kind": "kind"}

_NONE = {"subtract_value": "threshold"}  # what a function takes where it is given None


def fact(chip: Any, place: str) -> Any:
    """The number or name at a place of a chip's spec, as the package holds it."""
    section, *steps = place.strip("/").split("/")
    readers: Mapping[str, Callable[..., Any]] = {
        "cores": lambda number, words: getattr(chip.cores[int(number)], words),
        "limits": lambda name, part: getattr(chip.limits[name], _LIMIT[part]),
        "widths": lambda name, _: chip.widths[name],
        "features": lambda name, _: chip.features[name],
        "bandwidth": lambda number, _: chip.bandwidth[int(number)],
    }
    value = readers[section](*steps) if section in readers else _inside(chip.blocks, [section, *steps])
    return list(value) if isinstance(value, tuple) else value


def _inside(blocks: Any, steps: list[str]) -> Any:
    value = blocks
    for step in steps:
        if not isinstance(value, Mapping) or step not in value:
            raise Skip("the package holds nothing of this block")
        value = value[step]
    return value


def signature_of(home: Any, layer: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a caller may leave out of the class, its neurons, or one of its functions."""
    if "function" in given:
        return _function(getattr(home, given["function"]))
    if given["of"] == "neurons":
        return {"defaults": _defaults(home.IAFSqueeze)}
    if given["of"] != "class":
        raise Skip("the package states no domains")
    parameters = signature(getattr(home, layer)).parameters
    if "argument" not in given:
        return {"class": getattr(home, layer).__name__, "arguments": list(parameters)}
    one = parameters[given["argument"]]
    if one.default is Parameter.empty:
        return {"required": True}
    return {"required": False, "default": _plain(one.default)}


def _function(function: Any) -> Mapping[str, Any]:
    fields = getattr(function, "__dataclass_fields__", {})
    if not fields:
        return {"parameters": [], "defaults": {}}
    defaults = {
        name: _NONE.get(name) if x.default is None else _plain(x.default) for name, x in fields.items()
    }
    return {"parameters": list(fields), "defaults": defaults}


def _defaults(neurons: Any) -> Mapping[str, Any]:
    """The defaults of the neurons; a function by its name."""
    wanted = ("spike_fn", "reset_fn", "surrogate_grad_fn", "spike_threshold", "min_v_mem")
    found = {name: signature(neurons).parameters[name].default for name in wanted}
    return {name: _plain(value) for name, value in found.items()}


def _plain(value: Any) -> Any:
    """A default as the vectors write it."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return bits(value)
    return value.__name__ if isinstance(value, type) else type(value).__name__
