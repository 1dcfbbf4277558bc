"""``dynapspec new``: a commented starter for another chip."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from dynapspec.cli.options import refuse_installed, specs_option
from dynapspec.diagnostics import InputError, did_you_mean, fail
from dynapspec.load import Mapping, Node, find_specs, plain
from dynapspec.load.reader import display_name, read_text
from dynapspec.model.build import checked
from dynapspec.model.check_names import as_chip
from dynapspec.resolve import Library, open_library
from dynapspec.resolve.library import FORMAT, document

STARTER = """\
# yaml-language-server: $schema=../../generated/schemas/chip.json
format: {format}
chip: {name}
version: 0.1.0
extends: {parent}
{mixins}doc: "{name}, as {parent} until this file says otherwise."

# To fill in: the boards that carry the chip. `null` takes out a board of {parent}.
devices:{devices}

{missing}# To fill in: what differs from {parent}. Only the keys that you state change; for example:
#
# sources:
#   DS: {{level: datasheet, title: the data sheet, date: 2026-01}}
# cores:                        # by number or range; a stated core keeps the memories that you leave out
#   {cores}: {{{memory}: 0, source: DS Table 1}}
# limits:
#   {limit}: {{max: 0, source: DS 2.4}}
#
# `dynapspec explain {name}` shows every value, where it was set, and what it replaced.
"""
CORES = """\
# To fill in: the cores, of which {parent} has none, by number or range, and their words of memory.
cores:
  0: {{{words}}}

"""


@click.command("new")
@click.argument("name")
@click.option("--extends", "parent", required=True, metavar="CHIP", help="The chip that the new one is like.")
@click.option("--mixin", "mixins", multiple=True, metavar="NAME", help="A mixin over it; may be repeated.")
@specs_option
def command(name: str, parent: str, mixins: tuple[str, ...], specs: Path | None) -> None:
    """Write a starter for a chip NAME that passes `check` and says what to fill in."""
    library = open_library(find_specs(specs))
    refuse_installed(library.root, "name your own folder of specs with --specs")
    text = starter(library, name, parent, mixins)
    path = library.root / "chips" / f"{name}.yaml"
    _prove(library, path, text)
    try:
        _write(path, text)
    except FileExistsError:
        raise fail("exists", f"{display_name(path)} is there already", hint="choose another name") from None
    except OSError as error:
        raise fail("unwritable", f"cannot write {display_name(path)}: {error.strerror}") from None
    click.echo(f"{display_name(path)} extends {parent}; fill in its devices and what differs")


def _write(path: Path, text: str) -> None:
    """The whole file or none: it gets its name when all of it is written, and takes nobody's place."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
        written = Path(file.name)
        try:
            file.write(text)
            file.flush()
            written.chmod(0o666 & ~_umask())
            os.link(written, path)
        finally:
            written.unlink()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _prove(library: Library, path: Path, text: str) -> None:
    """Checks the starter before it is written; raises InputError with what its parent lacks or has wrong."""
    new = document(read_text(text, display_name(path)), path, "chip")
    with_new = Library(library.root, [*library.documents.values(), new])
    try:
        checked(with_new)
    except InputError as error:
        own = {display_name(one.path) for one in with_new.lineage("chip", new.name)}
        findings = [f for f in error.diagnostics if f.span is None or f.span.file in own]
        if findings:
            raise InputError(findings) from None


def starter(library: Library, name: str, parent: str, mixins: Sequence[str] = ()) -> str:
    """The text of a new chip spec.

    Raises:
        InputError: the name cannot be one, is taken, or there is no such parent or mixin.
    """
    _check_name(library, name)
    chips = {document.name for document in library.documents.values() if document.kind == "chip"}
    if parent not in chips:
        hint = did_you_mean(parent, chips)
        if ("mixin", parent) in library.documents:
            hint = f"it is a mixin; say --extends CHIP --mixin {parent}"
        raise fail("extends-missing", f"there is no chip {parent} to extend", hint=hint)
    for mixin in mixins:
        _check_mixin(library, mixin)
    node = library.resolve("chip", parent)
    cores = _keys(node, "cores")
    return STARTER.format(
        format=FORMAT,
        name=name,
        parent=parent,
        mixins=f"mixins: [{', '.join(mixins)}]\n" if mixins else "",
        devices=_devices(library, parent),
        missing="" if cores else CORES.format(parent=parent, words=_words(library, node)),
        cores=_first(cores),
        memory=next(
            (key for key in _keys(node, "cores", *cores[:1]) if key.endswith("_words")), "kernel_words"
        ),
        limit=next(_with_maximum(node), "kernel_size"),
    )


def _check_name(library: Library, name: str) -> None:
    chips = [document.name for document in library.documents.values() if document.kind == "chip"]
    same = next((chip for chip in chips if chip.replace("-", "_") == name.replace("-", "_")), None)
    if name in {document.name for document in library.documents.values()}:
        raise fail("exists", f"there is a spec {name} already", hint="choose another name")
    if not name.isascii() or not name.replace("-", "_").isidentifier() or name != name.lower():
        raise fail("spec-name", f"{name!r} cannot name a chip", hint="use small letters, digits and hyphens")
    if reason := as_chip(name):
        raise fail("reserved-name", reason, hint="choose another name")
    if same is not None:
        told = f"{name} and {same} would be the same module, {same.replace('-', '_')}"
        raise fail("name-clash", told, hint="choose another name")


def _check_mixin(library: Library, name: str) -> None:
    fitting = {d.name for d in library.documents.values() if d.kind == "mixin" and d.whole == "chip"}
    if name not in fitting:
        hint = did_you_mean(name, fitting) or "a mixin is a file in mixins/"
        raise fail("mixin-missing", f"there is no mixin {name} for chips", hint=hint)


def _devices(library: Library, parent: str) -> str:
    """The boards of the parent, taken out one by one; or an empty mapping."""
    boards = _keys(library.resolve("chip", parent), "devices")
    return "".join(f"\n  {board}: null" for board in boards) or " {}"


def _words(library: Library, node: Mapping) -> str:
    """No words of each memory of the layer that a chip runs."""
    layers = node.get("layers")
    names = list(plain(layers)) if layers is not None else library.names("layer")
    known = [name for name in names if ("layer", name) in library.documents]
    memories = _keys(library.resolve("layer", known[0]), "memory") if known else []
    return ", ".join(f"{memory}_words: 0" for memory in memories)


def _first(cores: list[str]) -> str:
    """The first cores, as a range where there are several."""
    run = [core for index, core in enumerate(cores[:3]) if int(core) == int(cores[0]) + index]
    return f"{run[0]}..{run[-1]}" if run[1:] else next(iter(run), "0")


def _with_maximum(node: Mapping) -> Iterator[str]:
    """The limits that a starter can show an override of."""
    yield from (name for name in _keys(node, "limits") if "max" in _keys(node, "limits", name))


def _keys(node: Node | None, *path: int | str) -> list[str]:
    for step in path:
        node = node.get(str(step)) if isinstance(node, Mapping) else None
    return list(node.items) if isinstance(node, Mapping) else []
