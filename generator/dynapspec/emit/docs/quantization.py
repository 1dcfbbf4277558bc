"""How parameters become words, with a worked example."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dynapspec.emit.docs import worked
from dynapspec.emit.docs.facts import Facts
from dynapspec.emit.docs.markup import Markup, code, formula, join, math, named_math, sentence, table
from dynapspec.formula.latex import latex, symbol
from dynapspec.interpret import LayerInterpreter
from dynapspec.model import Layer

COMBINE = {
    "min": "The layer takes the smallest of the scales of its groups, so one large value shrinks all others.",
    "max": "The layer takes the largest of the scales of its groups.",
}


def quantization(facts: Facts[Layer], interpreter: LayerInterpreter) -> Mapping[str, Any]:
    """The parts of the section."""
    q = facts.entry.spec.quantization
    return {
        "place": facts.place("quantization"),
        "evidence": facts.evidence(q.source),
        "number": code(q.number),
        "rescale": formula(q.rescale.tree),
        "scale": _scale(facts),
        "groups": _groups(facts),
        "combine": COMBINE[q.combine],
        "absent": join(_absent(facts), "; "),
        "value": named_math("word", q.value.tree),
        "value_text": formula(q.value.tree),
        "refuse": _refusals(facts),
        "worked": _worked(interpreter),
    }


def _scale(facts: Facts[Layer]) -> Mapping[str, Any]:
    scale = facts.entry.spec.quantization.scale
    then, other, when = (latex(f.tree) for f in (scale.then, scale.else_, scale.when))
    cases = rf"\begin{{cases}} {then} & \text{{if }} {when} \\ {other} & \text{{otherwise}} \end{{cases}}"
    rows = [
        ["when", formula(scale.when.tree)],
        ["then", formula(scale.then.tree)],
        ["else", formula(scale.else_.tree)],
    ]
    return {
        "place": facts.place("quantization", "scale"),
        "math": math(f"{symbol('scale')}(x) = {cases}"),
        "text": table(["part", "as written"], rows),
    }


def _absent(facts: Facts[Layer]) -> Iterator[Markup]:
    for name, counts_as in facts.entry.spec.quantization.absent.items():
        place = facts.place("quantization", "absent", name)
        yield Markup(f"{place}{code(name)} counts as {formula(counts_as.tree)}")


def _groups(facts: Facts[Layer]) -> Markup:
    spec = facts.entry.spec
    rows = [
        [
            facts.named("quantization", "groups", name),
            join(map(code, group.of)),
            spec.widths[group.width].bits,
        ]
        for name, group in spec.quantization.groups.items()
    ]
    return table(["group", "values that share a scale", "bits of their word"], rows)


def _refusals(facts: Facts[Layer]) -> Markup:
    rows = [
        [facts.named("quantization", "refuse", name), formula(r.when.tree), code(r.say), sentence(r.remedy)]
        for name, r in facts.entry.spec.quantization.refuse.items()
    ]
    return table(["refused", "when", "message", "what helps"], rows)


def _worked(interpreter: LayerInterpreter) -> Mapping[str, Any]:
    """A few values, the scale that they share, and their words; empty when the example does not apply."""
    result = worked.quantized(interpreter)
    if result is None:
        return {}
    given = {"weight": worked.WEIGHTS, "threshold": [worked.THRESHOLD], "v_floor": [worked.FLOOR]}
    rows = [
        [code(name), join(values), join(map(_whole, result.values[name]))] for name, values in given.items()
    ]
    return {
        "scale": code(f"{result.scale:.9g}"),
        "set_by": code(result.set_by),
        "scales": join(_scales(result.scales)),
        "words": table(["parameter", "value", "word"], rows),
    }


def _scales(scales: Mapping[str, float]) -> Iterator[Markup]:
    for name, scale in scales.items():
        yield Markup(f"{code(name)} {scale:.9g}")


def _whole(value: float) -> str:
    return f"{value:.0f}"
