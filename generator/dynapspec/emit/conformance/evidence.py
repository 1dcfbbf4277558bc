"""What runs against implementations found, as it is kept beside the specs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dynapspec.diagnostics import Diagnostic, InputError, fail
from dynapspec.emit.conformance.speed import SPEED
from dynapspec.emit.conformance.strength import MUTANTS, PEER, SILICON
from dynapspec.load import plain, read_file
from dynapspec.load.reader import display_name
from dynapspec.model import Model

FOLDER = "evidence"  # below the specs
FORMAT = 1
DEFECTS = "defects.yaml"
OTHERS = (MUTANTS, PEER, SILICON, SPEED)  # what was measured of ourselves: vectors, spec and speed


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Failure(_Strict):
    """One case that an implementation fails."""

    is_: str = Field(alias="is")
    because: str
    clause: str


class VectorHashes(_Strict):
    """The vectors of a run: the hash of all, and of each file."""

    sha256: str
    files: dict[str, str]


class Record(_Strict):
    """One run against one version of an implementation."""

    format: int
    implementation: str
    version: str
    date: str
    machine: str
    specs: dict[str, str]
    vectors: VectorHashes
    generator: dict[str, str]
    counts: dict[str, dict[str, int]]
    judged: dict[str, int]
    failures: dict[str, Failure]
    skipped: dict[str, int]

    @property
    def title(self) -> str:
        """Name and version."""
        return f"{self.implementation} {self.version}"


class Defect(_Strict):
    """A defect of another implementation that vectors show."""

    does: str
    versions: list[str]
    vectors: list[str]

    def shown_by(self, record: Record) -> list[str]:
        """The failing cases of a record that show it; none where the record is of a version without it."""
        if record.version not in self.versions:
            return []
        return [one for one in record.failures if any(fnmatchcase(one, pattern) for pattern in self.vectors)]


@dataclass(frozen=True)
class Evidence:
    """All records, and the defects that they show."""

    records: Sequence[Record]
    defects: Mapping[str, Defect]


def read_evidence(model: Model) -> Evidence:
    """The evidence beside the specs of a model.

    Raises:
        InputError: a file cannot be read, or holds something else.
    """
    folder = model.root / FOLDER
    records = [_record(path) for path in sorted(folder.glob("*.json")) if path.name not in OTHERS]
    path = folder / DEFECTS
    return Evidence(records, _defects(path) if path.is_file() else {})


def _record(path: Path) -> Record:
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
        return Record.model_validate(data)
    except ValidationError as error:
        raise InputError(_findings(path, error)) from None
    except (OSError, ValueError, RecursionError) as error:
        raise fail("evidence", f"{display_name(path)} is no readable JSON: {error}") from None


def _defects(path: Path) -> dict[str, Defect]:
    data: Any = plain(read_file(path))
    found = data.get("defects") if isinstance(data, dict) else None
    if not isinstance(found, dict):
        raise fail("evidence", f"{display_name(path)} lists no defects")
    try:
        return {name: Defect.model_validate(_lists(part)) for name, part in found.items()}
    except ValidationError as error:
        raise InputError(_findings(path, error)) from None


def _lists(part: Any) -> Any:
    """Lists as Python has them."""
    if isinstance(part, dict):
        return {key: list(value) if isinstance(value, tuple) else value for key, value in part.items()}
    return part


def _findings(path: Path, error: ValidationError) -> list[Diagnostic]:
    return [
        Diagnostic("evidence", f"{display_name(path)}: {'.'.join(map(str, one['loc']))}: {one['msg']}")
        for one in error.errors()
    ]


def evidence_digests(model: Model) -> dict[str, str]:
    """SHA-256 of each file of the evidence, by name."""
    folder = model.root / FOLDER
    paths = [*sorted(folder.glob("*.json")), folder / DEFECTS]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths if path.is_file()}
