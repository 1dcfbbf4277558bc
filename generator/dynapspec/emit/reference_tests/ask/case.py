"""One question, and the two things that an implementation may raise in the place of an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


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


def said_by(error: Exception) -> Literal["refused", "skipped"] | None:
    """What an exception says; None for one that is a failure.

    Names count, so that an adapter may take its exceptions from either copy of this module.
    """
    names = {one.__name__ for one in type(error).__mro__}
    if Refused.__name__ in names:
        return "refused"
    return "skipped" if Skip.__name__ in names else None
