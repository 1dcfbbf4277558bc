"""The JSON Schema of a vector file, whatever its topic."""

from __future__ import annotations

from typing import Any

from dynapspec.emit.conformance.case import FORMAT
from dynapspec.emit.conformance.promises import PROMISES

_TEXT = {"type": "string", "minLength": 1}
_CLAUSE = {"type": "string", "pattern": "^[^@]+@[0-9]+\\.[0-9]+\\.[0-9]+(#/.+)?$"}
_VALUE: dict[str, Any] = {
    "description": "whole numbers, names, binary32 bits as 0x........, null, and lists and mappings of these",
    "anyOf": [
        {"type": ["integer", "boolean", "null"]},
        {"type": "string", "not": {"pattern": "^0x"}},
        {"type": "string", "pattern": "^0x[0-9a-f]{8}$"},
        {"type": "array", "items": {"$ref": "#/$defs/value"}},
        {"type": "object", "additionalProperties": {"$ref": "#/$defs/value"}},
    ],
}
_CASE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {**_TEXT, "description": "stable and unique among all vectors"},
        "clause": {**_CLAUSE, "description": "the part of the spec that is tested"},
        "verdict": {
            "enum": ["valid", "limit", "invalid"],
            "description": "limit: valid, and at the edge; invalid: refused",
        },
        "flags": {
            "type": "array",
            "items": {"type": "string", "pattern": "^[A-Za-z0-9_]+(-[A-Za-z0-9_]+)*$"},
            "uniqueItems": True,
            "description": "mistakes that this case is known to catch; degenerate: all zero",
        },
        "input": {"type": "object", "additionalProperties": {"$ref": "#/$defs/value"}},
        "expected": {"type": "object", "minProperties": 1, "additionalProperties": {"$ref": "#/$defs/value"}},
    },
    "required": ["id", "clause", "verdict", "flags", "input", "expected"],
    "additionalProperties": False,
}

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "dynapspec conformance vectors",
    "type": "object",
    "properties": {
        "$schema": _TEXT,
        "format": {"const": FORMAT},
        "spec": {**_CLAUSE, "description": "the layer or chip that the vectors are about"},
        "layer": {**_CLAUSE, "description": "the layer spec behind them"},
        "topic": {"enum": list(PROMISES)},
        "promises": {"type": "array", "items": _TEXT, "minItems": 1},
        "names": {
            "type": "object",
            "description": "the dimensions of a layer, with the value where a case leaves one out",
            "additionalProperties": {
                "type": "object",
                "properties": {
                    "doc": {"type": "string"},
                    "default": {"$ref": "#/$defs/value"},
                    "each": {"const": "pools", "description": "one value for each entry of `pools`"},
                },
                "required": ["doc"],
                "additionalProperties": False,
            },
        },
        "count": {"type": "integer", "minimum": 1, "description": "how many cases the file promises"},
        "cases": {"type": "array", "items": {"$ref": "#/$defs/case"}, "minItems": 1},
    },
    "required": ["format", "spec", "layer", "topic", "promises", "names", "cases"],
    "additionalProperties": False,
    "$defs": {"case": _CASE, "value": _VALUE},
}
