"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

from dynapspec.diagnostics import fail


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
