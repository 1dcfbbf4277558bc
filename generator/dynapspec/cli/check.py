"""``dynapspec check``: are the specs sound?"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dynapspec.cli.options import specs_option
from dynapspec.diagnostics import InputError
from dynapspec.findings import FORMATS
from dynapspec.load import find_specs
from dynapspec.model import load_model


@click.command("check")
@specs_option
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True)
def command(specs: Path | None, form: str) -> None:
    """Check every spec; exit 1 when something is wrong."""
    root = find_specs(specs)
    try:
        model = load_model(root)
    except InputError as error:
        click.echo(FORMATS[form](error.diagnostics))
        if form == "text":
            click.echo(_count(len(error.diagnostics)))
        sys.exit(1)
    if form == "text":
        click.echo(f"{len(model.layers)} layer and {len(model.chips)} chips are sound")
    elif form != "github":
        click.echo(FORMATS[form]([]))


def _count(number: int) -> str:
    return "1 finding" if number == 1 else f"{number} findings"
