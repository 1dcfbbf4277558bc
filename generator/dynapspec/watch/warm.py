"""Generation that keeps what a save leaves as it was.

Three quarters of the time of a generation go into conformance vectors, and most of the rest into
laying out Python. Vectors follow from what was read of the specs while they were made (``reads``), and
a layout from its text; so both are kept by what they follow from, and everything else is made anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from dynapspec.emit.conformance.emitter import emit as emit_vectors
from dynapspec.emit.formatting import format_python
from dynapspec.emit.output import Emitter, Output
from dynapspec.emit.pipeline import build
from dynapspec.emit.registry import emitters
from dynapspec.model import Model
from dynapspec.watch.reads import AGES, Memory

LOOKS = 0.05  # seconds between two looks for another save


class Abandoned(Exception):
    """Another save came; what is being made is of no use any more."""


class Warm:
    """Makes the texts of a model, and remembers how."""

    def __init__(self) -> None:
        self._stop: Callable[[], bool] = lambda: False
        self._kept: dict[Any, tuple[int, Any]] = {}
        self._memory = Memory()
        self._age = 0
        self._looked = 0.0

    def build(self, model: Model, stop: Callable[[], bool]) -> dict[str, str]:
        """Every generated file by path, as a cold run makes it.

        Args:
            model: the specs.
            stop: asked now and then whether this has become needless.

        Raises:
            Abandoned: another save came meanwhile.
            InputError: as a cold run raises it.
        """
        self._age, self._stop = self._age + 1, stop
        known: dict[str, Emitter] = {
            **emitters(),
            "conformance": partial(emit_vectors, remember=self._memory.text),
        }
        self._memory.begin()
        texts = build(model, [self._interruptible(emit) for emit in known.values()], self._laid_out)
        self._kept = {key: kept for key, kept in self._kept.items() if kept[0] > self._age - AGES}
        return texts

    def _interruptible(self, emit: Emitter) -> Emitter:
        def outputs(model: Model) -> Iterator[Output]:
            for output in emit(model):
                self._look()
                yield output

        return outputs

    def _look(self) -> None:
        now = time.monotonic()
        if now - self._looked > LOOKS:
            self._looked = now
            if self._stop():
                raise Abandoned

    def _remember(self, key: Any, make: Callable[[], Any]) -> Any:
        value = self._kept[key][1] if key in self._kept else make()
        self._kept[key] = self._age, value
        return value

    def _laid_out(self, texts: dict[str, str]) -> dict[str, str]:
        """Python as ruff lays it out; only what is new is given to ruff.

        Ruff sorts imports by which modules lie in the folder. So all others lie there too, as empty
        files, and what it made holds for the same modules only.
        """
        self._look()
        modules = " ".join(sorted(texts))
        fresh = {path for path, text in texts.items() if ("python", modules, path, text) not in self._kept}
        given = {path: text if path in fresh else "" for path, text in texts.items()}
        made = format_python(given if fresh else {})
        return {
            path: self._remember(("python", modules, path, text), partial(made.__getitem__, path))
            for path, text in texts.items()
        }
