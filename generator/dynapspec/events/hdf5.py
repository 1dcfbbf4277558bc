"""Events in HDF5: four columns in a group, or one array of rows.

The group ``events`` with x, y, p and t is the layout of DSEC (Gehrig et al. 2021); there ``t_offset``,
which is left out, tells the time of the day that t counts from. Columns may stand in the root too, and
one array ``events``, structured or (n, 4), in either place.
"""

from __future__ import annotations

import importlib.util
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from dynapspec.diagnostics import fail
from dynapspec.events.recording import COLUMNS, Ints, Recording, bad, column_of, columns, rows

GROUPS = ("events", "CD")  # where events stand: of DSEC, and of Prophesee's files
FILTERS = "hdf5plugin"  # brings the compressions that h5py lacks; DSEC has such
MAX_EVENTS = 20_000_000  # a file that says more has no place in memory


def read(path: Path, name: str) -> Recording:
    """Reads the file.

    Raises:
        InputError: it is no HDF5, damaged, or holds no events in a layout that is known.
    """
    library = _library()
    try:
        with library.File(path, "r") as file:
            return Recording(name, "HDF5", _events(file, name, library))
    except OSError as error:
        raise _damaged(name, error) from None
    except (KeyError, RuntimeError, ValueError) as error:  # what h5py raises within a damaged file
        raise bad(name, "events-damaged", f"is damaged: {error}", "is it whole?") from None


def _library() -> ModuleType:
    try:
        library = import_module("h5py")
    except ImportError:
        hint = "pip install 'dynapspec[events]'"
        raise fail("missing-extra", "HDF5 files need the package h5py", hint=hint) from None
    if importlib.util.find_spec(FILTERS) is not None:
        import_module(FILTERS)
    return library


def _damaged(name: str, error: OSError) -> Exception:
    if "filter" in str(error) or "plugin" in str(error):
        told = "is compressed in a way that h5py alone cannot read"
        return bad(name, "missing-extra", told, f"pip install {FILTERS}")
    return bad(name, "events-damaged", "is no HDF5 file, or cut off", "is it whole?")


def _events(file: Any, name: str, library: ModuleType) -> Ints:
    places = [file, *(file[group] for group in GROUPS if isinstance(file.get(group), library.Group))]
    for place in places:
        table = place.get("events")
        if isinstance(table, library.Dataset):
            return rows(name, _loaded(table, name))
    for place in reversed(places):
        sets = {key: item for key, item in place.items() if isinstance(item, library.Dataset)}
        if any(column_of(sets, column) for column in COLUMNS):
            return columns(name, {key: _loaded(sets[key], name) for key in _wanted(sets)})
    told = ", ".join(file) or "nothing"
    hint = "events/x, y, p and t as DSEC has them, or x, y, p and t, or one array events"
    raise bad(
        name, "events-columns", f"holds {told}, and no events in a layout that is known", f"known: {hint}"
    )


def _wanted(sets: dict[str, Any]) -> list[str]:
    """The columns, as far as they are there, and none of what else stands beside them."""
    found = [column_of(sets, column) for column in COLUMNS]
    return [key for key in found if key is not None]


def _loaded(dataset: Any, name: str) -> Any:
    if dataset.ndim and dataset.shape[0] > MAX_EVENTS:
        told = f"{dataset.name} has {dataset.shape[0]} events, and {MAX_EVENTS} are read at most"
        raise bad(name, "events-size", told, "cut out the part that you want")
    return dataset[()]
