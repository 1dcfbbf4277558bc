"""Writes a network as the configuration of a chip: words, placement, destinations, blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dynapspec.diagnostics import Diagnostic, InputError, fail
from dynapspec.export.options import Options
from dynapspec.export.readout import output_of, spread
from dynapspec.export.sensor import refuse_unused, sensor_block, turn_notes
from dynapspec.export.words import Reader
from dynapspec.load import find_specs
from dynapspec.model import Model, load_model
from dynapspec.network.chain import Chain
from dynapspec.network.conversion import DoesNotFitError
from dynapspec.network.fit import FitReport, fit, fitters
from dynapspec.network.loading import read_network
from dynapspec.network.network import Network, Shape
from dynapspec.runtime.configuration import Block, ConfigurationError, Configured, CoreContent, write


@dataclass(frozen=True, slots=True)
class Exported:
    """A network on a chip.

    Attributes:
        network: as it is on the chip, with its output spread where the readout asks for it.
        cores: the core of each layer.
        data: the configuration.
        notes: what a user should know of it.
    """

    network: Network
    cores: tuple[int, ...]
    data: dict[str, Any]
    notes: tuple[str, ...] = ()


def export(
    model: Any,
    chip: Any,
    input_shape: Shape | None = None,
    options: Options | None = None,
    specs: Path | None = None,
) -> dict[str, Any]:
    """The configuration of a chip that runs a network.

    Args:
        model: an ``nn.Module``, a :class:`~dynapspec.network.Network` with weights, or whatever
            :func:`dynapspec.network.load` reads.
        chip: its name, or a chip of ``dynapcnn.chips``.
        input_shape: features, height and width of the input, where the model does not say it.
        options: what is monitored, and which blocks are used.
        specs: the folder of specs.

    Returns:
        Mappings, lists, whole numbers and truth values, as JSON has them.

    Raises:
        InputError: the model has no weights, or holds what no configuration can say.
        DoesNotFitError: it does not fit the chip; nothing is written then.
    """
    loaded = load_model(find_specs(specs))
    return Exporter(loaded, str(getattr(chip, "name", chip))).export(model, input_shape, options).data


class Exporter:
    """Writes networks for one chip."""

    def __init__(self, model: Model, chip: str) -> None:
        self.chain = Chain(model)
        fitter = one_chip(model, chip)
        self.fitter, self.chip = fitter, fitter.chip
        if self.chip.spec.configuration is None:
            told = f"the spec of {chip} does not say how its configuration is written"
            raise fail("no-configuration", told, hint="state a section configuration in it")
        self.reader = Reader(fitter.judge, fitter.quantizer)
        self.layout = self.chip.spec.configuration.layout(self.reader.spec)

    def export(
        self, model: Any, input_shape: Shape | None = None, options: Options | None = None
    ) -> Exported:
        """A network with its configuration; see :func:`export`."""
        options = options or Options()
        network = model if isinstance(model, Network) else read_network(model, self.chain, input_shape)
        missing = list(_missing(network))
        if missing:
            raise InputError(missing)
        if options.readout:
            network = spread(network, self.chip, self.chain)
        report = fit(network, [self.fitter])
        if not report.fits:
            raise DoesNotFitError(report)
        cores = _cores(report)
        used = self.configured(network, cores, options)
        return Exported(network, cores, self.written(used), tuple(_notes(network, used, cores)))

    def written(self, used: Configured) -> dict[str, Any]:
        """The configuration of what is in use; everything else is off."""
        try:
            return write(self.layout, self.chip.spec.cores, used)
        except ConfigurationError as error:
            raise fail("configuration", f"no configuration of {self.chip.name} says this: {error}") from None

    def configured(self, network: Network, cores: Sequence[int], options: Options) -> Configured:
        """What each core holds, and the blocks that are used."""
        monitored = _monitored(network, options)
        readout = self.chip.spec.readout
        leaving = output_of(network) if options.readout else None
        contents: dict[int, CoreContent] = {}
        for index, layer in enumerate(network.layers):
            assert layer.description is not None
            ways: list[tuple[int | None, int]] = [(None, 0)] * len(layer.description.destinations)
            for edge in network.out_of(index):
                if edge.destination is not None and edge.target is not None:
                    ways[edge.destination] = (cores[edge.target], edge.feature_shift)
                elif edge == leaving and edge.destination is not None and readout is not None:
                    ways[edge.destination] = (readout.destination, 0)
            contents[cores[index]] = self.reader.content(layer, ways, options.state, index in monitored)
        sensor = None
        if options.sensor is None:
            refuse_unused(network)
        else:
            sensor = sensor_block(network, self.chip, self.reader.spec, options.sensor, cores)
        return Configured(contents, sensor, Block() if options.readout else None)


def one_chip(model: Model, chip: str) -> Any:
    """The fitter of one chip; raises InputError for an unknown name, and for more than one chip."""
    found = fitters(model, chip)
    if len(found) != 1:
        raise fail("unknown-chip", f"a configuration is for one chip, and {chip!r} names {len(found)}")
    return found[0]


def _missing(network: Network) -> Iterator[Diagnostic]:
    """What keeps a network from being written: layers without values or neurons."""
    for layer in network.layers:
        if layer.parameters is None:
            hint = "export a NIR graph or a Python model: network files hold no weights"
            yield Diagnostic("no-weights", f"{layer.place} has no weights", hint=hint)
        elif layer.parameters.spike_threshold is None:
            yield Diagnostic(
                "no-neurons",
                f"{layer.place} has no neurons behind it",
                hint="put IAFSqueeze or ReLU behind it",
            )
        elif getattr(layer.parameters.weight, "is_meta", False):
            hint = "load the weights first"
            yield Diagnostic("no-weights", f"{layer.place} has shapes without values", hint=hint)


def _cores(report: FitReport) -> tuple[int, ...]:
    """The core of each layer of a network that fits."""
    (chip,) = report.chips
    return tuple(layer.core for layer in chip.layers if layer.core is not None)


def _monitored(network: Network, options: Options) -> set[int]:
    """The positions of the monitored layers."""
    count = len(network.layers)
    if options.monitor is None:
        return {edge.source for edge in network.into(None) if edge.source is not None}
    wrong = [index for index in options.monitor if not -count <= index < count]
    if wrong:
        told = f"there is no layer {wrong[0]} to monitor"
        raise fail("monitor", told, hint=f"the layers are 0 to {count - 1}, and -1 is the last one")
    return {index % count for index in options.monitor}


def _notes(network: Network, used: Configured, cores: Sequence[int]) -> Iterator[str]:
    """What a configuration does that its user may not expect."""
    yield from network.notes
    yield from turn_notes(network)
    for index, core in enumerate(cores):
        content, described = used.cores[core], network.layers[index].description
        pooled = described is not None and any(described.destinations)
        if content.monitored and pooled:
            yield f"layer {index} pools, and its monitor shows the spikes before that"
        if any(content.bias):
            yield f"layer {index} has biases: they are added at each tick of the slow clock, which must run"
