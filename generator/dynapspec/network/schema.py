"""JSON Schema of the answer that ``dynapspec fit --format json`` gives."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

_COUNT: Schema = {"type": "integer", "minimum": 0}
_WORDS: Schema = {"type": ["integer", "null"], "minimum": 0}


def fit_schema() -> Schema:
    """The schema; the names of the memories are those of the layer spec, so it states their form alone."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dynapspec fit report",
        "description": "Whether a network fits chips by their data sheet. What is undefined is null.",
        **_object(
            network={"type": "string", "description": "name of the network"},
            chips=_list(_chip(), "one answer for each chip that was asked for"),
        ),
    }


def _chip() -> Schema:
    return _object(
        chip={"type": "string", "description": "name of the chip spec"},
        fits={"type": "boolean", "description": "no rule is broken, and every layer has a core of its own"},
        layers=_list(_layer(), "the layers in their order"),
        violations=_list(_violation(), "every broken rule"),
        suggestions=_list({}, "changes that would make it fit, when they are asked for"),
    )


def _layer() -> Schema:
    shape = {"type": ["array", "null"], "items": _COUNT, "minItems": 3, "maxItems": 3}
    return {
        **_object(
            index={**_COUNT, "description": "position in the network, from 0"},
            neuron_shape={
                **shape,
                "description": "features, height and width of the neurons, before pooling",
            },
            cores=_list(_COUNT, "cores that have room for every memory of the layer"),
            core={"type": ["integer", "null"], "description": "the core that the layer was given"},
        ),
        "patternProperties": {
            "^[a-z][a-z0-9_]*_words$": {
                **_WORDS,
                "description": "words that the layer takes, padding included",
            },
            "^[a-z][a-z0-9_]*_waste$": {**_WORDS, "description": "words of these that padding takes"},
        },
    }


def _violation() -> Schema:
    layer = {
        "type": ["integer", "null"],
        "description": "index of the layer; null where several compete for cores",
    }
    return _object(
        rule={"type": "string", "description": "id of the rule, or `placement` where cores run out"},
        layer=layer,
        message={"type": "string"},
        actual={"description": "what the layer has; for `placement` the layers that compete"},
        limit={"description": "what the chip takes; for `placement` the cores that they compete for"},
        clause={"type": "string", "description": "where the specs state the rule: name@version#/path"},
        provenance=_list(
            _origin(), "the lines of the specs that say so: the limit, what it replaced, the rule"
        ),
    )


def _origin() -> Schema:
    return _object(
        path={"type": "string", "description": "the part of the spec, such as limits.stride.one_of"},
        spec={"type": "string", "description": "the spec or mixin whose file states it"},
        file={"type": "string"},
        line={"type": "integer", "minimum": 1},
        replaced={"type": "boolean", "description": "whether a spec above has overridden it"},
    )


def _object(**properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: Schema, description: str) -> Schema:
    return {"type": "array", "items": items, "description": description}
