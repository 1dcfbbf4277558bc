"""The vectors of the model that was emitted last, for the pages that are made from them in the same run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dynapspec.emit.output import Output
from dynapspec.model import Model

_LAST: list[tuple[Model, list[Output]]] = []


def keeping(model: Model, made: Iterable[Output]) -> Iterator[Output]:
    """The same files; once all are made they are kept, in the place of those of the model before."""
    found = []
    for output in made:
        found.append(output)
        yield output
    _LAST[:] = [(model, found)]


def kept(model: Model) -> list[Output] | None:
    """The files of a model, unless those of another one were made since, or none at all."""
    return _LAST[0][1] if _LAST and _LAST[0][0] is model else None
