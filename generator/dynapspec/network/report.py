"""The answer of ``fit`` for a terminal: a table of layers, what is broken and how to mend it, a verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from dynapspec.diagnostics import visible
from dynapspec.network.chain import sized
from dynapspec.network.report_findings import (
    hanging,
    show_preference,
    show_suggestions,
    show_violation,
    show_ways,
)
from dynapspec.network.report_layers import BAD, FAINT, GOOD, empty_table, layer_table, ranges, words
from dynapspec.network.verdicts import ChipFit, FitReport, Violation

__all__ = ["ranges", "show", "words"]

WIDE = 100  # columns from which there is room for bars


def show(report: FitReport, console: Console, more: Iterable[RenderableType] = ()) -> None:
    """Prints the report; one chip in full, several as a summary and what is broken on which.

    Args:
        report: the answers.
        console: where to.
        more: what is told between them and the verdict.
    """
    parts = _one(report.chips[0], console) if len(report.chips) == 1 else _several(report)
    with console.capture() as capture:
        console.print(
            Group(_title(report), "", *parts, *more, *_notes(report), _verdict(report)), highlight=False
        )
    text = capture.get()
    encoding = getattr(console.file, "encoding", None) or "utf-8"
    text = text.encode(encoding, "replace").decode(encoding)  # a terminal that lacks a letter shows ?
    if not console.is_terminal:  # in a file, the spaces that fill the lines are in the way
        text = "\n".join(line.rstrip() for line in text.split("\n"))
    console.file.write(text)


def _title(report: FitReport) -> Text:
    network = report.network
    title = Text(visible(network.name), "bold")
    title.append(f": {_count(len(network.layers), 'layer')}, input {sized(network.input_shape)}", "not bold")
    if network.source:
        title.append(f"\n{visible(network.source)}", f"not bold {FAINT}")
    return title


def _verdict(report: FitReport) -> Text:
    if len(report.chips) > 1:
        fitting = sum(chip.fits for chip in report.chips)
        return Text(f"fits {fitting} of {len(report.chips)} chips", GOOD if fitting else BAD)
    (chip,) = report.chips
    if chip.fits:
        return Text(f"fits {chip.chip} on {len(chip.layers)} of its {len(chip.capacity)} cores", GOOD)
    return Text(f"does not fit {chip.chip}: {_count(len(chip.violations), 'violation')}", BAD)


def _notes(report: FitReport) -> Iterator[RenderableType]:
    for note in report.network.notes:
        yield hanging([("note", Text(visible(note)))])
    if report.network.notes:
        yield ""


# ── One chip ────────────────────────────────────────────────────────────────────────────────────


def _one(chip: ChipFit, console: Console) -> Iterator[RenderableType]:
    block = "#" if console.options.ascii_only else "█"
    yield layer_table(chip.layers, chip, console.width >= WIDE, block)
    yield ""
    if any(layer.ways is not None for layer in chip.layers):
        yield show_ways(chip.layers)
    for violation in chip.violations:
        yield show_violation(violation, "", chip.layers)
    yield from show_preference(chip.preference)
    yield from show_suggestions(chip)


# ── Several chips ───────────────────────────────────────────────────────────────────────────────


def _several(report: FitReport) -> Iterator[RenderableType]:
    first = report.chips[0]
    yield from (layer_table(first.layers, None), "", _summary(report), "")
    found: dict[tuple[str, int | None, str], list[str]] = {}
    kept: dict[tuple[str, int | None, str], Violation] = {}
    for chip in report.chips:
        for violation in chip.violations:
            key = (violation.rule, violation.layer, violation.message)
            kept[key] = _with_lines(kept[key], violation) if key in kept else _with_lines(violation)
            found.setdefault(key, []).append(chip.chip)
    for key, on in found.items():
        yield show_violation(
            kept[key], "every chip" if len(on) == len(report.chips) else ", ".join(on), first.layers
        )
    yield from _nearest(report)


def _nearest(report: FitReport) -> Iterator[RenderableType]:
    """The least change for each chip that it does not fit."""
    rows = [(chip.chip, Text(visible(_change(chip)))) for chip in report.chips if _change(chip)]
    if rows:
        yield from (Text("would fit", "bold"), hanging(rows), "")


def _change(chip: ChipFit) -> str:
    """The least change to the network itself; that it fits other chips stands in the summary already."""
    if chip.fits or not chip.suggestions:
        return ""
    changed = [each.message for each in chip.suggestions if each.chip is None]
    return changed[0] if changed else "no small change was found"


def _with_lines(violation: Violation, *others: Violation) -> Violation:
    """A violation that several chips have: the lines behind all of them, and no word of those between."""
    lines = [line for one in (violation, *others) for line in one.provenance]
    return replace(violation, provenance=tuple(dict.fromkeys(replace(line, kept=()) for line in lines)))


def _summary(report: FitReport) -> Table:
    table = empty_table(1)
    for name in ("chip", "cores", "verdict", "core of each layer"):
        table.add_column(name, no_wrap=name != "core of each layer")
    for chip in report.chips:
        verdict = Text("fits", GOOD) if chip.fits else Text("does not fit", BAD)
        placed = " ".join("-" if layer.core is None else str(layer.core) for layer in chip.layers)
        table.add_row(chip.chip, str(len(chip.capacity)), verdict, placed if chip.fits else _why(chip))
    return table


def _why(chip: ChipFit) -> Text:
    rules = dict.fromkeys(violation.rule for violation in chip.violations)
    return Text(", ".join(rules), FAINT)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
