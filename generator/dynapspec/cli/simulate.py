"""``dynapspec simulate``: a recording, shown to a network as the chip would take it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from dynapspec.cli.fit import FINDINGS
from dynapspec.cli.options import input_shape_option, refuse_installed, specs_option

if TYPE_CHECKING:
    from dynapspec.network.network import Shape

EVENT, CLOCKED = "event", "clocked"


@click.command("simulate")
@click.argument("model")
@click.argument("events", type=click.Path(path_type=Path))
@click.option("--chip", metavar="NAME", help="Place MODEL on this chip, and say how busy its cores are.")
@click.option(
    "--semantics",
    type=click.Choice([EVENT, CLOCKED]),
    default=EVENT,
    show_default=True,
    help="One event after another, as the silicon does it, or in time bins, as training does it.",
)
@input_shape_option
@click.option(
    "--bin-us",
    type=click.IntRange(1),
    metavar="N",
    help=f"Microseconds of a time bin, for {CLOCKED}.  [default: 1000]",
)
@click.option(
    "--leak-period",
    type=click.IntRange(1),
    metavar="N",
    help=f"Microseconds between two ticks of the slow clock, which adds the biases, for {EVENT}.",
)
@click.option("--sort", is_flag=True, help="Put events in the order of time that are not.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.npz",
    help="Also keep the spikes and the final potential of every neuron, and each spike with its time.",
)
@specs_option
def command(
    model: str,
    events: Path,
    chip: str | None,
    semantics: Literal["event", "clocked"],
    input_shape: Shape | None,
    bin_us: int | None,
    leak_period: int | None,
    sort: bool,
    form: str,
    out: Path | None,
    specs: Path | None,
) -> None:
    """Show the recording EVENTS to MODEL, and say how each layer fires and which class wins.

    MODEL is a NIR graph (.nir), or Python as module:callable or file.py:callable. EVENTS is .npy,
    .npz, N-MNIST (.bin, .bs2), AEDAT 4 (.aedat4) or HDF5 (.h5, .hdf5).

    A silent neuron never fired; an owing one, saturated in JSON, ended at or above its threshold.

    The exit code is 1 if MODEL does not fit the chip; nothing is simulated then.
    """
    _check_usage(semantics, bin_us, leak_period, out)
    needs_numpy("to simulate")
    from dynapspec.cli.progress import watching
    from dynapspec.network.conversion import DoesNotFitError
    from dynapspec.simulate import Options, simulate

    bins = {} if bin_us is None else {"bin_us": bin_us}
    options = Options(semantics, leak_period=leak_period, sort=sort, **bins)
    try:
        with watching("events") as watch:
            answer, run = simulate(model, events, chip, options, input_shape, specs, watch)
    except DoesNotFitError as error:
        from rich.console import Console

        from dynapspec.network.report import show as show_fit

        show_fit(error.report, Console(file=sys.stderr))
        sys.exit(FINDINGS)
    if out is not None:
        from dynapspec.simulate.save import save

        save(run, out)
    if form == "json":
        click.echo(json.dumps(answer.data(), indent=1))
        return
    from rich.console import Console

    from dynapspec.simulate.show import show

    show(answer, Console(file=sys.stdout))


def _check_usage(semantics: str, bin_us: int | None, leak_period: int | None, out: Path | None) -> None:
    """Options that say nothing about what was asked for are bad usage."""
    if semantics == EVENT and bin_us is not None:
        raise click.UsageError(f"--bin-us is about time bins; say --semantics {CLOCKED} too")
    if semantics == CLOCKED and leak_period is not None:
        raise click.UsageError("--leak-period is about events; in time bins, each adds the biases")
    if out is not None:
        refuse_installed(out, "name a file of your own")
        if out.suffix != ".npz":
            raise click.UsageError(f"--out writes NumPy's .npz; name it {out.with_suffix('.npz')}")
        from dynapspec.whole_files import refuse_unwritable

        refuse_unwritable(out)


def needs_numpy(what: str) -> None:
    """Raises InputError that names the extra, where NumPy is missing."""
    from importlib.util import find_spec

    from dynapspec.diagnostics import fail

    if find_spec("numpy") is None:
        raise fail("missing-extra", f"{what} needs the package numpy", hint="pip install 'dynapspec[torch]'")
