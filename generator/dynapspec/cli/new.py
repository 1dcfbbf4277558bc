"""``dynapspec new``: a commented starter for another chip."""

from __future__ import annotations

from pathlib import Path

import click

from dynapspec.cli.options import refuse_installed, specs_option
from dynapspec.diagnostics import did_you_mean, fail
from dynapspec.load import Mapping, Node, find_specs
from dynapspec.load.reader import display_name
from dynapspec.resolve import Library, open_library
from dynapspec.resolve.library import FORMAT

STARTER = """\
# yaml-language-server: $schema=../../generated/schemas/chip.json
format: {format}
chip: {name}
version: 0.1.0
extends: {parent}
doc: "{name}, as {parent} until this file says otherwise."

# To fill in: the boards that carry the chip. `null` takes out a board of {parent}.
devices:{devices}

# To fill in: what differs from {parent}. Only the keys that you state change; for example:
#
# sources:
#   DS: {{level: datasheet, title: the data sheet, date: 2026-01}}
# cores:                        # by number or range; a stated core keeps the memories that you leave out
#   0..2: {{{memory}: 0, source: DS Table 1}}
# limits:
#   {limit}: {{max: 0, source: DS 2.4}}
#
# `dynapspec explain {name}` shows every value, where it was set, and what it replaced.
"""


@click.command("new")
@click.argument("name")
@click.option("--extends", "parent", required=True, metavar="CHIP", help="The chip that the new one is like.")
@specs_option
def command(name: str, parent: str, specs: Path | None) -> None:
    """Write a starter for a chip NAME that passes `check` and says what to fill in."""
    library = open_library(find_specs(specs))
    refuse_installed(library.root, "name your own folder of specs with --specs")
    text = starter(library, name, parent)
    path = library.root / "chips" / f"{name}.yaml"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise fail("exists", f"{display_name(path)} is there already", hint="choose another name") from None
    except OSError as error:
        raise fail("unwritable", f"cannot write {display_name(path)}: {error.strerror}") from None
    click.echo(f"{display_name(path)} extends {parent}; fill in its devices and what differs")


def starter(library: Library, name: str, parent: str) -> str:
    """The text of a new chip spec.

    Raises:
        InputError: the name cannot be one, is taken, or there is no such parent.
    """
    chips = {document.name for document in library.documents.values() if document.kind == "chip"}
    if parent not in chips:
        raise fail(
            "extends-missing", f"there is no chip {parent} to extend", hint=did_you_mean(parent, chips)
        )
    if name in {document.name for document in library.documents.values()}:
        raise fail("exists", f"there is a spec {name} already", hint="choose another name")
    if not name.isascii() or not name.replace("-", "_").isidentifier() or name != name.lower():
        raise fail("spec-name", f"{name!r} cannot name a chip", hint="use small letters, digits and hyphens")
    node = library.resolve("chip", parent)
    return STARTER.format(
        format=FORMAT,
        name=name,
        parent=parent,
        devices=_devices(library, parent),
        memory=next(iter(_keys(node, "cores", 0)), "kernel_words"),
        limit=next(iter(_keys(node, "limits")), "kernel_size"),
    )


def _devices(library: Library, parent: str) -> str:
    """The boards of the parent, taken out one by one; or an empty mapping."""
    boards = _keys(library.resolve("chip", parent), "devices")
    return "".join(f"\n  {board}: null" for board in boards) or " {}"


def _keys(node: Node | None, *path: int | str) -> list[str]:
    for step in path:
        node = node.get(str(step)) if isinstance(node, Mapping) else None
    return list(node.items) if isinstance(node, Mapping) else []
