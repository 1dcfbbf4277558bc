"""``dynapspec quantize``: what the words of the chip do to a network."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dynapspec.cli.options import input_shape_option, specs_option
from dynapspec.cli.simulate import needs_numpy

if TYPE_CHECKING:
    from dynapspec.network.network import Shape


@click.command("quantize")
@click.argument("model")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="EVENTS",
    help="A recording: also compare spikes in floats, in words by time bins, and in words by events.",
)
@input_shape_option
@click.option(
    "--bin-us",
    type=click.IntRange(1),
    metavar="N",
    help="Microseconds of a time bin, for --data.  [default: 1000]",
)
@click.option(
    "--leak-period",
    type=click.IntRange(1),
    metavar="N",
    help="Microseconds between two ticks of the slow clock, which adds the biases, for --data.",
)
@click.option("--sort", is_flag=True, help="Put events in the order of time that are not.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@specs_option
def command(
    model: str,
    data: Path | None,
    input_shape: Shape | None,
    bin_us: int | None,
    leak_period: int | None,
    sort: bool,
    form: str,
    specs: Path | None,
) -> None:
    """Say what quantization does to each layer of MODEL, and which layer it hurts most.

    All values of a layer share one scale; the report says which of them set it, what the weights lose
    by it, and how their words are spread. MODEL is a NIR graph (.nir), or Python as module:callable or
    file.py:callable; --data takes the files that `simulate` takes.
    """
    if data is None and (bin_us or leak_period or sort):
        raise click.UsageError(
            "--bin-us, --leak-period and --sort say how --data is shown, which is not given"
        )
    needs_numpy("a report on words")
    from dynapspec.cli.progress import watching
    from dynapspec.quantize import quantization_report

    with watching("layers") as watch:
        report = quantization_report(
            model,
            data,
            input_shape,
            specs,
            leak_period=leak_period,
            sort=sort,
            watch=watch,
            bin_us=bin_us,
        )
    if form == "json":
        click.echo(json.dumps(report.data(), indent=1))
        return
    from rich.console import Console

    from dynapspec.quantize.show import show

    show(report, Console(file=sys.stdout))
