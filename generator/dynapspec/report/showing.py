"""Everything that a report tells of a network: the answers of fit, warnings, loads and weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from dynapspec.network.fit import Fitter
from dynapspec.network.verdicts import ChipFit, FitReport, Violation
from dynapspec.report.caution import cautions
from dynapspec.report.load import Load, loads
from dynapspec.report.traffic import Traffic

Histogram: TypeAlias = Sequence[
    tuple[float, int]
]  # the lower edge of each bin, and how many values are in it


@dataclass(frozen=True, slots=True)
class OnChip:
    """What is told of one chip."""

    answer: ChipFit
    fitter: Fitter
    cautions: tuple[Violation, ...] = ()
    loads: tuple[Load, ...] = ()

    def data(self) -> dict[str, Any]:
        """The answer as JSON has it, with warnings where there are any, and the loads."""
        found = self.answer.data()
        if self.cautions:
            found["warnings"] = [one.data() for one in self.cautions]
        if self.loads:
            found["loads"] = [one.data() for one in self.loads]
        return found


@dataclass(frozen=True, slots=True)
class Shown:
    """A report: the network, each chip, and the weights of its layers where they are known."""

    report: FitReport
    chips: tuple[OnChip, ...]
    traffic: Traffic | None = None
    weights: Mapping[int, Histogram] = field(default_factory=dict)

    def data(self) -> dict[str, Any]:
        """The report as JSON has it."""
        found: dict[str, Any] = {
            "network": self.report.network.name,
            "chips": [chip.data() for chip in self.chips],
        }
        return found | ({"rates": self.traffic.data()} if self.traffic else {})


def shown(
    report: FitReport,
    fitters: Sequence[Fitter],
    traffic: Traffic | None = None,
    weights: Mapping[int, Histogram] | None = None,
) -> Shown:
    """The report on the answers of ``fit``.

    Args:
        report: the answers.
        fitters: what gave them, in the same order.
        traffic: what is sent, for the loads.
        weights: for each layer that has weights how many are in each bin of words.
    """
    chips = tuple(
        OnChip(
            answer,
            fitter,
            cautions(report.network, fitter),
            loads(report.network, answer, fitter.chip, traffic) if traffic else (),
        )
        for answer, fitter in zip(report.chips, fitters, strict=True)
    )
    return Shown(report, chips, traffic, weights or {})
