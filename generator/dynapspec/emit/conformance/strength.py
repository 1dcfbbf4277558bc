"""How strong the vectors are, and how true the spec is to the silicon: measurements kept beside the specs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dynapspec.diagnostics import fail
from dynapspec.load.reader import display_name
from dynapspec.model import Model

FOLDER = "evidence"  # below the specs
MUTANTS, SILICON = "mutants.json", "silicon.json"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ClassScore(_Strict):
    """The mutants of one class of change, by what became of them."""

    class_: str = Field(alias="class")
    refused: int
    killed: int
    equal: int
    survivor: int
    score: float | None


class EqualMutant(_Strict):
    """A mutant that behaves as the spec does, and the proof."""

    clause: str
    before: str
    after: str
    reason: str


class MutantRecord(_Strict):
    """One campaign of mutants."""

    format: int
    date: str
    machine: str
    specs: dict[str, str]
    classes: list[ClassScore]
    equal: list[EqualMutant]
    emitted: int
    told: int


class Order(_Strict):
    """What an order of one event's spikes changes: the share of neurons of each layer, and the class."""

    order: str
    digit: int
    changed: list[float]
    class_: int = Field(alias="class")


class SiliconRecord(_Strict):
    """The event dynamics beside a recording of the chip; ``off`` is in spikes, by variant."""

    format: int
    date: str
    digits: int
    spikes: int
    exact: list[float]
    off: dict[str, int]
    orders: list[Order]


Kind = TypeVar("Kind", MutantRecord, SiliconRecord)


def mutants(model: Model) -> MutantRecord | None:
    """The recorded campaign, if there is one; raises InputError for a file that holds something else."""
    return _read(model.root / FOLDER / MUTANTS, MutantRecord)


def silicon(model: Model) -> SiliconRecord | None:
    """The recorded comparison with the chip, if there is one."""
    return _read(model.root / FOLDER / SILICON, SiliconRecord)


def _read(path: Path, kind: type[Kind]) -> Kind | None:
    if not path.is_file():
        return None
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
        return kind.model_validate(data)
    except (OSError, ValueError, RecursionError, ValidationError) as error:
        text = str(error).splitlines()[0]
        raise fail("evidence", f"{display_name(path)} is no such record: {text}") from None
