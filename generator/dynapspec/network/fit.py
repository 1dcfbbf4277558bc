"""Whether a network fits a chip by its data sheet: every broken limit at once, and a core for each layer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dynapspec.diagnostics import did_you_mean, fail
from dynapspec.interpret import Judge, Judgement, LayerInterpreter
from dynapspec.interpret import Violation as Broken
from dynapspec.interpret.quantize import Quantizer
from dynapspec.model import Model
from dynapspec.model.check_layer import PLACEHOLDER
from dynapspec.model.provenance import Origin
from dynapspec.network.lines import Lines
from dynapspec.network.network import Network, NetworkLayer
from dynapspec.runtime.placement import PlacementError, place

ALL = "all"
REMEMBERED = 4096  # verdicts that are kept
PLACEMENT = "placement"  # the rule that every layer has a core of its own


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
    """One layer on one chip: what it takes, the cores that have room for it, and the one it was given."""

    index: int
    label: str
    neuron_shape: tuple[int, ...] | None
    memories: Mapping[str, MemoryUse]
    cores: tuple[int, ...]
    core: int | None

    def data(self) -> dict[str, Any]:
        """The layer as JSON has it."""
        words = {f"{name}_words": use.words for name, use in self.memories.items()}
        waste = {f"{name}_waste": use.waste for name, use in self.memories.items() if use.padded}
        shape = None if self.neuron_shape is None else list(self.neuron_shape)
        place = {"cores": list(self.cores), "core": self.core}
        return {"index": self.index, "neuron_shape": shape, **words, **waste, **place}


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

    def data(self) -> dict[str, Any]:
        """The violation as JSON has it."""
        names = ("rule", "layer", "message", "actual", "limit", "clause")
        origins = [origin.data() for origin in self.provenance]
        return {**{name: getattr(self, name) for name in names}, "provenance": origins}


@dataclass(frozen=True, slots=True)
class ChipFit:
    """The answer for one chip. ``capacity`` has the words of each of its cores, by memory."""

    chip: str
    layers: tuple[LayerFit, ...]
    violations: tuple[Violation, ...]
    capacity: Mapping[int, Mapping[str, int]]

    @property
    def fits(self) -> bool:
        """Whether nothing is broken and every layer has a core."""
        return not self.violations and all(layer.core is not None for layer in self.layers)

    def data(self) -> dict[str, Any]:
        """The answer as JSON has it."""
        return {
            "chip": self.chip,
            "fits": self.fits,
            "layers": [layer.data() for layer in self.layers],
            "violations": [violation.data() for violation in self.violations],
            "suggestions": [],
        }


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


class Fitter:
    """Fits networks to one chip; what is compiled for the chip is kept."""

    def __init__(self, judge: Judge) -> None:
        self.judge, self.chip = judge, judge.chip
        spec = judge.interpreter.spec
        self.padded = {name: memory.is_.text != memory.used.text for name, memory in spec.memory.items()}
        self.axes = spec.outputs.neuron_shape
        self.capacity = {
            number: {name: core.words[f"{name}_words"] for name in self.padded}
            for number, core in self.chip.spec.cores.items()
        }
        self.quantizer = Quantizer(judge.interpreter)
        self._known: dict[str, Judgement] = {}
        self.lines = Lines(judge)

    def fit(self, network: Network) -> ChipFit:
        """The answer for one network."""
        verdicts = [self._judge(layer) for layer in network.layers]
        violations = [
            v for index, verdict in enumerate(verdicts) if verdict for v in self._violations(index, verdict)
        ]
        cores, competition = self._place([verdict.cores if verdict else () for verdict in verdicts], verdicts)
        layers = [
            self._layer(index, layer, verdict, core)
            for index, (layer, verdict, core) in enumerate(zip(network.layers, verdicts, cores, strict=True))
        ]
        return ChipFit(self.chip.name, tuple(layers), (*violations, *competition), self.capacity)

    def _judge(self, layer: NetworkLayer) -> Judgement | None:
        """The verdict on one layer; a search or a training loop asks about the same ones again and again."""
        if layer.description is None:
            return None
        key = repr(layer.description)
        if key not in self._known:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[key] = self.judge.judge(layer.description, layer.place)
        return self._known[key]

    def _layer(
        self, index: int, layer: NetworkLayer, verdict: Judgement | None, core: int | None
    ) -> LayerFit:
        values, used = (verdict.values, verdict.used) if verdict else ({}, {})
        shape: list[Any] = [values.get(axis) for axis in self.axes]
        memories = {
            name: MemoryUse(values.get(name), used.get(name), padded) for name, padded in self.padded.items()
        }
        known = None if None in shape else tuple(map(int, shape))
        return LayerFit(index, layer.label, known, memories, verdict.cores if verdict else (), core)

    def _violations(self, index: int, verdict: Judgement) -> Iterable[Violation]:
        for v in (*verdict.violations, *self._refusals(verdict)):
            lines = self.lines.of(v.rule)
            yield Violation(v.rule, index, v.message, v.actual, v.limit, v.clause, v.remedy, lines)

    def _refusals(self, verdict: Judgement) -> Iterable[Broken]:
        """What quantization refuses: a layer that no chip could run."""
        if "threshold" not in verdict.values:
            return
        threshold = verdict.values["threshold"]
        for name in self.quantizer.refused(threshold):
            refusal = self.quantizer.q.refuse[name]
            clause = self.judge.interpreter.layer.clause("quantization", "refuse", name)
            yield Broken(name, _say(refusal.say, verdict.values), threshold, None, clause, refusal.remedy)

    def _place(
        self, candidates: Sequence[tuple[int, ...]], verdicts: Sequence[Judgement | None]
    ) -> tuple[list[int | None], list[Violation]]:
        """A core for each layer that has room somewhere; the others have their violations already."""
        roomy = [index for index, cores in enumerate(candidates) if cores]
        cores: list[int | None] = [None] * len(candidates)
        try:
            # one more than there are cores can have no place, and says who competes as well as all would
            placed = place([candidates[index] for index in roomy[: len(self.capacity) + 1]])
        except PlacementError as error:
            # all that have no core beside these, and not only a smallest set of them
            bound = [index for index in roomy if set(candidates[index]) <= set(error.cores)]
            return cores, [self._competition(bound, error.cores, verdicts)]
        for index, core in zip(roomy, placed.cores, strict=True):
            cores[index] = core
        return cores, []

    def _competition(
        self, layers: list[int], cores: list[int], verdicts: Sequence[Judgement | None]
    ) -> Violation:
        lacking = self._lacking(cores, [verdict for index in layers if (verdict := verdicts[index])])
        others = f"; the other cores have too little {lacking} memory for them" if lacking else ""
        which = (
            f"layers {_listed(layers)} compete for {'cores' if len(cores) > 1 else 'core'} {_listed(cores)}"
        )
        message = f"{which}, and a core runs one layer{others}"
        remedy = (
            f"make one of these layers fit another core: less {lacking} memory"
            if lacking
            else "use fewer layers"
        )
        lines = self.lines.of_cores(cores)
        return Violation(PLACEMENT, None, message, layers, cores, self.chip.clause("cores"), remedy, lines)

    def _lacking(self, cores: list[int], verdicts: Sequence[Judgement]) -> str:
        """The memory in which the other cores are too small for each of these layers, or else for some."""
        others = [words for number, words in self.capacity.items() if number not in cores]
        short = {
            name: [verdict.values[name] > words[name] for words in others for verdict in verdicts]
            for name in self.padded
        }
        everywhere = [name for name, found in short.items() if found and all(found)]
        return " or ".join(everywhere or [name for name, found in short.items() if any(found)])


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))


def _say(template: str, values: Mapping[str, Any]) -> str:
    return re.sub(PLACEHOLDER, lambda found: str(values.get(found[1], "unknown")), template)


def fitters(model: Model, chip: str = ALL) -> list[Fitter]:
    """Those of one chip or of all.

    Raises:
        InputError: there is no chip of that name.
    """
    if chip != ALL and chip not in model.chips:
        if any(base.entry.name == chip for base in model.bases):
            over = [c.name for c in model.chips.values() if any(d.name == chip for d in c.lineage)]
            told = f"{chip} is a base that chips extend, and no chip"
            if all(base.entry.lineage[0].kind != "chip" for base in model.bases if base.entry.name == chip):
                told = f"{chip} is a part of specs, and no chip"
            raise fail("unknown-chip", told, hint=f"chips over it: {', '.join(over)}" if over else "")
        raise fail("unknown-chip", f"there is no chip {chip!r}", hint=did_you_mean(chip, [*model.chips, ALL]))
    interpreters = {name: LayerInterpreter(layer) for name, layer in model.layers.items()}
    chosen = [c for c in model.chips.values() if chip in (ALL, c.name)]
    return [Fitter(Judge(c, interpreters[model.layer_of(c).name])) for c in chosen]


def fit(network: Network, chips: Iterable[Fitter]) -> FitReport:
    """The answers for a network, one for each chip."""
    return FitReport(network, tuple(fitter.fit(network) for fitter in chips))
