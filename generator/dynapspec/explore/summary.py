"""What is told of a whole space: how many networks fit, what stops the others, and the largest that fit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dynapspec.explore.engine import Answer, Part
from dynapspec.explore.plan import Plan
from dynapspec.explore.read import PARAMETERS

MOST = 8  # rules that are shown for a chip


@dataclass(frozen=True, slots=True)
class Largest:
    """The network with the most parameters that fits; the first of several."""

    number: int
    parameters: int
    layers: int
    choices: dict[str, Any]

    def data(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "number": self.number,
            "parameters": self.parameters,
            "layers": self.layers,
            "choices": self.choices,
        }


@dataclass
class ChipSummary:
    """The answers of one chip."""

    chip: str
    fits: int = 0
    stopped_by: Counter[str] = field(default_factory=Counter)
    largest: Largest | None = None


class Summary:
    """Grows by one part after another; holds no network but the largest."""

    def __init__(self, plan: Plan) -> None:
        self.space, self.combinations, self.networks = plan.checked.name, plan.total, 0
        self.chips = {chip.name: ChipSummary(chip.name) for chip in plan.chips}
        self.stops, self.plan = plan.stops, plan
        self.words = {number: name for name, number in plan.words.items()}

    def add(self, part: Part) -> None:
        """Counts a part."""
        self.networks += len(part.numbers)
        known: dict[int, tuple[int, Counter[str]]] = {}
        for chip, answer in part.answers.items():
            if id(answer) not in known:  # chips that are alike share theirs
                known[id(answer)] = int(np.count_nonzero(answer.fits)), self._counts(answer)
            fits, stops = known[id(answer)]
            one = self.chips[chip]
            one.fits += fits
            one.stopped_by += stops
            if fits:
                one.largest = self._larger(one.largest, part, answer)

    def _counts(self, answer: Answer) -> Counter[str]:
        values, counts = np.unique(answer.stopped, return_counts=True)
        found: Counter[str] = Counter()
        for bits, count in zip(values.tolist(), counts.tolist(), strict=True):
            for place, stop in enumerate(self.stops):
                if bits >> place & 1:
                    found[stop] += count
        return found

    def _larger(self, now: Largest | None, part: Part, answer: Answer) -> Largest:
        sizes = np.where(answer.fits, part.totals[PARAMETERS], -1)
        row = int(np.argmax(sizes))
        if now is not None and now.parameters >= int(sizes[row]):
            return now
        choices = {name: self._plain(name, column[row].item()) for name, column in part.columns.items()}
        return Largest(int(part.numbers[row]), int(sizes[row]), int(part.layers[row]), choices)

    def _plain(self, name: str, value: Any) -> Any:
        return self.words[value] if self.plan.checked.choices[name].kind is str else value

    @property
    def any_fits(self) -> bool:
        """Whether some network fits some chip."""
        return any(chip.fits for chip in self.chips.values())

    def data(self) -> dict[str, Any]:
        """As plain data, for ``--format json``."""
        return {
            "space": self.space,
            "combinations": self.combinations,
            "networks": self.networks,
            "chips": [
                {
                    "chip": one.chip,
                    "fits": one.fits,
                    "stopped_by": dict(self.ordered(one)),
                    "largest": one.largest.data() if one.largest else None,
                }
                for one in self.chips.values()
            ],
        }

    @staticmethod
    def ordered(one: ChipSummary) -> list[tuple[str, int]]:
        """The rules by how many networks each stops, most first."""
        return sorted(one.stopped_by.items(), key=lambda item: (-item[1], item[0]))
