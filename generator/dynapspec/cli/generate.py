"""``dynapspec generate``: everything from the specs, or a check that nothing has drifted."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dynapspec.cli.options import out_option, refuse_installed, specs_option
from dynapspec.diagnostics import fail
from dynapspec.load import find_specs
from dynapspec.load.reader import display_name
from dynapspec.model import Model, load_model

if TYPE_CHECKING:
    from dynapspec.emit.tree import Change

SHOWN = 60  # lines of diff that are printed; files beyond that are named


@click.command("generate")
@specs_option
@out_option
@click.option(
    "--check", is_flag=True, help="Write nothing; exit 1 and show a diff when something has drifted."
)
@click.option("--force", is_flag=True, help="Overwrite generated files that were edited by hand.")
@click.option("--full", is_flag=True, help="With --check: every diff, however long.")
@click.option("--watch", is_flag=True, help="Do so at every save, and show what the save means; Ctrl-C ends.")
def command(specs: Path | None, out: Path | None, check: bool, force: bool, full: bool, watch: bool) -> None:
    """Generate the layer package, validators, tests, vectors, schemas and docs from the specs."""
    from dynapspec.load.collecting import without_collecting

    root = find_specs(specs)
    target = _target(out, root)
    if watch:
        _watch(root, target, check, force)
        return
    again = " ".join(["dynapspec generate", *_flag("--specs", specs), *_flag("--out", out)])
    with without_collecting():
        model = load_model(root)
        code = _check(model, target, again, full) if check else _generate(model, target, force)
    sys.exit(code)


def _watch(root: Path, target: Path, check: bool, force: bool) -> None:
    """The edit loop: a calm screen, or plain lines where nobody looks at a terminal."""
    from dynapspec.watch import Settings, watch
    from dynapspec.watch.screen import Lines, Screen

    head = f"dynapspec generate --watch{' --check' * check}: {display_name(root)}"
    watch(Settings(root, target, check, force), Screen(head) if sys.stdout.isatty() else Lines())


def _flag(name: str, path: Path | None) -> list[str]:
    return [name, display_name(path)] if path else []


def _target(out: Path | None, root: Path) -> Path:
    """The output folder; never one among installed packages."""
    target = out or root.resolve().parent / "generated"
    refuse_installed(target, "name a folder with --out")
    if not _can_hold(target, root):
        message = f"{target} is no folder for generated files"
        raise fail("output-folder", message, hint="name another with --out")
    return target


def _can_hold(target: Path, root: Path) -> bool:
    """Whether a folder is neither the root of everything, nor a file, nor among the specs."""
    whole, specs = target.resolve(), root.resolve()
    try:
        free = whole.is_dir() or not whole.exists()
    except OSError:  # a name that no file can have
        return False
    return free and whole not in (whole.parent, specs) and specs not in whole.parents


def _check(model: Model, target: Path, again: str, full: bool) -> int:
    from dynapspec.emit.pipeline import build
    from dynapspec.emit.tree import changes, not_ours

    texts = build(model)
    drift = changes(target, texts)
    if not drift:
        click.echo(f"{len(texts)} files in {display_name(target)} are what the specs say")
        return 0
    _show(drift, full)
    forced = " --force" if not_ours(target, texts) else ""
    click.echo(f"{len(drift)} of {len(texts)} files differ; mend it with: {again}{forced}")
    return 1


def _show(drift: list[Change], full: bool) -> None:
    """Code before documents, as many diffs as fit on a screen, and all other files by name."""
    left = SHOWN
    headers = [change for change in drift if change.only_header]
    for change in sorted(drift, key=_interest):
        lines = change.diff.splitlines()
        if change.only_header:
            continue
        if len(lines) > left and not full:
            click.echo(f"{change.path}: {change.kind}, {change.size}")
            continue
        left -= len(lines)
        click.echo(change.diff)
    if headers:
        click.echo(f"only the hashes in the header differ in {len(headers)} more files")


def _interest(change: Change) -> tuple[bool, bool, str]:
    """The generated package first, then other code, then vectors and documents."""
    package = not change.path.startswith(("conformance/", "docs/", "schemas/")) and "/" in change.path
    return not package, not change.path.endswith(".py"), change.path


def _generate(model: Model, target: Path, force: bool) -> int:
    from dynapspec.emit.docs.coverage import gaps
    from dynapspec.emit.pipeline import build, inputs
    from dynapspec.emit.replace import replace
    from dynapspec.emit.sourcemap import source_map
    from dynapspec.emit.tree import ADDED, CHANGED, REMOVED, changes, not_ours, up_to_date

    if up_to_date(target, inputs(model), partial(source_map, model)):
        click.echo(f"{display_name(target)} is up to date")
        return 0
    texts = build(model)
    for gap in gaps(model, texts):
        click.echo(gap, err=True)
    theirs = not_ours(target, texts)
    if theirs and not force:
        for path in theirs:
            click.echo(f"{display_name(target / path)} was edited by hand, or is not ours", err=True)
        click.echo(
            "nothing was written; move the edits into the specs, or overwrite them with --force", err=True
        )
        return 1
    drift = changes(target, texts)
    replace(target, texts)
    counts = {kind: sum(change.kind == kind for change in drift) for kind in (ADDED, CHANGED, REMOVED)}
    told = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count) or "nothing changed"
    click.echo(f"{len(texts)} files in {display_name(target)}: {told}")
    return 0
