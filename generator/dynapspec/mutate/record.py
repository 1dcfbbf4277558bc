"""Keeps the score of a campaign beside the specs, from where the documentation takes it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dynapspec.conform.record import machine
from dynapspec.diagnostics import fail
from dynapspec.emit.conformance.strength import FOLDER, MUTANTS
from dynapspec.load.reader import display_name
from dynapspec.model import Chip, Layer, Model
from dynapspec.model.waivers import today
from dynapspec.mutate.report import classes
from dynapspec.mutate.sample import Sampled
from dynapspec.mutate.verdict import Verdict

FORMAT = 1


def record(model: Model, verdicts: Sequence[Verdict], sample: Sequence[Sampled]) -> Path:
    """Writes the record; raises InputError where that cannot be."""
    path = model.root / FOLDER / MUTANTS
    try:
        path.parent.mkdir(exist_ok=True)
        text = json.dumps(evidence(model, verdicts, sample), indent=1)
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise fail("record", f"{display_name(path)} cannot be written: {error.strerror}") from None
    return path


def evidence(model: Model, verdicts: Sequence[Verdict], sample: Sequence[Sampled]) -> dict[str, Any]:
    """What is kept: when and where, of what, the score by class, and every proof."""
    entries: list[Layer | Chip] = [*model.layers.values(), *model.chips.values()]
    equal = [one for one in verdicts if one.outcome == "equal"]
    return {
        "format": FORMAT,
        "date": today().isoformat(),
        "machine": machine(),
        "specs": {entry.title: entry.digest for entry in entries},
        "classes": classes(verdicts),
        "equal": [
            {"clause": x.place, "before": x.before, "after": x.after, "reason": x.reason} for x in equal
        ],
        "emitted": len(sample),
        "told": sum(bool(one.vectors) for one in sample),
    }
