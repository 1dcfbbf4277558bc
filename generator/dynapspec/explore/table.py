"""Writes the answers as Parquet: a row for each network, in the order of the space; a whole file or none."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from dynapspec.diagnostics import fail
from dynapspec.explore.engine import Answer, Part
from dynapspec.explore.plan import Plan
from dynapspec.explore.read import FITS, LAYERS, NUMBER, STOPPED

GROUP = 1 << 17  # rows of a row group: they are held until it is full


class Table:
    """A file of answers that is being written."""

    def __init__(self, plan: Plan, file: Any) -> None:
        self.arrow = import_module("pyarrow")
        self.words = {number: name for name, number in plan.words.items()}
        self.choices, self.stops = plan.checked.choices, plan.stops
        self.known: dict[int, str] = {}
        self.schema = self._schema(plan)
        self.writer = import_module("pyarrow.parquet").ParquetWriter(file, self.schema)
        self.held: list[Any] = []

    def _schema(self, plan: Plan) -> Any:
        pa = self.arrow
        types = {int: pa.int64(), bool: pa.bool_(), str: pa.string()}
        fields = [(NUMBER, pa.int64())]
        fields += [(name, types[choice.kind]) for name, choice in self.choices.items()]
        fields += [(LAYERS, pa.int16()), *((name, pa.int64()) for name in plan.totals)]
        for chip in plan.chips:
            fields += [(f"{FITS}{chip.name}", pa.bool_()), (f"{STOPPED}{chip.name}", pa.string())]
        specs = [plan.layer.title, *(chip.title for chip in plan.chips)]
        about = {"dynapspec.space": plan.checked.name, "dynapspec.specs": " ".join(specs)}
        return pa.schema(fields, metadata=about)

    def add(self, part: Part) -> None:
        """Adds a part behind those before."""
        pa = self.arrow
        columns: list[Any] = [part.numbers, *(self._choice(name, c) for name, c in part.columns.items())]
        columns.append(part.layers)
        columns += [pa.array(total, mask=total < 0) for total in part.totals.values()]
        for answer in part.answers.values():
            columns += [answer.fits, self._stopped(answer)]
        arrays = [pa.array(column) for column in columns]
        self.held.append(pa.record_batch(arrays, schema=self.schema))
        if sum(batch.num_rows for batch in self.held) >= GROUP:
            self._write()

    def _choice(self, name: str, column: Any) -> Any:
        if self.choices[name].kind is not str:
            return column
        return self.arrow.array([self.words[number] for number in column.tolist()], self.arrow.string())

    def _stopped(self, answer: Answer) -> Any:
        """The rules that stop each network, with spaces between; null where it fits."""
        values, places = np.unique(answer.stopped, return_inverse=True)
        texts = self.arrow.array([self._text(int(value)) for value in values], self.arrow.string())
        return texts.take(self.arrow.array(places.ravel()))

    def _text(self, bits: int) -> str | None:
        if bits not in self.known:
            self.known[bits] = " ".join(stop for place, stop in enumerate(self.stops) if bits >> place & 1)
        return self.known[bits] or None

    def _write(self) -> None:
        self.writer.write_table(self.arrow.Table.from_batches(self.held, self.schema))
        self.held = []
        # what is free now, Arrow's allocator keeps and, with threads of ours between, does not use again
        self.arrow.default_memory_pool().release_unused()

    def close(self) -> None:
        """Writes what is held, and the end of the file."""
        if self.held:
            self._write()
        self.writer.close()


@contextmanager
def table(plan: Plan, target: Path) -> Iterator[Table]:
    """A file that comes to its name when all of it is written; before that, and if it fails, there is none.

    Raises:
        InputError: the extra is missing, or nothing can be written there.
    """
    try:
        import_module("pyarrow.parquet")
    except ImportError:
        hint = "pip install 'dynapspec[explore]'"
        raise fail("missing-extra", "Parquet needs the package pyarrow", hint=hint) from None
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            made = Table(plan, file)
            try:
                yield made
            finally:
                made.close()  # in any case, since Arrow would do so later, when the file is closed
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, target)
    except OSError as error:
        raise fail("unwritable", f"cannot write {target}: {error.strerror}") from None
    finally:
        beside.unlink(missing_ok=True)
