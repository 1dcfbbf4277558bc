"""``dynapspec docs``: the documentation as a site that needs no network."""

from __future__ import annotations

from pathlib import Path

import click

from dynapspec.cli.options import refuse_installed, specs_option
from dynapspec.load import find_specs
from dynapspec.load.reader import display_name
from dynapspec.model import load_model


@click.command("docs")
@specs_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    envvar="DYNAPSPEC_OUT",
    required=True,
    metavar="DIR",
    help="Folder to write the site to, outside the tree of the specs [DYNAPSPEC_OUT].",
)
def command(specs: Path | None, out: Path) -> None:
    """Build the documentation of the specs as a site: pages, drawings, and every line of every spec."""
    from dynapspec.cli.commands_page import commands_page
    from dynapspec.site.build import build, need_extra
    from dynapspec.site.sources import sources
    from dynapspec.site.target import refuse_unfit

    root = find_specs(specs)
    refuse_installed(out, "name a folder with --out")
    refuse_unfit(out, root)
    need_extra()
    site = sources(load_model(root), {"commands.md": commands_page()})
    built = build(site.texts, out)
    for line in [*site.gaps, *(f"warning: {line}" for line in built.warnings)]:
        click.echo(line, err=True)
    click.echo(f"{built.files} files in {display_name(out)}: open {display_name(out / 'index.html')}")
