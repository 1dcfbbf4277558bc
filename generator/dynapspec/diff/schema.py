"""JSON Schema of the answer that ``dynapspec diff --format json`` gives."""

from __future__ import annotations

from typing import get_args, get_type_hints

from dynapspec.diff.report import CLASSES, READERS, Finding, NetworkChange
from dynapspec.diff.version import Due
from dynapspec.json_schema import Schema, closed, list_of

KINDS = (  # how a value changed
    *("added", "removed", "changed", "reordered", "grown", "shrunk"),
    *("widened", "narrowed", "moved", "gained", "lost", "same"),
)
_STATUS = list(get_args(get_type_hints(Finding)["status"]))
_NETWORK = list(get_args(get_type_hints(NetworkChange)["kind"]))
_TEXT: Schema = {"type": "string"}


def diff_schema() -> Schema:
    """The schema; what a finding knows beside its text depends on what was asked, so that stays open."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dynapspec diff report",
        "description": "What changed between two specs, what it means for whom, and what shows it.",
        **closed(
            old=_said("the old side, as it was named"),
            new=_said("the new side, as it was named"),
            classes=_classes("the most harmful thing that is said to each reader"),
            parts=list_of(_part(), "the specs that were compared: two chips, and their layer specs"),
            networks=_networks(),
        ),
        "$defs": {"change": _change(), "version": _version()},
    }


def _part() -> Schema:
    return closed(
        kind={"enum": ["chip", "layer"], "description": "of what the two are specs"},
        old=_said("name of the old spec"),
        new=_said("name of the new spec"),
        topics=list_of(_topic(), "changes of facts, those together that are explained together"),
        documentation=list_of({"$ref": "#/$defs/change"}, "changes of texts, evidence and claims"),
        version={"$ref": "#/$defs/version", "description": "what the changes amount to"},
        bumps=list_of(_bump(), "the files that set what changed, and the versions that they owe"),
    )


def _topic() -> Schema:
    finding = {
        **closed(
            status={"enum": _STATUS, "description": "what a proof or a witness says of both sides"},
            text=list_of(_TEXT, "the same in words"),
        ),
        "additionalProperties": True,
    }
    return closed(
        topic=_said("the part of the spec"),
        changes=list_of({"$ref": "#/$defs/change"}, "the values that differ"),
        classes=_classes("what these changes mean for each reader"),
        finding={"anyOf": [finding, {"type": "null"}], "description": "null where nothing needs one"},
    )


def _change() -> Schema:
    values = {
        "old": {"description": "the old value; left out where there was none"},
        "new": {"description": "the new value; left out where there is none"},
    }
    change = closed(
        path=_said("the value, such as cores[3].kernel_words"),
        kind={"enum": list(KINDS), "description": "how it changed"},
        place={"type": ["string", "null"], "description": "file, line and column of the new value"},
    )
    return {**change, "properties": {**change["properties"], **values}}


def _version() -> Schema:
    return closed(
        old=_said("version of the old spec"),
        new=_said("version of the new spec"),
        due={"enum": [*get_args(Due), None], "description": "the bump that is due; null between two specs"},
        wanted=_said("the least version that makes it; empty between two specs"),
        enough={"type": "boolean", "description": "whether the new version is high enough"},
    )


def _bump() -> Schema:
    return closed(
        kind={"enum": ["chip", "layer", "mixin"], "description": "what the file describes"},
        name=_said("name of the spec"),
        version={"$ref": "#/$defs/version"},
    )


def _networks() -> Schema:
    change = closed(
        network=_said("name of the network file"),
        chip=_said("name of the chip"),
        kind={"enum": _NETWORK, "description": "how the answer of `fit` changed"},
        why=_said("in words"),
    )
    return closed(
        checked={"type": "integer", "minimum": 0, "description": "how many networks were asked about"},
        changes=list_of(change, "the networks whose answer differs"),
    )


def _classes(description: str) -> Schema:
    classes = {
        reader: {"enum": list(CLASSES), "description": f"for {title}"} for reader, title in READERS.items()
    }
    return {**closed(**classes), "description": description}


def _said(description: str) -> Schema:
    return {**_TEXT, "description": description}
