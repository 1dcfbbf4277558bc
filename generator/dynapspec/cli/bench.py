"""``dynapspec bench``: how fast the commands and the layer are on this machine."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dynapspec.cli.options import refuse_installed, specs_option
from dynapspec.diagnostics import fail
from dynapspec.load import find_specs

if TYPE_CHECKING:
    from dynapspec.bench.answer import Found
    from dynapspec.bench.rows import Row
    from dynapspec.bench.turns import Pace
    from dynapspec.cli.progress import Steps

SLOW = 60.0  # seconds of a row that are announced


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to measure beside rows."""

    root: Path
    variants: tuple[int, ...]
    memory: bool
    scaling: bool


@click.command("bench")
@specs_option
@click.option("--runs", type=click.IntRange(1), default=7, show_default=True, help="Runs; medians are shown.")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    metavar="S",
    help="Time for the runs of one row: slower ones get fewer, one at least. The first never counts.",
)
@click.option("--rows", "names", metavar="NAME", multiple=True, help="Only this row, or those of a pattern.")
@click.option("--list", "listed", is_flag=True, help="Name all rows with their targets, and measure nothing.")
@click.option(
    "--variants",
    metavar="N",
    type=click.IntRange(1),
    multiple=True,
    help="Also measure check and generate with N made chips; may be given several times.",
)
@click.option("--training", is_flag=True, help="Also measure backward passes; sinabs takes minutes for them.")
@click.option("--memory", is_flag=True, help="Also measure the most memory that each side takes.")
@click.option("--scaling", is_flag=True, help="Also measure over time bins, batch, size and density.")
@click.option(
    "--record", "kept", is_flag=True, help="Measure all, and keep it beside the specs for the docs."
)
@click.option(
    "--plot", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Draw the rows as SVG."
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(
    specs: Path | None,
    runs: int,
    seconds: float | None,
    names: tuple[str, ...],
    listed: bool,
    variants: tuple[int, ...],
    training: bool,
    memory: bool,
    scaling: bool,
    kept: bool,
    plot: Path | None,
    form: str,
) -> None:
    """Measure commands cold, and calls side by side with other libraries where they are installed.

    Answers are compared before anything is timed. The last lines say what is below its target. With
    --rows, --record measures these rows again and keeps the others. Interrupted, it shows and keeps
    what it has so far.
    """
    from dynapspec.bench.answer import answer
    from dynapspec.bench.every import every_row
    from dynapspec.bench.record import record, written
    from dynapspec.bench.rows import choose

    if plot is not None:
        refuse_installed(plot, "name a file of your own")
    root = find_specs(specs)
    whole = kept and not names
    rows = choose(every_row(root), names, slow=training or whole)
    if listed:
        _list(rows if names else every_row(root))
        return
    wanted = Wanted(root, variants, memory or whole, scaling or whole)
    measured = _measured(rows, runs, seconds, wanted)
    found = answer(measured)
    if form == "json":
        click.echo(written(found), nl=False)
    else:
        from rich.console import Console

        from dynapspec.bench.show import WIDTH, show

        console = Console(file=sys.stdout)
        show(found, console if console.is_terminal else Console(file=sys.stdout, width=WIDTH))
    if plot is not None:
        from dynapspec.bench.record import draw

        draw(found, plot)
    if kept:
        from dynapspec.load.reader import display_name

        path = record(found, root, whole=whole and measured.whole)
        click.echo(f"recorded in {display_name(path)}", err=True)
    if not measured.whole:
        raise fail("ended", f"ended after {len(found.rows)} of {len(rows)} rows")


def _list(rows: list[Row]) -> None:
    from dynapspec.emit.conformance.speed import SpeedBound
    from dynapspec.emit.docs.speed_words import target

    width = max(len(row.name) for row in rows) + 2
    for row in rows:
        bound = row.bound and target(SpeedBound(kind=row.bound.kind.value, value=row.bound.value))
        said = [bound or "", "with --training" if row.slow else ""]
        click.echo(f"{row.name:<{width}}{', '.join(filter(None, said))}".rstrip())


def _measured(rows: list[Row], runs: int, seconds: float | None, wanted: Wanted) -> Found:
    from dynapspec.bench.answer import Found
    from dynapspec.bench.growth import growth_figures
    from dynapspec.bench.peak import peaks
    from dynapspec.bench.rows import measure
    from dynapspec.bench.scaling import scaling
    from dynapspec.bench.turns import Pace
    from dynapspec.cli.progress import stepping

    found = Found(whole=False)
    with suppress(KeyboardInterrupt), stepping() as steps:
        place = {row.name: index for index, row in enumerate(rows)}
        for one in measure(
            rows, lambda row: _pace(row.name, place[row.name], len(rows), runs, seconds, steps)
        ):
            found.rows.append(one)
        for peak in peaks(steps) if wanted.memory else ():
            found.peaks.append(peak)
        if wanted.scaling:
            found.points += scaling(lambda name, at, all_: _pace(name, at, all_, runs, seconds, steps))
        found.growths += growth_figures(wanted.root, wanted.variants, Pace(runs, seconds))
        found.whole = True
    return found


def _pace(name: str, at: int, total: int, runs: int, seconds: float | None, steps: Steps) -> Pace:
    """So many runs within the time, told to a bar; a slow row is announced."""
    from dynapspec.bench.turns import Pace

    steps(name, at, total)

    def tell(done: int, count: int, cost: float) -> None:
        left = f", {cost:.0f} s each" if cost >= 1 else ""
        steps(f"{name}: run {min(done + 1, count)} of {count}{left}", at + done / count, total)
        if done == 0 and cost * count >= SLOW:
            click.echo(f"{name}: {count} runs of {cost:.0f} s, about {cost * count / 60:.0f} min", err=True)

    return Pace(runs, seconds, tell)
