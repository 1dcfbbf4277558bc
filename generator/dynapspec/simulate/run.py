"""Runs the generated layers of a network on events: one after another, or in time bins."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from dynapspec.diagnostics import InputError, fail
from dynapspec.network.conversion import convert
from dynapspec.network.network import Network, Shape
from dynapspec.simulate.geometry import Ints, counted, operations, sensed

Watch: TypeAlias = Callable[[int, int | None], None]  # steps that are done, and of how many
BINS_AT_ONCE = 64  # of the time bins that are in memory together


@dataclass(frozen=True)
class Run:
    """What the layers did.

    Attributes:
        counts: for each layer the spikes of each neuron, (features, height, width).
        potentials: the final membrane potentials, in words or as the model has them.
        received: for each layer the events that it received.
        synops: for each layer the synaptic operations.
        entered: events on each place of the network's input, (features, height, width).
        events: every spike, (n, 5) of layer, feature, y, x, t; None in time bins.
        duration: microseconds that were simulated.
        bins: time bins; None without.
    """

    counts: list[Ints]
    potentials: list[Any]
    received: list[int]
    synops: list[int]
    entered: Ints
    events: Ints | None
    duration: int
    bins: int | None = None


def converted(network: Network, specs: Path, discretize: bool = True) -> tuple[Any, tuple[str, ...]]:
    """The generated layers of a network, and what making them warned of.

    Raises:
        InputError: it has no weights, or a layer cannot be.
    """
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        made = convert(network, specs=specs, discretize=discretize)
    return made, tuple(
        dict.fromkeys(str(one.message) for one in told if issubclass(one.category, UserWarning))
    )


def layers_of(made: Any) -> list[Any]:
    """The generated layers within what ``convert`` makes, in the order of the network."""
    parts: Sequence[Any] = made.layers if hasattr(made, "layers") else list(made)
    return [part for part in parts if hasattr(part, "spk_layer")]


def by_events(network: Network, made: Any, events: Ints, leak_period: int | None = None) -> Run:
    """One event after another, as the silicon does it; the slow clock starts with the first event.

    Raises:
        InputError: the generated simulation refuses the network.
    """
    from dynapcnn.simulation import simulate_events

    start = int(events[0, 3])
    shown = events.copy()
    shown[:, 3] -= start
    try:
        result = simulate_events(made, shown, leak_period=leak_period)
    except ValueError as error:
        raise fail("not-simulated", str(error)) from None
    spikes = result.events.copy()
    spikes[:, 4] += start
    return Run(
        list(result.counts),
        list(result.potentials),
        list(result.received),
        list(result.synops),
        counted(sensed(events, network.preprocessing), network.input_shape),
        spikes,
        int(events[-1, 3]) - start + 1,
    )


def by_bins(network: Network, made: Any, events: Ints, bin_us: int, watch: Watch | None = None) -> Run:
    """In time bins, from rest: what a simulation in PyTorch does.

    Raises:
        InputError: the network cannot run, such as when a pooling of its own does not match.
    """
    layers = layers_of(made)
    shape = network.preprocessing.shape if network.preprocessing else network.input_shape
    received: list[Any] = [0] * len(layers)
    counts: list[Any] = [0] * len(layers)
    bins = _bins(events, bin_us)
    with _Watched(layers, received, counts):
        done = 0
        for frames in _frames(events, shape, bin_us, bins):
            _forward(made, frames)
            done += len(frames)
            if watch is not None:
                watch(done, bins)
    potentials = [layer.spk_layer.v_mem.detach().numpy()[0] for layer in layers]
    return Run(
        counts,
        potentials,
        [int(found.sum()) for found in received],
        [operations(layer, found) for layer, found in zip(layers, received, strict=True)],
        counted(sensed(events, network.preprocessing), network.input_shape),
        None,
        bins * bin_us,
        bins,
    )


class _Watched:
    """Counts what each layer receives and fires, and starts each from rest with one batch."""

    def __init__(self, layers: Sequence[Any], received: list[Any], counts: list[Any]) -> None:
        self.layers, self.received, self.counts = layers, received, counts
        self.hooks: list[Any] = []

    def __enter__(self) -> None:
        for index, layer in enumerate(self.layers):
            spk = layer.spk_layer
            spk.batch_size, spk.num_timesteps = 1, -1  # a recording is one sample, however long
            spk.init_state_with_shape((1, *layer.get_neuron_shape()))
            self.hooks.append(layer.conv_layer.register_forward_pre_hook(self._into(index)))
            self.hooks.append(spk.register_forward_hook(self._out_of(index)))

    def __exit__(self, *_: object) -> None:
        for hook in self.hooks:
            hook.remove()

    def _into(self, index: int) -> Callable[[Any, Any], None]:
        def take(_: Any, given: Any) -> None:
            self.received[index] = self.received[index] + _total(given[0])

        return take

    def _out_of(self, index: int) -> Callable[[Any, Any, Any], None]:
        def take(_: Any, given: Any, left: Any) -> None:
            self.counts[index] = self.counts[index] + _total(left)

        return take


def _total(maps: Any) -> Any:
    """The sum over time; spikes are whole numbers whatever the type that carries them."""
    return np.rint(maps.detach().double().sum(0).numpy()).astype(np.int64)


def _forward(made: Any, frames: Any) -> None:
    import torch

    with torch.no_grad():
        try:
            made(torch.from_numpy(frames))
        except RuntimeError as error:
            raise _not_run(error) from None


def _not_run(error: RuntimeError) -> InputError:
    return fail("not-simulated", f"the network does not run: {str(error).splitlines()[0]}")


def _bins(events: Ints, bin_us: int) -> int:
    return int(events[-1, 3] - events[0, 3]) // bin_us + 1


def _frames(events: Ints, shape: Shape, bin_us: int, bins: int) -> Iterator[Any]:
    """The events counted in time bins, some bins at a time; the first begins with the first event."""
    number = (events[:, 3] - events[0, 3]) // bin_us
    for start in range(0, bins, BINS_AT_ONCE):
        stop = min(start + BINS_AT_ONCE, bins)
        first, last = np.searchsorted(number, [start, stop])
        part = events[first:last]
        found = np.zeros((stop - start, *shape), np.float32)
        np.add.at(found, (number[first:last] - start, part[:, 2], part[:, 1], part[:, 0]), 1)
        yield found
