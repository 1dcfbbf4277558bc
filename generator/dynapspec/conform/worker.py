"""The process in which a Python adapter lives: ``python -m dynapspec.conform.worker NAME``."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from typing import IO, Any

from dynapspec.conform.implementation import Case, Implementation
from dynapspec.conform.registry import make
from dynapspec.emit.conformance.protocol import (
    STOP,
    Message,
    answered,
    failed,
    line_of,
    refused,
    skipped,
    started,
)
from dynapspec.emit.reference_tests.ask.case import said_by


def serve(implementation: Implementation, questions: IO[str], answers: IO[str]) -> None:
    """Answers messages until ``stop`` or the end of the questions."""
    for line in questions:
        message = json.loads(line)
        if message["message"] == STOP:
            return
        answers.write(line_of(reply(implementation, message)))
        answers.flush()


def reply(implementation: Implementation, message: Mapping[str, Any]) -> Message:
    """The answer to ``start`` or to a case."""
    if "input" not in message:
        layer = getattr(implementation, "layer", None)
        topics = sorted(implementation.capabilities())
        return started(implementation.name, implementation.version, topics, layer)
    names = ("id", "topic", "spec", "layer", "input")
    case = Case(**{name: message[name] for name in names})
    try:
        return answered(case.id, implementation.run(case))
    except Exception as error:  # whatever an implementation raises: the run goes on
        said = said_by(error)
        if said is not None:
            return refused(case.id, str(error)) if said == "refused" else skipped(case.id, str(error))
        return failed(case.id, f"{type(error).__name__}: {error}")


def main() -> None:
    """Serves the adapter that the command line names; what it prints itself goes to stderr."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    try:
        implementation = make(sys.argv[1])
    except Exception as error:  # whatever a foreign package raises while it is imported
        sys.exit(f"{type(error).__name__}: {error}")
    serve(implementation, sys.stdin, answers)


if __name__ == "__main__":
    main()
