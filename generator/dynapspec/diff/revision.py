"""Opens one side of a comparison: a name, a file, or a name in a revision of git."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dynapspec.diagnostics import InputError, fail
from dynapspec.diff.base import Spec, find_spec_named
from dynapspec.diff.git import PARTS, Extracted, extracted
from dynapspec.load import find_specs
from dynapspec.model import Model, load_model


@dataclass(frozen=True, slots=True)
class Side:
    """A chip, layer or base of one model.

    ``said`` is what the user called it; ``told`` gives the files in a text the names that users know.
    """

    said: str
    model: Model
    entry: Spec
    told: Callable[[str], str] = str


def open_spec(text: str, specs: Path | None = None) -> Side:
    """The spec that a user named: a chip, a layer spec, or a base that others extend.

    Raises:
        InputError: there is no such spec, file or revision, or its specs are not sound.
    """
    path = Path(text)
    if path.suffix in (".yaml", ".yml"):
        return _file(path, text)
    revision, colon, name = text.rpartition(":")
    root = find_specs(specs)
    if not colon:
        model = load_model(root)
        return Side(text, model, find_spec_named(model, name))
    with extracted(root, revision) as then:
        model = load_then(then)
        return Side(text, model, find_spec_named(model, name), then.told)


def load_then(then: Extracted) -> Model:
    """The model of a folder of specs as it was; waivers are judged on the day of that commit.

    Raises:
        InputError: its specs are not sound; places are told as git tells them.
    """
    try:
        return load_model(then.root, then.day)
    except InputError as error:
        raise then.telling(error) from None


def _file(path: Path, said: str) -> Side:
    if not path.is_file():
        raise fail("unreadable", f"there is no file {said}")
    folder = next((p for p in path.resolve().parents if p.name in PARTS), None)
    if folder is None:
        raise fail("unreadable", f"{said} is no spec", hint="specs stand in chips/, layers/ or mixins/")
    model = load_model(folder.parent)
    return Side(said, model, find_spec_named(model, path.stem))
