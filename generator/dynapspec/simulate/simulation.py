"""From a model and a recording to the answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from dynapspec.diagnostics import fail
from dynapspec.events import Recording, fitted, read_events
from dynapspec.load import find_specs
from dynapspec.model import Chip, Layer, Model, load_model
from dynapspec.network.chain import Chain
from dynapspec.network.conversion import DoesNotFitError
from dynapspec.network.fit import ALL, fit, fitters
from dynapspec.network.loading import read_network
from dynapspec.network.network import Network, Shape
from dynapspec.simulate.generated import require
from dynapspec.simulate.report import Simulation, activities, notes_of
from dynapspec.simulate.run import Run, Watch, by_bins, by_events, converted, layers_of

BIN_US = 1000  # of a time bin, where nobody says it


@dataclass(frozen=True, slots=True)
class Options:
    """How a recording is shown.

    Attributes:
        semantics: ``event``, one event after another as the silicon does it; ``clocked``, in time bins.
        bin_us: microseconds of a time bin.
        leak_period: microseconds between two ticks of the slow clock, for ``event``; None for none.
        sort: put events in the order of time that are not.
    """

    semantics: Literal["event", "clocked"] = "event"
    bin_us: int = BIN_US
    leak_period: int | None = None
    sort: bool = False


def simulate(
    model: Any,
    recording: Recording | str | Path,
    chip: str | None = None,
    options: Options | None = None,
    input_shape: Shape | None = None,
    specs: Path | None = None,
    watch: Watch | None = None,
) -> tuple[Simulation, Run]:
    """Shows a recording to a network.

    Args:
        model: what :func:`dynapspec.network.load` reads, or a network.
        recording: a file of events, or what was read from one.
        chip: name of a chip that it must fit; then each layer is told with its core.
        options: how the recording is shown; one event after another without.
        input_shape: features, height and width of the input, where the model does not say it.
        specs: the folder of specs.
        watch: is told how much of it is done.

    Returns:
        The answer, and what every neuron did.

    Raises:
        InputError: with everything that keeps it from being simulated.
        DoesNotFitError: it does not fit ``chip``.
    """
    options = options or Options()
    root = find_specs(specs)
    known = load_model(root)
    chain = Chain(known)
    shown = recording if isinstance(recording, Recording) else read_events(recording)
    network = model if isinstance(model, Network) else read_network(model, chain, input_shape)
    shown = fitted(shown, entry(network), options.sort)
    cores = _placed(known, network, chip) if chip else {}
    require(ran_by(known), root)
    made, warned = converted(network, root)
    run = run_of(network, made, shown, options, watch)
    layers = layers_of(made)
    placed = known.chips[chip] if chip else None
    room = {} if placed is None else bandwidth(placed)
    told = () if placed is None else tuple(evidence(placed))
    counts = run.counts[-1].sum((1, 2))
    clocked = options.semantics == "clocked"
    answer = Simulation(
        network=network.name,
        file=shown.file,
        format=shown.format,
        events=len(shown.events),
        duration=run.duration,
        semantics=options.semantics,
        bin_us=options.bin_us if clocked else None,
        leak_period=options.leak_period,
        chip=chip,
        layers=activities(network, layers, run, cores, room),
        class_counts=tuple(map(int, counts)),
        notes=(*warned, *told, *notes_of(network, shown, layers, clocked or options.leak_period is not None)),
    )
    return answer, run


def run_of(network: Network, made: Any, shown: Recording, options: Options, watch: Watch | None) -> Run:
    """Runs converted layers as the options say."""
    if options.semantics == "clocked":
        return by_bins(network, made, shown.events, options.bin_us, watch)
    return by_events(network, made, shown.events, options.leak_period)


def entry(network: Network) -> Shape:
    """The map that the events come to: that of the sensor, where its block works before the first layer."""
    return network.preprocessing.shape if network.preprocessing else network.input_shape


def ran_by(model: Model) -> Layer:
    """The layer spec whose generated package runs networks: the one that networks are read for."""
    return next(layer for layer in model.layers.values() if model.chips_of(layer))


def bandwidth(chip: Chip) -> dict[int, int]:
    """Synaptic operations that each core can do in a second, where the spec says it."""
    return {core: int(able.synops_per_second) for core, able in chip.spec.bandwidth.items()}


def evidence(chip: Chip) -> Iterator[str]:
    """How it is known what a core can do: in a note, since a load is no surer than that."""
    ids = dict.fromkeys((able.source or "").split(" ")[0] for able in chip.spec.bandwidth.values())
    known = [chip.spec.sources[one] for one in ids if one in chip.spec.sources]
    if known:
        sources = "; ".join(f"{source.level}, {source.title}" for source in known)
        yield f"what a core can do in a second: {sources} ({chip.clause('bandwidth')})"


def _placed(model: Model, network: Network, chip: str) -> dict[int, int]:
    """The core of each layer.

    Raises:
        InputError: there is no such chip.
        DoesNotFitError: the network does not fit it.
    """
    if chip == ALL:
        raise fail("unknown-chip", "a network is placed on one chip", hint=f"known: {', '.join(model.chips)}")
    report = fit(network, fitters(model, chip))
    if not report.fits:
        raise DoesNotFitError(report)
    return {layer.index: layer.core for layer in report.chips[0].layers if layer.core is not None}
