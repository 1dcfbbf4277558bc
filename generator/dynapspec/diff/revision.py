"""Opens one side of a comparison: a name, a file, or a name in a revision of git."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from dynapspec.diagnostics import fail
from dynapspec.load import find_specs
from dynapspec.model import Chip, Layer, Model, load_model
from dynapspec.model.provenance import entry_named

SPECS = ("chips", "layers")


@dataclass(frozen=True, slots=True)
class Side:
    """A chip or layer of one model; ``said`` is what the user called it."""

    said: str
    model: Model
    entry: Chip | Layer


def open_spec(text: str, specs: Path | None = None) -> Side:
    """The spec that a user named.

    Raises:
        InputError: there is no such spec, file or revision, or its specs are not sound.
    """
    path = Path(text)
    if path.suffix in (".yaml", ".yml"):
        return _file(path, text)
    revision, colon, name = text.rpartition(":")
    root = find_specs(specs)
    model = _at_revision(root, revision) if colon else load_model(root)
    return Side(text, model, entry_named(model, name))


def _file(path: Path, said: str) -> Side:
    if not path.is_file():
        raise fail("unreadable", f"there is no file {said}")
    folder = next((p for p in path.resolve().parents if p.name in SPECS), None)
    if folder is None:
        raise fail("unreadable", f"{said} is no spec", hint="specs stand in chips/ or layers/")
    model = load_model(folder.parent)
    return Side(said, model, entry_named(model, path.stem))


def _at_revision(root: Path, revision: str) -> Model:
    """The model of the folder of specs as it was."""
    if not revision or revision.startswith("-"):
        raise fail("unknown-revision", f"{revision!r} is no revision", hint="write HEAD~1:speck2f")
    where = root.resolve()
    top = Path(_git(where, "rev-parse", "--show-toplevel").decode().strip()).resolve()
    inside = where.relative_to(top).as_posix()
    _git(top, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", missing=revision)
    data = _git(top, "archive", "--format=tar", revision, "--", inside)
    with tempfile.TemporaryDirectory() as folder, tarfile.open(fileobj=io.BytesIO(data)) as archive:
        archive.extractall(folder, filter="data")
        return load_model(Path(folder) / inside)


def _git(where: Path, *args: str, missing: str = "") -> bytes:
    try:
        done = subprocess.run(["git", "-C", str(where), *args], capture_output=True, check=False)
    except OSError as error:
        raise fail("no-git", f"a revision needs git: {error.strerror}") from None
    if done.returncode == 0:
        return done.stdout
    if missing:
        raise fail("unknown-revision", f"git knows no revision {missing}", hint="write it as HEAD~1:speck2f")
    lines = done.stderr.decode(errors="replace").strip().splitlines() or ["git failed"]
    raise fail("git", lines[0].removeprefix("fatal: "))
