"""The frozen vectors, as they are played against a mutant."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dynapspec.diagnostics import fail
from dynapspec.interpret import Judge, LayerInterpreter
from dynapspec.interpret.answers import Answers
from dynapspec.interpret.bits import number
from dynapspec.model import Chip, Layer

FOLDER = Path("conformance") / "vectors"


@dataclass(frozen=True)
class Vector:
    """One case of a file."""

    topic: str
    id: str
    clause: str
    given: dict[str, Any]
    expected: dict[str, Any]


def read_vectors(out: Path, *about: str) -> list[Vector]:
    """The vectors of a layer spec, of which the nearest of ``about`` has a file; or those of a chip.

    Raises:
        InputError: there are none; they are generated.
    """
    files: dict[str, Path] = {}
    for name in about:
        for file in sorted((out / FOLDER / name).glob("*.json")):
            files.setdefault(file.stem, file)
    if not files:
        where = out / FOLDER / about[0]
        raise fail("no-vectors", f"{where} holds no vectors", hint="run `dynapspec generate` first")
    return [vector for file in files.values() for vector in _read(file)]


def _read(file: Path) -> Iterator[Vector]:
    data = json.loads(file.read_text(encoding="utf-8"))
    for case in data["cases"]:
        yield Vector(data["topic"], case["id"], case["clause"], case["input"], case["expected"])


class Player:
    """Plays vectors against a layer spec, and against a chip that runs it."""

    def __init__(self, layer: Layer, chip: Chip | None = None) -> None:
        interpreter = LayerInterpreter(layer)
        self.answers = Answers(interpreter, Judge(chip, interpreter) if chip else None)

    def right(self, vector: Vector) -> bool:
        """Whether the answer is the expected one; an implementation that breaks down is wrong."""
        try:
            found = self.answers.answer(vector.topic, vector.given)
        except Exception:
            return False
        return all(_same(value, found.get(key)) for key, value in vector.expected.items())


def _same(expected: Any, found: Any) -> bool:
    """Whether an answer is the expected one, or lies between two bounds."""
    if isinstance(expected, dict) and expected.keys() == {"low", "high"}:
        return bool(number(expected["low"]) <= number(found) <= number(expected["high"]))
    return bool(expected == found)
