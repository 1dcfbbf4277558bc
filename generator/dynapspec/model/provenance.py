"""Where each value of a spec comes from: its place, its evidence, and the values that it replaced."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from dynapspec.diagnostics import Span, did_you_mean, fail
from dynapspec.load import Mapping, Node, Scalar, Sequence, plain
from dynapspec.load.node import is_null, name_of, number_or_name, show_path, step_into
from dynapspec.model.entries import Chip, Layer, Model
from dynapspec.model.sources import evidence

Path: TypeAlias = tuple[int | str, ...]
RANGE = re.compile(r"([0-9]{1,4})\.\.([0-9]{1,4})\Z")
ABOUT = ("source", "sources", "doc", "note")  # say something about other values


@dataclass(frozen=True, slots=True)
class Setting:
    """A value and the place that set it."""

    value: Any
    span: Span


@dataclass(frozen=True, slots=True)
class Trace:
    """One value of a resolved spec.

    ``overridden`` has the values that it replaced, nearest first; ``kept`` names the specs between
    the one that set it and this one, which leave it as it is.
    """

    path: str
    setting: Setting
    unit: str
    evidence: str
    clause: str
    overridden: tuple[Setting, ...]
    kept: tuple[str, ...] = ()


def parse_path(text: str) -> Path:
    """``cores[3].kernel_words``, ``cores.3.kernel_words`` or ``/cores/3/kernel_words`` as its steps.

    Raises:
        InputError: the text is no path.
    """
    given = text.strip()
    _, clause, pointer = given.rpartition("#")
    if clause or given.startswith("/"):
        steps = [part.replace("~1", "/").replace("~0", "~") for part in pointer.removeprefix("/").split("/")]
    else:
        steps = _steps(given)
    if not steps or any(step == "" for step in steps):
        raise fail("path", f"{text!r} is no path", hint="write it as cores[3].kernel_words")
    return tuple(number_or_name(step) for step in steps)


def _steps(text: str) -> list[str]:
    """Names between dots, and whatever stands in brackets, with or without quotes."""
    steps: list[str] = []
    while text:
        found = _STEP.match(text) if steps else _FIRST.match(text)
        if found is None:
            return []
        steps.append(next(part for part in found.groups() if part is not None).strip())
        text = text[found.end() :]
    return steps


_BRACKET = r"\[\s*(?:\"([^\"]*)\"|'([^']*)'|([^\]\[\"']*))\s*\]"
_NAME = r"((?:[0-9]{1,4}\.\.[0-9]{1,4}(?![0-9.]))|[^.\[\]]+)"
_FIRST = re.compile(rf"{_BRACKET}|{_NAME}")
_STEP = re.compile(rf"{_BRACKET}|\.{_NAME}")


def expanded(entry: Layer | Chip, path: Path) -> list[Path]:
    """The paths that a path with ranges such as ``0..2``, or ``*`` for all, stands for."""
    found: list[Path] = [()]
    for step in path:
        limits = RANGE.match(str(step))
        if step == "*":
            found = [(*one, key) for one in found for key in _keys(find(entry, one))]
        elif limits and limits[1] != limits[2]:
            numbers = range(int(limits[1]), int(limits[2]) + 1)
            found = [(*one, number) for one in found for number in numbers]
        else:
            found = [(*one, int(limits[1]) if limits else step) for one in found]
    return found


def _keys(node: Node) -> list[int | str]:
    if isinstance(node, Mapping):
        return [number_or_name(key) for key in node.items if key not in ABOUT]
    return list(range(len(node.items))) if isinstance(node, Sequence) else []


def entry_named(model: Model, name: str) -> Layer | Chip:
    """The chip, layer, base or mixin of that name; raises InputError with the closest name."""
    bases = {base.entry.name: base.entry for base in model.bases}
    entries: dict[str, Layer | Chip] = {**bases, **model.layers, **model.chips}
    if name not in entries:
        raise fail("unknown-chip", f"there is no chip or layer {name}", hint=did_you_mean(name, entries))
    return entries[name]


def find(entry: Layer | Chip, path: Path) -> Node:
    """The part of a resolved spec at a path; raises InputError that names the step that fails."""
    node: Node = entry.node
    for index, step in enumerate(path):
        child = step_into(node, step)
        if child is None:
            raise fail(
                "unknown-path", _missing(entry, path[:index], step), hint=_known(entry, node, path, index)
            )
        node = child
    return node


def _missing(entry: Layer | Chip, owner: Path, step: int | str) -> str:
    told = f"{show_path(owner) or entry.name} has no {step}"
    gone = _taken_out(entry, (*owner, step))
    return f"{told}: {gone} takes it out" if gone else told


def _known(entry: Layer | Chip, node: Node, path: Path, index: int) -> str:
    """What stands there instead."""
    if _taken_out(entry, path[: index + 1]):
        return ""
    if isinstance(node, Mapping):
        keys = list(node.items)
        if keys and all(key.isdigit() for key in keys) and str(path[index]) not in keys:
            return f"there are {', '.join(keys)}"
        return did_you_mean(str(path[index]), keys)
    if isinstance(node, Sequence):
        last = len(node.items) - 1
        return f"it is a list, with entries 0 to {last}" if last >= 0 else "it is an empty list"
    return f"{show_path(path[:index])} is one value"


def _taken_out(entry: Layer | Chip, path: Path) -> Span | None:
    """Where a spec of the lineage says null in the place of a part that it inherits."""
    for document in entry.lineage:
        node: Node | None = document.node
        for step in path:
            node = step_into(node, step) if node is not None else None
        if node is not None:
            return name_of(document.node, path) if is_null(node) else None
    return None


def traces(entry: Layer | Chip, path: Path = ()) -> Iterator[Trace]:
    """Every value at or below a path, in the order of the spec; documentation is left out."""
    yield from (trace(entry, one) for one, _ in values(find(entry, path), path))


def values(node: Node, path: Path) -> Iterator[tuple[Path, Scalar | Sequence]]:
    """Every value at or below a part that stands at a path: where it stands, and what it is."""
    if not isinstance(node, Mapping):
        yield path, node
        return
    for key, part in node.items.items():
        if key not in ABOUT:
            yield from values(part, (*path, number_or_name(key)))


def trace(entry: Layer | Chip, path: Path) -> Trace:
    """One value: a scalar or a list."""
    node = find(entry, path)
    return Trace(
        path=show_path(path),
        setting=Setting(plain(node), node.span),
        unit=_unit(entry, path),
        evidence=evidence(entry, _nearest(entry, path, "source")),
        clause=entry.clause(*path),
        overridden=tuple(Setting(plain(old), old.span) for old in node.overrides),
        kept=kept_by(entry, node.span),
    )


def kept_by(entry: Layer | Chip, span: Span) -> tuple[str, ...]:
    """The specs of a lineage that are laid over the one with a place and keep what stands there."""
    files = [document.file for document in entry.lineage]
    index = files.index(span.file) if span.file in files else 0
    return tuple(document.title for document in reversed(entry.lineage[:index]))


@dataclass(frozen=True, slots=True)
class Origin:
    """A line of a spec on which a value rests; ``replaced`` when another line has overridden it."""

    path: str
    spec: str
    file: str
    line: int
    replaced: bool
    kept: tuple[str, ...] = ()

    def data(self) -> dict[str, Any]:
        """The origin as JSON has it."""
        place = {"path": self.path, "spec": self.spec, "file": self.file, "line": self.line}
        return {**place, "replaced": self.replaced}


def origins(entry: Layer | Chip, path: Path) -> Iterator[Origin]:
    """The line that set a value, and those that it replaced, nearest first."""
    node = find(entry, path)
    names = {document.file: document.name for document in entry.lineage}
    for index, one in enumerate((node, *node.overrides)):
        span = one.span
        kept = () if index else kept_by(entry, span)
        yield Origin(show_path(path), names.get(span.file, entry.name), span.file, span.line, index > 0, kept)


def _nearest(entry: Layer | Chip, path: Path, key: str) -> str | None:
    """A key of the closest part around a value that has it."""
    for length in range(len(path), -1, -1):
        part = find(entry, path[:length])
        value = part.get(key) if isinstance(part, Mapping) else None
        if isinstance(value, Scalar) and isinstance(value.value, str):
            return value.value
    return None


def _unit(entry: Layer | Chip, path: Path) -> str:
    """The unit of a number: that of its memory, its kind, or what its name says."""
    name = str(path[-1])
    if name in ("kind", "unit"):
        return ""
    if name.endswith("_words"):
        return "word"
    if name == "bits":
        return "bit"
    return _nearest(entry, path, "unit") or _nearest(entry, path, "kind") or ""
