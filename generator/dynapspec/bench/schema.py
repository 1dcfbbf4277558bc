"""JSON Schema of what ``dynapspec bench --format json`` gives, and of what it keeps beside the specs."""

from __future__ import annotations

from dynapspec.json_schema import Schema, closed, list_of

_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "number", "minimum": 0}
_COUNT: Schema = {"type": "integer", "minimum": 0}


def bench_schema() -> Schema:
    """The schema."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dynapspec benchmark",
        "description": "How fast commands and calls are. Times are medians; what does not apply is null.",
        **closed(
            format={"const": 1},
            date=_said(_TEXT, "the day on which it was measured"),
            machine=_machine(),
            rows=list_of(_row(), "what was measured, and what it has to reach"),
            memory=list_of(_peak(), "by how much a process grew at most while work ran, one for each side"),
            scaling=list_of(_point(), "how times grow with the work"),
            growths=list_of(_growth(), "commands on specs with many more chips"),
            others=list_of(_other(), "other libraries of spiking neurons"),
        ),
    }


def _machine() -> Schema:
    return closed(
        processor=_said(_TEXT, "the model of the processor"),
        cores=_said(_COUNT, "that the process may use"),
        threads=_null(_said(_COUNT, "that torch uses")),
        memory_gib=_null(_said(_NUMBER, "all memory, in GiB")),
        system=_said(_TEXT, "the operating system and the kind of processor"),
        python=_said(_TEXT, "its version"),
        versions={
            "type": "object",
            "description": "of the packages that count, where they are installed",
            "additionalProperties": _TEXT,
        },
    )


def _row() -> Schema:
    bound = closed(
        kind={
            "enum": ["ratio", "times", "seconds", "rate"],
            "description": "ratio: the other takes so many times as long, at least; times: it takes so many "
            "times as long as the other, at most; seconds: at most; rate: so many in a second, at least",
        },
        value=_NUMBER,
    )
    return closed(
        name=_said(_TEXT, "by which --rows asks for it"),
        title=_said(_TEXT, "what it is"),
        seconds=_null(_said(_NUMBER, "the median run")),
        runs=_said(_COUNT, "runs that count"),
        against=_said(_TEXT, "what it is compared with; empty for nothing"),
        against_seconds=_null(_said(_NUMBER, "the median run of the other")),
        ratio=_null(
            _said(_NUMBER, "how many times as long the other takes, as the median over pairs of runs")
        ),
        bound={"anyOf": [bound, {"type": "null"}], "description": "the target"},
        measured=_null(_said(_NUMBER, "what the target is about")),
        met={"type": ["boolean", "null"], "description": "whether the target is reached"},
        why=_said(_TEXT, "why there is no figure, or nothing to compare with"),
    )


def _peak() -> Schema:
    return closed(
        name=_TEXT,
        title=_said(_TEXT, "the work"),
        mib=_said(_NUMBER, "MiB by which our process grew"),
        against=_said(_TEXT, "the peer; empty for none"),
        against_mib=_null(_said(_NUMBER, "MiB by which the peer's process grew")),
    )


def _point() -> Schema:
    return closed(
        axis=_said(_TEXT, "what grows"),
        title=_said(_TEXT, "the work, and what grows in it"),
        value=_said(_TEXT, "how much of it"),
        seconds=_said(_NUMBER, "the median run"),
        against=_said(_TEXT, "the peer; empty for none"),
        against_seconds=_null(_said(_NUMBER, "the median run of the peer")),
        ratio=_null(_said(_NUMBER, "how many times as long the peer takes")),
    )


def _growth() -> Schema:
    each: Schema = {"type": "number", "description": "what one chip adds"}
    return closed(name=_TEXT, seconds=_said(_NUMBER, "the median run"), seconds_per_chip=each)


def _other() -> Schema:
    return closed(
        package=_TEXT,
        version=_null(_said(_TEXT, "what is installed; null for nothing")),
        settings=_said(_TEXT, "under which its spikes are equal to ours"),
    )


def _said(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


def _null(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}
