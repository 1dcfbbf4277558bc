"""Where a site may be written: a folder of its own, outside the tree that holds the specs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from dynapspec.diagnostics import InputError, fail
from dynapspec.load.reader import display_name

MARK = ".dynapspec-site.json"  # lists the files of a site, so that they can be replaced and no others
SHOWN = 3


def refuse_unfit(target: Path, specs: Path) -> None:
    """Says why a site cannot go to a folder.

    Raises:
        InputError: the folder lies in the tree of the specs, holds it, is a file, or has files of others.
    """
    whole, tree = target.resolve(), tree_of(specs.resolve())
    hint = "name a folder elsewhere with --out, such as /tmp/site; a site is built, not kept with its sources"
    if whole == tree or tree in whole.parents or specs.resolve() in whole.parents or whole == specs.resolve():
        raise fail("output-folder", f"{target} lies in {display_name(tree)}, with the specs", hint=hint)
    if whole in specs.resolve().parents:
        raise fail("output-folder", f"{target} holds the specs themselves", hint=hint)
    if whole.exists() and not whole.is_dir():
        raise fail(
            "output-folder", f"{target} is a file, and a site is a folder", hint="name a folder with --out"
        )
    _refuse_foreign(whole, target)


def tree_of(specs: Path) -> Path:
    """The git checkout that the specs stand in, or else the folder of the specs itself."""
    return next((folder for folder in specs.parents if (folder / ".git").exists()), specs)


def _refuse_foreign(whole: Path, target: Path) -> None:
    found = {path.relative_to(whole).as_posix() for path in whole.rglob("*") if not path.is_dir()}
    foreign = sorted(found - _ours(whole) - {MARK})
    if foreign:
        more = f" and {len(foreign) - SHOWN} more" if len(foreign) > SHOWN else ""
        message = f"{target} has files that are no part of a site: {', '.join(foreign[:SHOWN])}{more}"
        raise fail("output-folder", message, hint="name an empty folder with --out, or move these files away")


def _ours(folder: Path) -> set[str]:
    try:
        return set(json.loads((folder / MARK).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return set()


def replace(target: Path, built: Path) -> int:
    """Puts a built site in the place of the one that is there; returns the number of its files.

    Raises:
        InputError: the folder cannot be written.
    """
    files = sorted(path.relative_to(built).as_posix() for path in built.rglob("*") if path.is_file())
    (built / MARK).write_text(json.dumps(files, indent=0) + "\n", encoding="utf-8")
    try:
        if target.exists():
            shutil.rmtree(target) if not target.is_symlink() else _empty(target)
        shutil.copytree(built, target, dirs_exist_ok=True)
    except OSError as error:
        raise _unwritable(target, error) from None
    return len(files)


def _empty(folder: Path) -> None:
    """Takes out what a folder holds where the folder itself is a link that somebody made."""
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def _unwritable(target: Path, error: OSError) -> InputError:
    hint = "name a folder that you may write to with --out"
    return fail("unwritable", f"cannot write {target}: {error.strerror}", hint=hint)
