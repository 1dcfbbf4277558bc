"""What quantization does to a recording: float, words in time bins, and words event by event.

Between the first two stands the quantization, between the last two the order of events, the one spike
per event and the biases. A layer behind others inherits their errors; so each layer is also shown, in
words, exactly what the float network sends it: what differs then is its own doing.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dynapspec.events.recording import Recording
from dynapspec.network.network import Network
from dynapspec.simulate.run import Run, Watch, by_bins, by_events, converted, layers_of

SECOND = 1e6  # in microseconds


@dataclass(frozen=True, slots=True)
class LayerComparison:
    """The spikes of one layer in each of the runs.

    Attributes:
        index: position in the network.
        neurons: how many it has.
        float_spikes, clocked_spikes, event_spikes: of all neurons.
        alone_spikes: of the layer in words, while all before it computes in floats.
        clocked_moved: sum over neurons of the spikes more or less than float, per spike of float.
        event_moved: the same of the run event by event.
        alone_moved: the same of the layer in words alone.
        float_rate, clocked_rate, event_rate: spikes of a neuron in a second.
    """

    index: int
    neurons: int
    float_spikes: int
    clocked_spikes: int
    event_spikes: int
    alone_spikes: int
    clocked_moved: float | None
    event_moved: float | None
    alone_moved: float | None
    float_rate: float
    clocked_rate: float
    event_rate: float

    def data(self) -> dict[str, Any]:
        """The layer as JSON has it."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Comparison:
    """A network on a recording, in floats, in words by time bins, and in words event by event.

    Attributes:
        file, format: the recording.
        events: how many it has.
        duration: microseconds that were simulated in time bins.
        bin_us: microseconds of a bin.
        leak_period: microseconds between two ticks of the slow clock; None for none.
        layers: each layer.
        classes: the feature of the last layer that fired most, by run; None where none or several did.
    """

    file: str
    format: str
    events: int
    duration: int
    bin_us: int
    leak_period: int | None
    layers: tuple[LayerComparison, ...]
    classes: dict[str, int | None]

    def data(self) -> dict[str, Any]:
        """The comparison as JSON has it."""
        return {
            "recording": {"file": self.file, "format": self.format, "events": self.events},
            "duration_us": self.duration,
            "bin_us": self.bin_us,
            "leak_period_us": self.leak_period,
            "classes": dict(self.classes),
            "layers": [layer.data() for layer in self.layers],
        }


def compared(
    network: Network,
    shown: Recording,
    bin_us: int,
    leak_period: int | None,
    specs: Path,
    watch: Watch | None = None,
) -> Comparison:
    """Runs a network on a recording in all three ways.

    Args:
        network: the network, with weights.
        shown: events that fit its map.
        bin_us: microseconds of a time bin.
        leak_period: microseconds between two ticks of the slow clock; None for none.
        specs: the folder of specs.
        watch: is told how much of a run is done.

    Raises:
        InputError: the network does not run.
    """
    floats, _ = converted(network, specs, discretize=False)
    words, _ = converted(network, specs)
    alone, first = _alone(network, floats, words, shown, bin_us, watch)
    second = by_bins(network, words, shown.events, bin_us, watch)
    third = by_events(network, words, shown.events, leak_period)
    layers = tuple(_layer(index, first, second, third, alone[index]) for index in range(len(network.layers)))
    classes = {"float": _class(first), "clocked": _class(second), "event": _class(third)}
    return Comparison(
        shown.file, shown.format, len(shown.events), first.duration, bin_us, leak_period, layers, classes
    )


def _alone(
    network: Network, floats: Any, words: Any, shown: Recording, bin_us: int, watch: Watch | None
) -> tuple[list[Any], Run]:
    """The float run; and for each layer the spikes that it fires in words on what the float layers send."""
    floats, twins = deepcopy(floats), [deepcopy(layer) for layer in layers_of(words)]
    counts: list[Any] = [0] * len(twins)
    hooks = []
    for index, (layer, twin) in enumerate(zip(layers_of(floats), twins, strict=True)):
        twin.spk_layer.batch_size, twin.spk_layer.num_timesteps = 1, -1
        twin.spk_layer.init_state_with_shape((1, *twin.get_neuron_shape()))
        hooks.append(layer.conv_layer.register_forward_pre_hook(_beside(index, twin, counts)))
    try:
        run = by_bins(network, floats, shown.events, bin_us, watch)
    finally:
        for hook in hooks:
            hook.remove()
    return counts, run


def _beside(index: int, twin: Any, counts: list[Any]) -> Any:
    def take(_: Any, given: Any) -> None:
        fired = twin.spk_layer(twin.conv_layer(given[0]))
        counts[index] = counts[index] + np.rint(fired.double().sum(0).numpy()).astype(np.int64)

    return take


def _layer(index: int, first: Run, second: Run, third: Run, alone: Any) -> LayerComparison:
    base, clocked, event = (run.counts[index] for run in (first, second, third))
    return LayerComparison(
        index=index,
        neurons=base.size,
        float_spikes=int(base.sum()),
        clocked_spikes=int(clocked.sum()),
        event_spikes=int(event.sum()),
        alone_spikes=int(alone.sum()),
        clocked_moved=_moved(base, clocked),
        event_moved=_moved(base, event),
        alone_moved=_moved(base, alone),
        float_rate=_rate(base, first),
        clocked_rate=_rate(clocked, second),
        event_rate=_rate(event, third),
    )


def _rate(counts: Any, run: Run) -> float:
    """Spikes of a neuron in a second, on average."""
    return float(counts.sum() / counts.size / (run.duration / SECOND))


def _moved(base: Any, other: Any) -> float | None:
    """Spikes more or less, neuron by neuron, per spike; None where a silent layer fires now."""
    moved, spikes = int(np.abs(other - base).sum()), int(base.sum())
    return moved / spikes if spikes else (None if moved else 0.0)


def _class(run: Run) -> int | None:
    counts = run.counts[-1].sum((1, 2))
    most = np.flatnonzero(counts == counts.max())
    return int(most[0]) if counts.max() > 0 and most.size == 1 else None
