"""The messages between a conformance run and an implementation: one JSON object to a line.

The run sends ``start``, then one ``case`` after another, then ``stop``. The implementation answers
``start`` with its name and capabilities, and each ``case`` with a ``case`` or a ``skip``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from dynapspec.emit.conformance.heads import KEYS
from dynapspec.emit.conformance.promises import PROMISES
from dynapspec.emit.reference_tests.ask.judge import REFUSED
from dynapspec.emit.reference_tests.ask.questions import completed

PROTOCOL = 1
START, CASE, SKIP, STOP = "start", "case", "skip", "stop"

Message: TypeAlias = dict[str, Any]

_OF_THE_FILE = ("$schema", "format", "promises", *KEYS, "cases", "count")  # of a file, and not of its subject


def start_message(heads: list[Mapping[str, Any]]) -> Message:
    """The first message: what the cases are about, one entry to a file of vectors."""
    about = [{key: value for key, value in head.items() if key not in _OF_THE_FILE} for head in heads]
    return {"message": START, "protocol": PROTOCOL, "files": about}


def case_message(head: Mapping[str, Any], case: Mapping[str, Any]) -> Message:
    """The question of one vector, complete: what it leaves out is filled in from the head of its file."""
    about = {key: head[key] for key in ("spec", "layer", "topic")}
    return {"message": CASE, "id": case["id"], **about, "input": completed(head, case["input"])}


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
