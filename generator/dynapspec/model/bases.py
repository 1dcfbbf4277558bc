"""Specs that are no whole: abstract ones and mixins, typed and checked as far as they go.

What such a spec leaves open is taken from a complete one, in two ways: with all the entries of that
one, and with its own entries alone. Only what is wrong in both, and in its own files, is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeAlias, get_origin

from pydantic import ValidationError

from dynapspec.diagnostics import Diagnostic, InputError
from dynapspec.load import Mapping, Scalar, plain
from dynapspec.load.locate import packaged
from dynapspec.load.node import descend
from dynapspec.load.reader import display_name
from dynapspec.model.annotations import below, model_in, without_none
from dynapspec.model.chip_spec import ChipSpec, Limit
from dynapspec.model.entries import Chip, Layer
from dynapspec.model.layer_spec import LayerSpec
from dynapspec.model.removals import removals_of_nothing, without, without_removed
from dynapspec.model.structure import findings_of
from dynapspec.resolve import Document, Library, merge, open_library

SPECS: dict[str, type[LayerSpec] | type[ChipSpec]] = {"layer": LayerSpec, "chip": ChipSpec}
TRIES = 20  # rounds in which entries that are not finished are set aside
ENDS = frozenset({"min", "max", "one_of"})  # what of a limit says how much is taken
Path: TypeAlias = tuple[int | str, ...]
Whole: TypeAlias = Layer | Chip


@dataclass(frozen=True)
class Base:
    """An abstract spec or a mixin: what it states itself, and completed so that it can be checked."""

    entry: Whole
    completions: tuple[Whole, ...]

    @property
    def files(self) -> frozenset[str]:
        """The files that it is written in, as findings name them."""
        return frozenset(display_name(document.path) for document in self.entry.lineage)


def read_bases(library: Library, findings: list[Diagnostic]) -> Iterator[Base]:
    """Every base of a library; what is wrong with the structure of one goes into ``findings``."""
    for document in library.bases():
        try:
            yield from _base(library, document, findings)
        except InputError as error:
            findings += error.diagnostics


def _base(library: Library, document: Document, findings: list[Diagnostic]) -> Iterator[Base]:
    spec, lineage = SPECS[document.whole], tuple(library.lineage(document.kind, document.name))
    stated = library.resolve(document.kind, document.name)
    if document.kind != "mixin":  # what is below a mixin is known where it is used
        findings += removals_of_nothing(stated, spec, lineage)
    node = without_removed(stated, spec)
    files = frozenset(display_name(one.path) for one in lineage)
    entries: list[Whole] = []
    wrong: list[list[Diagnostic]] = []
    for whole in _completed(_named(node, document), _donor(library, document), spec):
        found, typed = _typed(whole, spec)
        wrong.append([finding for finding in found if not _is_absent(finding)])
        if typed is not None:
            entries.append(_entry(typed, whole, lineage))
    findings += common(wrong, files)
    if entries:
        first = entries[0].spec
        own_sources = descend(node, ("sources",))
        names = own_sources.items if isinstance(own_sources, Mapping) and "sources" in node.items else ()
        sources = {name: source for name, source in first.sources.items() if name in names}
        known = first.model_copy(update={"sources": sources})
        yield Base(_entry(known, node, lineage), tuple(entries))


def _entry(spec: Any, node: Mapping, lineage: tuple[Document, ...]) -> Whole:
    return Chip(spec, node, lineage) if isinstance(spec, ChipSpec) else Layer(spec, node, lineage)


def _named(node: Mapping, document: Document) -> Mapping:
    """The document with the head of a whole spec."""
    kept = {key: value for key, value in node.items.items() if key not in ("mixin", "for")}
    spans = {key: span for key, span in node.key_spans.items() if key in kept}
    name = Scalar(document.name, node.span)
    return replace(node, items={**kept, document.whole: name}, key_spans={document.whole: node.span, **spans})


def _donor(library: Library, document: Document) -> Mapping:
    """A complete spec: one that is laid over this, or one that runs the same layers, or any."""
    found = list(_wholes(library, document)) or list(_wholes(open_library(packaged()), document))
    return max(found, key=lambda one: one[0])[1]() if found else Mapping({}, document.node.span)


def _wholes(library: Library, base: Document) -> Iterator[tuple[int, Callable[[], Mapping]]]:
    """The complete specs that can be merged, and how well each suits a base."""
    layers = base.node.get("layers")
    stated = plain(layers) if layers else None
    for name in library.names(base.whole):
        try:
            lineage, node = library.lineage(base.whole, name), library.resolve(base.whole, name)
        except InputError:  # told where that spec is read
            continue
        runs = node.get("layers")
        alike = stated is not None and runs is not None and plain(runs) == stated
        yield 2 if base in lineage else int(alike), partial(without_removed, node, SPECS[base.whole])


def _completed(node: Mapping, donor: Mapping, spec: type[Any]) -> Iterator[Mapping]:
    """The document with all that it lacks, and with no entries but its own in the sections that it states."""
    lent = {key: donor.items[key] for key in ("package",) if key in donor.items and key not in node.items}
    spans = {key: donor.key_spans[key] for key in lent}
    head = replace(node, items={**lent, **node.items}, key_spans={**spans, **node.key_spans})
    whole = merge(head, _making_room(donor, head, spec))
    yield whole
    yield _narrowed(whole, head, spec)


def _making_room(donor: Mapping, own: Mapping, kind: Any) -> Mapping:
    """The donor without what limits take, where a base says it in its own way: a set, or a range."""
    if model_in(kind) is Limit and own.items.keys() & ENDS:
        items = {key: value for key, value in donor.items.items() if key not in ENDS}
    else:
        items = dict(donor.items)
        for key, stated in own.items.items():
            lent = items.get(key)
            if isinstance(stated, Mapping) and isinstance(lent, Mapping):
                items[key] = _making_room(lent, stated, below(kind, key))
    return replace(donor, items=items, key_spans={k: s for k, s in donor.key_spans.items() if k in items})


def _narrowed(whole: Mapping, own: Mapping, kind: Any) -> Mapping:
    """Of the entries of each section that a base states, its own alone."""
    items = dict(whole.items)
    if get_origin(without_none(kind)) is dict:
        items = {key: value for key, value in items.items() if key in own.items}
    for key, stated in own.items.items():
        merged = items.get(key)
        if isinstance(stated, Mapping) and isinstance(merged, Mapping):
            items[key] = _narrowed(merged, stated, below(kind, key))
    return replace(whole, items=items, key_spans={k: s for k, s in whole.key_spans.items() if k in items})


def _typed(node: Mapping, spec: type[Any]) -> tuple[list[Diagnostic], Any]:
    """The typed spec without the entries that are not finished; findings about what is wrong."""
    for _ in range(TRIES):
        try:
            return [], spec.model_validate(plain(node))
        except ValidationError as error:
            unfinished = [tuple(item["loc"])[:-1] for item in error.errors() if item["type"] == "missing"]
            unfinished += [tuple(item["loc"]) for item in error.errors() if _says_nothing(item)]
            unfinished = [path for path in unfinished if len(path) > 1]
            if not unfinished:
                return list(findings_of(error, node, spec)), None
            rest = node
            for path in unfinished:
                rest = without(rest, path)
            wrong = [f for f in findings_of(error, node, spec) if f.code != "missing-key"]
            if any(not _says_nothing_found(f) for f in wrong):
                return wrong, None
            node = rest
    return [], None


def _is_absent(finding: Diagnostic) -> bool:
    """Whether a finding is only about a section that others state; each file has its own head."""
    return finding.code == "missing-key" and finding.message != "version is missing"


def _says_nothing(item: Any) -> bool:
    """Whether a limit states no value yet."""
    given = item.get("input")
    return item["type"] == "limit" and isinstance(given, dict) and not given.keys() & ENDS


def _says_nothing_found(finding: Diagnostic) -> bool:
    return finding.code == "limit" and finding.message == "a limit is a maximum, a range, or a set"


def common(found: Iterable[list[Diagnostic]], files: frozenset[str]) -> Iterator[Diagnostic]:
    """The findings about these files that every completion has."""
    first, *others = found
    keys = [{(finding.code, finding.span, finding.message) for finding in other} for other in others]
    for finding in first:
        own = finding.span is not None and finding.span.file in files
        if own and all((finding.code, finding.span, finding.message) in key for key in keys):
            yield finding
