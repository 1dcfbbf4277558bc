"""What a Python adapter is: four names, and two exceptions that it may raise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from dynapspec.emit.reference_tests.ask.case import Case, Refused, Skip

__all__ = ["GROUP", "PATH", "Case", "Implementation", "Refused", "Skip"]

GROUP = "dynapspec.implementations"  # the entry point group; each entry is called without arguments
PATH = "DYNAPSPEC_CONFORM_PATH"  # the folder that holds what is adapted, as `conform --path` sets it


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
