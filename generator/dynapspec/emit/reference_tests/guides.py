"""The two pages for whoever plays the vectors against an implementation of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from dynapspec.emit.conformance.formulas import Formulas, memory_cases
from dynapspec.emit.conformance.promises import PROMISES
from dynapspec.emit.output import Output
from dynapspec.emit.reference_tests import known
from dynapspec.emit.reference_tests.ask.report import told
from dynapspec.emit.render import render
from dynapspec.interpret import LayerInterpreter
from dynapspec.model import Layer, Model

HERE = Path(__file__).parent


def guides(model: Model, layers: Sequence[Layer]) -> Iterator[Output]:
    """What lies where and what is promised; and how the tests are run."""
    chip = list(model.chips)[-1] if model.chips else "CHIP"
    promises = [(topic, "; ".join(one.replace("|", "\\|") for one in PROMISES[topic])) for topic in PROMISES]
    page = render(HERE, "CONFORMANCE.md.j2", chip=chip, home=layers[0].name, promises=promises)
    yield Output("conformance/README.md", page, tuple(layers))
    values = {
        "chip": chip,
        "layers": ", ".join(f"`{layer.name}`" for layer in layers),
        "failure": _failure(layers[0]),
        "unjudged": [
            layer.clause(*part.split("/")) for layer in layers for part in known.unjudged(layer.spec)
        ],
    }
    yield Output("conformance/tests/README.md", render(HERE, "README.md.j2", **values), tuple(layers))


def _failure(layer: Layer) -> str:
    """A failed case as it is told: an answer that is one too large."""
    case = next(memory_cases(Formulas(LayerInterpreter(layer)))).data()
    right = case["expected"]["words"]
    return told(case, "wrong", [f"words is {right + 1}, expected {right}"])
