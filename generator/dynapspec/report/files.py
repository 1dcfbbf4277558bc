"""Writes reports: all of them, or none."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from dynapspec.diagnostics import fail
from dynapspec.load.reader import display_name

HINT = "name a file in a folder that exists and can be written"


def write_all(texts: Mapping[Path, str]) -> None:
    """Writes each text to its file; each is written whole beside it first, and takes its place at the end.

    Raises:
        InputError: one of them cannot be written; then none is.
    """
    made: list[tuple[Path, Path]] = []
    current = next(iter(texts), Path())
    try:
        for current, text in texts.items():
            if current.is_dir():
                raise IsADirectoryError(0, "it is a folder")
            with NamedTemporaryFile(
                "w", encoding="utf-8", newline="\n", dir=current.parent, prefix=".dynapspec-", delete=False
            ) as file:
                made.append((Path(file.name), current))
                file.write(text)
        for temporary, current in made:
            _open_as_usual(temporary)
            os.replace(temporary, current)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise fail("report-file", f"{display_name(current)} cannot be written: {reason}", hint=HINT) from None
    finally:
        for temporary, _ in made:
            with suppress(OSError):
                temporary.unlink()


def _open_as_usual(path: Path) -> None:
    """Gives a file the rights that a new file has here; temporary ones are for their owner alone."""
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(0o666 & ~mask)
