"""``dynapspec conform``: does an implementation do what the specs say?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dynapspec.cli.options import refuse_installed, specs_option

if TYPE_CHECKING:
    from dynapspec.conform.run import Plan

FINDINGS = 1
_FILE = click.Path(path_type=Path, dir_okay=False)
_SECONDS = click.FloatRange(min=0.01)
_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("conform")
@click.option("--impl", metavar="NAME", help="Adapter: one that ships, one of the entry point group "
              "dynapspec.implementations, or module:callable.  [default: dynapcnn]")  # fmt: skip
@click.option(
    "--command", "program", metavar="CMD", help="A program that speaks the protocol, in any language."
)
@click.option("--chip", metavar="NAME", help="Vectors of this chip and its layer; without it, of all chips.")
@click.option(
    "--topic", "topics", multiple=True, metavar="NAME", help="Vectors of this topic alone; may be repeated."
)
@click.option("--report", "reports", multiple=True, type=_FILE, metavar="FILE",
              help="Write the report: .html, .xml (JUnit), .json or .txt; may be repeated.")  # fmt: skip
@click.option(
    "--known", type=_FILE, metavar="FILE", help="Failures that are known: ids and reasons, or a record."
)
@click.option(
    "--floor", type=click.IntRange(min=1), metavar="N", help="At least so many cases must be judged."
)
@click.option("--timeout", type=_SECONDS, default=10.0, show_default=True, metavar="SECONDS",
              help="For one case.")  # fmt: skip
@click.option("--start-timeout", type=_SECONDS, default=60.0, show_default=True, metavar="SECONDS",
              help="For the start of the implementation.")  # fmt: skip
@click.option("--vectors", type=_FOLDER, metavar="DIR", help="Play the frozen vectors of a folder, "
              "in place of those that follow from the specs.")  # fmt: skip
@click.option(
    "--path", type=_FOLDER, metavar="DIR", help="Folder that holds what an adapter adapts, such as sinabs."
)
@click.option("--record", "keep", is_flag=True, help="Keep the result in evidence/ beside the specs.")
@specs_option
def command(
    impl: str | None,
    program: str | None,
    chip: str | None,
    topics: tuple[str, ...],
    reports: tuple[Path, ...],
    known: Path | None,
    floor: int | None,
    timeout: float,
    start_timeout: float,
    vectors: Path | None,
    path: Path | None,
    keep: bool,
    specs: Path | None,
) -> None:
    """Play the conformance vectors against an implementation: where is it wrong, and which clause says so?

    The exit code is 0 if it conforms, 1 if a case fails that is not known to, if one passes that is
    known to fail, or if too few were judged, and 2 for what cannot be used.
    """
    if impl is not None and program is not None:
        raise click.UsageError("--impl and --command name two implementations; give one of them")
    from dynapspec.conform.known import read_known
    from dynapspec.conform.play import Limits
    from dynapspec.conform.reports import form_of
    from dynapspec.conform.run import Plan

    for file in reports:
        form_of(file)
    failures = read_known(known) if known else None
    limits = Limits(start_timeout, timeout)
    plan = Plan(impl, program, chip, topics, vectors, path, failures, floor, limits)
    sys.exit(_run(plan, reports, keep, specs))


def _run(plan: Plan, reports: tuple[Path, ...], keep: bool, specs: Path | None) -> int:
    from dynapspec.conform.record import record
    from dynapspec.conform.reports import write
    from dynapspec.conform.reports.text import as_text
    from dynapspec.conform.run import conform
    from dynapspec.load import find_specs
    from dynapspec.load.reader import display_name
    from dynapspec.model import load_model

    model = load_model(find_specs(specs))
    if keep:
        refuse_installed(model.root, "name the specs of a project with --specs")
    report = conform(model, plan)
    click.echo(as_text(report), nl=False)
    for file in reports:
        write(report, file)
    if keep:
        click.echo(f"recorded in {display_name(record(report, model.root))}")
    return 0 if report.fine else FINDINGS
