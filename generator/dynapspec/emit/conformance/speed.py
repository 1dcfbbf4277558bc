"""How fast things are: one run of ``dynapspec bench``, kept beside the specs."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from dynapspec.emit.conformance.strength import FOLDER, read_record
from dynapspec.model import Model

SPEED = "speed.json"
FORMAT = 1


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SpeedMachine(_Strict):
    """What it was measured on. Nothing here tells whose machine it is."""

    processor: str
    cores: int
    threads: int | None
    memory_gib: float | None
    system: str
    python: str
    versions: dict[str, str]


class SpeedBound(_Strict):
    """A target: at least a ``ratio`` or a ``rate``, at most a number of ``times`` or ``seconds``."""

    kind: Literal["ratio", "times", "seconds", "rate"]
    value: float


class SpeedRow(_Strict):
    """One row: our median, that of the other, and the target with what was measured of it."""

    name: str
    title: str
    seconds: float | None
    runs: int
    against: str
    against_seconds: float | None
    ratio: float | None
    bound: SpeedBound | None
    measured: float | None
    met: bool | None
    why: str


class SpeedPeak(_Strict):
    """By how much a process grew at most while a piece of work ran."""

    name: str
    title: str
    mib: float
    against: str
    against_mib: float | None


class SpeedPoint(_Strict):
    """One size on one axis along which work grows."""

    axis: str
    title: str
    value: str
    seconds: float
    against: str
    against_seconds: float | None
    ratio: float | None


class SpeedGrowth(_Strict):
    """One command on specs with many more chips."""

    name: str
    seconds: float
    seconds_per_chip: float


class SpeedOther(_Strict):
    """Another library, and the settings with which its spikes are ours; no version where it is absent."""

    package: str
    version: str | None
    settings: str


class SpeedRecord(_Strict):
    """One run of the benchmark."""

    format: int
    date: str
    machine: SpeedMachine
    rows: list[SpeedRow]
    memory: list[SpeedPeak]
    scaling: list[SpeedPoint]
    growths: list[SpeedGrowth]
    others: list[SpeedOther]


def speed(model: Model) -> SpeedRecord | None:
    """The recorded run, if there is one; raises InputError for a file that holds something else."""
    return read_record(model.root / FOLDER / SPEED, SpeedRecord)
