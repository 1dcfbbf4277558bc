"""What a Python adapter is: four names, and two exceptions that it may raise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

GROUP = "dynapspec.implementations"  # the entry point group; each entry is called without arguments
PATH = "DYNAPSPEC_CONFORM_PATH"  # the folder that holds what is adapted, as `conform --path` sets it


class Refused(Exception):
    """The implementation says that there is no such layer; the text says why."""


class Skip(Exception):
    """The implementation does not take this case; the text says why."""


@dataclass(frozen=True, slots=True)
class Case:
    """One question. ``spec`` is the layer or chip that it is about, such as ``speck2f@1.0.0``."""

    id: str
    topic: str
    spec: str
    layer: str
    input: Mapping[str, Any]

    @property
    def subject(self) -> str:
        """The name of the layer or chip."""
        return self.spec.partition("@")[0]


class Implementation(Protocol):
    """An adapter. It lives in a process of its own and may crash or hang there."""

    name: str
    version: str

    def capabilities(self) -> Iterable[str]:
        """The topics that it answers."""
        ...

    def run(self, case: Case) -> Mapping[str, Any]:
        """The answer to a case, as the documentation of its topic says.

        Raises:
            Refused: there is no such layer.
            Skip: the case is none for this implementation.
        """
        ...
