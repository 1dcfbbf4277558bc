"""JSON Schema of the answer that ``dynapspec simulate --format json`` gives."""

from __future__ import annotations

from dynapspec.json_schema import Schema, closed, list_of

_COUNT: Schema = {"type": "integer", "minimum": 0}


def simulate_schema() -> Schema:
    """The schema."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dynapspec simulation",
        "description": "How the layers of a network fired on a recording. What does not apply is null.",
        **closed(
            network={"type": "string", "description": "name of the network"},
            recording=recording_schema(),
            semantics={
                "enum": ["event", "clocked"],
                "description": "one event after another, as the silicon does it, or in time bins",
            },
            duration_us=counted("microseconds that were simulated"),
            bin_us=optional(counted("microseconds of a time bin")),
            leak_period_us=optional(counted("microseconds between two ticks of the slow clock")),
            chip={"type": ["string", "null"], "description": "the chip that it was placed on"},
            layers=list_of(_layer(), "the layers in their order"),
            **{"class": optional(counted("the feature of the last layer that alone fired most"))},
            class_counts=list_of(_COUNT, "spikes of each feature of the last layer"),
            notes=list_of({"type": "string"}, "how things were read"),
        ),
    }


def _layer() -> Schema:
    return closed(
        index=counted("position in the network, from 0"),
        label={"type": "string", "description": "what it is"},
        neuron_shape=list_of(_COUNT, "features, height and width of its neurons, before pooling"),
        neurons=counted("how many that are"),
        received=counted("events that it received"),
        spikes=counted("spikes of all its neurons, before pooling"),
        rate={"type": "number", "description": "spikes of a neuron in a second, on average"},
        silent=counted("neurons that never fired"),
        saturated=counted("neurons that ended at or above their threshold, and owe spikes"),
        synops=counted("synaptic operations"),
        core=optional(counted("the core that it is on")),
        load={
            "type": ["number", "null"],
            "description": "its synaptic operations in a second, as a part of what the core can do",
        },
    )


def recording_schema() -> Schema:
    """Of the recording that an answer is about."""
    return closed(
        file={"type": "string"},
        format={"type": "string", "description": "the format that it was read as"},
        events=counted("how many events it holds"),
    )


def counted(description: str) -> Schema:
    """A number of things."""
    return {**_COUNT, "description": description}


def optional(schema: Schema) -> Schema:
    """The same, or null."""
    return {**schema, "type": [schema["type"], "null"]}
