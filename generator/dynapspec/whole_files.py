"""Writes files that a user named: whole, and all of them or none."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO, TypeAlias

from dynapspec.diagnostics import InputError, fail, visible

Content: TypeAlias = "str | bytes | Callable[[BinaryIO], object]"  # what is written, or what writes it


def write_whole(files: Mapping[Path, Content]) -> None:
    """Writes each file beside its place first; when all of them are there, they take their places.

    Raises:
        InputError: one of them cannot be written; then none is.
    """
    made: list[tuple[Path, Path]] = []
    try:
        for path, content in files.items():
            with _told(path):
                _write(path, content, made)
        for temporary, path in made:
            with _told(path):
                _open_as_usual(temporary)
                os.replace(temporary, path)
    finally:
        for temporary, _ in made:
            with suppress(OSError):
                temporary.unlink()


def refuse_unwritable(path: Path) -> None:
    """Raises InputError where no file can be, so that a long run does not end with it."""
    with _told(path):
        place = _place(path)
        if not place.parent.exists():
            raise FileNotFoundError
        if not os.access(place.parent, os.W_OK):
            raise PermissionError(0, f"{place.parent} is read-only")


def _place(path: Path) -> Path:
    """Where the file goes, behind links."""
    if "\0" in str(path):
        raise ValueError("its name has a null byte")
    place = path.resolve() if path.is_symlink() else path
    if place.is_dir():
        raise IsADirectoryError(0, "it is a folder")
    if place.exists() and not os.access(place, os.W_OK):
        raise PermissionError(0, "it is read-only")
    above = next((one for one in place.parents if one.exists()), place)
    if not above.is_dir():
        raise NotADirectoryError(0, f"{above} is a file, and no folder")
    return place


def _write(path: Path, content: Content, made: list[tuple[Path, Path]]) -> None:
    """The content beside the place of a file; what is no file, such as a pipe, takes it as it comes."""
    place = _place(path)
    if place.exists() and not place.is_file():
        with place.open("wb") as device:
            _into(device, content)
        return
    with NamedTemporaryFile("wb", dir=place.parent, prefix=".dynapspec-", delete=False) as file:
        made.append((Path(file.name), place))
        _into(file, content)  # type: ignore[arg-type]  # it writes bytes


def _into(file: BinaryIO, content: Content) -> None:
    if callable(content):
        content(file)
    else:
        file.write(content.encode() if isinstance(content, str) else content)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turns what the system says into an error for a user."""
    try:
        yield
    except FileNotFoundError:
        raise _unwritable(path, f"there is no folder {path.parent}", "make the folder first") from None
    except OSError as error:
        raise _unwritable(path, _reason(error), "name a file in a folder that can be written") from None
    except ValueError as error:  # such as a name with a zero in it
        raise _unwritable(path, str(error), "name another file") from None


def _reason(error: OSError) -> str:
    reason = error.strerror or str(error)
    return reason if reason.startswith("it ") else reason[:1].lower() + reason[1:]


def _unwritable(path: Path, reason: str, hint: str) -> InputError:
    return fail("unwritable", f"{visible(str(path))} cannot be written: {visible(reason)}", hint=hint)


def _open_as_usual(path: Path) -> None:
    """Gives a file the rights that a new file has here; temporary ones are for their owner alone."""
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(0o666 & ~mask)
