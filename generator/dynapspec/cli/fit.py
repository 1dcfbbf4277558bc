"""``dynapspec fit``: does a network fit a chip?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dynapspec.cli.fit_reports import Wanted, beside, report_of, write_files
from dynapspec.cli.options import input_shape_option, specs_option

if TYPE_CHECKING:
    from dynapspec.network.fit import FitReport, Fitter
    from dynapspec.network.network import Shape

FINDINGS = 1


@click.command("fit")
@click.argument("model")
@click.option("--chip", metavar="NAME|all", help="Chip to fit; without it the answer is for all chips.")
@input_shape_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--suggest", is_flag=True, help="Look for the nearest changes that fit, or for what is free in what fits."
)
@click.option(
    "--rate",
    "rates",
    multiple=True,
    metavar="RATE[@LAYER]",
    help="Events that the input or LAYER sends in a second: 1e5, 20/pixel, 2000@3, 5/neuron@all.",
)
@click.option(
    "--counts",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Spikes of each layer as they were counted, as JSON or npz, in place of assumed rates.",
)
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE", help="Write the report as a page.")
@click.option(
    "--svg",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Draw the network and the memories of one chip.",
)
@click.option(
    "--bars/--no-bars", default=None, help="Draw the memory of each core; in a terminal it is drawn."
)
@specs_option
def command(
    model: str,
    chip: str | None,
    input_shape: Shape | None,
    form: str,
    suggest: bool,
    rates: tuple[str, ...],
    counts: Path | None,
    html: Path | None,
    svg: Path | None,
    bars: bool | None,
    specs: Path | None,
) -> None:
    """Say whether MODEL fits a chip, on which cores, how full, and why not.

    MODEL is a network file (.yaml), a NIR graph (.nir), or Python as module:callable or
    file.py:callable. "Fits" means by the data sheet.

    With --chip NAME the exit code is 0 if MODEL fits that chip, with --chip all if it fits every
    chip. Without --chip it is 0 if MODEL fits at least one. Otherwise it is 1; input that cannot
    be used gives 2.

    With --rate or --counts the synaptic operations of each layer are compared with what its core can do.
    """
    report, chips = answer(model, chip, input_shape, specs, suggest)
    wanted = Wanted(rates, counts, html, svg, bars)
    made = report_of(report, chips, wanted)
    write_files(made, wanted)
    if form == "json":
        import json

        click.echo(json.dumps(made.data(), indent=1))
    else:
        from rich.console import Console

        from dynapspec.network.report import show

        console = Console(file=sys.stdout)
        show(report, console, beside(made, wanted, console))
    if not (report.fits if chip else any(one.fits for one in report.chips)):
        sys.exit(FINDINGS)


def answer(
    model: str, chip: str | None, input_shape: Shape | None, specs: Path | None, suggest: bool = False
) -> tuple[FitReport, list[Fitter]]:
    """The report and what judged; raises InputError for what cannot be used."""
    from dynapspec.load import find_specs
    from dynapspec.model import load_model
    from dynapspec.network.chain import Chain
    from dynapspec.network.fit import ALL, fit, fitters
    from dynapspec.network.loading import read_network

    loaded = load_model(find_specs(specs))
    chips, chain = fitters(loaded, chip or ALL), Chain(loaded)
    report = fit(read_network(model, chain, input_shape), chips)
    if not suggest:
        return report, chips
    from dynapspec.network.suggest import with_suggestions

    others = [one for one in fitters(loaded) if one.chip.name not in {fitter.chip.name for fitter in chips}]
    return with_suggestions(report, chain, [*chips, *others]), chips
