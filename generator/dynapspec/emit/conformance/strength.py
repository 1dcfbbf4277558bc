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
MUTANTS, SILICON, PEER = "mutants.json", "silicon.json", "peer-mutants.json"


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


class PeerScore(_Strict):
    """Mutants of one class that change what sinabs has too, and how many of them each suite tells.

    ``peer``: by vectors that are asked through sinabs's own names.
    """

    class_: str = Field(alias="class")
    counted: int
    ours: int
    peer: int
    theirs: int


class Missed(_Strict):
    """A mutant that one suite does not tell, or that does not count, and what tells it."""

    clause: str
    before: str
    after: str
    told_by: str = ""


class PeerRecord(_Strict):
    """The same mutants against the vectors and against the tests that sinabs itself has."""

    format: int
    date: str
    machine: str
    sinabs: str
    tests_sha256: str
    specs: dict[str, str]
    tests: dict[str, int]
    others: int
    left_out: dict[str, str]
    vectors: int
    sample: int
    refused: int
    equal: int
    elsewhere: int
    nameless: list[Missed]
    classes: list[PeerScore]
    missed: list[Missed]
    missed_by_sinabs: list[Missed]


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


Kind = TypeVar("Kind", bound=BaseModel)


def mutants(model: Model) -> MutantRecord | None:
    """The recorded campaign, if there is one; raises InputError for a file that holds something else."""
    return read_record(model.root / FOLDER / MUTANTS, MutantRecord)


def peer(model: Model) -> PeerRecord | None:
    """The recorded comparison with sinabs's own tests, if there is one."""
    return read_record(model.root / FOLDER / PEER, PeerRecord)


def silicon(model: Model) -> SiliconRecord | None:
    """The recorded comparison with the chip, if there is one."""
    return read_record(model.root / FOLDER / SILICON, SiliconRecord)


def read_record(path: Path, kind: type[Kind]) -> Kind | None:
    """What a file of the evidence holds, if it is there; raises InputError where it holds something else."""
    if not path.is_file():
        return None
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
        return kind.model_validate(data)
    except (OSError, ValueError, RecursionError, ValidationError) as error:
        text = str(error).splitlines()[0]
        raise fail("evidence", f"{display_name(path)} is no such record: {text}") from None
