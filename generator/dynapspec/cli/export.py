"""``dynapspec export``: a network as the configuration that the vendor's library loads."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dynapspec.cli.fit import FINDINGS
from dynapspec.cli.options import input_shape_option, refuse_installed, specs_option
from dynapspec.diagnostics import visible

if TYPE_CHECKING:
    from dynapspec.export.options import Options
    from dynapspec.network.network import Shape

ALL, NONE = "all", "none"
WIDTH = 100  # columns up to which a list of numbers stays on one line


def read_positions(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """``0,4``, ``all`` or ``none``; anything else is bad usage."""
    if value is None or value in (ALL, NONE):
        return value
    parts = [part.strip() for part in value.split(",")]
    if not all(part.removeprefix("-").isascii() and part.removeprefix("-").isdigit() for part in parts):
        raise click.BadParameter(
            f"{visible(value)[:WIDTH]} names no layers; write positions as in 0,4, or {ALL}, or {NONE}"
        )
    return value


@click.command("export")
@click.argument("model")
@click.option("--chip", metavar="NAME", required=True, help="Chip to write the configuration for.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.json",
    help="File to write; without it the configuration goes to the terminal.",
)
@input_shape_option
@click.option(
    "--monitor",
    callback=read_positions,
    metavar="0,4|all|none",
    help="Layers whose spikes are sent to the computer, by position; the last ones by default.",
)
@click.option("--state", is_flag=True, help="Start from the potentials that the model holds, not from 0.")
@click.option(
    "--readout", is_flag=True, help="Let the chip pick a class: spread the output as its readout asks."
)
@click.option("--dvs", is_flag=True, help="Take the events of the chip's own sensor.")
@click.option(
    "--dvs-pooling", type=click.IntRange(1), metavar="N", help="Pixels of the sensor summed on each axis."
)
@specs_option
def command(
    model: str,
    chip: str,
    out: Path | None,
    input_shape: Shape | None,
    monitor: str | None,
    state: bool,
    readout: bool,
    dvs: bool,
    dvs_pooling: int | None,
    specs: Path | None,
) -> None:
    """Write MODEL as the configuration of a chip, for the vendor's library.

    MODEL is a NIR graph (.nir), or Python as module:callable or file.py:callable; a network file has
    no weights to write.

    The exit code is 1 if MODEL does not fit the chip; nothing is written then.
    """
    from dynapspec.export.configure import Exporter
    from dynapspec.load import find_specs
    from dynapspec.model import load_model
    from dynapspec.network.conversion import DoesNotFitError
    from dynapspec.whole_files import write_whole

    if dvs_pooling is not None and not dvs:
        raise click.UsageError("--dvs-pooling says how --dvs is used, which is not given")
    if out is not None:
        refuse_installed(out, "name a file of your own")
    exporter = Exporter(load_model(find_specs(specs)), chip)
    network = _read(exporter, model, input_shape)
    options = _options(len(network.layers), monitor, state, readout, dvs_pooling or 1 if dvs else None)
    try:
        found = exporter.export(network, options=options)
    except DoesNotFitError as error:
        _tell(error.report)
        sys.exit(FINDINGS)
    text = as_text(found.data) + "\n"
    for note in dict.fromkeys(found.notes):
        click.echo(f"note: {visible(note)}", err=True)
    if out is None:
        click.echo(text, nl=False)
        return
    write_whole({out: text})
    placed = ", ".join(f"{index} on core {core}" for index, core in enumerate(found.cores))
    click.echo(f"{out}: layers {placed} of {exporter.chip.name}")


def _read(exporter: Any, model: str, input_shape: Shape | None) -> Any:
    from dynapspec.network.loading import read_network

    return read_network(model, exporter.chain, input_shape)


def _options(layers: int, monitor: str | None, state: bool, readout: bool, pooling: int | None) -> Options:
    from dynapspec.export.options import Options, Sensor

    chosen: tuple[int, ...] | None = None
    if monitor == ALL:
        chosen = tuple(range(layers))
    elif monitor == NONE:
        chosen = ()
    elif monitor is not None:
        chosen = tuple(int(part) for part in monitor.split(","))
    return Options(chosen, state, readout, None if pooling is None else Sensor(pooling))


def _tell(report: Any) -> None:
    from rich.console import Console

    from dynapspec.network.report import show

    show(report, Console(file=sys.stderr))


def as_text(value: Any, indent: int = 0) -> str:
    """JSON for people: mappings over several lines, a list of numbers on one."""
    inner, outer = " " * (indent + 1), " " * indent
    flat = json.dumps(value)
    if len(flat) + indent <= WIDTH or not isinstance(value, Mapping | list):
        return flat
    if isinstance(value, Mapping):
        parts = [f"{inner}{json.dumps(key)}: {as_text(item, indent + 1)}" for key, item in value.items()]
        return "{\n" + ",\n".join(parts) + f"\n{outer}}}"
    if not any(isinstance(item, Mapping | list) for item in value):
        return flat
    return "[\n" + ",\n".join(inner + as_text(item, indent + 1) for item in value) + f"\n{outer}]"
