"""Reads what a network file asks of the sensor's block: it merges, pools, crops and turns, in this order."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from typing import Any

from dynapspec.load import Node, Scalar, Sequence
from dynapspec.network.network import Preprocessing, Shape
from dynapspec.network.parts import Turn
from dynapspec.network.sensing import Asked, sensed
from dynapspec.network.values import Values

POOL = "rows and columns of the sensor that are summed; one number stands for both"
CROP: MappingType[str, str] = {
    "top": "first row that is kept, after pooling",
    "left": "first column that is kept, after pooling",
    "height": "rows that are kept",
    "width": "columns that are kept",
}
MERGE = "whether both polarities become one feature"
SIDES = ("rows", "columns")
MIRROR = "which of rows and columns run the other way, after the crop"
SWAP = "whether rows become columns, after that"
KEYS = ("merge", "pool", "crop", "mirror", "swap", "doc")
EXAMPLE = "sensor: {pool: 2, crop: {top: 0, left: 0, height: 34, width: 34}}"


def sensor_block(node: Node, shape: Shape, values: Values) -> tuple[Shape, Preprocessing | None]:
    """The map that the first layers receive of what the sensor gives, and what is done to it before.

    What is wrong is noted with the values; the map is then that of the sensor.
    """
    asked = values.mapping(node, "sensor", f"write `{EXAMPLE}`")
    if asked is None:
        return shape, None
    values.known(asked, KEYS, "sensor")
    values.text(asked.get("doc"), "doc")
    before = len(values.findings)
    pool = _pair(asked.items["pool"], values) if "pool" in asked.items else (1, 1)
    crop = _window(asked.items["crop"], values) if "crop" in asked.items else None
    merge, swap = (_flag(asked.get(key), key, values) for key in ("merge", "swap"))
    upright, across = _mirror(asked.get("mirror"), values)
    if len(values.findings) > before or not all(isinstance(size, int) for size in shape):
        return shape, None
    found = [size // window for size, window in zip(shape[1:], pool, strict=True)]
    if crop is not None and (crop[2] > found[0] or crop[3] > found[1]):
        rows, columns = found
        told = f"the crop ends at row {crop[2]} and column {crop[3]} of a map of {rows}x{columns}"
        values.wrong("crop", told, asked.key_spans["crop"], "a crop lies within the map, after pooling")
        return shape, None
    if not all(found):
        values.wrong("crop", f"pooling by {pool[0]}x{pool[1]} leaves no map", asked.key_spans["pool"])
        return shape, None
    turn = Turn("sensor", upright, across, swap) if upright or across or swap else None
    return sensed(Asked(pool, crop, merge, turn), shape)


def _flag(node: Node | None, name: str, values: Values) -> bool:
    if node is None:
        return False
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return node.value
    values.wrong("wrong-type", f"{name} is true or false", node.span)
    return False


def _mirror(node: Node | None, values: Values) -> tuple[bool, bool]:
    """Whether rows and columns are mirrored."""
    items = [] if node is None else node.items if isinstance(node, Sequence) else [node]
    found = set()
    for item in items:
        side = item.value if isinstance(item, Scalar) else None
        if side in SIDES:
            found.add(side)
        else:
            told = f"mirror names {' or '.join(SIDES)}"
            values.wrong("wrong-type", told, item.span, "write `mirror: [rows, columns]`")
    return "rows" in found, "columns" in found


def _pair(node: Node, values: Values) -> tuple[int, int]:
    items = node.items if isinstance(node, Sequence) else [node, node]
    if len(items) != 2:
        values.wrong("wrong-type", "pool is one whole number or two", node.span, "rows first, then columns")
        return (1, 1)
    down, across = (_whole(item, "pool", 1, values) for item in items)
    return (down, across)


def _window(node: Node, values: Values) -> tuple[int, int, int, int] | None:
    """First row and column, and those behind the last."""
    asked = values.mapping(node, "crop", f"write `{EXAMPLE}`")
    if asked is None:
        return None
    values.known(asked, CROP, "crop")
    known: dict[str, Any] = {}
    for name in CROP:
        if name in asked.items:
            known[name] = _whole(asked.items[name], name, int(name in ("height", "width")), values)
        else:
            values.wrong("missing-key", f"{name} is missing", node.span, f"write `{EXAMPLE}`")
    if len(known) < len(CROP):
        return None
    top, left = known["top"], known["left"]
    return top, left, top + known["height"], left + known["width"]


def _whole(node: Node, name: str, least: int, values: Values) -> int:
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, int) and not isinstance(value, bool) and value >= least:
        return value
    values.wrong("wrong-type", f"{name} is a whole number from {least} on", node.span)
    return least
