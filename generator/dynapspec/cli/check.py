"""``dynapspec check``: are the specs sound?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from dynapspec.cli.options import specs_option
from dynapspec.diagnostics import Diagnostic, InputError, did_you_mean, fail
from dynapspec.findings import FORMATS
from dynapspec.load import Mapping, Scalar, find_specs, read_file
from dynapspec.load.reader import display_name
from dynapspec.model import load_model


@click.command("check")
@click.argument("chosen", metavar="[SPECS]...", nargs=-1)
@specs_option
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True)
@click.option("--explain", "code", metavar="CODE", help="Say what a code means and how to mend it.")
def command(chosen: tuple[str, ...], specs: Path | None, form: str, code: str | None) -> None:
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
    if form == "text":
        click.echo(f"{len(model.layers)} layer and {len(model.chips)} chips are sound")
    elif form != "github":
        click.echo(FORMATS[form]([]))


def _tell(findings: list[Diagnostic], files: set[str], form: str) -> int:
    """Shows the findings in these files, or all of them; returns the exit code."""
    shown = [d for d in findings if not files or d.span is None or d.span.file in files]
    if shown or form not in ("text", "github"):
        click.echo(FORMATS[form](shown))
    if form == "text":
        click.echo(_count(len(shown), "finding"))
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
        known = {file.stem: file for kind in ("layers", "chips") for file in (root / kind).glob("**/*.yaml")}
        if name not in known:
            hint = did_you_mean(name, known)
            raise fail("unknown-spec", f"there is no file, chip or layer {name}", hint=hint)
        yield from _lineage(known, name)


def _lineage(known: dict[str, Path], name: str | None) -> Iterator[str]:
    """A spec and its ancestors, as far as they can be read."""
    seen: set[str] = set()
    while name in known and name not in seen:
        seen.add(name)
        yield display_name(known[name])
        name = _parent(known[name])


def _parent(path: Path) -> str | None:
    try:
        node = read_file(path)
    except InputError:
        return None
    parent = node.get("extends") if isinstance(node, Mapping) else None
    return parent.value if isinstance(parent, Scalar) and isinstance(parent.value, str) else None
