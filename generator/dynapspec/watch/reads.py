"""Texts that are remembered by what was read of the specs while they were made.

Nothing here knows what a text depends on: the specs that it is made from note what is asked of them.
A text is good again as long as every part that was read is as it was, in the same order.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from dynapspec.emit.output import Entry
from dynapspec.load import Mapping
from dynapspec.model import Chip, Layer
from dynapspec.resolve import Document

WHOLE = ""  # in the place of a part: everything
AGES = 6  # generations that something unused is kept, so that an edit and its way back are both fast

Parts: TypeAlias = dict[str, str]  # of a spec: what each part holds, as text


class NotedSpec:
    """A typed spec, with a note of the parts that were asked for."""

    __slots__ = ("_notes", "_spec")

    def __init__(self, spec: Any, notes: set[str]) -> None:
        self._spec, self._notes = spec, notes

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """It passes for the spec."""
        return type(self._spec)

    def __getattr__(self, name: str) -> Any:
        fields = type(self._spec).model_fields
        self._notes.add(fields[name].alias or name if name in fields else WHOLE)
        return getattr(self._spec, name)


class Noted:
    """The part of a layer or chip that notes; what knows the whole document counts as all of it."""

    _entry: Entry
    _notes: set[str]

    @property
    def name(self) -> str:
        """The name, which everything is kept by anyhow."""
        return self._entry.name

    @property
    def spec(self) -> Any:
        """The typed spec."""
        return NotedSpec(self._entry.spec, self._notes)

    @property
    def node(self) -> Mapping:
        """The document."""
        self._notes.add(WHOLE)
        return self._entry.node

    @property
    def lineage(self) -> tuple[Document, ...]:
        """The documents that it came from; where they stand is not what they say."""
        raise AssertionError("vectors may not depend on what a spec extends")


class NotedLayer(Noted, Layer):
    """A layer spec that notes what is asked of it."""

    def __init__(self, entry: Layer) -> None:
        self.__dict__.update(_entry=entry, _notes=set())


class NotedChip(Noted, Chip):
    """A chip that notes what is asked of it."""

    def __init__(self, entry: Chip) -> None:
        self.__dict__.update(_entry=entry, _notes=set())


@dataclass(slots=True)
class Trace:
    """A text, and for each spec behind it the parts that were read, with what they held."""

    read: tuple[Parts, ...]
    text: str
    age: int


class Memory:
    """The texts that were made, for one generation after the other."""

    def __init__(self) -> None:
        self._traces: dict[str, list[Trace]] = {}
        self._noted: dict[tuple[str, type, str], Any] = {}
        self._parts: dict[tuple[type, str], Parts] = {}
        self._age = 0

    def begin(self) -> None:
        """A new generation, of specs that may have changed."""
        self._age += 1
        self.end()
        for path, traces in list(self._traces.items()):
            self._traces[path] = [one for one in traces if one.age > self._age - AGES]

    def end(self) -> None:
        """Lets go of the specs of this generation."""
        self._noted, self._parts = {}, {}

    def text(self, path: str, scope: str, specs: tuple[Any, ...], make: Callable[..., str]) -> str:
        """The text of a file: one that was made from the same, or a new one."""
        traces = self._traces.setdefault(path, [])
        for trace in traces:
            if all(self._same(spec, read) for spec, read in zip(specs, trace.read, strict=True)):
                trace.age = self._age
                return trace.text
        noted = [self._noting(scope, spec) for spec in specs]
        text = make(*noted)
        read = tuple(
            {name: self._part(spec, name) for name in one._notes}
            for spec, one in zip(specs, noted, strict=True)
        )
        traces.append(Trace(read, text, self._age))
        return text

    def _same(self, spec: Entry, read: Parts) -> bool:
        return all(self._part(spec, name) == held for name, held in read.items())

    def _part(self, spec: Entry, name: str) -> str:
        """What a part of a spec holds, as text; the same text means the same, order included."""
        parts = self._parts.setdefault((type(spec), spec.name), {})
        if name not in parts:
            known = spec.resolved if name == WHOLE else {name: spec.resolved.get(name)}
            parts[name] = json.dumps(known, ensure_ascii=False, default=str)
        return parts[name]

    def _noting(self, scope: str, spec: Layer | Chip) -> Any:
        """What notes, in the place of a spec: one for each scope."""
        key = scope, type(spec), spec.name
        if key not in self._noted:
            self._noted[key] = NotedLayer(spec) if isinstance(spec, Layer) else NotedChip(spec)
        return self._noted[key]
