"""``dynapspec bench``: how fast the commands and the layer are on this machine."""

from __future__ import annotations

import json
from pathlib import Path

import click

from dynapspec.cli.options import specs_option
from dynapspec.load import find_specs


@click.command("bench")
@specs_option
@click.option("--runs", default=5, show_default=True, help="Runs of each; medians are shown.")
@click.option(
    "--variants",
    metavar="N",
    type=click.IntRange(1),
    multiple=True,
    help="Also measure check and generate with N made chips; may be given several times.",
)
@click.option("--training", is_flag=True, help="Also measure backward passes; sinabs takes minutes for them.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(specs: Path | None, runs: int, variants: tuple[int, ...], training: bool, form: str) -> None:
    """Measure commands cold, and calls side by side with sinabs where it is installed."""
    from dynapspec.bench import (
        command_figures,
        design_figures,
        growth_figures,
        layer_figures,
        neuron_figures,
        training_figures,
    )

    root = find_specs(specs)
    figures = [
        *command_figures(root, runs),
        *layer_figures(runs),
        *design_figures(runs),
        *neuron_figures(runs),
    ]
    figures += training_figures(runs) if training else []
    growths = list(growth_figures(root, variants, runs))
    if form == "json":
        rows: list[dict[str, object]] = [
            {"name": f.name, "seconds": f.median, "peer": f.peer, "ratio": f.ratio} for f in figures
        ]
        rows += [{"name": g.name, "seconds": g.median, "seconds_per_chip": g.each} for g in growths]
        click.echo(json.dumps(rows, indent=2))
        return
    for figure in figures:
        beside = f"   {figure.peer} takes {figure.ratio:.2f} times as long" if figure.ratio else ""
        click.echo(f"{figure.name:<56}{_shown(figure.median):>12}{beside}")
    for growth in growths:
        each = f"   {growth.each * 1e3:.1f} ms for each"
        click.echo(f"{growth.name:<56}{_shown(growth.median):>12}{each}")


def _shown(seconds: float) -> str:
    return f"{seconds * 1e6:.1f} us" if seconds < 1e-3 else f"{seconds:.3f} s"
