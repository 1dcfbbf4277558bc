"""Whether a network fits a chip by its data sheet: every broken limit at once, and a core for each layer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dynapspec.diagnostics import did_you_mean, fail
from dynapspec.interpret import Description, Judge, Judgement, LayerInterpreter
from dynapspec.interpret import Violation as Broken
from dynapspec.interpret.quantize import Quantizer
from dynapspec.model import Model
from dynapspec.model.check_layer import PLACEHOLDER
from dynapspec.network.competing import Competing
from dynapspec.network.lines import Lines
from dynapspec.network.network import Edge, Network, NetworkLayer
from dynapspec.network.placing import Chosen, preferred, smallest_competition
from dynapspec.network.sensor import sensor_violations
from dynapspec.network.verdicts import (
    Certificate,
    ChipFit,
    FitReport,
    LayerFit,
    MemoryUse,
    Preference,
    Violation,
    Way,
)
from dynapspec.runtime.placement import PlacementError, place

__all__ = [
    "ALL",
    "Certificate",
    "ChipFit",
    "FitReport",
    "Fitter",
    "LayerFit",
    "MemoryUse",
    "Preference",
    "Violation",
    "Way",
    "fit",
    "fitters",
]

ALL = "all"
REMEMBERED = 4096  # verdicts that are kept


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
        self.competing = Competing(self.chip, self.capacity, self.padded, self.lines)

    def fit(self, network: Network) -> ChipFit:
        """The answer for one network."""
        verdicts = [self._judge(layer) for layer in network.layers]
        violations = [
            v for index, verdict in enumerate(verdicts) if verdict for v in self._violations(index, verdict)
        ]
        violations += sensor_violations(network, self.chip)
        cores, preference, competition = self._place(network, verdicts)
        layers = [
            self._layer(index, layer, verdict, cores[index])
            for index, (layer, verdict) in enumerate(zip(network.layers, verdicts, strict=True))
        ]
        if not network.is_chain:
            layers = [replace(layer, ways=self._ways(network, layer.index, cores)) for layer in layers]
        return ChipFit(self.chip.name, tuple(layers), (*violations, *competition), self.capacity, preference)

    def _ways(self, network: Network, index: int, cores: list[int | None]) -> tuple[Way, ...]:
        described = network.layers[index].description
        return tuple(
            Way(edge, _pooling(edge, described), None if edge.target is None else cores[edge.target])
            for edge in network.out_of(index)
        )

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
        cores = verdict.cores if verdict else ()
        place = "" if layer.place == f"layer {index}" else layer.place
        return LayerFit(
            index, layer.label, known, memories, cores, core, layer.name, place=place, line=layer.line
        )

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
        self, network: Network, verdicts: Sequence[Judgement | None]
    ) -> tuple[list[int | None], Preference | None, list[Violation]]:
        """A core for each layer that has room somewhere; the others have their violations already."""
        candidates = [verdict.cores if verdict else () for verdict in verdicts]
        roomy = [index for index, cores in enumerate(candidates) if cores]
        cores: list[int | None] = [None] * len(candidates)
        # one more than there are cores can have no place, and says who competes as well as all would
        asked = roomy[: len(self.capacity) + 1]
        try:
            placed = place([candidates[index] for index in asked]).cores
        except PlacementError:
            found = smallest_competition([candidates[index] for index in asked])
            # all that have no core beside these, and not only a smallest set of them
            bound = [index for index in roomy if set(candidates[index]) <= set(found.cores)]
            proof = self.competing.certificate([asked[i] for i in found.layers], found.cores, verdicts)
            return cores, None, [self.competing.violation(bound, proof, verdicts)]
        wanted = [asked.index(edge.target) for edge in network.out_of(None) if edge.target in asked]
        stated = self.chip.spec.placement
        suited = stated.prefer.input_layers if stated else ()
        chosen = preferred([candidates[index] for index in asked], placed, wanted, suited)
        for index, core in zip(asked, chosen.cores, strict=True):
            cores[index] = core
        return cores, self._preference(chosen, suited, asked, wanted, verdicts), []

    def _preference(
        self,
        chosen: Chosen,
        suited: Sequence[int],
        asked: list[int],
        wanted: list[int],
        verdicts: Sequence[Judgement | None],
    ) -> Preference | None:
        if not suited or not wanted:
            return None
        proof = None
        if chosen.proof is not None:
            competing = [asked[i] for i in chosen.proof.layers]
            proof = self.competing.certificate(competing, chosen.proof.cores, verdicts)
        clause = self.chip.clause("placement", "prefer", "input_layers")
        layers = tuple(asked[i] for i in wanted)
        elsewhere = tuple(asked[i] for i in chosen.elsewhere)
        return Preference(tuple(suited), layers, elsewhere, clause, proof)


def _pooling(edge: Edge, described: Description | None) -> Mapping[str, Any]:
    if described is None or edge.destination is None:
        return {}
    return described.destinations[edge.destination]


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
