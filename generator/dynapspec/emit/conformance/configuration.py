"""Vectors of a chip's configuration: small layers on its cores, written for the vendor's library.

Every core is in use in one case, each with other values, so that each code of a field is written
somewhere; in another one all but a core are off. A word is addressed in a map that is wider than tall.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from dynapspec.emit.conformance.case import Case
from dynapspec.load.node import once
from dynapspec.model import Chip, LayerSpec
from dynapspec.model.configuration import FLAGS
from dynapspec.runtime.addresses import encode
from dynapspec.runtime.configuration import AXES, from_data, write

SIZES = (2, 1, 3, 3)  # of the weights: out, in, row, column
MAP = (2, 4, 5)  # of the neurons: features, rows, columns
COUNTED = {  # the fields of a layer that its weights have, with their sizes
    "synapses.out_channels": SIZES[0],
    "synapses.in_channels": SIZES[1],
    "input_shape.features": SIZES[1],
    "synapses.kernel_size.y": SIZES[2],
    "synapses.kernel_size.x": SIZES[3],
}
FIRST = 6  # of the values of other dimensions, which differ from each other and from the sizes
WIDE = (3, 9, 2, 5)  # of the indices of a word, by name: fx comes before fy, so a map is wider than tall
SAID = {"leaks", "monitored", "connected", "target", "shift", *AXES}  # what is said beside the values
Data = dict[str, Any]


class Counted:
    """What the arrays of a core say of its dimensions, for one layer spec.

    Attributes:
        sizes: the dimensions and shapes that the arrays have.
        below: the dimensions that are bounds from below.
    """

    def __init__(self, spec: LayerSpec) -> None:
        sizes = {name: COUNTED.get(dim.from_.text) for name, dim in spec.dims.items()}
        self.sizes = {name: size for name, size in sizes.items() if size is not None}
        self.sizes |= dict(zip(spec.outputs.neuron_shape, MAP, strict=True))
        self.below = {name for name, dim in spec.dims.items() if dim.none is not None}


class _Part(NamedTuple):
    """A case before it is known whose it is; chips that inherit their configuration share it."""

    name: str
    clause: tuple[str, ...]
    given: Data
    expected: Data
    flags: tuple[str, ...]
    given_text: str
    expected_text: str


def configuration_cases(chip: Chip, spec: LayerSpec, counted: Counted) -> Iterator[Case]:
    """All cores in use, one core in use, and the address of a word in each memory."""
    made = _Made(chip, spec, counted)
    for one in once(chip.node.get("configuration"), (counted, *made.cores), list, _parts(made)):
        case, clause = f"{chip.name}/configuration/{one.name}", chip.clause(*one.clause)
        texts = one.given_text, one.expected_text
        yield Case(case, clause, "valid", one.given, one.expected, one.flags, False, *texts)


def _parts(made: _Made) -> Iterator[_Part]:
    swapped = ("axes-swapped", "names-swapped", "off-by-one")
    cases: list[tuple[str, Data, tuple[str, ...]]] = [
        ("every-core", made.every_core(), swapped),
        ("one-core", made.one_core(), ("left-on",)),
        ("other-codes", made.one_core(1), swapped),
    ]
    for place in range(2, made.turns()):
        cases.append((f"other-codes-{place}", made.one_core(place), swapped))
    for name, given, flags in cases:
        expected = {"configuration": write(made.layout, made.cores, from_data(given))}
        yield _part(name, ("configuration", "cores"), given, expected, flags)
    for name, parts in made.layout["addresses"].items():
        counts = sorted(size for part in parts for size in part)
        sizes = {size: WIDE[place % len(WIDE)] for place, size in enumerate(counts)}
        indices = {size: count - 1 for size, count in sizes.items()}
        given = {"address": name, "sizes": sizes, "indices": indices}
        word, flags = {"address": encode(parts, sizes, indices)}, ("bits-of-rows", "axes-swapped")
        yield _part(f"address-{name}", ("configuration", "addresses", name), given, word, flags)


def _part(name: str, clause: tuple[str, ...], given: Data, expected: Data, flags: tuple[str, ...]) -> _Part:
    return _Part(name, clause, given, expected, flags, json.dumps(given), json.dumps(expected))


class _Made:
    """What the cores of one chip hold in its cases."""

    def __init__(self, chip: Chip, spec: LayerSpec, counted: Counted) -> None:
        self.configuration, self.spec = chip.spec.configuration, spec
        self.cores = sorted(chip.spec.cores)
        self.sizes, self.below = counted.sizes, counted.below

    @cached_property
    def layout(self) -> dict[str, Any]:
        """The layout of the configuration as plain data."""
        assert self.configuration is not None
        return self.configuration.layout(self.spec)

    def turns(self) -> int:
        """In how many cases each truth value of the sensor is the only one that is true, once."""
        block = self.layout["sensor"]
        return len(_flags(block["fields"])) if block else 0

    def every_core(self) -> Data:
        """A chain through all cores; the first one sends to as many as it can, the last one nowhere."""
        slots = self.layout["cores"]["destinations"]
        count = slots["slots"] if slots else 0
        cores = {}
        for place, core in enumerate(self.cores):
            following = self.cores[place + 1 : place + 1 + (count if place == 0 else min(count, 1))]
            targets: list[int | None] = [*following] or [None] * min(count, 1)
            cores[str(core)] = self._core(place, targets)
        return {"cores": cores, "sensor": self._block("sensor", 0), "readout": self._block("readout", 0)}

    def one_core(self, place: int | None = None) -> Data:
        """The last core, and nothing else; or at a place in the order of codes, with the sensor."""
        core = {**self._core(place or 0, []), "bias": [0] * SIZES[0], "monitored": False}
        sensor = None if place is None else self._block("sensor", place)
        return {"cores": {str(self.cores[-1]): core}, "sensor": sensor, "readout": None}

    def _core(self, place: int, targets: Sequence[int | None]) -> Data:
        block = self.layout["cores"]
        given = _values(block["fields"], place)
        given |= {name: size for name, size in self.sizes.items() if name in given}
        given |= {name: -given[name] for name in self.below & given.keys()}  # bounds from below
        fields = block["destinations"]["fields"] if block["destinations"] else {}
        return {
            "values": given,
            "weight": _array(SIZES, -place),
            "bias": _array(SIZES[:1], place),
            "v": _array(MAP, place - 1),
            "destinations": [
                {"values": _values(fields, place + index), "target": target, "shift": place * index}
                for index, target in enumerate(targets)
            ],
            "monitored": place % 2 == 0,
        }

    def _block(self, name: str, place: int) -> Data | None:
        block = self.layout[name]
        if block is None:
            return None
        to = [{"values": {}, "target": self.cores[0], "shift": 0}] if block["destinations"] else []
        return {"values": _values(block["fields"], place), "destinations": to, "monitored": True}


def _values(fields: Mapping[str, Any], place: int) -> Data:
    """A value for each name that the fields hold.

    All are different; of a coded one it is the code of the place, and of truth values one is true.
    """
    found: Data = {}
    flags = _flags(fields)
    codes: dict[str, list[Any]] = {}
    for field in fields.values():
        if len(field.get("as", ())) > len(codes.get(field["is"], ())):
            codes[field["is"]] = list(field["as"])
    for field in fields.values():
        name = field["is"]
        if not isinstance(name, str) or name in SAID or name in found:
            continue
        known = codes.get(name)
        if name in flags:
            found[name] = flags.index(name) == place % len(flags)
        else:
            found[name] = known[place % len(known)] if known else FIRST + len(found) + place
        found |= dict.fromkeys(field.get("equals", ()), found[name])
    return found


def _flags(fields: Mapping[str, Any]) -> list[str]:
    """The truth values that fields hold, those apart that are said beside the values."""
    return list(
        dict.fromkeys(
            field["is"] for field in fields.values() if field["is"] in FLAGS and field["is"] not in SAID
        )
    )


def _array(shape: Sequence[int], start: int) -> Any:
    """Words that differ from each other, one of them 0."""
    if len(shape) == 1:
        return [start + index - 1 for index in range(shape[0])]
    step = 1
    for size in shape[1:]:
        step *= size
    return [_array(shape[1:], start + index * step) for index in range(shape[0])]
