"""Keeps a run of the benchmark beside the specs, from where the documentation takes it."""

from __future__ import annotations

import json
from pathlib import Path

from dynapspec.diagnostics import fail
from dynapspec.emit.conformance.speed import SPEED, SpeedRecord
from dynapspec.emit.conformance.strength import FOLDER, read_record
from dynapspec.emit.docs.speed_bars import speed_bars
from dynapspec.load.reader import display_name


def record(found: SpeedRecord, root: Path, *, whole: bool) -> Path:
    """Writes the record; what a run of some rows did not measure is kept from the one before.

    Raises:
        InputError: it is of another machine than what would be kept, or it cannot be written.
    """
    path = root / FOLDER / SPEED
    old = None if whole else read_record(path, SpeedRecord)
    if old is not None and old.machine != found.machine:
        told = f"{display_name(path)} was measured on another machine, or with other versions"
        hint = "measure all of it here: dynapspec bench --record, without --rows"
        raise fail("record", told, hint=hint)
    try:
        path.parent.mkdir(exist_ok=True)
        path.write_text(written(merged(old, found) if old else found), encoding="utf-8")
    except OSError as error:
        raise fail("record", f"{display_name(path)} cannot be written: {error.strerror}") from None
    return path


def draw(found: SpeedRecord, path: Path) -> None:
    """Draws the rows beside others as SVG; raises InputError where it cannot be written."""
    try:
        path.write_text(speed_bars(found), encoding="utf-8")
    except OSError as error:
        raise fail("record", f"{display_name(path)} cannot be written: {error.strerror}") from None


def written(found: SpeedRecord) -> str:
    """As JSON."""
    return json.dumps(found.model_dump(), indent=1, ensure_ascii=False) + "\n"


def merged(old: SpeedRecord, new: SpeedRecord) -> SpeedRecord:
    """The new measurements, and the old ones of what was not measured again."""
    again = {row.name: row for row in new.rows}
    rows = [again.pop(row.name, row) for row in old.rows]
    return new.model_copy(
        update={
            "rows": [*rows, *again.values()],
            "memory": new.memory or old.memory,
            "scaling": new.scaling or old.scaling,
            "growths": new.growths or old.growths,
        }
    )
