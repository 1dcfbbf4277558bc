"""Waits for saves. What counts is what the files hold, whatever an editor did to put it there.

Events of the system only wake us up; then the files themselves are looked at. So files that are
renamed into place, swap files, bursts, and folders that come and go need no rules of their own, and
an event that got lost costs a second at most.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from dynapspec.diagnostics import fail
from dynapspec.load.reader import MAX_BYTES, display_name

Signature: TypeAlias = tuple[int, int, int]
SUFFIXES = (".yaml", ".yml", ".json")  # specs, networks and recorded evidence
QUIET_MS = 40  # without another event; then a burst is over
BURST_MS = 400  # that a burst is waited for at most
LOOK_MS = 1000  # without any event; then the files are looked at all the same


@dataclass(frozen=True, slots=True, order=True)
class Saved:
    """One file that is not as it was; ``kind`` is changed, new or gone."""

    path: str
    kind: str


class Saves:
    """The files below the folder of specs, as they were when they were last looked at."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self._watcher = _watcher()
        self._signatures = self._look()
        self._held = self._read()

    def pending(self) -> bool:
        """Whether a file was written since the last look."""
        return self._look() != self._signatures

    def wait(self) -> Iterator[list[Saved]]:
        """The files of each save, for ever; a Ctrl-C ends it with KeyboardInterrupt."""
        while True:
            place = _identity(self.root)
            for _ in self._watcher(
                self._watched(),
                watch_filter=None,
                debounce=BURST_MS,
                step=QUIET_MS,
                rust_timeout=LOOK_MS,
                yield_on_timeout=True,
            ):
                if found := self.take():
                    yield found
                if _identity(self.root) != place:
                    break  # another folder of that name: the old one tells nothing any more

    def take(self) -> list[Saved]:
        """What differs from the last look, which this one becomes."""
        before = self._held
        self._signatures = self._look()
        self._held = self._read()
        names = sorted(before.keys() | self._held.keys())
        changed = [path for path in names if before.get(path) != self._held.get(path)]
        return [Saved(display_name(Path(path)), _kind(path, before, self._held)) for path in changed]

    def _watched(self) -> Path:
        """The folder, or the nearest one above it while it is away."""
        return next(path for path in (self.root, *self.root.parents) if path.is_dir())

    def _files(self) -> Iterator[Path]:
        for folder, _, names in os.walk(self.root):
            yield from (Path(folder, name) for name in names if name.endswith(SUFFIXES))

    def _look(self) -> dict[str, Signature]:
        found = {}
        for path in self._files():
            try:
                about = path.stat()
            except OSError:  # gone between the listing and the look
                continue
            found[str(path)] = (about.st_mtime_ns, about.st_size, about.st_ino)
        return found

    def _read(self) -> dict[str, bytes]:
        found = {}
        for path in map(Path, self._signatures):
            try:
                if path.is_file():
                    with path.open("rb") as file:
                        found[str(path)] = file.read(MAX_BYTES + 1)
            except OSError:
                continue
        return found


def _kind(path: str, before: dict[str, bytes], after: dict[str, bytes]) -> str:
    if path not in before:
        return "new"
    return "changed" if path in after else "gone"


def _identity(root: Path) -> tuple[int, int] | None:
    try:
        about = root.stat()
    except OSError:
        return None
    return about.st_dev, about.st_ino


def _watcher() -> Any:
    """The function that waits for events.

    Raises:
        InputError: the package that has it is not installed.
    """
    try:
        from watchfiles import watch
    except ImportError:
        message = "watching for saves needs the package watchfiles"
        raise fail("missing-extra", message, hint="pip install 'dynapspec[watch]'") from None
    return watch
