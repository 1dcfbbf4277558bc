"""Compares an answer with the expected one. Whole numbers are exact, floats are compared by their bits."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .bits import number

# What an answer may leave out, by topic; where it is given it is compared.
OPTIONAL: Mapping[str, frozenset[str]] = {
    "memory": frozenset({"used"}),
    "quantization": frozenset({"scale"}),
    "signature": frozenset({"role", "accepts", "axes", "attribute", "each", "properties"}),
    "rules": frozenset({"actual", "limit"}),
    "placement": frozenset({"candidates"}),
}
BOUNDS = {"low", "high"}  # of an answer that is promised within bounds alone, as bits
_BITS = re.compile("0x[0-9a-f]{8}")
SHOWN = 160  # characters of a value that are shown


def differences(topic: str, expected: Mapping[str, Any], found: Any) -> list[str]:
    """What is wrong with an answer, in words; nothing when it is right."""
    if not isinstance(found, Mapping):
        return [f"the result is {_shown(found)}, and an object is expected"]
    if topic == "placement":
        return list(_placement(expected, found))
    return list(_mapping(OPTIONAL.get(topic, frozenset()), expected, found, ""))


def _mapping(
    optional: frozenset[str], expected: Mapping[str, Any], found: Mapping[str, Any], place: str
) -> Iterator[str]:
    """An answer may hold more than was asked for."""
    for name, value in expected.items():
        if name in found:
            yield from _value(optional, value, found[name], f"{place}{name}")
        elif name not in optional:
            yield f"{place}{name} is missing, expected {_shown(value)}"


def _value(optional: frozenset[str], expected: Any, found: Any, place: str) -> Iterator[str]:
    if isinstance(expected, Mapping) and expected.keys() == BOUNDS:
        if not _between(expected, found):
            yield f"{place} is {_shown(found)}, expected {expected['low']} to {expected['high']}"
    elif isinstance(expected, Mapping) and isinstance(found, Mapping):
        yield from _mapping(optional, expected, found, f"{place}.")
    elif isinstance(expected, list) and isinstance(found, list) and _items(expected):
        yield from _list(optional, expected, found, place)
    elif not same(expected, found):
        yield f"{place} is {_shown(found)}, expected {_shown(expected)}"


def _between(bounds: Mapping[str, Any], found: Any) -> bool:
    """Whether the bits of a number lie between two others."""
    if not isinstance(found, str) or not _BITS.fullmatch(found):
        return False
    return number(bounds["low"]) <= number(found) <= number(bounds["high"])


def _items(expected: list[Any]) -> bool:
    """Whether the items of a list are compared one by one, and not the list as a whole."""
    return any(isinstance(item, Mapping) for item in expected)


def _list(optional: frozenset[str], expected: list[Any], found: list[Any], place: str) -> Iterator[str]:
    if len(expected) != len(found):
        yield f"{place} has {len(found)} entries, expected {len(expected)}: {_shown(expected)}"
        return
    for index, (one, other) in enumerate(zip(expected, found, strict=True)):
        yield from _value(optional, one, other, f"{place}[{index}]")


def same(expected: Any, found: Any) -> bool:
    """Whether two values of JSON are the same: 1, 1.0 and true are three different ones."""
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(map(same, expected, found))
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        return expected.keys() == found.keys() and all(same(expected[key], found[key]) for key in expected)
    return type(expected) is type(found) and bool(expected == found)


def _placement(expected: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[str]:
    """Any assignment of distinct cores that have room is right."""
    if "candidates" in found and not same(expected["candidates"], found["candidates"]):
        yield f"candidates is {_shown(found['candidates'])}, expected {_shown(expected['candidates'])}"
    if not same(expected["possible"], found.get("possible")):
        yield f"possible is {_shown(found.get('possible'))}, expected {_shown(expected['possible'])}"
    elif expected["possible"]:
        cores = found.get("cores")
        if not isinstance(cores, list) or len(cores) != len(expected["candidates"]):
            such = _shown(expected["smallest"])
            yield f"cores is {_shown(cores)}, expected one for each layer, such as {such}"
            return
        for index, (core, candidates) in enumerate(zip(cores, expected["candidates"], strict=True)):
            if core not in candidates:
                room = _shown(candidates)
                yield f"layer {index} is on core {_shown(core)}, which has no room; these do: {room}"
            elif core in cores[:index]:
                yield f"layers {cores.index(core)} and {index} are both on core {core}"


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."
