"""The answer of ``simulate`` for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.text import Text

from dynapspec.diagnostics import visible
from dynapspec.network.chain import sized
from dynapspec.network.report_findings import hanging
from dynapspec.network.report_layers import BAD, FAINT, GOOD, NOTHING, empty_table
from dynapspec.simulate.report import LayerActivity, Simulation

FULL = 1.0  # of what a core can do
LABEL = 14  # letters of a layer in a narrow terminal
MAX_CLASSES = 6  # that are told, beside the one that won
MILLISECOND = 1000  # in microseconds


def show(answer: Simulation, console: Console) -> None:
    """Prints the answer."""
    parts: list[RenderableType] = [_title(answer), "", _table(answer), ""]
    printed(Group(*parts, *_owing(answer), *notes(answer.notes), _verdict(answer)), console)


def printed(group: RenderableType, console: Console) -> None:
    """Prints in the letters that the terminal has; without trailing spaces in a file."""
    with console.capture() as capture:
        console.print(group, highlight=False)
    text = capture.get()
    encoding = getattr(console.file, "encoding", None) or "utf-8"
    text = text.encode(encoding, "replace").decode(encoding)
    if not console.is_terminal:
        text = "\n".join(line.rstrip() for line in text.split("\n"))
    console.file.write(text)


def notes(told: tuple[str, ...]) -> Iterator[RenderableType]:
    """How things were read."""
    for note in told:
        yield hanging([("note", Text(visible(note)))])
    if told:
        yield ""


def short(number: float) -> str:
    """A rate in three digits or so."""
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def _title(answer: Simulation) -> Text:
    title = Text(visible(answer.network), "bold")
    how = "one after another" if answer.bin_us is None else f"in bins of {answer.bin_us} us"
    span = f"{answer.duration / MILLISECOND:,.0f} ms"
    title.append(f": {answer.events:,} events of {answer.file} {how}, {span}", "not bold")
    return title


def _table(answer: Simulation) -> RenderableType:
    table = empty_table(1)
    table.add_column("", justify="right", style=FAINT)
    table.add_column("layer", overflow="fold", min_width=LABEL)
    names = [
        "neurons",
        "spikes",
        "Hz",
        "silent",
        "owing",
        "synops",
        *(["core", "load"] if answer.chip else []),
    ]
    for name in names:  # what a layer received is what the one before it sent, and stands in the JSON
        table.add_column(name, justify="right", no_wrap=True)
    for layer in answer.layers:
        silent, late = _share(layer.silent, layer), _share(layer.saturated, layer, BAD)
        cells: list[Text | str] = [
            sized(layer.neuron_shape),
            f"{layer.spikes:,}",
            short(layer.rate),
            silent,
            late,
            f"{layer.synops:,}",
        ]
        placed: list[Text | str] = [str(layer.core), _load(layer)] if answer.chip else []
        table.add_row(str(layer.index), Text(visible(layer.label)), *cells, *placed)
    return table


def _owing(answer: Simulation) -> Iterator[RenderableType]:
    """What the column is about, where there is something in it."""
    if any(layer.saturated for layer in answer.layers):
        yield Text("owing: neurons that ended at or above their threshold, and still have to fire", FAINT)
        yield ""


def _share(number: int, layer: LayerActivity, style: str = "") -> Text:
    if not number:
        return NOTHING
    share = 100 * number / layer.neurons
    return Text(f"{share:.0f}%" if share >= 1 else "<1%", style if number else "")


def _load(layer: LayerActivity) -> Text:
    if layer.load is None:
        return NOTHING
    return Text(f"{layer.load:.0%}" if layer.load >= 0.01 else "<1%", BAD if layer.load > FULL else "")


def _verdict(answer: Simulation) -> Text:
    ranked = sorted(enumerate(answer.class_counts), key=lambda one: (-one[1], one[0]))
    told = ", ".join(f"{name} with {count:,}" for name, count in ranked[:MAX_CLASSES] if count)
    if not answer.winners:
        return Text("no class: the last layer never fired", BAD)
    if answer.picked is None:
        first = " and ".join(map(str, answer.winners[:MAX_CLASSES]))
        return Text(f"no class: {first} fired equally often ({told})", BAD)
    return Text(f"class {answer.picked}: spikes of the last layer are {told}", GOOD)
