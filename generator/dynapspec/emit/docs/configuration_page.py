"""The guide to configurations: how one is written, loaded with the vendor's library, and read back."""

from __future__ import annotations

from collections.abc import Mapping

from dynapspec.emit.docs.markup import Markup, code, fenced, join, link, markup, table
from dynapspec.emit.docs.page import page
from dynapspec.model import Chip, Layer, Model
from dynapspec.model.configuration import OF_ARRAYS, OF_CORE, OF_DESTINATION, OF_SENSOR
from dynapspec.runtime.addresses import encode
from dynapspec.runtime.configuration import AXES

LOADER = '''\
import json

import {package}


def fill(target, fields):
    """Sets the fields of one object; destinations are objects of their own."""
    for name, value in fields.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for item, part in zip(getattr(target, name), value):
                fill(item, part)
        else:
            setattr(target, name, value)


def load(configuration, data):
    """Sets the objects of the cores and of the other blocks."""
    for name, value in data.items():
        held = getattr(configuration, name)
        for item, part in zip(held, value) if isinstance(value, list) else [(held, value)]:
            fill(item, part)


def read(file):
    """The configuration in a file as the object of the vendor's library."""
    with open(file) as lines:
        data = json.load(lines)
    configuration = {object}()
    load(configuration, data)
    return configuration
'''


def configuration_page(model: Model) -> str:
    """The page as Markdown; its examples are for the last chip that says how it is configured."""
    chips = [chip for chip in model.chips.values() if chip.spec.configuration]
    chip = next((one for one in reversed(chips) if _object(one)), chips[-1])
    layer = model.layer_of(chip)
    vendor = _object(chip)
    return page(
        "configuration.md.j2",
        chip=chip.name,
        package=layer.spec.package,
        chips=join([link(one.name, f"chips/{one.name}.md#configuration") for one in chips]),
        loader=fenced("py", LOADER.format(package=vendor.partition(".")[0], object=vendor)) if vendor else "",
        object=code(vendor),
        of_core=_names(OF_CORE),
        of_arrays=_arrays(),
        of_destination=_names(OF_DESTINATION),
        of_sensor=_names(OF_SENSOR),
        address=_address(chip, layer),
        layer=link(code(layer.spec.api.class_), f"layers/{layer.name}.md"),
    )


def _object(chip: Chip) -> str:
    stated = chip.spec.configuration.object if chip.spec.configuration else None
    return (stated or "").replace("{chip}", chip.name)


def _names(names: Mapping[str, str]) -> Markup:
    return table(["name", "what it is"], [[code(name), markup(text)] for name, text in names.items()])


def _arrays() -> Markup:
    rows = [[code(name), ", ".join(AXES[name]), text] for name, text in OF_ARRAYS.items()]
    return table(["array", "axes", "what it is"], rows)


def _address(chip: Chip, layer: Layer) -> Markup:
    """An address of a word in a map that is wider than tall, worked out."""
    assert chip.spec.configuration is not None
    known = chip.spec.configuration.layout(layer.spec)["addresses"]
    if not known:
        return Markup("")
    name, parts = list(known.items())[-1]
    counts = dict(zip([size for part in parts for size in part], (2, 8, 3, 3), strict=False))
    indices = {size: count - 1 for size, count in counts.items()}
    address = encode(parts, counts, indices)
    lines = [
        f"from {layer.spec.package}.addresses import decode, encode",
        f"from {layer.spec.package}.chips import CHIPS",
        "",
        f'parts = CHIPS["{chip.name}"].configuration["addresses"]["{name}"]',
        f"sizes = {counts}",
        f"assert encode(parts, sizes, {indices}) == {address}",
        f"assert decode(parts, sizes, {address}) == {indices}",
    ]
    return fenced("python", "\n".join(lines))
