"""Where each value of a spec comes from: its place, its evidence, and the values that it replaced."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from dynapspec.diagnostics import Span, did_you_mean, fail
from dynapspec.load import Mapping, Node, Scalar, plain
from dynapspec.load.node import number_or_name, step_into
from dynapspec.model.entries import Chip, Layer, Model
from dynapspec.model.sources import evidence

Path: TypeAlias = tuple[int | str, ...]
ABOUT = ("source", "sources", "doc", "note")  # say something about other values


@dataclass(frozen=True, slots=True)
class Setting:
    """A value and the place that set it."""

    value: Any
    span: Span


@dataclass(frozen=True, slots=True)
class Trace:
    """One value of a resolved spec; ``overridden`` has the values of its parents, nearest first."""

    path: str
    setting: Setting
    unit: str
    evidence: str
    clause: str
    overridden: tuple[Setting, ...]


def parse_path(text: str) -> Path:
    """``cores[3].kernel_words`` as its steps.

    Raises:
        InputError: the text is no path.
    """
    steps = re.split(r"\.|\[|\]\.?", text.removesuffix("]"))
    if not text or any(step == "" for step in steps):
        raise fail("path", f"{text!r} is no path", hint="write it as cores[3].kernel_words")
    return tuple(number_or_name(step) for step in steps)


def show_path(path: Path) -> str:
    """The steps as a person writes them."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def entry_named(model: Model, name: str) -> Layer | Chip:
    """The chip or layer of that name; raises InputError with the closest name."""
    entries: dict[str, Layer | Chip] = {**model.layers, **model.chips}
    if name not in entries:
        raise fail("unknown-chip", f"there is no chip or layer {name}", hint=did_you_mean(name, entries))
    return entries[name]


def find(entry: Layer | Chip, path: Path) -> Node:
    """The part of a resolved spec at a path; raises InputError that names the step that fails."""
    node: Node = entry.node
    for index, step in enumerate(path):
        child = step_into(node, step)
        if child is None:
            where = show_path(path[:index]) or entry.name
            known = node.items if isinstance(node, Mapping) else ()
            hint = did_you_mean(str(step), [str(key) for key in known])
            raise fail("unknown-path", f"{where} has no {step}", hint=hint)
        node = child
    return node


def traces(entry: Layer | Chip, path: Path = ()) -> Iterator[Trace]:
    """Every value at or below a path, in the order of the spec; documentation is left out."""
    node = find(entry, path)
    if not isinstance(node, Mapping):
        yield trace(entry, path)
        return
    for key in node.items:
        if key not in ABOUT:
            yield from traces(entry, (*path, number_or_name(key)))


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
    )


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
