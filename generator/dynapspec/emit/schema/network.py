"""JSON Schema of network files. The keys of a layer are the fields that its dimensions are read from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dynapspec.emit.schema.parts import Schema
from dynapspec.model import LayerSpec
from dynapspec.model.layer_spec import Dim
from dynapspec.model.values import Interval

if TYPE_CHECKING:
    from dynapspec.network.keys import Field, Keys

_TYPES = {"bool": "boolean", "name": "string"}  # of the kinds that are no whole number
_TEXTS = {
    "name": "name of the network, as answers give it",
    "doc": "one sentence about the network",
    "source": "where the network comes from",
    "license": "its licence",
}


def network_schema(spec: LayerSpec) -> Schema:
    """The schema of files that describe a network for a layer spec."""
    from dynapspec.network.keys import Keys

    keys = Keys(spec)
    axes = [_field(axis) for axis in keys.axes.values()]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dynapspec network",
        "type": "object",
        "description": "A network as layers; each takes the output of the one before, or of those it names.",
        "required": ["input_shape", "layers"],
        "additionalProperties": False,
        "properties": {
            **{key: {"type": "string", "description": text} for key, text in _TEXTS.items()},
            "input_shape": {
                "type": "array",
                "description": f"what the sensor or its block gives: {', '.join(keys.axes)}",
                "prefixItems": axes,
                "items": False,
                "minItems": len(axes),
            },
            "sensor": _sensor(),
            "layers": {
                "type": "array",
                "minItems": 1,
                "description": "the layers in order",
                "items": _layer(keys),
            },
        },
    }


def _sensor() -> Schema:
    """What the sensor's block does to the input before the first layers."""
    from dynapspec.network.sensor_block import CROP, MERGE, MIRROR, POOL, SIDES, SWAP

    side = {"enum": list(SIDES)}

    size = {"type": "integer", "minimum": 1}
    pair = {"type": "array", "prefixItems": [size, size], "items": False, "minItems": 2}
    sides = {
        name: {"type": "integer", "minimum": int(name in ("height", "width")), "description": text}
        for name, text in CROP.items()
    }
    crop = {
        "type": "object",
        "description": "the part of the pooled map that is kept",
        "properties": sides,
        "required": list(CROP),
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "description": "what the sensor's block does before the first layers, in this order",
        "properties": {
            "merge": {"type": "boolean", "description": MERGE, "default": False},
            "pool": {"description": POOL, "anyOf": [size, pair], "default": 1},
            "crop": crop,
            "mirror": {"description": MIRROR, "anyOf": [side, {"type": "array", "items": side}]},
            "swap": {"type": "boolean", "description": SWAP, "default": False},
            "doc": {"type": "string", "description": "one sentence about it"},
        },
        "additionalProperties": False,
    }


def _layer(keys: Keys) -> Schema:
    """One layer: a convolution or a linear layer, its neurons, its pooling."""
    short = {name: _field(field) for name, field in keys.neurons.items() if name == "decimate"}
    pool = _object("sum-pooling after the spikes", keys.pool)
    return {
        "type": "object",
        "description": "one layer of the network, which takes one core",
        "oneOf": [{"required": ["conv"]}, {"required": ["linear"]}],
        "additionalProperties": False,
        "properties": {
            "conv": _object("a convolution", keys.conv),
            "linear": _object("a fully connected layer", keys.linear),
            "neurons": _object("the neurons, in words of the chip", keys.neurons),
            "pool": {"description": pool["description"], "anyOf": [{"type": "integer", "minimum": 1}, pool]},
            **short,
            "id": {
                "type": "string",
                "description": "what inputs of other layers call it",
                "not": {"const": "input"},
            },
            "inputs": _inputs(pool),
            "merge": {
                "enum": ["add", "concat"],
                "description": "how several inputs are joined: added, or their features one behind the other",
            },
            "output": {
                "type": "boolean",
                "description": "whether it is an output although other layers take what it sends",
            },
            "doc": {"type": "string", "description": "one sentence about the layer"},
        },
    }


def _inputs(pool: Schema) -> Schema:
    """What a layer receives: the ids of others, with a pooling on the way where it is not their own."""
    name = {"type": "string", "description": "the id of a layer above, or input"}
    size = {"description": pool["description"], "anyOf": [{"type": "integer", "minimum": 1}, pool]}
    entry = {
        "type": "object",
        "description": "a layer, and the pooling on the way from it in place of its own",
        "properties": {"from": name, "pool": size},
        "required": ["from"],
        "additionalProperties": False,
    }
    one = {"anyOf": [name, entry]}
    doc = "the layers that it receives from; without them, the one before it"
    return {"description": doc, "anyOf": [*one["anyOf"], {"type": "array", "minItems": 1, "items": one}]}


def _object(doc: str, fields: dict[str, Field]) -> Schema:
    required = [name for name, field in fields.items() if field.required]
    return {
        "type": "object",
        "description": doc,
        "properties": {name: _field(field) for name, field in fields.items()},
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def _field(field: Field) -> Schema:
    """A key that holds one value, one or two for the axes, or named values."""
    if () in field.dims:
        return _value(field.dims[()])
    if field.is_pair:
        down, across = field.dims["y",], field.dims["x",]
        pair = {"type": "array", "prefixItems": [_value(down), _value(across)], "items": False, "minItems": 2}
        doc = f"{down.doc}, {across.doc}; one number stands for both"
        return {"description": doc, "anyOf": [_value(down), pair]}
    parts = {path[0]: _value(dim) for path, dim in field.dims.items()}
    doc = ", ".join(dim.doc for dim in field.dims.values())
    return {"type": "object", "description": doc, "properties": parts, "additionalProperties": False}


def _value(dim: Dim) -> Schema:
    schema: Schema = {"type": _TYPES.get(dim.kind, "integer"), "description": dim.doc}
    if isinstance(dim.domain, Interval):
        schema |= {"minimum": dim.domain.low, "maximum": dim.domain.high}
    elif dim.domain is not None:
        schema["enum"] = list(dim.domain)
    if dim.none is not None:
        schema["type"] = [schema["type"], "null"]
    if dim.default is not None:
        schema["default"] = dim.default
    return schema
