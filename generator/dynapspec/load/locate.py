"""Finds the folder of specs: flag, variable, the nearest ``specs/`` upward, or the packaged copy."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from dynapspec.diagnostics import fail

VARIABLE = "DYNAPSPEC_SPECS"
SOURCE_TREE = Path(__file__).resolve().parents[3] / "specs"


def find_specs(flag: Path | None = None, start: Path | None = None) -> Path:
    """The folder of specs to use.

    Args:
        flag: what the user gave on the command line.
        start: where the upward search begins; the current folder by default.

    Raises:
        InputError: the folder that was named does not exist, or there is none.
    """
    named = flag or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    if named is not None:
        if not named.is_dir():
            origin = "--specs" if flag else VARIABLE
            raise fail("specs-missing", f"{origin} names {named}, and there is no such folder")
        return named
    return nearest(start or Path.cwd()) or packaged()


def nearest(start: Path) -> Path | None:
    """The ``specs`` folder of ``start`` or of the closest folder above it that has one."""
    for folder in [start, *start.parents]:
        if (folder / "specs" / "layers").is_dir():
            return folder / "specs"
    return None


def packaged() -> Path:
    """The specs that came with the installation: in the wheel, or in the source tree of an editable one."""
    found = find_spec("dynapspec.specs")
    packaged = (found.submodule_search_locations or []) if found else []
    for folder in [*map(Path, packaged), SOURCE_TREE]:
        if (folder / "layers").is_dir():
            return folder
    raise fail("specs-missing", "no specs folder found", hint=f"name one with --specs or {VARIABLE}")
