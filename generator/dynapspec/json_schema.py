"""Parts of the JSON Schemas of what commands say."""

from __future__ import annotations

from typing import Any, TypeAlias

Schema: TypeAlias = dict[str, Any]


def closed(**properties: Schema) -> Schema:
    """An object with these properties and no other."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def optional(schema: Schema, **properties: Schema) -> Schema:
    """The schema of an object with properties that it may lack."""
    return {**schema, "properties": {**schema["properties"], **properties}}


def list_of(items: Schema, description: str) -> Schema:
    """A list."""
    return {"type": "array", "items": items, "description": description}
