"""The vectors of a model as files of cases: made from the specs, or read where they were frozen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dynapspec.emit.conformance.emitter import emit
from dynapspec.emit.conformance.glance import Glance, glance
from dynapspec.emit.conformance.kept import kept
from dynapspec.model import Model

FOLDER = "conformance/vectors/"  # below the output folder


@dataclass(frozen=True)
class VectorFile:
    """One file of vectors; ``name`` is its path without folder and ending, such as ``speck2f/rules``."""

    name: str
    text: str

    @cached_property
    def head(self) -> Mapping[str, Any]:
        """Everything that the file says of all its cases."""
        return {key: value for key, value in self._data.items() if key != "cases"}

    @property
    def cases(self) -> list[dict[str, Any]]:
        """Its cases, in order."""
        found: list[dict[str, Any]] = self._data["cases"]
        return found

    @property
    def topic(self) -> str:
        """What its cases are about."""
        return str(self.head["topic"])

    @property
    def about(self) -> str:
        """The topic by the name of the file."""
        return self.name.rpartition("/")[2]

    @property
    def subject(self) -> str:
        """The layer or chip that it is about, by name."""
        return str(self.head["spec"]).partition("@")[0]

    @property
    def layer(self) -> str:
        """The layer spec behind it, by name."""
        return str(self.head["layer"]).partition("@")[0]

    @cached_property
    def glance(self) -> Glance:
        """What a page tells of it; it is of the generator's making."""
        return glance(self.text)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of its text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def _data(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(self.text)
        return data


def vector_files(model: Model) -> list[VectorFile]:
    """The vectors that the generator makes from the specs of a model, or made last."""
    outputs = kept(model) or list(emit(model))
    texts = {output.path: output.text for output in outputs if output.path.startswith(FOLDER)}
    return [VectorFile(short_name(path), text) for path, text in sorted(texts.items())]


def short_name(path: str) -> str:
    """The name of a file by its path in the output folder."""
    return path.removeprefix(FOLDER).removesuffix(".json")


def set_digest(files: Iterable[VectorFile]) -> str:
    """SHA-256 of a set of files: their names and texts."""
    total = hashlib.sha256()
    for file in sorted(files, key=lambda one: one.name):
        total.update(f"{file.name}\0{file.digest}\0".encode())
    return total.hexdigest()
