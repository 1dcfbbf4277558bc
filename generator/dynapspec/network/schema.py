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
    schema = _object(
        chip={"type": "string", "description": "name of the chip spec"},
        fits={"type": "boolean", "description": "no rule is broken, and every layer has a core of its own"},
        layers=_list(_layer(), "the layers in their order"),
        violations=_list(_violation(), "every broken rule"),
        suggestions=_list(_suggestion(), "changes that would make it fit, when they are asked for"),
    )
    return _optional(schema, preference=_preference())


def _layer() -> Schema:
    shape = {"type": ["array", "null"], "items": _COUNT, "minItems": 3, "maxItems": 3}
    schema = _optional(
        _object(
            index={**_COUNT, "description": "position in the network, from 0"},
            neuron_shape={
                **shape,
                "description": "features, height and width of the neurons, before pooling",
            },
            cores=_list(_COUNT, "cores that have room for every memory of the layer"),
            core={"type": ["integer", "null"], "description": "the core that the layer was given"},
        ),
        id={"type": "string", "description": "what a network that is no chain calls the layer"},
        destinations=_list(_way(), "where its spikes go, in a network that is no chain"),
    )
    return {
        **schema,
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
    schema = _object(
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
    return _optional(schema, certificate=_certificate())


def _way() -> Schema:
    null = ["integer", "null"]
    return _object(
        layer={"type": null, "description": "index of the layer that receives them; null for an output"},
        core={"type": null, "description": "the core of that layer"},
        destination={
            "type": null,
            "description": "which destination of the core it is; null where the neurons themselves are read",
        },
        pooling={"description": "size of the pooling on the way, or rows and columns of it"},
        feature_shift={**_COUNT, "description": "added to the number of each feature"},
    )


def _certificate() -> Schema:
    return {
        **_object(
            layers=_list(_COUNT, "the fewest layers that have too few cores together"),
            cores=_list(_COUNT, "the cores that they fit, one less than there are layers"),
            because=_list({"type": "string"}, "what keeps these layers from the other cores"),
        ),
        "description": "why there is no placement: more layers than the cores that they fit",
    }


def _preference() -> Schema:
    return _object(
        cores=_list(_COUNT, "the cores that suit layers which receive the input"),
        layers=_list(_COUNT, "the layers that receive the input"),
        elsewhere=_list(_COUNT, "those of them that are on other cores; no placement has fewer"),
        clause={"type": "string", "description": "where the specs state the preference"},
        certificate={"anyOf": [{"type": "null"}, _certificate()]},
    )


def _suggestion() -> Schema:
    return _object(
        kind={"type": "string", "description": "what is changed; `free` is room that costs nothing"},
        changes=_list(_change(), "what is changed; the changed network was found to fit"),
        chip={"type": ["string", "null"], "description": "the other chip to take, or null"},
        cost={"type": "number", "description": "how much it changes the network, 0 for nothing"},
        parameters={"type": "integer", "description": "by how many the parameters change"},
        message={"type": "string"},
    )


def _change() -> Schema:
    return _object(
        layer={**_COUNT, "description": "index of the layer"},
        field={"type": "string", "description": "what of it, as network files name it"},
        before={"description": "its value now"},
        after={"description": "its value then"},
    )


def _optional(schema: Schema, **properties: Schema) -> Schema:
    """The schema of an object with properties that it may lack."""
    return {**schema, "properties": {**schema["properties"], **properties}}


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
