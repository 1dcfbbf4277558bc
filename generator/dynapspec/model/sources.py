"""Evidence: every fact that names a source names one that the spec describes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dynapspec.diagnostics import Diagnostic, did_you_mean
from dynapspec.load.node import Mapping, Node, Scalar, leaves, once
from dynapspec.model.check_dims import Place


def check_sources(entry: Any) -> Iterator[Diagnostic]:
    """Findings about sources that are not described; ``entry`` is a layer or a chip."""
    for path, leaf in sourced(entry.node):
        if path[0] == "unknown":
            continue
        name = str(leaf.value).split(" ")[0]
        if name not in entry.spec.sources:
            hint = did_you_mean(name, entry.spec.sources) or "describe it in `sources`"
            within = None if not name else Place(0, len(name))
            message = f"no source {name or repr(name)} is described"
            yield entry.finding("unknown-source", message, *path, hint=hint, within=within)


def sourced(node: Mapping) -> Iterator[tuple[tuple[int | str, ...], Scalar]]:
    """Every scalar of a document that names a source, with its path."""
    for section, part in node.items.items():
        if section != "sources":
            for path, leaf in once(part, sourced, _sourced, part):
                yield (section, *path), leaf


def _sourced(part: Node) -> list[tuple[tuple[int | str, ...], Scalar]]:
    return [(path, leaf) for path, leaf in leaves(part) if path and path[-1] == "source"]


def evidence(entry: Any, source: str | None) -> str:
    """How well a fact is known, for people: ``datasheet: Speck Dev Kit Datasheet (2023-08), Table 1``."""
    if not source:
        return "no source given"
    name, _, place = source.partition(" ")
    described = entry.spec.sources[name]
    date = f" ({described.date})" if described.date else ""
    return f"{described.level}: {described.title}{date}" + (f", {place}" if place else "")
