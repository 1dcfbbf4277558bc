"""Conformance vectors: what any implementation of a layer or chip must answer, as frozen JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, partial
from typing import Any, Protocol

from dynapspec.emit.conformance.case import Case, Written, vector_file
from dynapspec.emit.conformance.chained import chain_cases
from dynapspec.emit.conformance.configuration import Counted, configuration_cases
from dynapspec.emit.conformance.construct import construct_cases
from dynapspec.emit.conformance.convolution import convolution_cases
from dynapspec.emit.conformance.dynamics import clocked_cases, event_cases
from dynapspec.emit.conformance.facts import fact_cases
from dynapspec.emit.conformance.formulas import Formulas, memory_cases, shape_cases
from dynapspec.emit.conformance.geometry import linear_cases, pooling_cases
from dynapspec.emit.conformance.gradient import gradient_cases
from dynapspec.emit.conformance.heads import head_of, names_of
from dynapspec.emit.conformance.homes import home
from dynapspec.emit.conformance.kept import keeping
from dynapspec.emit.conformance.placement import placement_cases
from dynapspec.emit.conformance.promises import PROMISES
from dynapspec.emit.conformance.quantization import quantization_cases, rescale_cases
from dynapspec.emit.conformance.rules import RuleVectors
from dynapspec.emit.conformance.schema import vector_schema
from dynapspec.emit.conformance.search import Search
from dynapspec.emit.conformance.signature import signature_cases
from dynapspec.emit.conformance.whole import whole_cases
from dynapspec.emit.output import Entry, Output
from dynapspec.emit.spread import spread
from dynapspec.interpret import LayerInterpreter
from dynapspec.model import Chip, Layer, Model


class Remember(Protocol):
    """Gives a text that was made before from the same parts of the same specs, or makes it.

    What ``make`` is given stands for the specs. Texts of the same ``scope`` are given the same, so that
    they can share their work; then each counts as made from all that any of them asked for.
    """

    def __call__(self, path: str, scope: str, specs: tuple[Any, ...], make: Callable[..., str]) -> str:
        """The text of one file."""


def _at_once(path: str, scope: str, specs: tuple[Any, ...], make: Callable[..., str]) -> str:
    """Makes it."""
    return make(*specs)


def emit(model: Model, remember: Remember = _at_once) -> Iterator[Output]:
    """The vectors of every layer and chip, and their schema.

    What belongs to a layer spec follows from it alone, and what belongs to a chip from both:
    ``remember`` may keep it from one model to the next.
    """
    yield from keeping(model, _files(model, remember))


def _files(model: Model, remember: Remember) -> Iterator[Output]:
    schema = json.dumps(vector_schema(model.layers.values()), indent=2)
    yield Output("conformance/schema.json", schema + "\n", ())
    for layer in model.layers.values():
        works = Works()
        for topic in LAYER_TOPICS:
            if home(topic, layer, model) is layer:
                path = f"conformance/vectors/{layer.name}/{topic}.json"
                make = partial(_of_layer, works, topic)
                yield Output(path, remember(path, topic, (layer,), make), (layer,))
        chips = [chip for chip in model.chips.values() if model.layer_of(chip) is layer]
        texts = partial(_texts_of_chip, works, layer, remember)
        # Other processes would keep what they remember to themselves.
        made = spread(texts, chips) if remember is _at_once else map(texts, chips)
        for chip, found in zip(chips, made, strict=True):
            for path, text in found.items():
                yield Output(path, text, (chip, layer))


def _texts_of_chip(works: Works, layer: Layer, remember: Remember, chip: Chip) -> dict[str, str]:
    """The vector files of a chip by path."""
    paths = {f"conformance/vectors/{chip.name}/{topic}.json": topic for topic in topics_of(chip)}
    return {
        path: remember(path, SCOPES[topic], (chip, layer), partial(_of_chip, works, topic))
        for path, topic in paths.items()
    }


class Works:
    """What the files of one layer spec and its chips share, for each that stands for the layer spec."""

    def __init__(self) -> None:
        self._shared: dict[int, Shared] = {}
        self._searches: dict[tuple[int, int], Search] = {}

    def shared(self, layer: Layer) -> Shared:
        """What there is for this one; it holds on to the layer, so that its number stays its own."""
        if id(layer) not in self._shared:
            self._shared[id(layer)] = Shared(layer)
        return self._shared[id(layer)]

    def search(self, chip: Chip, layer: Layer) -> Search:
        """The search through the layers of a chip."""
        key = id(chip), id(layer)
        if key not in self._searches:
            self._searches = {key: self.shared(layer).rules.search(chip)}  # one chip at a time, for memory
        return self._searches[key]


class Shared:
    """What the vectors of a layer spec and of the chips whose cores it describes have in common."""

    def __init__(self, layer: Layer) -> None:
        self.layer = layer

    @cached_property
    def interpreter(self) -> LayerInterpreter:
        """What runs the layer spec."""
        return LayerInterpreter(self.layer)

    @cached_property
    def names(self) -> Written:
        """What heads say of its dimensions."""
        return names_of(self.layer)

    @cached_property
    def counted(self) -> Counted:
        """What arrays say of its dimensions."""
        return Counted(self.layer.spec)

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
    "chain": lambda shared: chain_cases(shared.interpreter),
    "pooling": lambda shared: pooling_cases(shared.interpreter),
    "linear": lambda shared: linear_cases(shared.interpreter),
    "layer": lambda shared: whole_cases(shared.interpreter),
    "convolution": lambda shared: convolution_cases(shared.interpreter),
}


CHIP_TOPICS: dict[str, Callable[[Works, Chip, Layer], Iterable[Case]]] = {
    "rules": lambda works, chip, layer: works.shared(layer).rules.cases(works.search(chip, layer)),
    "placement": lambda works, chip, layer: placement_cases(
        works.search(chip, layer), works.shared(layer).rules
    ),
    "facts": lambda works, chip, layer: fact_cases(chip),
    "configuration": lambda works, chip, layer: configuration_cases(
        chip, layer.spec, works.shared(layer).counted
    ),
}
# What is found together.
SCOPES = {"rules": "search", "placement": "search", "facts": "facts", "configuration": "configuration"}


def topics_of(chip: Chip) -> list[str]:
    """The topics that a chip can be asked about."""
    lacking = {"configuration"} if chip.spec.configuration is None else set[str]()
    return [topic for topic in CHIP_TOPICS if topic not in lacking]


def _of_layer(works: Works, topic: str, layer: Layer) -> str:
    """Vectors that a layer spec does not share with one that it extends."""
    return _text(works.shared(layer), layer, topic, LAYER_TOPICS[topic](works.shared(layer)))


def _of_chip(works: Works, topic: str, chip: Chip, layer: Layer) -> str:
    """Vectors of a chip, which speak of the layer spec too."""
    return _text(works.shared(layer), chip, topic, CHIP_TOPICS[topic](works, chip, layer), chip)


def _text(shared: Shared, entry: Entry, topic: str, cases: Iterable[Case], chip: Chip | None = None) -> str:
    """One file."""
    layer = shared.layer
    head: dict[str, Any] = {
        "spec": entry.title,
        "layer": layer.title,
        "topic": topic,
        "promises": PROMISES[topic],
        **head_of(topic, layer, chip, lambda: shared.names),
    }
    return vector_file(head, cases)
