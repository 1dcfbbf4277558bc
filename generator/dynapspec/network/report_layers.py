"""The layers of a network as a table for a terminal: what each takes, and how full its core is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import ceil

from rich import box
from rich.table import Table
from rich.text import Text

from dynapspec.diagnostics import visible
from dynapspec.network.chain import sized
from dynapspec.network.verdicts import ChipFit, LayerFit, MemoryUse

BAR = 8
GOOD, BAD, FAINT = "green", "bold red", "dim"
NOTHING = Text("-", FAINT)


def layer_table(
    layers: Sequence[LayerFit], chip: ChipFit | None, wide: bool = False, block: str = ""
) -> Table:
    """A row for each layer; how full its core is where a chip is given."""
    table = empty_table(1 if wide or chip is None else 0)
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


def empty_table(gap: int) -> Table:
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
