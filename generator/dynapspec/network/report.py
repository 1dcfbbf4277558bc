"""The answer of ``fit`` for a terminal: a table of layers, what is broken and how to mend it, a verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from math import ceil

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from dynapspec.diagnostics import visible
from dynapspec.network.chain import sized
from dynapspec.network.fit import ChipFit, FitReport, LayerFit, MemoryUse, Violation
from dynapspec.network.lines import told

WIDE = 100  # columns from which there is room for bars
BAR = 8
GOOD, BAD, FAINT = "green", "bold red", "dim"
NOTHING = Text("-", FAINT)


def show(report: FitReport, console: Console) -> None:
    """Prints the report; one chip in full, several as a summary and what is broken on which."""
    parts = _one(report.chips[0], console) if len(report.chips) == 1 else _several(report)
    with console.capture() as capture:
        console.print(Group(_title(report), "", *parts, *_notes(report), _verdict(report)), highlight=False)
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
        yield _hanging([("note", Text(visible(note)))])
    if report.network.notes:
        yield ""


# ── One chip ────────────────────────────────────────────────────────────────────────────────────


def _one(chip: ChipFit, console: Console) -> Iterator[RenderableType]:
    block = "#" if console.options.ascii_only else "█"
    yield _layers(chip.layers, chip, console.width >= WIDE, block)
    yield ""
    for violation in chip.violations:
        yield _violation(violation, "", chip.layers)


def _layers(layers: Sequence[LayerFit], chip: ChipFit | None, wide: bool = False, block: str = "") -> Table:
    """A row for each layer; how full its core is where a chip is given."""
    table = _table(1 if wide or chip is None else 0)
    table.add_column("", justify="right", style=FAINT)
    table.add_column("layer", overflow="fold")
    table.add_column("neurons", no_wrap=True)
    shown = [name for name in layers[0].memories if _worth_showing(name, layers)]
    for name in shown:
        _memory_columns(table, name, layers[0].memories[name].padded, chip is not None, wide)
    if chip is not None:
        table.add_column("cores", no_wrap=True)
        table.add_column("core", justify="right", no_wrap=True)
    for layer in layers:
        cells = [cell for name in shown for cell in _memory_cells(name, layer, chip, wide, block)]
        shape = Text("undefined", BAD) if layer.neuron_shape is None else Text(sized(layer.neuron_shape))
        table.add_row(
            str(layer.index), Text(visible(layer.label)), shape, *cells, *(_place(layer) if chip else [])
        )
    return table


def _table(gap: int) -> Table:
    """A table with a line below its head; ``gap`` is added between the columns."""
    return Table(
        box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, gap, 0, 0), header_style="bold"
    )


def _worth_showing(name: str, layers: Iterable[LayerFit]) -> bool:
    """A memory that no layer uses has no column."""
    return any(layer.memories[name].words for layer in layers)


def _memory_columns(table: Table, name: str, padded: bool, filled: bool, wide: bool) -> None:
    table.add_column(name, justify="right", no_wrap=True)
    if filled:
        table.add_column("full", justify="right", no_wrap=True)
    if filled and wide and padded:
        table.add_column("", no_wrap=True, style="cyan")
    if padded:
        table.add_column("pad", justify="right", no_wrap=True, style=FAINT)


def _memory_cells(name: str, layer: LayerFit, chip: ChipFit | None, wide: bool, block: str) -> Iterator[Text]:
    use = layer.memories[name]
    yield NOTHING if use.words is None else Text(words(use.words))
    if chip is not None:
        room = _room(name, layer, chip)
        yield _full(use, room)
        if wide and use.padded:
            yield _bar(use, room, block)
    if use.padded:
        yield Text(f"{100 * use.waste // use.words}%" if use.waste and use.words else "")


def _room(name: str, layer: LayerFit, chip: ChipFit) -> int:
    """Words of the core that the layer is on, or of the largest core."""
    if layer.core is not None:
        return chip.capacity[layer.core][name]
    return max(core[name] for core in chip.capacity.values())


def _full(use: MemoryUse, room: int) -> Text:
    if use.words is None:
        return Text("")
    if use.words > room:
        times = use.words / room if room else 0
        return Text(f"{times:.0f}x" if times >= 10 else f"{ceil(100 * times)}%" if room else "no room", BAD)
    share = 100 * use.words // room if room else 0
    return Text("<1%" if use.words and not share else f"{share}%")


def _bar(use: MemoryUse, room: int, block: str) -> Text:
    if use.words is None or not room:
        return Text("")
    over = use.words > room
    return Text(block * min(BAR, ceil(BAR * use.words / room)), BAD if over else "")


def _place(layer: LayerFit) -> list[Text]:
    cores = (
        Text(ranges(layer.cores))
        if layer.cores
        else NOTHING
        if layer.neuron_shape is None
        else Text("none", BAD)
    )
    return [cores, NOTHING if layer.core is None else Text(str(layer.core), "bold")]


def words(count: int) -> str:
    """A number of words as data sheets write it, and never rounded: 64Ki, 8000."""
    return f"{count // 1024}Ki" if count and count % 1024 == 0 else str(count)


def ranges(numbers: Sequence[int]) -> str:
    """Numbers in order, with runs as ranges: 0-2,5."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


