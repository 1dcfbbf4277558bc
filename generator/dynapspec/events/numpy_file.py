"""Events in NumPy's files: ``.npy`` holds one array, ``.npz`` one array or a column under each name."""

from __future__ import annotations

import struct
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from dynapspec.events.recording import COLUMNS, ORDER, Recording, bad, column_of, columns, rows

DAMAGE = (  # what NumPy raises for files that are none
    *(ValueError, EOFError, KeyError, NotImplementedError, MemoryError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error, tokenize.TokenError, struct.error),
)
EVENTS = "events"  # the name of an array in an .npz that holds all columns


def read(path: Path, name: str) -> Recording:
    """Reads an ``.npy`` or ``.npz`` file. Objects are refused: to read them is to run what is in the file.

    Raises:
        InputError: it is damaged, or holds other than events.
    """
    try:
        found = np.load(path, allow_pickle=False)
        if isinstance(found, np.ndarray):
            return Recording(name, "npy", rows(name, found))
        with found:
            arrays = {key: found[key] for key in found.files}
    except DAMAGE as error:
        raise bad(name, "events-damaged", _why(error), f"write it with numpy.savez: {ORDER}") from None
    return Recording(name, "npz", _of_arrays(name, arrays))


def _why(error: Exception) -> str:
    if "pickle" in str(error):
        return "holds objects of Python or no array at all, and numbers are expected"
    return f"is damaged or cut off ({type(error).__name__})"


def _of_arrays(name: str, arrays: dict[str, Any]) -> Any:
    if EVENTS in arrays:
        return rows(name, arrays[EVENTS])
    if len(arrays) == 1 and not any(column_of(arrays, column) for column in COLUMNS):
        return rows(name, next(iter(arrays.values())))
    return columns(name, arrays)
