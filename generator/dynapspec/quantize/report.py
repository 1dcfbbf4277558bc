"""The report on the quantization of a network, and which layer it hurts most."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dynapspec.diagnostics import InputError
from dynapspec.load import find_specs
from dynapspec.model import load_model
from dynapspec.network.chain import Chain
from dynapspec.network.conversion import lacking
from dynapspec.network.loading import read_network
from dynapspec.network.network import Network, Shape
from dynapspec.quantize.compare import Comparison, compared
from dynapspec.quantize.layer import LayerQuantization, quantized


@dataclass(frozen=True, slots=True)
class QuantizationReport:
    """What quantization does to a network.

    Attributes:
        network: its name.
        layers: each layer in words.
        comparison: what the words do to a recording, where one was given.
        notes: how things were read.
    """

    network: str
    layers: tuple[LayerQuantization, ...]
    comparison: Comparison | None = None
    notes: tuple[str, ...] = ()

    @property
    def worst(self) -> int | None:
        """The layer that quantization hurts most; None where it hurts none.

        With a recording it is the one whose own words move most spikes, else the one whose weights
        have the least signal over noise.
        """
        if self.comparison is not None:
            moved = {
                one.index: float("inf") if one.alone_moved is None else one.alone_moved
                for one in self.comparison.layers
            }
            found = max(moved, key=lambda index: moved[index])
            return found if moved[found] else None
        noisy = {one.index: one.weights.snr_db for one in self.layers if one.weights.snr_db is not None}
        return min(noisy, key=lambda index: noisy[index]) if noisy else None

    def data(self) -> dict[str, Any]:
        """The report as JSON has it."""
        return {
            "network": self.network,
            "worst": self.worst,
            "layers": [layer.data() for layer in self.layers],
            "comparison": None if self.comparison is None else self.comparison.data(),
            "notes": list(self.notes),
        }


def quantization_report(
    model: Any,
    events: Any = None,
    input_shape: Shape | None = None,
    specs: Path | None = None,
    *,
    bin_us: int | None = None,
    leak_period: int | None = None,
    sort: bool = False,
    watch: Any = None,
) -> QuantizationReport:
    """What quantization does to a network, layer by layer.

    Without events it is asked of the specs alone, and needs no torch.

    Args:
        model: what :func:`dynapspec.network.load` reads, or a network.
        events: a file of events, or a :class:`dynapspec.events.Recording`; then the network is run.
        input_shape: features, height and width of the input, where the model does not say it.
        specs: the folder of specs.
        bin_us: microseconds of a time bin; 1000 without.
        leak_period: microseconds between two ticks of the slow clock; None for none.
        sort: put events in the order of time that are not.
        watch: is told how much of a run is done.

    Raises:
        InputError: the model has no weights, or cannot be read or run.
    """
    root = find_specs(specs)
    known = load_model(root)
    chain = Chain(known)
    network = model if isinstance(model, Network) else read_network(model, chain, input_shape)
    found = list(lacking(network))
    if found:
        raise InputError(found)
    layers = tuple(quantized(chain.quantizer, index, layer) for index, layer in enumerate(network.layers))
    comparison, notes = None, network.notes
    if events is not None:
        from dynapspec.events import Recording, fitted, read_events
        from dynapspec.simulate.generated import require
        from dynapspec.simulate.simulation import BIN_US, entry, ran_by

        read = events if isinstance(events, Recording) else read_events(events)
        shown = fitted(read, entry(network), sort)
        require(ran_by(known), root)
        comparison = compared(network, shown, bin_us or BIN_US, leak_period, root, watch)
        notes = (*notes, *shown.notes)
    return QuantizationReport(network.name, layers, comparison, tuple(dict.fromkeys(notes)))
