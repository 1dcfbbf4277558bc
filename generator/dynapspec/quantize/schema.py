"""JSON Schema of the report that ``dynapspec quantize --format json`` gives."""

from __future__ import annotations

from dataclasses import fields as fields_of

from dynapspec.json_schema import Schema, closed, list_of
from dynapspec.quantize.compare import LayerComparison
from dynapspec.simulate.schema import counted, optional, recording_schema

_COUNT: Schema = {"type": "integer", "minimum": 0}
_WORD: Schema = {"type": "integer"}
_TEXT: Schema = {"type": "string"}


def quantize_schema() -> Schema:
    """The schema; names of groups and values are those of the layer spec, so it states their form alone."""
    worst = counted("the layer that it hurts most; by spikes with a recording, else by the noise")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dynapspec quantization report",
        "description": "What quantization does to a network. What does not apply is null.",
        **closed(
            network={**_TEXT, "description": "name of the network"},
            worst=optional(worst),
            layers=list_of(_layer(), "the layers in their order"),
            comparison={"anyOf": [{"type": "null"}, _comparison()]},
            notes=list_of(_TEXT, "how things were read"),
        ),
    }


def _layer() -> Schema:
    scale = {"type": ["number", "null"], "description": "null where all values are 0"}
    return closed(
        index=counted("position in the network, from 0"),
        label={**_TEXT, "description": "what it is"},
        scale={"type": "number", "description": "the factor from values to words"},
        set_by={"anyOf": [{"type": "null"}, _setter()]},
        scales={
            "type": "object",
            "description": "the scale that each group of values alone would allow",
            "additionalProperties": scale,
        },
        words=list_of(_words(), "the weights, and the biases where there are some"),
        levels={
            "type": "object",
            "description": "threshold and lower bound in words",
            "additionalProperties": _WORD,
        },
    )


def _setter() -> Schema:
    schema = closed(
        group={**_TEXT, "description": "the values that allow the smallest scale"},
        name={**_TEXT, "description": "the one among them"},
        value={"type": "number", "description": "its value that decides"},
        absent={"type": "boolean", "description": "whether there is none, so that another counts for it"},
        bits_lost={"type": "number", "description": "bits less than alone that the weights get by it"},
    )
    return {**schema, "description": "what set the scale; null for a layer that holds words already"}


def _words() -> Schema:
    bins = closed(
        low={**_WORD, "description": "the first word that is counted"},
        step={**_COUNT, "minimum": 1, "description": "words that are counted together"},
        counts=list_of(_COUNT, "values in each bin"),
    )
    return closed(
        name={**_TEXT, "description": "what the values are, as the spec names it"},
        bits=counted("of one word, its sign included"),
        count=counted("how many values there are"),
        low={**_WORD, "description": "the smallest word"},
        high={**_WORD, "description": "the largest word"},
        clipped=counted("values beyond what a word can hold"),
        zeroed=counted("values that become 0 and were not"),
        zeros=counted("values that were 0"),
        snr_db={
            "type": ["number", "null"],
            "description": "signal over rounding; null where nothing changes",
        },
        histogram=bins,
    )


def _comparison() -> Schema:
    return closed(
        recording=recording_schema(),
        duration_us=counted("microseconds that were simulated in time bins"),
        bin_us=counted("microseconds of a time bin"),
        leak_period_us=optional(counted("microseconds between two ticks of the slow clock")),
        classes={
            "type": "object",
            "description": "the class by run: float, clocked (in words), event (the same, by events)",
            "additionalProperties": {"type": ["integer", "null"]},
        },
        layers=list_of(_compared(), "the spikes of each layer"),
    )


def _compared() -> Schema:
    """The fields of a comparison: shares and rates are numbers, all else is counted."""
    kinds: dict[str, Schema] = {"moved": {"type": ["number", "null"]}, "rate": {"type": "number"}}
    names = [field.name for field in fields_of(LayerComparison)]
    fields = {name: dict(kinds.get(name.rpartition("_")[2], _COUNT)) for name in names}
    for name, text in _MEANT.items():
        fields[name]["description"] = text
    return closed(**fields)


_MEANT = {
    "float_spikes": "of the float network, in time bins",
    "clocked_spikes": "of the network in words, in time bins",
    "event_spikes": "of the network in words, event by event",
    "alone_spikes": "of this layer in words, behind layers in floats",
    "clocked_moved": "spikes more or less than float, neuron by neuron, per spike of float",
    "alone_moved": "the same, of this layer in words alone; null where a silent layer fires",
}