# ── Several chips ───────────────────────────────────────────────────────────────────────────────


def _several(report: FitReport) -> Iterator[RenderableType]:
    first = report.chips[0]
    yield from (_layers(first.layers, None), "", _summary(report), "")
    found: dict[tuple[str, int | None, str], list[str]] = {}
    kept: dict[tuple[str, int | None, str], Violation] = {}
    for chip in report.chips:
        for violation in chip.violations:
            key = (violation.rule, violation.layer, violation.message)
            kept[key] = _with_lines(kept[key], violation) if key in kept else _with_lines(violation)
            found.setdefault(key, []).append(chip.chip)
    for key, on in found.items():
        yield _violation(
            kept[key], "every chip" if len(on) == len(report.chips) else ", ".join(on), first.layers
        )


def _with_lines(violation: Violation, *others: Violation) -> Violation:
    """A violation that several chips have: the lines behind all of them, and no word of those between."""
    lines = [line for one in (violation, *others) for line in one.provenance]
    return replace(violation, provenance=tuple(dict.fromkeys(replace(line, kept=()) for line in lines)))


def _summary(report: FitReport) -> Table:
    table = _table(1)
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


# ── Violations ──────────────────────────────────────────────────────────────────────────────────


def _violation(violation: Violation, where: str, layers: Sequence[LayerFit]) -> RenderableType:
    """What is broken, by how much, how to mend it, and the clause that says so."""
    index = violation.layer
    head = Text("network" if index is None else f"layer {index}, {layers[index].label}", BAD)
    if where:
        head.append(f"  on {where}", f"not bold not red {FAINT}")
    rows = [("remedy", Text(violation.remedy))] if violation.remedy else []
    if index is not None and violation.limit is not None:
        rows.insert(0, ("limit", Text(f"{_limit(violation)}; here {_joined(violation.actual, ', ')}")))
    message = Padding(Text(visible(violation.message)), (0, 0, 0, 2))
    rows.append(("clause", Text(violation.clause)))
    if violation.provenance:
        rows.append(("from", Text(visible(told(violation.provenance)))))
    return Group(head, message, _hanging(rows), "")


def _limit(violation: Violation) -> str:
    """A number, a set, a range, or one of these for each side of the rule."""
    limit = violation.limit
    if isinstance(limit, dict):
        return f"{limit['min']} to {limit['max']}"
    return _joined(limit, ", " if isinstance(violation.actual, list) else " or ")


def _joined(value: object, between: str) -> str:
    return (between.join(map(str, value)) or "none") if isinstance(value, list | tuple) else str(value)


def _hanging(rows: Iterable[tuple[str, Text]]) -> RenderableType:
    """Text whose lines begin below each other, each behind its label."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True, style=FAINT)
    grid.add_column(overflow="fold")
    for label, text in rows:
        grid.add_row(label, text)
    return Padding(grid, (0, 0, 0, 2))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
