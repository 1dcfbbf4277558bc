"""One spec file, before anything is merged: its head says what it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dynapspec.diagnostics import Diagnostic, InputError, Span, did_you_mean, fail
from dynapspec.load import Mapping, Node, Scalar, Sequence, read_file
from dynapspec.load.reader import display_name
from dynapspec.resolve.ranges import expand

FORMAT = 1  # the version of the spec format that this generator reads
WHOLE = ("layer", "chip")  # the kinds of spec that a mixin can be a part of
KINDS = (*WHOLE, "mixin")
NOT_IN_MIXINS = {  # keys of whole specs, and what to do about them
    "extends": "name both in the spec that uses them",
    "mixins": "name both in the spec that uses them",
    "abstract": "leave it out; nothing is generated for a mixin",
    "package": "state it in the layer spec",
    "chip": "the file begins with `mixin`",
    "layer": "the file begins with `mixin`",
}


@dataclass(frozen=True, slots=True, eq=False)
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
    def file(self) -> str:
        """The file as places in it name it."""
        return self.node.span.file

    @property
    def abstract(self) -> bool:
        """Whether this is only a base for others."""
        value = self.node.get("abstract")
        return isinstance(value, Scalar) and value.value is True

    @property
    def whole(self) -> str:
        """The kind of spec that this is, or that it is a part of."""
        return str(self.text("for")) if self.kind == "mixin" else self.kind

    @property
    def title(self) -> str:
        """The name, with what it is where that is not plain."""
        return f"mixin {self.name}" if self.kind == "mixin" else self.name

    def mixin_names(self) -> list[Scalar]:
        """The names in ``mixins``, with their places."""
        value = self.node.get("mixins")
        items = value.items if isinstance(value, Sequence) else ()
        return [item for item in items if isinstance(item, Scalar)]

    def mixin_span(self, name: str) -> Span:
        """Where a mixin is named."""
        return next((item.span for item in self.mixin_names() if item.value == name), self.node.span)


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
    if kind == "mixin" and (findings := list(_mixin_head(node, start))):
        raise InputError(findings)
    return Document(kind, name.value, path, node)


def _check_format(node: Mapping, start: Span) -> None:
    version = node.get("format")
    if version is None:
        raise fail("spec-head", "the file does not state its format", start, f"begin with `format: {FORMAT}`")
    if not isinstance(version, Scalar) or version.value != FORMAT or isinstance(version.value, bool):
        found = version.value if isinstance(version, Scalar) else "a list"
        hint = f"this generator reads format {FORMAT}"
        raise fail("spec-format", f"format {found} is not known", version.span, hint)


def _mixin_head(node: Mapping, start: Span) -> Iterator[Diagnostic]:
    """A mixin says what it is for, and stands on its own."""
    of = node.get("for")
    if of is None:
        told = "the mixin does not say what it is for"
        yield Diagnostic("mixin-head", told, start, "add `for: chip` or `for: layer`")
    elif not isinstance(of, Scalar) or of.value not in WHOLE:
        shown = repr(of.value) if isinstance(of, Scalar) else "this"
        told = f"a mixin is for chips or for layers, and {shown} is neither"
        hint = did_you_mean(str(of.value) if isinstance(of, Scalar) else "", WHOLE)
        yield Diagnostic("mixin-head", told, of.span, hint)
    for key, hint in NOT_IN_MIXINS.items():
        if key in node.items:
            yield Diagnostic("mixin-head", f"a mixin cannot state `{key}`", node.key_spans[key], hint)
