"""Vectors of the function that discretizes a convolution alone."""

from __future__ import annotations

from collections.abc import Iterator

from dynapspec.emit.conformance.case import Case, Verdict, f32_text
from dynapspec.emit.conformance.quantization import Levels
from dynapspec.emit.conformance.whole_maker import texts
from dynapspec.interpret import LayerInterpreter
from dynapspec.interpret.answers import Answers


def convolution_cases(interpreter: LayerInterpreter) -> Iterator[Case]:
    """Weights and biases of a convolution whose neurons are given as numbers, their state among them."""
    layer, answers = interpreter.layer, Answers(interpreter)
    group = next(g for g in interpreter.spec.quantization.groups.values() if "v" in g.of)
    low = Levels(interpreter.spec.widths[group.width].bits).low
    for name, v, bias, flag in (
        ("no-state", None, None, "off-by-one"),
        ("small-state", [0.3, -0.7, 0.1], None, "off-by-one"),
        ("large-state", [low / 8, 10.0, 0.0], None, "state-ignored"),
        ("large-state-and-bias", [low / 8, 10.0, 0.0], [0.5, -0.5], "state-ignored"),
    ):
        given = {"weight": texts([0.75, -0.5]), "bias": texts(bias), "threshold": f32_text(1.0),
                 "v_floor": f32_text(-1.0), "v": texts(v)}  # fmt: skip
        expected = answers.answer("convolution", given)
        verdict: Verdict = "invalid" if "refused" in expected else "valid"
        case = f"{layer.name}/convolution/{name}"
        yield Case(case, layer.clause("quantization", "groups"), verdict, given, expected, (flag,))
