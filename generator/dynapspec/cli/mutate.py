"""``dynapspec mutate``: how strong are the vectors?"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from dynapspec.cli.options import specs_option
from dynapspec.diagnostics import did_you_mean, fail
from dynapspec.load import find_specs
from dynapspec.load.reader import display_name
from dynapspec.model import Model, load_model

LINE = 10.0  # seconds between two lines that tell how far it has come


@click.command("mutate")
@click.argument("names", metavar="[SPECS]...", nargs=-1)
@specs_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    envvar="DYNAPSPEC_OUT",
    metavar="DIR",
    help="Folder that holds the frozen vectors [DYNAPSPEC_OUT; else generated/ beside the specs].",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--emitted", default=24, show_default=True, help="Mutants to play through the class too.")
@click.option(
    "--record", "kept", is_flag=True, help="Keep the score beside the specs, for the documentation."
)
@click.option("--jobs", type=click.IntRange(min=1), default=os.cpu_count() or 1, help="Processes at work.")
def command(
    names: tuple[str, ...],
    specs: Path | None,
    out: Path | None,
    form: str,
    emitted: int,
    kept: bool,
    jobs: int,
) -> None:
    """Change the specs in every place and see whether a frozen vector tells; exit 1 when one does not.

    SPECS are names of layer specs and chips; all by default. Nothing is written without --record.
    """
    from rich.console import Console

    from dynapspec.mutate.campaign import campaign
    from dynapspec.mutate.record import record
    from dynapspec.mutate.report import data, show
    from dynapspec.mutate.sample import Sampled, played
    from dynapspec.mutate.verdict import survivors

    root = find_specs(specs)
    if kept and names:
        raise fail("record", "a score of some specs is no record of all", hint="leave the names out")
    model = load_model(root)
    out = out or root.resolve().parent / "generated"
    _known(model, names)
    sample: list[Sampled] = []
    with _stoppable(), _telling() as told:
        done = campaign(model, out, list(names), jobs, told)
        verdicts, whole = done.verdicts, False
        with suppress(KeyboardInterrupt):
            sample += played(model, out, verdicts, emitted) if done.whole else ()
            whole = done.whole
    if form == "json":
        click.echo(json.dumps(data(verdicts, sample), indent=2))
    else:
        show(verdicts, sample, Console())
    if not whole:
        what = ", and nothing is recorded" if kept else ""
        raise fail("ended", f"ended after {len(verdicts)} of {done.total} mutants{what}")
    if kept:
        click.echo(f"recorded in {display_name(record(model, verdicts, sample))}", err=True)
    missed = [one for one in sample if not one.vectors]
    sys.exit(1 if survivors(verdicts) or missed else 0)


@contextmanager
def _stoppable() -> Iterator[None]:
    """Whoever ends the program gets what it has found so far, as with an interrupt."""

    def ended(*_: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, ended)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _telling() -> Iterator[Callable[[int, int], None]]:
    """Tells how far it has come: a bar on a terminal, elsewhere a line now and then."""
    from rich.console import Console
    from rich.progress import Progress

    console, began, last = Console(stderr=True), time.monotonic(), -LINE
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task("mutants", total=None)

        def told(count: int, total: int) -> None:
            nonlocal last
            progress.update(bar, completed=count, total=total)
            seconds = time.monotonic() - began
            if not console.is_terminal and seconds - last >= LINE:
                last = seconds
                click.echo(f"{count} of {total} mutants in {seconds:.0f} s", err=True)

        yield told


def _known(model: Model, names: tuple[str, ...]) -> None:
    every = [*model.layers, *model.chips]
    for name in names:
        if name not in every:
            message = f"there is no layer spec or chip {name}"
            raise fail("unknown-spec", message, hint=did_you_mean(name, every))
