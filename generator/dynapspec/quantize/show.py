"""The quantization report for a terminal: the layer that suffers most first, then all of them."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.text import Text

from dynapspec.diagnostics import visible
from dynapspec.network.report_layers import BAD, FAINT, GOOD, NOTHING, empty_table
from dynapspec.quantize.compare import Comparison
from dynapspec.quantize.layer import Histogram, LayerQuantization, Setter
from dynapspec.quantize.report import QuantizationReport
from dynapspec.simulate.show import notes, printed, short

LEVELS = " ▁▂▃▄▅▆▇█"
WIDTH = 24  # letters of a histogram
WIDE = 100  # columns from which there is room for histograms
LOST = 0.05  # bits that are worth a word


def show(report: QuantizationReport, console: Console) -> None:
    """Prints the report."""
    wide = console.width >= WIDE and not console.options.ascii_only
    parts: list[RenderableType] = [Text(visible(report.network), "bold"), _worst(report), ""]
    parts += [_words(report, wide), "", *_why(report)]
    if report.comparison is not None:
        parts += list(_compared(report.comparison))
    printed(Group(*parts, *notes(report.notes)), console)


def _worst(report: QuantizationReport) -> Text:
    if report.worst is None:
        return Text("quantization changes nothing", GOOD)
    layer = report.layers[report.worst]
    return Text(f"most hurt: layer {layer.index} ({visible(layer.label)}), {_harm(report, layer)}", BAD)


def _harm(report: QuantizationReport, layer: LayerQuantization) -> str:
    if report.comparison is not None:
        one = report.comparison.layers[layer.index]
        if one.alone_moved is None:
            return f"silent in floats, and its words fire {one.alone_spikes:,} spikes"
        return f"its words alone move {one.alone_moved:.2%} of its spikes"
    return f"its weights are {_decibel(layer.weights.snr_db)} above their rounding"


def _words(report: QuantizationReport, wide: bool) -> RenderableType:
    table = empty_table(1)
    table.add_column("", justify="right", style=FAINT)
    table.add_column("layer", overflow="fold")
    for name in ("scale", "set by", "threshold", "weights", "clipped", "zeroed", "SNR"):
        table.add_column(name, justify="left" if name == "set by" else "right", no_wrap=True)
    if wide:
        low, high = (-report.layers[0].weights.most - 1, report.layers[0].weights.most)
        table.add_column(f"words, {low} to {high}", no_wrap=True, style="cyan")
    for layer in report.layers:
        one = layer.weights
        group = NOTHING if layer.set_by is None else _group(layer.set_by)
        threshold = str(layer.levels.get("threshold", "-"))
        span = f"{one.low} to {one.high}"
        clipped = Text(f"{one.clipped:,}", BAD) if one.clipped else NOTHING
        zeroed = Text(_share(one.zeroed, one.count)) if one.zeroed else NOTHING
        cells: list[Text | str] = [
            f"{layer.scale:.5g}",
            group,
            threshold,
            span,
            clipped,
            zeroed,
            _decibel(one.snr_db),
        ]
        drawn = [bars(one.histogram)] if wide else []
        table.add_row(str(layer.index), Text(visible(layer.label)), *cells, *drawn)
    return table


def _group(setter: Setter) -> Text:
    return Text(visible(setter.group), BAD if setter.bits_lost > LOST else "")


def bars(histogram: Histogram) -> str:
    """A histogram as a line of letters; each is higher by the logarithm, so that rare words show too."""
    size = math.ceil(len(histogram.counts) / WIDTH)
    sums = [sum(histogram.counts[i : i + size]) for i in range(0, len(histogram.counts), size)]
    most = math.log1p(max(sums))
    return "".join(LEVELS[math.ceil(math.log1p(n) / most * (len(LEVELS) - 1)) if most else 0] for n in sums)


def _why(report: QuantizationReport) -> Iterator[RenderableType]:
    """A sentence for each layer whose weights do not set the scale."""
    told = [layer for layer in report.layers if layer.set_by and layer.set_by.bits_lost > LOST]
    for layer in told:
        setter = layer.set_by
        assert setter is not None
        most = max(abs(layer.weights.low), layer.weights.high)
        what = f"no {setter.name}, which counts as" if setter.absent else f"the {setter.name}"
        text = (
            f"layer {layer.index}: {what} {setter.value:g} sets the scale; the weights use"
            f" {most} of {layer.weights.most} steps and lose {setter.bits_lost:.1f} bits."
        )
        yield Text(visible(text))
        yield Text(f"  hint: {_remedy(setter)}", FAINT)
    if told:
        yield ""


def _remedy(setter: Setter) -> str:
    if setter.absent:
        return f"give the neurons a {setter.name}, such as minus their threshold"
    return f"train with a smaller {setter.name}: {2**setter.bits_lost:.3g} times smaller costs nothing"


def _compared(comparison: Comparison) -> Iterator[RenderableType]:
    head = f"{comparison.events:,} events of {visible(comparison.file)}, bins of {comparison.bin_us} us"
    yield Text(f"spikes: {head}", "bold")
    yield ""
    table = empty_table(1)
    table.add_column("layer", justify="right", style=FAINT)
    for name in ("float", "Hz", "alone", "words", "event"):  # the other rates follow, and stand in the JSON
        table.add_column(name, justify="right", no_wrap=True)
    for one in comparison.layers:
        table.add_row(
            str(one.index),
            f"{one.float_spikes:,}",
            short(one.float_rate),
            _change(one.float_spikes, one.alone_spikes, one.alone_moved),
            _change(one.float_spikes, one.clocked_spikes, one.clocked_moved),
            _change(one.float_spikes, one.event_spikes, one.event_moved),
        )
    yield table
    yield ""
    yield Text(
        "alone: the layer in words behind float layers; words: all in words; event: the same, one event"
        " after another. In brackets, spikes that moved, neuron by neuron.",
        FAINT,
    )
    classes = {"words" if name == "clocked" else name: found for name, found in comparison.classes.items()}
    told = ", ".join(f"{name} {'none' if found is None else found}" for name, found in classes.items())
    yield Text(f"class: {told}", GOOD if len(set(comparison.classes.values())) == 1 else BAD)
    yield ""


def _change(before: int, after: int, moved: float | None) -> Text:
    total = "new" if not before and after else f"{(after - before) / before if before else 0:+.1%}"
    return Text(total if moved is None else f"{total} ({moved:.1%})")


def _share(number: int, count: int) -> str:
    share = 100 * number / count
    return f"{share:.1f}%" if share >= 0.1 else "<0.1%"


def _decibel(value: float | None) -> str:
    return "exact" if value is None else f"{value:.1f} dB"
