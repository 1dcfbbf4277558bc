"""The parts of the model: layers and chips, each with the document that it came from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from dynapspec.diagnostics import Diagnostic
from dynapspec.formula.tree import names_in
from dynapspec.load import Mapping
from dynapspec.load.node import name_of, once, place_of, plain_sections
from dynapspec.model.chip_spec import ChipSpec
from dynapspec.model.layer_spec import LayerSpec
from dynapspec.resolve import Document

if TYPE_CHECKING:
    from dynapspec.model.bases import Base

Spec = TypeVar("Spec", LayerSpec, ChipSpec)


def pointer_to(path: tuple[str | int, ...]) -> str:
    """The way to a part as a JSON pointer, without the stroke that leads it."""
    pointer = "/".join(map(str, path))
    if "~" in pointer or pointer.count("/") >= len(path):
        pointer = "/".join(str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return pointer


@dataclass(frozen=True)
class Entry(Generic[Spec]):
    """One spec, merged and typed, and the document that it came from."""

    spec: Spec
    node: Mapping
    lineage: tuple[Document, ...]

    @property
    def name(self) -> str:
        """The name that other specs and commands use."""
        return self.lineage[0].name

    @cached_property
    def title(self) -> str:
        """Name and version, as clause ids give them."""
        return f"{self.name}@{self.spec.version}"

    def clause(self, *path: str | int) -> str:
        """The id of a part of the spec: name, version and JSON pointer; it holds no line numbers."""
        return f"{self.title}#/{pointer_to(path)}"

    def finding(
        self, code: str, message: str, *path: str | int, hint: str = "", within: Any = None
    ) -> Diagnostic:
        """A diagnostic about the part at ``path``, or about a stretch of its text."""
        span = place_of(self.node, path)
        if within is not None:
            span = span.within(within.start, within.stop)
        return Diagnostic(code, message, span, hint)

    def misnamed(self, code: str, message: str, *path: str | int, hint: str) -> Diagnostic:
        """A diagnostic about the name of the part at ``path``."""
        return Diagnostic(code, message, name_of(self.node, path) or place_of(self.node, path), hint)

    @cached_property
    def resolved(self) -> dict[str, Any]:
        """The merged document as plain data, which specs share as far as they inherit it; only to be read."""
        data: dict[Any, Any] = plain_sections(self.node)
        return data

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the merged document: comments and formatting do not change it."""
        parts = (
            f"{_json(str(key))}: {once(self.node.get(str(key)), _json, _json, part)}"
            for key, part in self.resolved.items()
        )
        return hashlib.sha256(f"{{{', '.join(parts)}}}".encode()).hexdigest()


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, default=str)


# What chips and their rules know of a layer spec; specs that agree in it differ in their Python class alone.
CORE = ("widths", "functions", "dims", "destination_dims", "shapes", "destination_shapes", "memory", "rules")


class Layer(Entry[LayerSpec]):
    """A layer spec of the model."""

    @cached_property
    def named_in_rules(self) -> frozenset[str]:
        """Every name that a rule compares."""
        return frozenset(name for rule in self.spec.rules.values() for name in names_in(rule.must.tree))

    @cached_property
    def core(self) -> dict[str, Any]:
        """What chips know of it."""
        return {section: self.resolved.get(section) for section in CORE}


class Chip(Entry[ChipSpec]):
    """A chip of the model."""


@dataclass(frozen=True)
class Model:
    """Every layer and chip of a folder of specs, checked and frozen."""

    root: Path
    layers: MappingType[str, Layer]
    chips: MappingType[str, Chip]
    bases: tuple[Base, ...] = ()  # abstract specs and mixins

    def chips_of(self, layer: Layer) -> list[Chip]:
        """The chips that run a layer spec, by name: those that name it, or a spec that it is a variant of."""
        names = {layer.name, *(base.name for base in self.variant_of(layer))}
        return [chip for chip in self.chips.values() if not names.isdisjoint(chip.spec.layers)]

    def variant_of(self, layer: Layer) -> list[Layer]:
        """The layer specs that it extends and whose core it has, nearest first: a class beside theirs."""
        bases = (self.layers.get(document.name) for document in layer.lineage[1:])
        return [base for base in bases if base is not None and base.core == layer.core]

    def layer_of(self, chip: Chip) -> Layer:
        """The layer spec that describes a chip's cores, the first that the chip names."""
        return self.layers[chip.spec.layers[0]]
