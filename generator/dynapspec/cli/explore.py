"""``dynapspec explore``: which networks of a search space fit which chips."""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from pathlib import Path

import click

from dynapspec.cli.fit import FINDINGS
from dynapspec.cli.options import refuse_installed, specs_option
from dynapspec.diagnostics import fail

INTERRUPTED = 130  # exit code, as the shell tells of Ctrl-C
EXTRA = "pip install 'dynapspec[explore]'"


@click.command("explore")
@click.argument("space", type=click.Path(path_type=Path))
@click.option("--chip", metavar="NAME|all", help="Chip to fit; without it the answer is for all chips.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.parquet",
    help="Also write a row for each network; without it the summary is all.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Scheduler of a Dask cluster that does the work, as in tcp://host:8786; else this machine does.",
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Look at the first N combinations alone.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@specs_option
def command(
    space: Path,
    chip: str | None,
    out: Path | None,
    scheduler: str | None,
    limit: int | None,
    form: str,
    specs: Path | None,
) -> None:
    """Judge every network of the search space SPACE, and say how many fit which chips.

    SPACE is a YAML file: a network with choices in it. "Fits" means by the data sheet, with a core
    for every layer, as for fit. The summary says what stops the others, and which network that fits
    has the most parameters; --out has each network. Rows come in the order of the space, and the
    file is written as a whole or not at all.

    The exit code is 1 if no network fits any of the chips.
    """
    if out is not None:
        refuse_installed(out, "name a file of your own")
        if out.suffix != ".parquet":
            raise click.UsageError(f"--out writes Parquet; name it {out.with_suffix('.parquet')}")
    if find_spec("numpy") is None:
        raise fail("missing-extra", "to explore needs the package numpy", hint=EXTRA)
    from dynapspec.cli.progress import watching
    from dynapspec.explore.plan import make_plan
    from dynapspec.explore.run import explore
    from dynapspec.load import find_specs
    from dynapspec.model import load_model

    plan = make_plan(space, load_model(find_specs(specs)), chip, limit)
    try:
        with watching("networks") as watch:
            summary = explore(plan, out, scheduler, watch)
    except KeyboardInterrupt:
        click.echo(f"stopped{f'; {out} was not written' if out else ''}", err=True)
        sys.exit(INTERRUPTED)
    if form == "json":
        click.echo(json.dumps(summary.data(), indent=1))
    else:
        from rich.console import Console

        from dynapspec.explore.show import show

        show(summary, Console(file=sys.stdout))
    if not summary.any_fits:
        sys.exit(FINDINGS)
