"""The interpreter of the specs as an implementation: it needs neither torch nor generated code."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from dynapspec import __version__
from dynapspec.conform.implementation import Case
from dynapspec.emit.conformance.protocol import topics
from dynapspec.interpret import Judge, LayerInterpreter
from dynapspec.interpret.answers import Answers
from dynapspec.load import find_specs
from dynapspec.model import Model, load_model


class Interpreter:
    """Answers straight from the specs that the command uses."""

    name = "interpreter"
    version = __version__

    def __init__(self) -> None:
        self._model: Model = load_model(find_specs())
        self._answers = cache(self._made)

    def capabilities(self) -> list[str]:
        """The topics that the interpreter knows."""
        return topics()

    def run(self, case: Case) -> Mapping[str, Any]:
        """The answer of the interpreter."""
        layer = case.layer.partition("@")[0]
        chip = case.subject if case.subject in self._model.chips else None
        answer = self._answers(layer, chip).answer(case.topic, case.input)
        if answer.get("possible"):
            return {**answer, "cores": answer["smallest"]}
        return answer

    def _made(self, layer: str, chip: str | None) -> Answers:
        interpreter = LayerInterpreter(self._model.layers[layer])
        judge = None if chip is None else Judge(self._model.chips[chip], interpreter)
        return Answers(interpreter, judge)


def interpreter() -> Interpreter:
    """The adapter."""
    return Interpreter()
