"""From merged documents to the model: structure first, then what a structure cannot say."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from dynapspec.diagnostics import Diagnostic, InputError
from dynapspec.load import Mapping, plain
from dynapspec.model.check import check_model
from dynapspec.model.chip_spec import ChipSpec
from dynapspec.model.entries import Chip, Layer, Model
from dynapspec.model.layer_spec import LayerSpec
from dynapspec.model.structure import findings_of
from dynapspec.model.waivers import today, without_waived
from dynapspec.resolve import Document, Library, open_library

Spec = TypeVar("Spec", LayerSpec, ChipSpec)


def load_model(root: Path, day: date | None = None) -> Model:
    """Reads, merges, types and checks every spec of a folder.

    Args:
        root: the folder of specs.
        day: the day on which waivers are judged; today by default.

    Raises:
        InputError: with all findings about all files that no waiver covers.
    """
    model = assemble(open_library(root))
    findings = list(without_waived(model, check_model(model), day or today()))
    if findings:
        raise InputError(findings)
    return model


def assemble(library: Library) -> Model:
    """The typed model of a library, before anything that a structure cannot say is checked."""
    findings: list[Diagnostic] = []
    layers: dict[str, Layer] = {}
    chips: dict[str, Chip] = {}
    for name in library.names("layer"):
        if (layer := _typed(library, "layer", name, LayerSpec, findings)) is not None:
            layers[name] = Layer(*layer)
    for name in library.names("chip"):
        if (chip := _typed(library, "chip", name, ChipSpec, findings)) is not None:
            chips[name] = Chip(*chip)
    if findings:
        raise InputError(findings)
    return Model(library.root, layers, chips)


def _typed(
    library: Library, kind: str, name: str, spec: type[Spec], findings: list[Diagnostic]
) -> tuple[Spec, Mapping, tuple[Document, ...]] | None:
    try:
        node = library.resolve(kind, name)
        return spec.model_validate(plain(node)), node, tuple(library.lineage(kind, name))
    except ValidationError as error:
        findings += findings_of(error, node, spec)
    except InputError as error:
        findings += error.diagnostics
    return None
