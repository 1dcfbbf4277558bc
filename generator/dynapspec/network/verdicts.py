"""What ``fit`` answers: for each chip what every layer takes and where it is placed, and what is broken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dynapspec.model.provenance import Origin
from dynapspec.network.network import Edge, Network

if TYPE_CHECKING:
    from dynapspec.network.suggestion import Suggestion


@dataclass(frozen=True, slots=True)
class Way:
    """Where spikes of a layer go: over which of its destinations, and to which core, once it has one."""

    edge: Edge
    pooling: Mapping[str, Any]
    core: int | None

    def data(self) -> dict[str, Any]:
        """The way as JSON has it; the receiver of an output is null."""
        edge = self.edge
        size = self.pooling.get("kernel_size", 1)
        return {
            "layer": edge.target,
            "core": self.core,
            "destination": edge.destination,
            "pooling": list(size) if isinstance(size, tuple | list) else size,
            "feature_shift": edge.feature_shift,
        }


@dataclass(frozen=True, slots=True)
class MemoryUse:
    """Words of one memory that a layer takes; None where a broken rule leaves them undefined.

    ``padded`` is false for a memory that holds nothing but what is used, so that it wastes nothing.
    """

    words: int | None
    used: int | None
    padded: bool

    @property
    def waste(self) -> int | None:
        """Words that padding takes."""
        return None if self.words is None or self.used is None else self.words - self.used


@dataclass(frozen=True, slots=True)
class LayerFit:
    """One layer on one chip: what it takes, the cores that have room for it, and the one it was given.

    ``ways`` has where its spikes go, in a network that is no chain; ``place`` the module or node that it
    was, ``line`` the line of the network file that states it.
    """

    index: int
    label: str
    neuron_shape: tuple[int, ...] | None
    memories: Mapping[str, MemoryUse]
    cores: tuple[int, ...]
    core: int | None
    name: str = ""
    ways: tuple[Way, ...] | None = None
    place: str = ""
    line: str = ""

    @property
    def at(self) -> str:
        """Where its user finds it."""
        return self.place or self.line

    def data(self) -> dict[str, Any]:
        """The layer as JSON has it."""
        words = {f"{name}_words": use.words for name, use in self.memories.items()}
        waste = {f"{name}_waste": use.waste for name, use in self.memories.items() if use.padded}
        shape = None if self.neuron_shape is None else list(self.neuron_shape)
        place = {"cores": list(self.cores), "core": self.core}
        found: dict[str, Any] = {"index": self.index, "neuron_shape": shape, **words, **waste, **place}
        if self.place:
            found["place"] = self.place
        if self.ways is not None:
            found |= {"id": self.name, "destinations": [way.data() for way in self.ways]}
        return found


@dataclass(frozen=True, slots=True)
class Certificate:
    """Why layers have no cores: the fewest of them that together fit fewer cores than they are.

    Whoever doubts it need only look at these layers; no placement of the others can help. ``because``
    has what keeps them from the other cores.
    """

    layers: tuple[int, ...]
    cores: tuple[int, ...]
    because: tuple[str, ...] = ()

    def data(self) -> dict[str, Any]:
        """The certificate as JSON has it."""
        return {"layers": list(self.layers), "cores": list(self.cores), "because": list(self.because)}


@dataclass(frozen=True, slots=True)
class Preference:
    """Layers that suit some cores, as the chip states it, and those of them that could not be there."""

    cores: tuple[int, ...]
    layers: tuple[int, ...]
    elsewhere: tuple[int, ...]
    clause: str
    certificate: Certificate | None = None

    def data(self) -> dict[str, Any]:
        """The preference as JSON has it."""
        proof = self.certificate.data() if self.certificate else None
        lists = {name: list(getattr(self, name)) for name in ("cores", "layers", "elsewhere")}
        return {**lists, "clause": self.clause, "certificate": proof}


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken rule. ``layer`` is None for one about the network, whose message names its layers.

    ``provenance`` has the lines of the specs that say so: those that set the limit, what they replaced,
    and the rule.
    """

    rule: str
    layer: int | None
    message: str
    actual: Any
    limit: Any
    clause: str
    remedy: str = ""
    provenance: tuple[Origin, ...] = ()
    certificate: Certificate | None = None

    def data(self) -> dict[str, Any]:
        """The violation as JSON has it."""
        names = ("rule", "layer", "message", "actual", "limit", "clause")
        found = {name: getattr(self, name) for name in names}
        found["provenance"] = [origin.data() for origin in self.provenance]
        return found | ({"certificate": self.certificate.data()} if self.certificate else {})


@dataclass(frozen=True, slots=True)
class ChipFit:
    """The answer for one chip. ``capacity`` has the words of each of its cores, by memory.

    ``preference`` is told where not every layer is on a core that suits it.
    """

    chip: str
    layers: tuple[LayerFit, ...]
    violations: tuple[Violation, ...]
    capacity: Mapping[int, Mapping[str, int]]
    preference: Preference | None = None
    suggestions: tuple[Suggestion, ...] = ()

    @property
    def fits(self) -> bool:
        """Whether nothing is broken and every layer has a core."""
        return not self.violations and all(layer.core is not None for layer in self.layers)

    def data(self) -> dict[str, Any]:
        """The answer as JSON has it."""
        found = {
            "chip": self.chip,
            "fits": self.fits,
            "layers": [layer.data() for layer in self.layers],
            "violations": [violation.data() for violation in self.violations],
            "suggestions": [suggestion.data() for suggestion in self.suggestions],
        }
        told = self.preference is not None and self.preference.elsewhere
        return found | ({"preference": self.preference.data()} if self.preference and told else {})


@dataclass(frozen=True, slots=True)
class FitReport:
    """The answers for all chips that were asked for."""

    network: Network
    chips: tuple[ChipFit, ...]

    @property
    def fits(self) -> bool:
        """Whether the network fits every one of the chips."""
        return all(chip.fits for chip in self.chips)

    def data(self) -> dict[str, Any]:
        """The report as JSON has it."""
        return {"network": self.network.name, "chips": [chip.data() for chip in self.chips]}
