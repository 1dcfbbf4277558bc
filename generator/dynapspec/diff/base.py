"""What can be compared: chips, layer specs, and the abstract specs and mixins that they are laid over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from pydantic import ValidationError

from dynapspec.diagnostics import did_you_mean, fail
from dynapspec.load import Mapping, plain
from dynapspec.model import Chip, ChipSpec, Layer, LayerSpec, Model
from dynapspec.resolve import Document


@dataclass(frozen=True)
class Base:
    """A spec for others to extend or mix in, which need not be complete; first in its lineage is itself."""

    node: Mapping
    lineage: tuple[Document, ...]

    @property
    def name(self) -> str:
        """The name that other specs use."""
        return self.lineage[0].name

    @cached_property
    def resolved(self) -> dict[str, Any]:
        """The merged document as plain data."""
        data: dict[str, Any] = plain(self.node)
        return data

    @cached_property
    def whole(self) -> Chip | Layer | None:
        """The base as a chip or layer of its own, where it says everything that one must say."""
        try:
            if self.lineage[0].kind == "chip":
                return Chip(ChipSpec.model_validate(self.resolved), self.node, self.lineage)
            return Layer(LayerSpec.model_validate(self.resolved), self.node, self.lineage)
        except ValidationError:
            return None


Spec: TypeAlias = Chip | Layer | Base


def kind_of_spec(spec: Spec) -> str:
    """Whether a spec is about a chip or a layer."""
    return spec.lineage[0].whole


def version_of(spec: Spec) -> str:
    """The version that the file of a spec states."""
    return spec.lineage[0].text("version") or ""


def specs_of(model: Model) -> Iterator[Spec]:
    """Every spec of a model: the layers, the chips, and what these are laid over."""
    yield from model.layers.values()
    yield from model.chips.values()
    yield from (Base(base.entry.node, base.entry.lineage) for base in model.bases)


def spec_named(model: Model, kind: str, name: str) -> Spec | None:
    """The chip, layer or mixin of that name, abstract or not; None where there is none."""
    same = (spec for spec in specs_of(model) if spec.name == name and spec.lineage[0].kind == kind)
    return next(same, None)


def find_spec_named(model: Model, name: str) -> Spec:
    """The spec of that name, of whatever kind; a chip or layer before a mixin of the same name.

    Raises:
        InputError: there is none; with the closest name.
    """
    known: dict[str, Spec] = {}
    for spec in specs_of(model):
        known.setdefault(spec.name, spec)
    if name not in known:
        raise fail("unknown-chip", f"there is no chip or layer {name}", hint=did_you_mean(name, known))
    return known[name]
