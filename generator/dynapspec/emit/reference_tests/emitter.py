"""What plays the vectors, and tests of a generated package against the hand-written reference model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dynapspec.emit.output import Output
from dynapspec.emit.reference_tests import known
from dynapspec.emit.reference_tests.context import TestContext
from dynapspec.emit.reference_tests.guides import guides
from dynapspec.emit.render import render
from dynapspec.model import Layer, Model

HERE = Path(__file__).parent
FOLDER = "conformance/tests"
ASK = "conformance/conformance_ask"  # as a name of its own, so that it is imported wherever the folder lies
VECTORS = "vectors"  # the modules that play vectors alone, whatever the implementation


def emit(model: Model) -> Iterator[Output]:
    """What asks an implementation, what pytest shares, and the test modules of each layer spec."""
    layers = tuple(model.layers.values())
    for path in sorted((HERE / "ask").glob("*.py")):
        yield Output(f"{ASK}/{path.name}", path.read_text(encoding="utf-8"), layers)
    modules = [(layer, name, values) for layer in layers for name, values in _contexts(layer, model).items()]
    listed = [(_file(layer, name), layer.name, name == VECTORS) for layer, name, _ in modules]
    shared = render(HERE, "conftest.py.j2", layers=list(model.layers), modules=listed)
    yield Output(f"{FOLDER}/conftest.py", shared, layers)
    yield from guides(model, layers)
    for layer, name, values in modules:
        chips = tuple(model.chips_of(layer)) if "chips" in values or "rules" in name else ()
        yield Output(f"{FOLDER}/{_file(layer, name)}", _text(layer, name, values), (layer, *chips))


def _file(layer: Layer, name: str) -> str:
    return f"test_{layer.spec.package}_{name}.py"


def _text(layer: Layer, name: str, values: dict[str, Any]) -> str:
    return render(HERE, f"test_{name}.py.j2", package=layer.spec.package, **values)


def _contexts(layer: Layer, model: Model) -> dict[str, dict[str, Any]]:
    """The modules by name, with what their templates need; a module without a test is left out."""
    context = TestContext(layer, model)
    found = {
        VECTORS: context.vectors(),
        "functions": context.functions(),
        "reference_memory": context.memory(),
        "reference_rules": context.rules(),
        "reference_layer": context.whole_layer(),
    }
    if known.quantization(context.spec):
        found["reference_quantization"] = context.quantization()
    if known.clocked(context.spec) or known.event(context.spec):
        found["reference_neurons"] = context.neurons()
    return {name: {"api": context.api, **values} for name, values in found.items()}
