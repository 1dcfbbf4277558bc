"""JSON Schema of loads and of the rates behind them, as ``dynapspec fit --format json`` gives them."""

from __future__ import annotations

from dynapspec.json_schema import Schema, closed

_NUMBER: Schema = {"type": ["number", "null"], "minimum": 0}
_INDEX: Schema = {"type": ["integer", "null"], "minimum": 0}
_TEXT: Schema = {"type": ["string", "null"]}


def load_schema() -> Schema:
    """What one layer does in a second."""
    return closed(
        layer={"type": "integer", "minimum": 0, "description": "index of the layer"},
        core={**_INDEX, "description": "the core that it was given"},
        events_per_second={**_NUMBER, "description": "events that reach it"},
        synops_per_event={**_NUMBER, "description": "operations of one event, on average over its places"},
        synops_per_event_max={**_INDEX, "description": "operations of one event where most neurons listen"},
        synops_per_second={**_NUMBER, "description": "operations in a second"},
        limit={**_INDEX, "description": "operations that the core can do; null where the specs do not know"},
        share={**_NUMBER, "description": "operations as a part of the limit; more than 1 is too much"},
        evidence={**_TEXT, "description": "how well the limit is known"},
        source={**_TEXT, "description": "where the limit is known from"},
        clause={**_TEXT, "description": "where the specs state the limit"},
        unknown={"type": "string", "description": "why the operations are unknown, or nothing"},
    )


def rates_schema() -> Schema:
    """What is sent in a second."""
    schema = closed(
        basis={"enum": ["assumed", "recorded"]},
        input={**_NUMBER, "description": "events of the input in a second"},
        layers={"type": "array", "items": _NUMBER, "description": "spikes of each layer in a second"},
    )
    schema["properties"]["seconds"] = {"type": "number", "description": "how long was counted"}
    return {**schema, "description": "what the loads rest on"}
