"""``dynapspec diff``: what changed between two specs, for whom, and a layer that shows it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dynapspec.cli.options import specs_option

if TYPE_CHECKING:
    from dynapspec.diff import Report

FINDINGS = 1


@click.command("diff")
@click.argument("old", required=False)
@click.argument("new", required=False)
@click.option(
    "--matrix", is_flag=True, help="For every pair of chips: is what runs on one legal on the other?"
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
)
@click.option(
    "--fail-on",
    type=click.Choice(["breaking", "uncertain", "any"]),
    help="Exit 1 when something breaks, or may break, or differs at all.",
)
@click.option(
    "--for",
    "readers",
    multiple=True,
    type=click.Choice(["networks", "weights", "api", "vectors"]),
    help="Let --fail-on count what this reader is told alone; may be repeated.  [default: all]",
)
@specs_option
def command(
    old: str | None,
    new: str | None,
    matrix: bool,
    form: str,
    fail_on: str | None,
    readers: tuple[str, ...],
    specs: Path | None,
) -> None:
    """Show what changed from OLD to NEW, what it means for whom, and a layer that shows it.

    OLD and NEW are chips, layer specs, or the abstract specs that these extend: a name, a spec file, or
    a name in a revision of git, such as HEAD~1:speck2f.
    """
    if matrix:
        if old or new:
            raise click.UsageError("--matrix compares all chips, so name none")
        _matrix(form, specs)
        return
    if old is None or new is None:
        raise click.UsageError("name two specs to compare, or ask for --matrix")
    from dynapspec.diff import compare, open_spec

    report = compare(open_spec(old, specs), open_spec(new, specs))
    if form == "text":
        from rich.console import Console

        from dynapspec.diff.text import show

        show(report, Console(file=sys.stdout))
    else:
        from dynapspec.diff.formats import as_json, as_markdown

        click.echo((as_json if form == "json" else as_markdown)(report).rstrip())
    if fail_on and _fails(report, fail_on, readers):
        sys.exit(FINDINGS)


def _fails(report: Report, level: str, readers: tuple[str, ...]) -> bool:
    """Whether the report is as bad as a level, for these readers or for anybody."""
    from dynapspec.diff.report import CLASSES, READERS

    if level == "any" and not readers:
        return report.differs
    worst = CLASSES.index(report.worst(readers or READERS))
    if level == "any":
        return worst > 0
    return worst >= CLASSES.index("breaking" if level == "breaking" else "uncertain")


def _matrix(form: str, specs: Path | None) -> None:
    from dynapspec.diff.matrix import data, matrix, show
    from dynapspec.load import find_specs
    from dynapspec.model import load_model

    found = matrix(load_model(find_specs(specs)))
    if form == "json":
        import json

        click.echo(json.dumps(data(found), indent=1))
        return
    from rich.console import Console

    show(found, Console(file=sys.stdout))
