"""All specs of a folder, by name, and their inheritance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dynapspec.diagnostics import Diagnostic, InputError, Span, did_you_mean, fail
from dynapspec.load import Mapping, Node, Scalar, read_file
from dynapspec.load.reader import display_name
from dynapspec.resolve.merge import merge
from dynapspec.resolve.ranges import expand

FORMAT = 1  # the version of the spec format that this generator reads
KINDS = ("layer", "chip")


@dataclass(frozen=True, slots=True)
class Document:
    """One spec file as it was written."""

    kind: str
    name: str
    path: Path
    node: Mapping

    def text(self, key: str) -> str | None:
        """A top-level text value, or None."""
        value = self.node.get(key)
        return value.value if isinstance(value, Scalar) and isinstance(value.value, str) else None

    @property
    def abstract(self) -> bool:
        """Whether this is only a base for others."""
        value = self.node.get("abstract")
        return isinstance(value, Scalar) and value.value is True


class Library:
    """The spec files of one folder; ``resolve`` merges a spec with its ancestors."""

    def __init__(self, root: Path, documents: list[Document]) -> None:
        self.root = root
        self.documents = {(d.kind, d.name): d for d in documents}
        self._resolved: dict[tuple[str, str], Mapping] = {}

    def names(self, kind: str) -> list[str]:
        """Names of the specs of a kind that are no mere bases, sorted."""
        return sorted(d.name for d in self.documents.values() if d.kind == kind and not d.abstract)

    def lineage(self, kind: str, name: str) -> list[Document]:
        """The spec and its ancestors, nearest first.

        Raises:
            InputError: an ancestor is missing, or a spec extends itself.
        """
        line: list[Document] = []
        document = self.documents[kind, name]
        while True:
            line.append(document)
            parent = document.node.get("extends")
            if parent is None:
                return line
            known = {d.name for d in self.documents.values() if d.kind == kind}
            value = parent.value if isinstance(parent, Scalar) else None
            if value not in known:
                hint, told = did_you_mean(str(value), known), f"there is no {kind} {value!r} to extend"
                if not isinstance(value, str):
                    told = f"the name of one {kind} is expected"
                raise fail("extends-missing", told, parent.span, hint)
            document = self.documents[kind, str(value)]
            if document in line:
                chain = " -> ".join([*(d.name for d in line[line.index(document) :]), document.name])
                hint = "one of them must stand on its own"
                raise fail("extends-cycle", f"the specs extend each other: {chain}", parent.span, hint)

    def resolve(self, kind: str, name: str) -> Mapping:
        """The merged document of a spec; raises InputError as :meth:`lineage` does."""
        if (kind, name) not in self._resolved:
            *children, node = [document.node for document in self.lineage(kind, name)]
            for child in reversed(children):
                node = merge(child, node)
            self._resolved[kind, name] = node
        return self._resolved[kind, name]


def open_library(root: Path) -> Library:
    """Reads every spec below ``root/layers`` and ``root/chips``.

    Raises:
        InputError: with the findings of all files at once.
    """
    findings: list[Diagnostic] = []
    documents: list[Document] = []
    for kind in KINDS:
        for path in sorted((root / f"{kind}s").glob("**/*.yaml")):
            try:
                documents.append(read_document(path, kind))
            except InputError as error:
                findings += error.diagnostics
    findings += _name_clashes(documents)
    if not documents and not findings:
        raise fail(
            "specs-empty", f"{display_name(root)} holds no specs", hint="specs stand in layers/ and chips/"
        )
    if findings:
        raise InputError(findings)
    return Library(root, documents)


def read_document(path: Path, kind: str) -> Document:
    """One spec file; raises InputError unless its head says what it is."""
    return document(read_file(path), path, kind)


def document(written: Node, path: Path, kind: str) -> Document:
    """What was read from a file as a spec; raises InputError unless its head says what it is."""
    node = expand(written)
    start = Span(display_name(path), 1, 1, 2)
    if not isinstance(node, Mapping):
        hint = f"begin with `format: {FORMAT}` and `{kind}: {path.stem}`"
        raise fail("spec-head", "a spec is a mapping of names to values", node.span, hint)
    _check_format(node, start)
    name = node.get(kind)
    if not isinstance(name, Scalar) or not isinstance(name.value, str) or not name.value.isascii():
        hint = f"begin with `{kind}: {path.stem}`"
        raise fail("spec-head", f"the file does not say which {kind} it describes", start, hint)
    if not name.value.replace("-", "_").isidentifier() or name.value != path.stem:
        hint = "names are letters, digits, hyphens and underscores; rename the file or the spec"
        message = f"{name.value!r} should be named as its file, {path.stem!r}"
        raise fail("spec-name", message, name.span, hint)
    return Document(kind, name.value, path, node)


def _check_format(node: Mapping, start: Span) -> None:
    version = node.get("format")
    if version is None:
        raise fail("spec-head", "the file does not state its format", start, f"begin with `format: {FORMAT}`")
    if not isinstance(version, Scalar) or version.value != FORMAT or isinstance(version.value, bool):
        found = version.value if isinstance(version, Scalar) else "a list"
        hint = f"this generator reads format {FORMAT}"
        raise fail("spec-format", f"format {found} is not known", version.span, hint)


def _name_clashes(documents: list[Document]) -> Iterator[Diagnostic]:
    seen: dict[tuple[str, str], Document] = {}
    for document in documents:
        first = seen.setdefault((document.kind, document.name), document)
        if first is not document:
            message = f"{document.kind} {document.name!r} is described in {display_name(first.path)} already"
            span = document.node.items[document.kind].span
            yield Diagnostic("spec-clash", message, span, "rename one of the two")
