"""Bars, loads and warnings for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dynapspec.diagnostics import visible
from dynapspec.network.report_findings import hanging
from dynapspec.network.report_layers import BAD, FAINT, NOTHING, empty_table, words
from dynapspec.report.load import Load
from dynapspec.report.showing import OnChip, Shown
from dynapspec.report.wording import amount, assumptions, limits, load_verdict, percent, told_once

GOOD, CLOSE, WASTED = "cyan", "yellow", "magenta"
WIDE, SHORT, LEAST = 100, 80, 6
SIGNS = ("█", "▒", "·")  # used, wasted by padding, free
PLAIN = ("#", "+", ".")  # the same for a terminal that has no such letters


def core_bars(chip: OnChip, width: int, ascii_only: bool) -> RenderableType:
    """Each core as a bar for each memory: used, wasted by padding, free."""
    signs = PLAIN if ascii_only else SIGNS
    placed = {layer.core: layer for layer in chip.answer.layers if layer.core is not None}
    names = [name for name, padded in chip.fitter.padded.items() if padded]
    size = max(LEAST, min(28, (min(width, SHORT if width < WIDE else width) - 18) // max(1, len(names)) - 12))
    table = empty_table(1)
    for name in ("core", "layer"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in names:
        table.add_column(name, no_wrap=True)
        table.add_column("free", justify="right", no_wrap=True, style=FAINT)
    for number, capacity in chip.answer.capacity.items():
        layer = placed.get(number)
        cells: list[Text] = []
        for name in names:
            use = layer.memories[name] if layer else None
            taken = (use.words or 0) if use else 0
            used = (use.used or 0) if use else 0
            cells += [
                _bar(used, taken - used, capacity[name], size, signs),
                Text(words(capacity[name] - taken)),
            ]
        table.add_row(str(number), NOTHING if layer is None else Text(str(layer.index), "bold"), *cells)
    key = Text.assemble(
        (signs[0], GOOD), " used  ", (signs[1], WASTED), " wasted by padding  ", (signs[2], FAINT), " free"
    )
    return Group(table, key, "")


def _bar(used: int, wasted: int, room: int, size: int, signs: tuple[str, str, str]) -> Text:
    """A bar whose parts add up to its length; what is there at all has one letter at least."""
    if not room:
        return Text("none", FAINT)
    ends = [-(-size * part // room) for part in (used, used + wasted)]
    filled, padded = ends[0], max(0, ends[1] - ends[0])
    return Text.assemble(
        (signs[0] * filled, GOOD),
        (signs[1] * padded, WASTED),
        (signs[2] * max(0, size - filled - padded), FAINT),
    )


def load_lines(shown: Shown, chip: OnChip) -> Iterator[RenderableType]:
    """The table of loads, what they rest on, and what is too much."""
    if not chip.loads or shown.traffic is None:
        return
    yield Text(f"synaptic operations in a second on {chip.answer.chip}", "bold")
    yield _load_table(chip)
    yield ""
    notes = [*assumptions(shown.report.network, shown.traffic), *limits(chip.loads)]
    yield hanging([("note", Text(visible(note))) for note in notes])
    told = [(f"layer {load.layer}", load_verdict(load), load.over) for load in chip.loads]
    rows = [(place, Text(text, BAD if over else CLOSE)) for place, text, over in told if text]
    if rows:
        yield hanging(rows)
    yield ""


def _load_table(chip: OnChip) -> Table:
    table = empty_table(1)
    table.add_column("", justify="right", style=FAINT)
    table.add_column("layer", overflow="fold")
    for name in ("events", "ops/event", "operations", "core", "can do", "load"):
        table.add_column(name, justify="right", no_wrap=True)
    for load, layer in zip(chip.loads, chip.answer.layers, strict=True):
        table.add_row(
            str(load.layer),
            Text(visible(layer.label)),
            _known(load.events),
            _known(load.mean),
            _known(load.synops),
            NOTHING if load.core is None else Text(str(load.core), "bold"),
            _known(load.bandwidth.synops if load.bandwidth else None),
            _share(load),
        )
    return table


def _known(value: float | None) -> Text:
    return Text("unknown", FAINT) if value is None else Text(amount(value))


def _share(load: Load) -> Text:
    if load.share is None:
        return NOTHING
    return Text(percent(load.share), BAD if load.over else CLOSE if load.may_be_over else "")


def caution_lines(shown: Shown) -> Iterator[RenderableType]:
    """Each warning once, whichever chips it is about."""
    for told in told_once(one for chip in shown.chips for one in chip.cautions):
        rows = [*told.rows, ("why", told.why), ("remedy", told.remedy), ("clause", told.clause)]
        yield Text(f"warning: {told.rule}", CLOSE)
        yield hanging([(name, Text(visible(text))) for name, text in rows])
        yield ""
