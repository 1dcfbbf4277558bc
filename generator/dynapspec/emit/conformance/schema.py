"""The JSON Schema of a vector file: one head, and for each topic what goes in and what comes out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dynapspec.emit.conformance.case import FORMAT
from dynapspec.emit.conformance.promises import PROMISES
from dynapspec.emit.conformance.topic_forms import relations, topic_forms
from dynapspec.model import Layer

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
        "input": {"type": "object"},
        "expected": {"type": "object", "minProperties": 1},
    },
    "required": ["id", "clause", "verdict", "flags", "input", "expected"],
    "additionalProperties": False,
}

_HEAD: dict[str, Any] = {
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
    "functions": {
        "type": "object",
        "description": "functions of neurons by kind and name: formula, and the default of each parameter",
        "additionalProperties": {"type": "object", "additionalProperties": {"$ref": "#/$defs/function"}},
    },
    "dynamics": {
        "type": "object",
        "description": "the steps of a neuron, in order, and the defaults of its arguments",
        "additionalProperties": {"$ref": "#/$defs/value"},
    },
    "chip": {
        "type": "object",
        "description": "the table of the chip: words of cores, limits, widths",
        "additionalProperties": {"$ref": "#/$defs/value"},
    },
    "count": {"type": "integer", "minimum": 1, "description": "how many cases the file promises"},
    "cases": {"type": "array", "items": {"$ref": "#/$defs/case"}, "minItems": 1},
}
_ANY: dict[str, Any] = {"type": "object", "additionalProperties": {"$ref": "#/$defs/value"}}
_FUNCTION: dict[str, Any] = {
    "type": "object",
    "properties": {
        "parameters": {"type": "object", "additionalProperties": {"$ref": "#/$defs/value"}},
        "where": {"type": "object", "additionalProperties": _TEXT},
        "is": _TEXT,
    },
    "required": ["parameters", "is"],
    "additionalProperties": False,
}


def vector_schema(layers: Iterable[Layer]) -> dict[str, Any]:
    """The schema of every file; what a case holds depends on the topic, and its names on the layer specs."""
    layers = list(layers)
    forms = {**dict.fromkeys(PROMISES, (_ANY, _ANY)), **topic_forms(layers)}
    between = relations(layers)
    parts = {
        f"{topic}-{part}": form
        for topic, pair in forms.items()
        for part, form in zip(("input", "expected"), pair, strict=True)
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dynapspec conformance vectors",
        "type": "object",
        "properties": _HEAD,
        "required": ["format", "spec", "layer", "topic", "promises", "names", "cases"],
        "additionalProperties": False,
        "allOf": [_topic(topic, between.get(topic, {})) for topic in forms],
        "$defs": {"case": _CASE, "value": _VALUE, "function": _FUNCTION, **parts},
    }


def _topic(topic: str, between: Mapping[str, Any]) -> dict[str, Any]:
    """What holds for the cases of one topic."""
    parts = {part: {"$ref": f"#/$defs/{topic}-{part}"} for part in ("input", "expected")}
    return {
        "if": {"properties": {"topic": {"const": topic}}},
        "then": {"properties": {"cases": {"items": {"properties": parts, **between}}}},
    }
