"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dynapspec.diagnostics import fail, visible

if TYPE_CHECKING:
    from dynapspec.network.network import Shape

DIGITS = 9  # of a size of the input at most
SHOWN = 60  # characters of a wrong value that are shown


def refuse_installed(target: Path, hint: str) -> None:
    """Raises InputError for a place among installed packages: nothing of ours is written there."""
    if {"site-packages", "dist-packages"} & set(target.resolve().parts):
        raise fail("output-folder", f"{target} lies among installed packages", hint=hint)


specs_option = click.option(
    "--specs",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Folder of the specs [DYNAPSPEC_SPECS; else the nearest specs/ upward, else the packaged copy].",
)
out_option = click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="DYNAPSPEC_OUT",
    metavar="DIR",
    help="Folder to write to [DYNAPSPEC_OUT; else generated/ beside the specs].",
)


def read_shape(context: click.Context, parameter: click.Parameter, value: str | None) -> Shape | None:
    """``C,H,W`` as three numbers from 1 on; anything else is bad usage."""
    if value is None:
        return None
    parts = [part.strip() for part in value.replace("x", ",").split(",")]
    if len(parts) != 3 or not all(map(_is_size, parts)):
        shown = visible(value if len(value) <= SHOWN else f"{value[:SHOWN]}...")
        raise click.BadParameter(f"{shown} is no shape; write features, height and width as in 2,128,128")
    return int(parts[0]), int(parts[1]), int(parts[2])


def _is_size(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= DIGITS and int(text) > 0


input_shape_option = click.option(
    "--input-shape", callback=read_shape, metavar="C,H,W", help="Shape of the input, in place of the model's."
)
