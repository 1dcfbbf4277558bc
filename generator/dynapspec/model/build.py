"""From merged documents to the model: structure first, then what a structure cannot say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from dynapspec.diagnostics import Diagnostic, InputError
from dynapspec.load import Mapping
from dynapspec.load.collecting import without_collecting
from dynapspec.load.node import plain_sections
from dynapspec.model.bases import read_bases
from dynapspec.model.check import check_model
from dynapspec.model.chip_spec import ChipSpec
from dynapspec.model.entries import Chip, Layer, Model
from dynapspec.model.layer_spec import LayerSpec
from dynapspec.model.removals import removals_of_nothing, without_removed
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
    with without_collecting():
        return checked(open_library(root), day)


def checked(library: Library, day: date | None = None) -> Model:
    """The model of a library; raises InputError as :func:`load_model` does."""
    model = assemble(library)
    findings = list(without_waived(model, check_model(model), day or today()))
    if findings:
        raise InputError(findings)
    return model


def assemble(library: Library) -> Model:
    """The typed model of a library, before anything that a structure cannot say is checked."""
    findings: list[Diagnostic] = []
    lacking: dict[str, list[Document]] = {}
    layers: dict[str, Layer] = {}
    chips: dict[str, Chip] = {}
    for name in library.names("layer"):
        if (layer := _typed(library, "layer", name, LayerSpec, findings, lacking)) is not None:
            layers[name] = Layer(*layer)
    for name in library.names("chip"):
        if (chip := _typed(library, "chip", name, ChipSpec, findings, lacking)) is not None:
            chips[name] = Chip(*chip)
    bases = tuple(read_bases(library, findings))
    findings += _missing_sections(library, lacking)
    if findings:
        raise InputError(findings)
    return Model(library.root, layers, chips, bases)


def _typed(
    library: Library,
    kind: str,
    name: str,
    spec: type[Spec],
    findings: list[Diagnostic],
    lacking: dict[str, list[Document]],
) -> tuple[Spec, Mapping, tuple[Document, ...]] | None:
    """One spec, or None and findings; sections that it lacks go into ``lacking``."""
    try:
        lineage = tuple(library.lineage(kind, name))
        stated = library.resolve(kind, name)
        removals = list(removals_of_nothing(stated, spec, lineage))
        node = without_removed(stated, spec)
        findings += removals
        return spec.model_validate(plain_sections(node)), node, lineage
    except ValidationError as error:
        for section in _sections_missing(error):
            lacking.setdefault(section, []).append(lineage[0])
        whole = {f"{section} is missing" for section in _sections_missing(error)}
        found = findings_of(error, node, spec)
        findings += [f for f in found if not (f.code == "missing-key" and f.message in whole)]
    except InputError as error:
        findings += error.diagnostics
    return None


def _sections_missing(error: ValidationError) -> list[str]:
    items = error.errors(include_url=False)
    return [str(item["loc"][0]) for item in items if item["type"] == "missing" and len(item["loc"]) == 1]


def _missing_sections(library: Library, lacking: dict[str, list[Document]]) -> Iterator[Diagnostic]:
    """A section that all the specs over one base lack is missing there, and told once."""
    for section, documents in lacking.items():
        places: dict[Document, list[str]] = {}
        for document in documents:
            places.setdefault(_base_of(library, document, documents, section), []).append(document.name)
        for place, names in places.items():
            where = f" here or in each of {', '.join(names)}" if place.abstract else ""
            hint = f"add `{section}: ...`{where}"
            yield Diagnostic("missing-key", f"{section} is missing", place.node.span, hint)


def _base_of(library: Library, document: Document, lacking: list[Document], section: str) -> Document:
    """The furthest base of which every whole spec lacks a section; of its own head, the spec itself."""
    if section in ("version", "package"):
        return document
    found = document
    for base in library.lineage(document.kind, document.name)[1:]:
        over = [n for n in library.names(document.kind) if base in _lineage(library, document.kind, n)]
        if base.kind == document.kind and all(library.documents[document.kind, n] in lacking for n in over):
            found = base
    return found


def _lineage(library: Library, kind: str, name: str) -> list[Document]:
    try:
        return library.lineage(kind, name)
    except InputError:  # told where that spec is read
        return []
