"""Not built yet."""

from __future__ import annotations

from collections.abc import Iterator

from dynapspec.emit.output import Output
from dynapspec.model import Model


def emit(model: Model) -> Iterator[Output]:
    """Nothing yet."""
    yield from ()
