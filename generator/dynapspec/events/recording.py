"""What a file of events holds, whatever its format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dynapspec.diagnostics import InputError, fail

Ints: TypeAlias = NDArray[np.int64]
COLUMNS = ("x", "y", "polarity", "t")
ORDER = ", ".join(COLUMNS)
# what others call the columns; of the time, in microseconds
NAMES = {
    "x": ("x", "xs"),
    "y": ("y", "ys"),
    "polarity": ("p", "polarity", "pol", "ps", "on"),
    "t": ("t", "ts", "time", "timestamp", "timestamps"),
}


@dataclass(frozen=True, slots=True)
class Recording:
    """The events of one file.

    Attributes:
        file: its name, as messages have it.
        format: the format that it was read as.
        events: (n, 4) whole numbers x, y, polarity, and time in microseconds, in the order of the file.
        notes: how it was read, where a reader should know.
        record_bytes: bytes of one event in the file, where each has the same.
    """

    file: str
    format: str
    events: Ints
    notes: tuple[str, ...] = ()
    record_bytes: int | None = None

    @property
    def duration(self) -> int:
        """Microseconds from the first event to the last."""
        t = self.events[:, 3]
        return int(t.max() - t.min()) if len(t) else 0

    def place(self, number: int) -> str:
        """Where an event stands, as a reader finds it: events count from 0."""
        byte = "" if self.record_bytes is None else f" (byte {number * self.record_bytes})"
        return f"event {number}{byte}"


def bad(file: str, code: str, message: str, hint: str = "") -> InputError:
    """A finding about a file, to be raised."""
    return fail(code, f"{file}: {message}", hint=hint)


def column_of(names: Mapping[str, Any], column: str) -> str | None:
    """The name under which a column is known; None where there is none of its names."""
    known = {name.lower(): name for name in names}
    return next((known[name] for name in NAMES[column] if name in known), None)


def columns(file: str, found: Mapping[str, Any]) -> Ints:
    """The events out of four columns, whichever of their names they have.

    Raises:
        InputError: a column is missing, or their lengths or values cannot be.
    """
    named = {column: column_of(found, column) for column in COLUMNS}
    missing = [column for column, name in named.items() if name is None]
    if missing:
        told = ", ".join(map(str, found)) or "nothing"
        wanted = "; ".join(f"{column} as {' or '.join(NAMES[column])}" for column in missing)
        raise bad(
            file, "events-columns", f"holds {told}, and no {' and no '.join(missing)}", f"name {wanted}"
        )
    arrays = {column: np.asarray(found[str(name)]) for column, name in named.items()}
    lengths = {column: array.shape for column, array in arrays.items()}
    if len(set(lengths.values())) > 1 or any(array.ndim != 1 for array in arrays.values()):
        told = ", ".join(f"{column} {shape}" for column, shape in lengths.items())
        raise bad(file, "events-columns", f"its columns differ: {told}", "each has one number for each event")
    return np.stack([whole(file, array, column) for column, array in arrays.items()], axis=1)


def rows(file: str, array: NDArray[Any]) -> Ints:
    """The events out of an array: structured, or (n, 4).

    Raises:
        InputError: it is neither.
    """
    if array.dtype.names is not None:
        return columns(file, {name: array[name].ravel() for name in array.dtype.names})
    if array.ndim != 2 or array.shape[1] != len(COLUMNS):
        hint = f"give (n, 4) numbers of {ORDER}, or a structured array with these fields"
        raise bad(file, "events-shape", f"an array {array.shape} of {array.dtype} holds no events", hint)
    return np.stack([whole(file, array[:, i], column) for i, column in enumerate(COLUMNS)], axis=1)


def whole(file: str, array: NDArray[Any], column: str) -> Ints:
    """The values of a column as whole numbers.

    Raises:
        InputError: they are no numbers, not whole, or too large.
    """
    if array.dtype.kind == "f":
        wrong = np.flatnonzero(~(np.isfinite(array) & (array == np.round(array))))
        if wrong.size:
            first = int(wrong[0])
            hint = "time is in microseconds; multiply seconds by 1e6 and round" if column == "t" else ""
            told = f"event {first} has {column} {array[first]}, and whole numbers are expected"
            raise bad(file, "events-values", told, hint)
    elif array.dtype.kind not in "iub":
        raise bad(file, "events-values", f"{column} holds {array.dtype}, and whole numbers are expected")
    if array.dtype.kind in "uf" and array.size and array.max() > np.iinfo(np.int64).max:
        first = int(np.argmax(array))
        raise bad(file, "events-values", f"event {first} has {column} {array[first]}, which is too large")
    return array.astype(np.int64)
