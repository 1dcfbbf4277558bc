"""The messages between a conformance run and an implementation: one JSON object to a line.

The run sends ``start``, then one ``case`` after another, then ``stop``. The implementation answers
``start`` with its name and capabilities, and each ``case`` with a ``case`` or a ``skip``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from dynapspec.emit.conformance.promises import PROMISES

PROTOCOL = 1
START, CASE, SKIP, STOP = "start", "case", "skip", "stop"
REFUSED = "refused"

Message: TypeAlias = dict[str, Any]

# What an answer may leave out, by topic; where it is given it is compared.
OPTIONAL: Mapping[str, frozenset[str]] = {
    "memory": frozenset({"used"}),
    "quantization": frozenset({"scale"}),
    "signature": frozenset({"role", "accepts", "axes", "attribute", "each", "properties"}),
    "rules": frozenset({"actual", "limit"}),
    "placement": frozenset({"candidates"}),
}
_OF_THE_FILE = (
    "$schema",
    "format",
    "promises",
    "names",
    "cases",
    "count",
)  # of a file, and not of its subject


def start_message(heads: list[Mapping[str, Any]]) -> Message:
    """The first message: what the cases are about, one entry to a file of vectors."""
    about = [{key: value for key, value in head.items() if key not in _OF_THE_FILE} for head in heads]
    return {"message": START, "protocol": PROTOCOL, "files": about}


def case_message(head: Mapping[str, Any], case: Mapping[str, Any]) -> Message:
    """The question of one vector, complete: what it leaves out is filled in from the head of its file."""
    about = {key: head[key] for key in ("spec", "layer", "topic")}
    return {"message": CASE, "id": case["id"], **about, "input": completed(head, case["input"])}


def completed(head: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The input of a case with the default of every dimension that it leaves out."""
    if "layers" in given:
        return {**given, "layers": [_layer(head["names"], layer) for layer in given["layers"]]}
    return _layer(head["names"], given) if "pools" in given else dict(given)


def _layer(names: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """One layer by its dimensions; those of a destination stand in ``pools``."""
    known = {name: dim for name, dim in names.items() if "default" in dim}
    own = {name: dim["default"] for name, dim in known.items() if "each" not in dim}
    leaving = {name: dim["default"] for name, dim in known.items() if "each" in dim}
    return {**own, **given, "pools": [{**leaving, **pool} for pool in given["pools"]]}


def started(name: str, version: str, topics: list[str], layer: str | None = None) -> Message:
    """An implementation's answer to ``start``; ``layer`` is the layer spec that it follows, if it says so."""
    about = {} if layer is None else {"layer": layer}
    named = {"name": name, "version": version, **about}
    return {"message": START, "protocol": PROTOCOL, **named, "capabilities": topics}


def answered(case: str, result: Mapping[str, Any]) -> Message:
    """An answer to a case."""
    return {"message": CASE, "id": case, "result": dict(result)}


def refused(case: str, reason: str) -> Message:
    """An answer to a case: the implementation says that there is no such layer."""
    return {"message": CASE, "id": case, REFUSED: reason}


def failed(case: str, error: str) -> Message:
    """An answer to a case in which the implementation broke down and lives on."""
    return {"message": CASE, "id": case, "error": error}


def skipped(case: str, reason: str) -> Message:
    """An answer to a case that the implementation does not take."""
    return {"message": SKIP, "id": case, "reason": reason}


def line_of(message: Mapping[str, Any]) -> str:
    """A message as its line."""
    return json.dumps(message, separators=(",", ":")) + "\n"


def topics() -> list[str]:
    """The names of all capabilities."""
    return list(PROMISES)
