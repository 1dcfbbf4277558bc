"""``dynapspec check``: are the specs sound?"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dynapspec.cli.options import specs_option
from dynapspec.diagnostics import InputError
from dynapspec.load import find_specs
from dynapspec.model import load_model


@click.command("check")
@specs_option
def command(specs: Path | None) -> None:
    """Check every spec; exit 1 when something is wrong."""
    root = find_specs(specs)
    try:
        model = load_model(root)
    except InputError as error:
        click.echo(str(error))
        click.echo(f"{len(error.diagnostics)} findings")
        sys.exit(1)
    click.echo(f"{len(model.layers)} layer and {len(model.chips)} chips are sound")
