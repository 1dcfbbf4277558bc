"""Finds out in which format events are, and reads them."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from dynapspec.diagnostics import closest, visible
from dynapspec.events.recording import Recording, bad
from dynapspec.load.reader import display_name

READERS = {  # ending: module of this package that reads it
    ".npy": "numpy_file",
    ".npz": "numpy_file",
    ".bin": "nmnist",
    ".bs2": "nmnist",
    ".aedat4": "aedat4",
    ".aedat": "aedat4",
    ".h5": "hdf5",
    ".hdf5": "hdf5",
}
KNOWN = ", ".join(READERS)


def read_events(path: str | Path) -> Recording:
    """Reads a file of events; the ending of its name tells the format.

    Raises:
        InputError: there is no such file, its format is not known, it is damaged, or it holds no events.
    """
    path = Path(path)
    name = visible(display_name(path)) if "\0" not in str(path) else repr(str(path))
    read = _reader(path, name)
    try:
        if not path.is_file():
            there = "is a folder" if path.is_dir() else "is not there"
            raise bad(name, "unreadable", there, f"give a file of events: {KNOWN}")
        if path.stat().st_size == 0:
            raise bad(name, "events-empty", "is empty", "was it written and closed?")
        found = read(path, name)
    except OSError as error:
        raise bad(name, "unreadable", f"cannot be read: {error.strerror or error}") from None
    if not len(found.events):
        raise bad(name, "events-empty", "holds no events", "nothing would run; give a recording with some")
    return found


def _reader(path: Path, name: str) -> Callable[[Path, str], Recording]:
    suffix = path.suffix.lower()
    if suffix not in READERS or "\0" in str(path):
        near = closest(suffix, READERS) if suffix else ""
        hint = f"did you mean {near}? " if near else ""
        raise bad(
            name, "events-format", f"its ending {suffix!r} is no format of events", f"{hint}known: {KNOWN}"
        )
    read: Callable[[Path, str], Recording] = import_module(f"dynapspec.events.{READERS[suffix]}").read
    return read
