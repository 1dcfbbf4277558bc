"""All specs of a folder, by name, and their inheritance."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dynapspec.diagnostics import Diagnostic, InputError, did_you_mean, fail
from dynapspec.load import Mapping, Scalar, Sequence
from dynapspec.load.reader import display_name
from dynapspec.resolve.documents import FORMAT, KINDS, WHOLE, Document, document, read_document
from dynapspec.resolve.mixins import conflicts, laid_over

__all__ = ["FORMAT", "KINDS", "WHOLE", "Document", "Library", "document", "open_library", "read_document"]


class Library:
    """The spec files of one folder; ``resolve`` merges a spec with its ancestors and mixins."""

    def __init__(self, root: Path, documents: list[Document]) -> None:
        self.root = root
        self.documents = {(d.kind, d.name): d for d in documents}
        self._resolved: dict[tuple[str, str], Mapping] = {}

    def names(self, kind: str) -> list[str]:
        """Names of the specs of a kind that are no mere bases, sorted."""
        return sorted(d.name for d in self.documents.values() if d.kind == kind and not d.abstract)

    def bases(self) -> list[Document]:
        """What is no whole spec: abstract ones and mixins, in order."""
        found = [d for d in self.documents.values() if d.abstract or d.kind == "mixin"]
        return sorted(found, key=lambda d: (KINDS.index(d.kind), d.name))

    def lineage(self, kind: str, name: str) -> list[Document]:
        """The spec and all that it is laid over, nearest first: its mixins, its parent, the parent's mixins.

        Raises:
            InputError: an ancestor or mixin is missing, or a spec extends itself.
        """
        line = self._ancestors(self.documents[kind, name])
        return [part for one in line for part in (one, *reversed(self.mixins(one)))]

    def resolve(self, kind: str, name: str) -> Mapping:
        """The merged document of a spec.

        Raises:
            InputError: as :meth:`lineage` does, and where two mixins differ.
        """
        pending: list[Document] = []
        node: Mapping | None = None
        for one in self._ancestors(self.documents[kind, name]):
            if (node := self._resolved.get((one.kind, one.name))) is not None:
                break
            pending.append(one)
        for one in reversed(pending):
            mixins = self.mixins(one)
            if findings := [*self._twice(one, mixins), *conflicts(one, mixins)]:
                raise InputError(findings)
            node = laid_over(one, mixins, node)
            self._resolved[one.kind, one.name] = node
        assert node is not None
        return node

    def mixins(self, child: Document) -> list[Document]:
        """The mixins that a spec names, in its order.

        Raises:
            InputError: with each name that is no mixin for this kind of spec.
        """
        stated = child.node.get("mixins")
        if child.kind == "mixin" or stated is None:
            return []
        if not isinstance(stated, Sequence) or len(child.mixin_names()) < len(stated.items):
            hint = "write `mixins: [a, b]`"
            raise fail("mixin-missing", "a list of names of mixins is expected", stated.span, hint)
        names = child.mixin_names()
        if findings := [finding for name in names if (finding := self._no_mixin(child, name))]:
            raise InputError(findings)
        return [self.documents["mixin", str(name.value)] for name in names]

    def _no_mixin(self, child: Document, name: Scalar) -> Diagnostic | None:
        found = self.documents.get(("mixin", str(name.value)))
        if found is not None and found.whole == child.kind:
            return None
        fitting = [d.name for d in self.documents.values() if d.kind == "mixin" and d.whole == child.kind]
        hint = did_you_mean(str(name.value), fitting) or "a mixin is a file in mixins/"
        message = f"there is no mixin {name.value!r}"
        if found is not None:
            message = f"{name.value} is a mixin for a {found.whole}, and this is a {child.kind}"
            hint = f"write one that says `for: {child.kind}`"
        elif (child.kind, str(name.value)) in self.documents:
            message, hint = f"{name.value} is a {child.kind} spec, no mixin", f"say `extends: {name.value}`"
        return Diagnostic("mixin-missing", message, name.span, hint)

    def _twice(self, child: Document, mixins: list[Document]) -> Iterator[Diagnostic]:
        """A mixin that is there already would undo what was stated above it."""
        seen: dict[str, Document] = {}
        for ancestor in self._ancestors(child)[1:]:
            for mixin in self.mixins(ancestor):
                seen.setdefault(mixin.name, ancestor)
        for name, mixin in zip(child.mixin_names(), mixins, strict=True):
            before = seen.setdefault(mixin.name, child)
            if before is not child or name.span != child.mixin_span(mixin.name):
                here = f"{mixin.name} is named twice"
                message = here if before is child else f"{before.name} mixes {mixin.name} in already"
                yield Diagnostic("mixin-twice", message, name.span, "leave it out")

    def _ancestors(self, document: Document) -> list[Document]:
        """The spec and those that it extends, nearest first."""
        line: list[Document] = []
        while True:
            line.append(document)
            parent = document.node.get("extends")
            if parent is None:
                return line
            document = self._parent(document)
            if document in line:
                raise _cycle(line[line.index(document) :])

    def _parent(self, child: Document) -> Document:
        stated, kind = child.node.items["extends"], child.kind
        value = stated.value if isinstance(stated, Scalar) else None
        if isinstance(value, str) and (kind, value) in self.documents:
            return self.documents[kind, value]
        known = {d.name for d in self.documents.values() if d.kind == kind}
        hint, told = did_you_mean(str(value), known), f"there is no {kind} {value!r} to extend"
        if not isinstance(value, str):
            told = f"the name of one {kind} is expected"
            if isinstance(stated, Sequence):
                hint = "a spec extends one other; share more by `mixins: [...]`"
        elif ("mixin", value) in self.documents:
            told, hint = f"{value} is a mixin, and a spec extends a {kind}", f"say `mixins: [{value}]`"
        elif other := next((k for k in WHOLE if (k, value) in self.documents), None):
            told = f"{value} is a {other}, and a {kind} extends a {kind}"
        raise fail("extends-missing", told, stated.span, hint)


def _cycle(line: list[Document]) -> InputError:
    """Told once, from wherever the cycle was entered."""
    start = min(range(len(line)), key=lambda index: line[index].name)
    turn = [*line[start:], *line[:start]]
    chain = " -> ".join(d.name for d in (*turn, turn[0]))
    told = f"the specs extend each other: {chain}" if len(turn) > 1 else f"{turn[0].name} extends itself"
    hint = "one of them must stand on its own" if len(turn) > 1 else "name another, or leave `extends` out"
    return fail("extends-cycle", told, turn[0].node.items["extends"].span, hint)


def open_library(root: Path) -> Library:
    """Reads every spec below ``root/layers``, ``root/chips`` and ``root/mixins``.

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


def _name_clashes(documents: list[Document]) -> Iterator[Diagnostic]:
    seen: dict[tuple[str, str], Document] = {}
    for one in documents:
        first = seen.setdefault((one.kind, one.name), one)
        if first is not one:
            message = f"{one.kind} {one.name!r} is described in {display_name(first.path)} already"
            span = one.node.items[one.kind].span
            yield Diagnostic("spec-clash", message, span, "rename one of the two")
