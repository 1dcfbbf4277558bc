"""JSON Schema of the answer that ``dynapspec fit --format json`` gives."""

from __future__ import annotations

from dynapspec.json_schema import Schema, closed, list_of, optional
from dynapspec.network.schema_loads import load_schema, rates_schema

_COUNT: Schema = {"type": "integer", "minimum": 0}
_WORDS: Schema = {"type": ["integer", "null"], "minimum": 0}


def fit_schema() -> Schema:
    """The schema; the names of the memories are those of the layer spec, so it states their form alone."""
    schema = closed(
        network={"type": "string", "description": "name of the network"},
        chips=list_of(_chip(), "one answer for each chip that was asked for"),
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dynapspec fit report",
        "description": "Whether a network fits chips by their data sheet. What is undefined is null.",
        **optional(schema, rates=rates_schema()),
    }


def _chip() -> Schema:
    schema = closed(
        chip={"type": "string", "description": "name of the chip spec"},
        fits={"type": "boolean", "description": "no rule is broken, and every layer has a core of its own"},
        layers=list_of(_layer(), "the layers in their order"),
        violations=list_of(_violation(), "every broken rule"),
        suggestions=list_of(_suggestion(), "changes that would make it fit, when they are asked for"),
    )
    told = {
        **list_of(_violation(), "what runs otherwise than in a simulation, and breaks no rule"),
        "minItems": 1,
    }
    loads = list_of(load_schema(), "what each layer does in a second, where rates or counts are given")
    return optional(schema, preference=_preference(), warnings=told, loads=loads)


def _layer() -> Schema:
    shape = {"type": ["array", "null"], "items": _COUNT, "minItems": 3, "maxItems": 3}
    schema = optional(
        closed(
            index={**_COUNT, "description": "position in the network, from 0"},
            neuron_shape={
                **shape,
                "description": "features, height and width of the neurons, before pooling",
            },
            cores=list_of(_COUNT, "cores that have room for every memory of the layer"),
            core={"type": ["integer", "null"], "description": "the core that the layer was given"},
        ),
        id={"type": "string", "description": "what a network that is no chain calls the layer"},
        place={"type": "string", "description": "the module or node that it was, for a model"},
        destinations=list_of(_way(), "where its spikes go, in a network that is no chain"),
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
    schema = closed(
        rule={"type": "string", "description": "id of the rule, or `placement` where cores run out"},
        layer=layer,
        message={"type": "string"},
        actual={"description": "what the layer has; for `placement` the layers that compete"},
        limit={"description": "what the chip takes; for `placement` the cores that they compete for"},
        clause={"type": "string", "description": "where the specs state the rule: name@version#/path"},
        provenance=list_of(
            _origin(), "the lines of the specs that say so: the limit, what it replaced, the rule"
        ),
    )
    return optional(schema, certificate=_certificate())


def _way() -> Schema:
    null = ["integer", "null"]
    return closed(
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
        **closed(
            layers=list_of(_COUNT, "the fewest layers that have too few cores together"),
            cores=list_of(_COUNT, "the cores that they fit, one less than there are layers"),
            because=list_of({"type": "string"}, "what keeps these layers from the other cores"),
        ),
        "description": "why there is no placement: more layers than the cores that they fit",
    }


def _preference() -> Schema:
    return closed(
        cores=list_of(_COUNT, "the cores that suit layers which receive the input"),
        layers=list_of(_COUNT, "the layers that receive the input"),
        elsewhere=list_of(_COUNT, "those of them that are on other cores; no placement has fewer"),
        clause={"type": "string", "description": "where the specs state the preference"},
        certificate={"anyOf": [{"type": "null"}, _certificate()]},
    )


def _suggestion() -> Schema:
    return closed(
        kind={"type": "string", "description": "what is changed; `free` is room that costs nothing"},
        changes=list_of(_change(), "what is changed; the changed network was found to fit"),
        chip={"type": ["string", "null"], "description": "the other chip to take, or null"},
        cost={"type": "number", "description": "how much it changes the network, 0 for nothing"},
        parameters={"type": "integer", "description": "by how many the parameters change"},
        message={"type": "string"},
    )


def _change() -> Schema:
    return closed(
        layer={
            "type": ["integer", "null"],
            "minimum": 0,
            "description": "index of the layer; null for the input of the network",
        },
        field={"type": "string", "description": "what of it, as network files name it"},
        before={"description": "its value now"},
        after={"description": "its value then"},
    )


def _origin() -> Schema:
    return closed(
        path={"type": "string", "description": "the part of the spec, such as limits.stride.one_of"},
        spec={"type": "string", "description": "the spec or mixin whose file states it"},
        file={"type": "string"},
        line={"type": "integer", "minimum": 1},
        replaced={"type": "boolean", "description": "whether a spec above has overridden it"},
    )
