"""``dynapspec check``: are the specs sound?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dynapspec.cli.options import specs_option
from dynapspec.diagnostics import Diagnostic, InputError, did_you_mean, fail
from dynapspec.findings import FORMATS
from dynapspec.load import Mapping, Scalar, Sequence, find_specs, read_file
from dynapspec.load.reader import display_name
from dynapspec.model import Model, load_model
from dynapspec.resolve.library import KINDS

if TYPE_CHECKING:
    from dynapspec.diff.history import Verdict


@click.command("check")
@click.argument("chosen", metavar="[SPECS]...", nargs=-1)
@specs_option
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True)
@click.option(
    "--against",
    "revision",
    metavar="REV",
    help="Find versions that were not raised since this revision of git; none for no comparison."
    "  [default: HEAD, where specs differ from it]",
)
@click.option("--explain", "code", metavar="CODE", help="Say what a code means and how to mend it.")
def command(
    chosen: tuple[str, ...], specs: Path | None, form: str, revision: str | None, code: str | None
) -> None:
    """Check every spec; exit 1 when something is wrong.

    SPECS are files, folders, or names of chips and layers: findings elsewhere are then only counted.
    """
    if code is not None:
        from dynapspec.codes import explain

        click.echo(explain(code))
        return
    root = find_specs(specs)
    files = {file for name in chosen for file in _files(root, name)}
    try:
        model = load_model(root)
    except InputError as error:
        sys.exit(_tell(error.diagnostics, files, form))
    findings, notes = _proven(model)
    versions = _versions(model, revision)
    findings, notes = InputError([*findings, *versions.findings]).diagnostics, [*notes, *versions.notes]
    if findings:
        sys.exit(_tell(findings, files, form, notes))
    if form == "text":
        click.echo(f"{_count(len(model.layers), 'layer')} and {_count(len(model.chips), 'chip')} are sound")
    if notes or form not in ("text", "github"):
        click.echo(FORMATS[form]([], notes))


def _proven(model: Model) -> tuple[list[Diagnostic], list[str]]:
    """What proofs find in sound specs, and what is not proven; only this command asks for them."""
    from dynapspec.prove.check import notes, prove

    outcome = prove(model)
    return InputError(outcome.findings).diagnostics, list(notes(outcome))


def _versions(model: Model, revision: str | None) -> Verdict:
    """The versions that should have been raised since a revision, or since the last commit."""
    from dynapspec.diff.history import NO_REVISION, Verdict, against

    return Verdict() if revision == NO_REVISION else against(model, revision)


def _tell(findings: list[Diagnostic], files: set[str], form: str, notes: list[str] | None = None) -> int:
    """Shows the findings in these files, or all of them; returns the exit code."""
    shown = [d for d in findings if not files or d.span is None or d.span.file in files]
    if shown or form not in ("text", "github"):
        click.echo(FORMATS[form](shown, notes if form != "text" and notes else ()))
    if form == "text":
        click.echo("\n".join([_count(len(shown), "finding"), *(notes or ())]))
    if len(shown) < len(findings):
        hidden = _count(len(findings) - len(shown), "more finding")
        click.echo(f"{hidden} in other files", err=form != "text")
    return 1 if shown else 0


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _files(root: Path, name: str) -> Iterator[str]:
    """The files that an argument stands for, as findings name them; those of a spec include its ancestors."""
    path = Path(name)
    if path.is_dir():
        yield from (display_name(file) for file in path.glob("**/*.yaml"))
    elif path.is_file():
        yield display_name(path)
    else:
        folders = (root / f"{kind}s" for kind in reversed(KINDS))  # of one name, a whole spec comes first
        known = {file.stem: file for folder in folders for file in folder.glob("**/*.yaml")}
        if name not in known:
            hint = did_you_mean(name, known)
            raise fail("unknown-spec", f"there is no file, chip or layer {name}", hint=hint)
        yield from _lineage(known, name)


def _lineage(known: dict[str, Path], name: str) -> Iterator[str]:
    """A spec and all that it is laid over, as far as they can be read."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one in known and one not in seen:
            seen.add(one)
            yield display_name(known[one])
            waiting += _below(known[one])


def _below(path: Path) -> list[str]:
    """What a spec says that it is laid over: its parent and its mixins."""
    try:
        node = read_file(path)
    except InputError:
        return []
    if not isinstance(node, Mapping):
        return []
    mixins = node.get("mixins")
    named = [node.get("extends"), *(mixins.items if isinstance(mixins, Sequence) else ())]
    return [one.value for one in named if isinstance(one, Scalar) and isinstance(one.value, str)]
