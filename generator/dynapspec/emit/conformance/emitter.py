"""Conformance vectors: what any implementation of a layer or chip must answer, as frozen JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, partial
from typing import Any, Protocol

from dynapspec.emit.conformance.case import Case, vector_file
from dynapspec.emit.conformance.construct import construct_cases
from dynapspec.emit.conformance.dynamics import clocked_cases, event_cases
from dynapspec.emit.conformance.facts import fact_cases
from dynapspec.emit.conformance.formulas import Formulas, memory_cases, shape_cases
from dynapspec.emit.conformance.geometry import linear_cases, pooling_cases
from dynapspec.emit.conformance.gradient import gradient_cases
from dynapspec.emit.conformance.homes import home
from dynapspec.emit.conformance.kept import keeping
from dynapspec.emit.conformance.placement import placement_cases
from dynapspec.emit.conformance.promises import PROMISES
from dynapspec.emit.conformance.quantization import quantization_cases, rescale_cases
from dynapspec.emit.conformance.rules import RuleVectors
from dynapspec.emit.conformance.schema import SCHEMA
from dynapspec.emit.conformance.signature import signature_cases
from dynapspec.emit.conformance.whole import convolution_cases, whole_cases
from dynapspec.emit.output import Entry, Output
from dynapspec.interpret import LayerInterpreter
from dynapspec.model import Chip, Layer, Model
from dynapspec.model.layer_spec import Dim


class Remember(Protocol):
    """Gives what was made before from the specs that a key names, or makes it."""

    def __call__(self, key: tuple[str, ...], make: Callable[[], Iterator[Output]]) -> Iterable[Output]:
        """The files of one spec."""


def emit(model: Model, remember: Remember = lambda key, make: make()) -> Iterator[Output]:
    """The vectors of every layer and chip, and their schema.

    What belongs to a layer spec follows from it alone, and what belongs to a chip from both:
    ``remember`` may keep it from one model to the next.
    """
    yield from keeping(model, _files(model, remember))


def _files(model: Model, remember: Remember) -> Iterator[Output]:
    yield Output("conformance/schema.json", json.dumps(SCHEMA, indent=2) + "\n", ())
    for layer in model.layers.values():
        shared = Shared(layer)
        own = [topic for topic in LAYER_TOPICS if home(topic, layer, model) is layer]
        yield from remember((layer.title, layer.digest, *own), partial(_layer, shared, own))
        for chip in model.chips.values():
            if model.layer_of(chip) is layer:
                key = (layer.title, layer.digest, chip.title, chip.digest)
                yield from remember(key, partial(_chip, shared, chip))


class Shared:
    """What the vectors of a layer spec and of the chips whose cores it describes have in common."""

    def __init__(self, layer: Layer) -> None:
        self.layer = layer

    @cached_property
    def interpreter(self) -> LayerInterpreter:
        """What runs the layer spec."""
        return LayerInterpreter(self.layer)

    @cached_property
    def formulas(self) -> Formulas:
        """Its formulas with the layers that tell them from mistaken ones."""
        return Formulas(self.interpreter)

    @cached_property
    def rules(self) -> RuleVectors:
        """Its rules, for all chips."""
        return RuleVectors(self.formulas)


LAYER_TOPICS: dict[str, Callable[[Shared], Iterable[Case]]] = {
    "shapes": lambda shared: shape_cases(shared.formulas),
    "memory": lambda shared: memory_cases(shared.formulas),
    "construct": lambda shared: construct_cases(shared.interpreter),
    "signature": lambda shared: signature_cases(shared.interpreter),
    "quantization": lambda shared: quantization_cases(shared.interpreter),
    "rescale": lambda shared: rescale_cases(shared.interpreter),
    "clocked": lambda shared: clocked_cases(shared.interpreter),
    "gradient": lambda shared: gradient_cases(shared.interpreter),
    "event": lambda shared: event_cases(shared.interpreter),
    "pooling": lambda shared: pooling_cases(shared.interpreter),
    "linear": lambda shared: linear_cases(shared.interpreter),
    "layer": lambda shared: whole_cases(shared.interpreter),
    "convolution": lambda shared: convolution_cases(shared.interpreter),
}


def _layer(shared: Shared, topics: Iterable[str]) -> Iterator[Output]:
    """The vectors that the layer spec does not share with one that it extends."""
    for topic in topics:
        yield _file(shared.layer, shared.layer, topic, LAYER_TOPICS[topic](shared))


def _chip(shared: Shared, chip: Chip) -> Iterator[Output]:
    search = shared.rules.search(chip)
    yield _file(chip, shared.layer, "rules", shared.rules.cases(search))
    yield _file(chip, shared.layer, "placement", placement_cases(search, shared.rules))
    yield _file(chip, shared.layer, "facts", fact_cases(chip))


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
    own = {name: _named(dim) for name, dim in layer.spec.dims.items()}
    each = {name: {**_named(dim), "each": "pools"} for name, dim in layer.spec.destination_dims.items()}
    return own | each


def _named(dim: Dim) -> dict[str, Any]:
    return {"doc": dim.doc} | ({} if dim.default is None else {"default": dim.default})
