"""Spec files as the site shows them: their lines, and where each part of them stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from dynapspec.emit.sourcemap import clauses
from dynapspec.resolve import open_library

FOLDER = "files"  # of the site, with a page for each spec file


@dataclass(frozen=True)
class SpecFile:
    """One spec file; ``path`` is relative to the folder of specs, ``own`` has the line of each part."""

    path: str
    text: str
    own: Mapping[str, int]

    @property
    def page(self) -> str:
        """The page of the site that shows it, without an ending."""
        return f"{FOLDER}/{self.path.removesuffix('.yaml')}"

    @property
    def title(self) -> str:
        """What the list of pages calls it."""
        return self.path

    @cached_property
    def pointers(self) -> Mapping[int, list[str]]:
        """The parts that start in each line, outermost first."""
        found: dict[int, list[str]] = {}
        for pointer, line in self.own.items():
            found.setdefault(line, []).append(pointer)
        return found

    def line_of(self, pointer: str) -> int | None:
        """The line of a part, or of the closest part around it that the file states."""
        return next((self.own[each] for each in around(pointer) if each in self.own), None)


def around(pointer: str) -> Iterable[str]:
    """A JSON pointer and those of the parts around it, nearest first."""
    while pointer.strip("/"):
        yield pointer
        pointer = pointer.rpartition("/")[0]


def spec_files(root: Path) -> dict[str, SpecFile]:
    """Every spec file below ``root`` by its path, sorted."""
    found = {}
    for document in open_library(root).documents.values():
        path = document.path.relative_to(root).as_posix()
        own: dict[str, int] = {}
        for steps, span in clauses(document.node):
            own.setdefault("/" + "/".join(map(_escaped, steps)), span.line)
        found[path] = SpecFile(path, document.path.read_text(encoding="utf-8-sig"), own)
    return dict(sorted(found.items()))


def _escaped(step: str) -> str:
    """A step as a JSON pointer writes it, and as clause ids do."""
    return step.replace("~", "~0").replace("/", "~1")
