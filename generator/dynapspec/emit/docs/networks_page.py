"""The page of network files: every key, out of the schema that editors check them with, and examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dynapspec.emit.docs.markup import Markup, code, fenced, join, link, table
from dynapspec.emit.docs.page import page
from dynapspec.emit.schema.network import network_schema
from dynapspec.model import Model

CHAIN = """\
name: small-chain
input_shape: [2, 32, 32]            # features, height, width
layers:
  - conv: {out_channels: 8, kernel_size: 3, padding: 1}
    pool: 2
  - conv: {out_channels: 16, kernel_size: [3, 3], stride: [2, 2], bias: true}
    neurons: {spike_threshold: 100, min_v_mem: -100}
  - linear: {out_features: 10}
"""
GRAPH = """\
name: branches
input_shape: [2, 32, 32]
layers:
  - id: stem
    conv: {out_channels: 8, kernel_size: 3, stride: 2, padding: 1}
    decimate: 2                     # every second spike leaves
  - id: left
    conv: {out_channels: 8, kernel_size: 3, padding: 1}
  - id: right
    inputs: stem
    conv: {out_channels: 8, kernel_size: 1}
  - id: sum                         # both maps have one shape, and are added
    inputs: [left, right]
    merge: add
    conv: {out_channels: 8, kernel_size: 3, padding: 1}
  - inputs: [{from: sum, pool: 2}, {from: left, pool: 2}]
    merge: concat                   # the features of one behind those of the other
    linear: {out_features: 4}
"""
SENSOR = """\
name: from-the-sensor
input_shape: [2, 128, 128]          # what the sensor gives
sensor:
  merge: true                       # both polarities as one feature
  pool: 2
  crop: {top: 8, left: 16, height: 32, width: 32}
  mirror: columns
layers:
  - conv: {out_channels: 4, kernel_size: 3, stride: 2}
  - linear: {out_features: 2}
"""
MANY = 1 << 16  # a bound from here on keeps the arithmetic safe, and says nothing of chips
FEW = 2  # keys of a mapping that are named in its place
# What no schema can say of a key that is left out.
DEFAULTS = {
    "name": "the name of the file",
    "inputs": "the layer before",
    "output": "false",
    "pool": "none",
    "neurons": "unknown",
    "sensor": "none",
    "crop": "the whole map",
    "mirror": "none",
    "in_channels": "what arrives",
    "spike_threshold": "unknown",
    "min_v_mem": "unknown",
    "weight": "unknown",
    "id": "no name",
    "merge": "one input",
}
OF_POOL = {"kernel_size": "required", "stride": "the window"}


def networks_page(model: Model) -> str:
    """The page as Markdown."""
    layer = next(layer for layer in model.layers.values() if model.chips_of(layer))
    schema = network_schema(layer.spec)
    one = schema["properties"]["layers"]["items"]
    parts = one["properties"]
    pool = parts["pool"]["anyOf"][1]
    entry = parts["inputs"]["anyOf"][1]
    sensor = schema["properties"]["sensor"]
    return page(
        "networks.md.j2",
        chain=fenced("yaml", CHAIN),
        graph=fenced("yaml", GRAPH),
        sensed=fenced("yaml", SENSOR),
        top=_keys(schema),
        layer=_keys(one, either=("conv", "linear")),
        conv=_keys(parts["conv"]),
        linear=_keys(parts["linear"]),
        neurons=_keys(parts["neurons"]),
        pool=_keys(pool, stated=OF_POOL),
        inputs=_keys(entry),
        sensor=_keys(sensor, stated={"merge": code("false")}),
        crop=_keys(sensor["properties"]["crop"]),
        chip=list(model.chips)[-1],
        spec=link(layer.name, f"layers/{layer.name}.md"),
    )


def _keys(
    schema: Mapping[str, Any], either: tuple[str, ...] = (), stated: Mapping[str, str] | None = None
) -> Markup:
    """The keys of one mapping; ``either`` has those of which one is given, ``stated`` what is left out."""
    required = schema.get("required", ())
    rows = []
    for name, part in schema["properties"].items():
        default = (stated or {}).get(name) or _default(name, part, name in required, name in either)
        rows.append([code(name), join(_types(part), " or "), default, part.get("description", "")])
    return table(["key", "value", "without it", "meaning"], rows)


def _default(name: str, part: Mapping[str, Any], required: bool, either: bool) -> object:
    if required:
        return "required"
    if either:
        return "one of the two"
    values = [each["default"] for each in (part, *part.get("anyOf", ())) if "default" in each]
    if values:
        return code(_shown(values[0]))
    return DEFAULTS.get(name, "")


def _shown(value: object) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _types(part: Mapping[str, Any]) -> Iterator[object]:
    """What a key takes, in words."""
    if "anyOf" in part:
        yield from {str(text): text for each in part["anyOf"] for text in _types(each)}.values()
        return
    if "enum" in part:
        yield join([code(value) for value in part["enum"]], " or ")
        return
    kinds = part["type"] if isinstance(part["type"], list) else [part["type"]]
    for kind in kinds:
        yield _kind(kind, part)


def _kind(kind: str, part: Mapping[str, Any]) -> str:
    low, high = part.get("minimum"), part.get("maximum")
    if kind == "integer":
        span = f" from {low}" if low is not None else ""
        return f"whole number{span}{f' to {high}' if high is not None and high < MANY else ''}"
    if kind == "array":
        return f"list of {len(part['prefixItems'])}" if "prefixItems" in part else "list"
    held = part.get("properties", {}) if len(part.get("properties", {})) <= FEW else {}
    mapping = f"mapping of {' and '.join(held)}" if held else "mapping"
    return {"boolean": "true or false", "string": "text", "object": mapping, "null": "null"}[kind]
