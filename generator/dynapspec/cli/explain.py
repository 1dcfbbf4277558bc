"""``dynapspec explain``: where each value of a spec comes from."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dynapspec.cli.options import specs_option
from dynapspec.load import find_specs
from dynapspec.model import load_model
from dynapspec.model.provenance import Setting, Trace, entry_named, expanded, parse_path, traces

WIDEST = 500


@click.command("explain")
@click.argument("name", metavar="CHIP")
@click.argument("path", required=False)
@specs_option
def command(name: str, path: str | None, specs: Path | None) -> None:
    """Show value, unit, evidence and origin of PATH, such as cores[3].kernel_words, or of everything.

    CHIP is a chip, a layer, a base or a mixin. PATH may hold ranges, as in cores[0..2], and * for all.
    """
    entry = entry_named(load_model(find_specs(specs)), name)
    paths = expanded(entry, parse_path(path)) if path is not None else [()]
    found = [trace for one in paths for trace in traces(entry, one)]
    if not found:
        click.echo(f"{path} of {name} is empty")
    elif len(found) == 1:
        click.echo(_one(found[0]))
    else:
        _table(found)


def _one(trace: Trace) -> str:
    lines = [
        f"{trace.path} = {_shown(trace.setting)}{f' {trace.unit}' if trace.unit else ''}",
        f"  evidence  {trace.evidence}",
        f"  set in    {trace.setting.span}",
        *([f"  kept by   {', '.join(trace.kept)}"] if trace.kept else []),
        *(f"  instead of {_shown(old)} in {old.span}" for old in trace.overridden),
        f"  clause    {trace.clause}",
    ]
    return "\n".join(lines)


def _shown(setting: Setting) -> str:
    value = setting.value
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _table(found: list[Trace]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in ("value", "", "unit", "evidence", "set in", "instead of"):
        table.add_column(title, overflow="fold")
    for trace in found:
        level = trace.evidence.split(":")[0]
        replaced = ", ".join(_shown(old) for old in trace.overridden)
        table.add_row(trace.path, _shown(trace.setting), trace.unit, level, str(trace.setting.span), replaced)
    # a pipe has no width: nothing is folded there, so that lines can be searched
    Console(highlight=False, width=None if sys.stdout.isatty() else WIDEST).print(table)
