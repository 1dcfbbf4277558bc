"""All rows of the benchmark."""

from __future__ import annotations

from pathlib import Path

from dynapspec.bench.commands import command_rows
from dynapspec.bench.events import event_rows
from dynapspec.bench.imports import import_rows
from dynapspec.bench.layer import layer_rows
from dynapspec.bench.neurons import neuron_rows, training_rows
from dynapspec.bench.others import other_rows
from dynapspec.bench.placement import placement_rows
from dynapspec.bench.rows import Row
from dynapspec.bench.vectors import vector_rows


def every_row(specs: Path) -> list[Row]:
    """All rows, those with a target first."""
    rows = [
        *neuron_rows(),
        *training_rows(),
        *event_rows(),
        *vector_rows(),
        *placement_rows(),
        *import_rows(),
        *other_rows(),
        *layer_rows(),
        *command_rows(specs),
    ]
    return sorted(rows, key=lambda row: row.bound is None)
