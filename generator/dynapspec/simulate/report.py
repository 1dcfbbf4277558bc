"""What a simulation tells: for each layer how it fired, and the class that the last one picks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dynapspec.events.recording import Recording
from dynapspec.network.network import Network
from dynapspec.simulate.run import Run

SECOND = 1e6  # in microseconds


@dataclass(frozen=True, slots=True)
class LayerActivity:
    """How one layer fired.

    Attributes:
        index: position in the network.
        label: what it is.
        neuron_shape: features, height and width of its neurons.
        received: events that it received.
        spikes: spikes of all neurons, before pooling.
        rate: spikes of a neuron in a second, on average.
        silent: neurons that never fired.
        saturated: neurons that ended at or above their threshold, so that they owe spikes.
        synops: synaptic operations.
        core: the core that it is on, where a chip was asked for.
        load: its synaptic operations in a second, as a part of what that core can do; None where unknown.
    """

    index: int
    label: str
    neuron_shape: tuple[int, ...]
    received: int
    spikes: int
    rate: float
    silent: int
    saturated: int
    synops: int
    core: int | None = None
    load: float | None = None

    @property
    def neurons(self) -> int:
        """How many neurons the layer has."""
        return int(np.prod(self.neuron_shape))

    def data(self) -> dict[str, Any]:
        """The layer as JSON has it."""
        return {
            "index": self.index,
            "label": self.label,
            "neuron_shape": list(self.neuron_shape),
            "neurons": self.neurons,
            "received": self.received,
            "spikes": self.spikes,
            "rate": self.rate,
            "silent": self.silent,
            "saturated": self.saturated,
            "synops": self.synops,
            "core": self.core,
            "load": self.load,
        }


@dataclass(frozen=True, slots=True)
class Simulation:
    """The answer for one recording.

    Attributes:
        network: name of the network.
        file, format: the recording.
        events: how many events it has.
        duration: microseconds that were simulated.
        semantics: ``event`` or ``clocked``.
        bin_us: microseconds of a time bin; None without.
        leak_period: microseconds between two ticks of the slow clock; None for none.
        chip: name of the chip, where one was asked for.
        layers: each layer, in its order.
        class_counts: spikes of each feature of the last layer.
        notes: how things were read.
    """

    network: str
    file: str
    format: str
    events: int
    duration: int
    semantics: str
    bin_us: int | None
    leak_period: int | None
    chip: str | None
    layers: tuple[LayerActivity, ...]
    class_counts: tuple[int, ...]
    notes: tuple[str, ...]

    @property
    def winners(self) -> tuple[int, ...]:
        """The features of the last layer that fired most; none where nothing fired."""
        most = max(self.class_counts, default=0)
        return tuple(i for i, count in enumerate(self.class_counts) if count == most) if most else ()

    @property
    def picked(self) -> int | None:
        """The class: the one feature that fired most; None where several did, or none."""
        return self.winners[0] if len(self.winners) == 1 else None

    def data(self) -> dict[str, Any]:
        """The answer as JSON has it."""
        return {
            "network": self.network,
            "recording": {"file": self.file, "format": self.format, "events": self.events},
            "semantics": self.semantics,
            "duration_us": self.duration,
            "bin_us": self.bin_us,
            "leak_period_us": self.leak_period,
            "chip": self.chip,
            "layers": [layer.data() for layer in self.layers],
            "class": self.picked,
            "class_counts": list(self.class_counts),
            "notes": list(self.notes),
        }


def activities(
    network: Network, layers: list[Any], run: Run, cores: Mapping[int, int], room: Mapping[int, int]
) -> tuple[LayerActivity, ...]:
    """How each layer fired in a run.

    Args:
        network: the network.
        layers: its generated layers.
        run: what they did.
        cores: the core of each layer, where they are placed.
        room: synaptic operations that a core can do in a second, where it is known.
    """
    seconds = run.duration / SECOND
    found = []
    for index, layer in enumerate(layers):
        counts = run.counts[index]
        synops, core = run.synops[index], cores.get(index)
        most = None if core is None else room.get(core)
        threshold = float(layer.spk_layer.spike_threshold)
        found.append(
            LayerActivity(
                index=index,
                label=network.layers[index].label,
                neuron_shape=tuple(map(int, counts.shape)),
                received=run.received[index],
                spikes=int(counts.sum()),
                rate=float(counts.sum() / counts.size / seconds),
                silent=int((counts == 0).sum()),
                saturated=int((run.potentials[index] >= threshold).sum()),
                synops=synops,
                core=core,
                load=synops / seconds / most if most else None,
            )
        )
    return tuple(found)


def notes_of(network: Network, recording: Recording, layers: list[Any], leaks: bool) -> tuple[str, ...]:
    """How things were read, and what of the network does not show in this run."""
    notes = [*network.notes, *recording.notes]
    biased = [i for i, layer in enumerate(layers) if _has_bias(layer)]
    if biased and not leaks:
        told = ", ".join(map(str, biased))
        which = f"layer {told} has" if len(biased) == 1 else f"layers {told} have"
        notes.append(
            f"{which} biases, which the chip adds at ticks of its slow clock alone; say how far they are"
            " apart with --leak-period"
        )
    return tuple(dict.fromkeys(notes))


def _has_bias(layer: Any) -> bool:
    bias = layer.conv_layer.bias
    return bias is not None and bool(bias.detach().any())
