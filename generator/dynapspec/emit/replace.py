"""Puts generated files in place: all of them or none, and nothing but them.

New files are written beside the old ones first, inside the output folder, so that each step that
follows is one rename. What was replaced is kept until the end and comes back when anything fails.
A run that is killed leaves a note of what it was about to make, and the next run finishes the work.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from dynapspec.diagnostics import fail
from dynapspec.emit.pipeline import MANIFEST
from dynapspec.emit.tree import NEXT, present, recorded

STAGE = ".dynapspec-"
Move: TypeAlias = tuple[Path, Path]  # from, to


def replace(folder: Path, texts: Mapping[str, str]) -> None:
    """Makes the folder hold these files, in the place of those of the last run.

    Files of other origin stay as they are. Unchanged files keep their times.

    Raises:
        InputError: the folder cannot be written; it is then as it was.
    """
    out = folder.resolve()
    try:
        out.mkdir(parents=True, exist_ok=True)
        with _alone(out):
            _replace(out, texts)
    except OSError as error:
        place = error.filename2 or error.filename or out
        raise fail("output-folder", f"cannot write {place}: {error.strerror}") from None


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Waits for another run on the same folder; the system lets go of the lock when a run dies."""
    try:
        from fcntl import LOCK_EX, flock
    except ImportError:  # a system without such locks
        yield
        return
    handle = os.open(out, os.O_RDONLY)
    try:
        flock(handle, LOCK_EX)
        yield
    finally:
        os.close(handle)


def _replace(out: Path, texts: Mapping[str, str]) -> None:
    for left_over in out.glob(f"{STAGE}*"):
        shutil.rmtree(left_over, ignore_errors=True)
    old = present(out, texts)
    changed = [path for path, text in texts.items() if old.get(path) != text.encode()]
    stale = [path for path in recorded(out) if path not in texts]
    stage = Path(tempfile.mkdtemp(prefix=STAGE, dir=out))
    # By number, for a folder that is taken away again costs far more than a file.
    staged = {path: stage / str(number) for number, path in enumerate([*changed, *stale])}
    undo: list[Move] = []
    try:
        for path in changed:
            staged[path].write_bytes(texts[path].encode())
        (out / NEXT).write_bytes(texts[MANIFEST].encode())
        for path, new in staged.items():
            _install(out / path, new, undo)
        (out / NEXT).unlink()
    except BaseException:  # a person's Ctrl-C too
        _restore(undo)
        (out / NEXT).unlink(missing_ok=True)
        raise
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    _prune(out, stale)


def _install(target: Path, new: Path, undo: list[Move]) -> None:
    """Moves one old file aside and its successor, if it has one, into its place."""
    if os.path.lexists(target):
        _move(target, new.with_name(f"{new.name}-old"), undo)
    if new.exists():
        _move(new, target, undo)


def _move(source: Path, target: Path, undo: list[Move]) -> None:
    try:
        source.rename(target)
    except FileNotFoundError:  # its folder is not there yet
        target.parent.mkdir(parents=True, exist_ok=True)
        source.rename(target)
    undo.append((source, target))


def _restore(undo: list[Move]) -> None:
    """Takes every move back, the latest first."""
    for source, target in reversed(undo):
        target.rename(source)


def _prune(out: Path, stale: list[str]) -> None:
    """Takes out the folders that are empty now, compiled Python aside."""
    for path in stale:
        for folder in (out / path).parents:
            if folder == out or out not in folder.parents:
                break
            names = {item.name for item in folder.iterdir()} if folder.is_dir() else {""}
            if names - {"__pycache__"}:
                break
            shutil.rmtree(folder, ignore_errors=True)
