"""Tests of a generated package: against the frozen vectors, and against the hand-written reference model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dynapspec.emit.output import Output
from dynapspec.emit.reference_tests import known
from dynapspec.emit.reference_tests.context import TestContext
from dynapspec.emit.render import render
from dynapspec.model import Layer, Model

HERE = Path(__file__).parent
FOLDER = "conformance/tests"


def emit(model: Model) -> Iterator[Output]:
    """What pytest shares, and the test modules of each layer spec."""
    layers = tuple(model.layers.values())
    yield Output(f"{FOLDER}/conftest.py", render(HERE, "conftest.py.j2"), layers)
    unjudged = [layer.clause(*part.split("/")) for layer in layers for part in known.unjudged(layer.spec)]
    yield Output(f"{FOLDER}/README.md", render(HERE, "README.md.j2", unjudged=unjudged), layers)
    for layer in layers:
        yield from _modules(layer, model)


def _modules(layer: Layer, model: Model) -> Iterator[Output]:
    """One module for each thing that is compared; a module without a test is left out."""
    context = TestContext(layer, model)
    package = layer.spec.package
    for name, values in _contexts(context).items():
        text = render(HERE, f"test_{name}.py.j2", package=package, api=context.api, **values)
        chips = tuple(model.chips_of(layer)) if "rules" in name or name == "vectors" else ()
        yield Output(f"{FOLDER}/test_{package}_{name}.py", text, (layer, *chips))


def _contexts(context: TestContext) -> dict[str, dict[str, Any]]:
    """The modules by name, with what their templates need."""
    found = {
        "vectors": context.vectors(),
        "vectors_torch": context.vectors(),
        "reference_memory": context.memory(),
        "reference_rules": context.rules(),
        "reference_layer": context.whole_layer(),
    }
    if known.quantization(context.spec):
        found["reference_quantization"] = context.quantization()
    if known.clocked(context.spec) or known.event(context.spec):
        found["reference_neurons"] = context.neurons()
    return found
