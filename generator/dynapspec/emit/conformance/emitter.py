"""Conformance vectors: what any implementation of a layer or chip must answer, as frozen JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from dynapspec.emit.conformance.case import Case, vector_file
from dynapspec.emit.conformance.dynamics import clocked_cases, event_cases
from dynapspec.emit.conformance.formulas import Formulas, memory_cases, shape_cases
from dynapspec.emit.conformance.geometry import linear_cases, pooling_cases
from dynapspec.emit.conformance.placement import placement_cases
from dynapspec.emit.conformance.promises import PROMISES
from dynapspec.emit.conformance.quantization import quantization_cases, rescale_cases
from dynapspec.emit.conformance.rules import RuleVectors
from dynapspec.emit.conformance.schema import SCHEMA
from dynapspec.emit.output import Entry, Output
from dynapspec.interpret import Judge, LayerInterpreter
from dynapspec.model import Layer, Model


def emit(model: Model) -> Iterator[Output]:
    """The vectors of every layer and chip, and their schema."""
    yield Output("conformance/schema.json", json.dumps(SCHEMA, indent=2) + "\n", ())
    for layer in model.layers.values():
        interpreter = LayerInterpreter(layer)
        formulas = Formulas(interpreter)
        yield from _layer(layer, interpreter, formulas)
        yield from _chips(layer, model, formulas)


def _layer(layer: Layer, interpreter: LayerInterpreter, formulas: Formulas) -> Iterator[Output]:
    topics = {
        "shapes": shape_cases(formulas),
        "memory": memory_cases(formulas),
        "quantization": quantization_cases(interpreter),
        "rescale": rescale_cases(interpreter),
        "clocked": clocked_cases(interpreter),
        "event": event_cases(interpreter),
        "pooling": pooling_cases(interpreter),
        "linear": linear_cases(interpreter),
    }
    for topic, cases in topics.items():
        yield _file(layer, layer, topic, cases)


def _chips(layer: Layer, model: Model, formulas: Formulas) -> Iterator[Output]:
    """The vectors of the chips whose cores this layer spec describes."""
    vectors = RuleVectors(formulas)
    for chip in model.chips.values():
        if model.layer_of(chip) is layer:
            judge = Judge(chip, formulas.interpreter)
            yield _file(chip, layer, "rules", vectors.cases(judge))
            yield _file(chip, layer, "placement", placement_cases(judge, vectors))


def _file(entry: Entry, layer: Layer, topic: str, cases: Iterable[Case]) -> Output:
    """One file; a chip's vectors speak of the layer spec too."""
    specs = (entry,) if entry is layer else (entry, layer)
    head: dict[str, Any] = {
        "spec": entry.title,
        "layer": layer.title,
        "topic": topic,
        "promises": PROMISES[topic],
        "names": _names(layer) if topic in ("shapes", "memory", "rules", "placement") else {},
    }
    return Output(f"conformance/vectors/{entry.name}/{topic}.json", vector_file(head, cases), specs)


def _names(layer: Layer) -> dict[str, dict[str, Any]]:
    """What each dimension means, and the value that it has where a case leaves it out."""
    dims = {**layer.spec.dims, **layer.spec.destination_dims}
    return {
        name: {"doc": dim.doc} | ({} if dim.default is None else {"default": dim.default})
        for name, dim in dims.items()
    }
