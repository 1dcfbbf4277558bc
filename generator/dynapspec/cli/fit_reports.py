"""What ``dynapspec fit`` shows beside its answer: loads, warnings, bars, and reports as files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from dynapspec.network.fit import FitReport, Fitter
    from dynapspec.report.showing import Shown
    from dynapspec.report.traffic import Traffic


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for beside the answer."""

    rates: tuple[str, ...]
    counts: Path | None
    html: Path | None
    svg: Path | None
    bars: bool | None


def report_of(report: FitReport, fitters: Sequence[Fitter], wanted: Wanted) -> Shown:
    """The answer with warnings, and with loads where rates or counts were given."""
    from dynapspec.report.showing import shown

    made = shown(report, fitters, _traffic(report, wanted))
    if wanted.html is None or all(layer.parameters is None for layer in report.network.layers):
        return made
    from dataclasses import replace

    from dynapspec.report.weights import weight_histograms

    return replace(made, weights=weight_histograms(report.network, fitters[0].quantizer))


def _traffic(report: FitReport, wanted: Wanted) -> Traffic | None:
    if wanted.rates and wanted.counts is not None:
        raise click.UsageError("--rate assumes what --counts knows: give one of them")
    if wanted.rates:
        from dynapspec.report.rates import assumed

        return assumed(report.network, wanted.rates)
    if wanted.counts is not None:
        from dynapspec.report.counts import read_counts

        return read_counts(wanted.counts, report.network)
    return None


def write_files(made: Shown, wanted: Wanted) -> None:
    """The page and the drawing that were asked for: both, or none."""
    if wanted.html is None and wanted.svg is None:
        return
    from dynapspec.report.page import as_html, as_svg
    from dynapspec.whole_files import Content, write_whole

    texts: dict[Path, Content] = {}
    if wanted.html is not None:
        texts[wanted.html] = as_html(made)
    if wanted.svg is not None:
        if len(made.chips) > 1:
            raise click.UsageError("--svg draws one chip: name it with --chip")
        if wanted.svg == wanted.html:
            raise click.UsageError("--html and --svg name the same file")
        texts[wanted.svg] = as_svg(made)
    write_whole(texts)


def beside(made: Shown, wanted: Wanted, console: Console) -> list[RenderableType]:
    """What is printed below the layers and above the verdict."""
    bars = console.is_terminal if wanted.bars is None else wanted.bars
    one = made.chips[0] if len(made.chips) == 1 else None
    if not (bars and one) and not any(chip.cautions or chip.loads for chip in made.chips):
        return []
    from dynapspec.report.terminal import caution_lines, core_bars, load_lines

    found: list[RenderableType] = []
    if bars and one is not None:
        found.append(core_bars(one, console.width, console.options.ascii_only))
    for chip in made.chips:
        found += load_lines(made, chip)
    return [*found, *caution_lines(made)]
