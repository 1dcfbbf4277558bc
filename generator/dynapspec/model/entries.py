"""The parts of the model: layers and chips, each with the document that it came from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar

from dynapspec.diagnostics import Diagnostic
from dynapspec.load import Mapping, plain
from dynapspec.load.node import name_of, place_of
from dynapspec.model.chip_spec import ChipSpec
from dynapspec.model.layer_spec import LayerSpec
from dynapspec.resolve import Document

Spec = TypeVar("Spec", LayerSpec, ChipSpec)


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

    @property
    def title(self) -> str:
        """Name and version, as clause ids give them."""
        return f"{self.name}@{self.spec.version}"

    def clause(self, *path: str | int) -> str:
        """The id of a part of the spec: name, version and JSON pointer; it holds no line numbers."""
        steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
        return f"{self.title}#/{'/'.join(steps)}"

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
        """The merged document as plain data."""
        data: dict[str, Any] = plain(self.node)
        return data

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the merged document: comments and formatting do not change it."""
        text = json.dumps(self.resolved, ensure_ascii=False, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


class Layer(Entry[LayerSpec]):
    """A layer spec of the model."""


class Chip(Entry[ChipSpec]):
    """A chip of the model."""


@dataclass(frozen=True)
class Model:
    """Every layer and chip of a folder of specs, checked and frozen."""

    root: Path
    layers: MappingType[str, Layer]
    chips: MappingType[str, Chip]

    def chips_of(self, layer: Layer) -> list[Chip]:
        """The chips that run a layer spec, by name."""
        return [chip for chip in self.chips.values() if layer.name in chip.spec.layers]

    def layer_of(self, chip: Chip) -> Layer:
        """The layer spec that describes a chip's cores, the first that the chip names."""
        return self.layers[chip.spec.layers[0]]
