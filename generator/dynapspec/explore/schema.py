"""JSON Schemas: of files of search spaces, and of what ``dynapspec explore --format json`` gives."""

from __future__ import annotations

from dynapspec.emit.schema.parts import Schema, part_schema, parts_of
from dynapspec.explore.space import Space, SpaceLayer
from dynapspec.json_schema import closed
from dynapspec.model import LayerSpec
from dynapspec.network.keys import Field, Keys

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_COUNT: Schema = {"type": "integer", "minimum": 0}
_FORMULA: Schema = {"type": ["string", "number", "boolean"]}


def space_schema(spec: LayerSpec) -> Schema:
    """The schema of files that state a search space for a layer spec."""
    top = part_schema(Space)
    parts = {name: part_schema(part) for name, part in parts_of(Space).items() if part is not Space}
    keys = Keys(spec)
    layer = parts[SpaceLayer.__name__]["properties"]
    for role, fields in (("conv", keys.conv), ("linear", keys.linear), ("neurons", keys.neurons)):
        layer[role] = _settings(layer[role]["description"], fields)
    required = [name for name, field in Space.model_fields.items() if field.is_required()]
    return {
        "$schema": DIALECT,
        "title": "dynapspec search space",
        **top,
        "required": required,
        "$defs": parts,
    }


def _settings(description: str, fields: dict[str, Field]) -> Schema:
    known = {name: field for name, field in fields.items() if field.is_pair or () in field.dims}
    return {
        "type": "object",
        "description": description,
        "properties": {name: _setting(field) for name, field in known.items()},
        "required": [name for name, field in known.items() if field.required],
        "additionalProperties": False,
    }


def _setting(field: Field) -> Schema:
    doc = ", ".join(dim.doc for dim in field.dims.values())
    if not field.is_pair:
        return {**_FORMULA, "description": doc}
    pair: Schema = {"type": "array", "items": _FORMULA, "minItems": 2, "maxItems": 2}
    return {"anyOf": [_FORMULA, pair], "description": f"{doc}; one formula stands for both"}


def explore_schema() -> Schema:
    """The schema of the summary of a space."""
    return {
        "$schema": DIALECT,
        "title": "dynapspec summary of a search space",
        "description": "How many networks of a space fit which chips by their data sheets.",
        **closed(
            space={"type": "string", "description": "name of the space"},
            combinations={**_COUNT, "description": "combinations of the choices that were looked at"},
            networks={**_COUNT, "description": "those of them that the conditions leave"},
            chips={"type": "array", "items": _chip(), "description": "one answer for each chip"},
        ),
    }


def _chip() -> Schema:
    return closed(
        chip={"type": "string", "description": "name of the chip spec"},
        fits={**_COUNT, "description": "networks that fit"},
        stopped_by={
            "type": "object",
            "additionalProperties": _COUNT,
            "description": "for each rule, how many networks break it; `placement` where cores run out",
        },
        largest={"anyOf": [{"type": "null"}, _largest()]},
    )


def _largest() -> Schema:
    choice: Schema = {"type": ["integer", "boolean", "string"]}
    return {
        **closed(
            number={**_COUNT, "description": "number of the combination, from 0"},
            parameters={**_COUNT, "description": "weights and biases"},
            layers={**_COUNT, "description": "layers of the network"},
            choices={"type": "object", "additionalProperties": choice, "description": "what was chosen"},
        ),
        "description": "the network with the most parameters that fits, the first of several",
    }
