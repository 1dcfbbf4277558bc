"""Vectors of what a caller writes: the arguments of the class, and what each is when it is left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dynapspec.emit.conformance.case import Case
from dynapspec.interpret import LayerInterpreter
from dynapspec.interpret.answers import Answers


def signature_cases(interpreter: LayerInterpreter) -> Iterator[Case]:
    """The class, each of its arguments, the neurons, and each of their functions."""
    spec, layer, answers = interpreter.spec, interpreter.layer, Answers(interpreter)
    questions: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [("class", {"of": "class"}, ("api",))]
    for name in spec.api.arguments:
        questions.append((name, {"of": "class", "argument": name}, ("api", "arguments", name)))
    questions.append(("neurons", {"of": "neurons"}, ("dynamics", "defaults")))
    for section in ("spike_fn", "reset_fn", "surrogate_grad_fn"):
        for name in getattr(spec.dynamics, section):
            questions.append((name, {"of": section, "function": name}, ("dynamics", section, name)))
    for dims in ("dims", "destination_dims"):
        for name in getattr(spec, dims):
            questions.append((f"dimension-{name}", {"of": "dimension", "name": name}, (dims, name)))
    for name, given, path in questions:
        expected = answers.answer("signature", given)
        case = f"{layer.name}/signature/{name}"
        yield Case(case, layer.clause(*path), "valid", given, expected, ("default-changed",), numbers=False)
