"""The summary of a space, for people."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from dynapspec.explore.summary import ChipSummary, Largest, Summary

MOST = 6  # rules that are shown for a chip


def show(summary: Summary, console: Console) -> None:
    """Prints how many networks fit each chip, what stops the others, and the largest that fit."""
    left = summary.combinations - summary.networks
    apart = f", {left} more combinations are left out by where" if left else ""
    console.print(f"{escape(summary.space)}: {summary.networks} networks{apart}", highlight=False)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title, side in (
        ("chip", "left"),
        ("fit", "right"),
        ("share", "right"),
        ("what stops the others", "left"),
    ):
        table.add_column(title, justify=side)  # type: ignore[arg-type]  # rich names the sides by a Literal
    rows: dict[tuple[str, str, str], list[str]] = {}
    for one in summary.chips.values():
        row = str(one.fits), _share(one.fits, summary.networks), _stops(one, summary)
        rows.setdefault(row, []).append(one.chip)  # chips that say the same share a row
    for row, chips in rows.items():
        table.add_row(", ".join(chips), *row)
    console.print(table, highlight=False)
    told: dict[tuple[int, str], list[str]] = {}
    for one in summary.chips.values():
        if one.largest is not None:
            told.setdefault((one.largest.number, _largest(one.largest)), []).append(one.chip)
    for (_, text), chips in told.items():
        console.print(f"largest on {', '.join(chips)}: {escape(text)}", highlight=False)


def _share(part: int, whole: int) -> str:
    if not whole:
        return "-"
    share = 100 * part / whole
    return "<1%" if 0 < share < 1 else f"{share:.0f}%"


def _stops(one: ChipSummary, summary: Summary) -> str:
    stops = summary.ordered(one)
    shown = [f"{name} {count}" for name, count in stops[:MOST]]
    more = [f"{len(stops) - MOST} more"] if len(stops) > MOST else []
    return ", ".join([*shown, *more])


def _largest(found: Largest) -> str:
    choices = ", ".join(f"{name} {value}" for name, value in found.choices.items())
    return f"{found.parameters} parameters in {found.layers} layers, number {found.number}: {choices}"
