"""What is said of layers that compete for too few cores, and why they fit no others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dynapspec.interpret import Judgement
from dynapspec.model import Chip
from dynapspec.network.lines import Lines
from dynapspec.network.verdicts import Certificate, Violation

PLACEMENT = "placement"  # the rule that every layer has a core of its own


class Competing:
    """Words the competition for the cores of one chip.

    Args:
        chip: the chip.
        capacity: the words of each of its cores, by memory.
        padded: the memories, and whether each is padded.
        lines: finds the lines of the specs behind it.
    """

    def __init__(
        self,
        chip: Chip,
        capacity: Mapping[int, Mapping[str, int]],
        padded: Mapping[str, bool],
        lines: Lines,
    ) -> None:
        self.chip, self.capacity, self.padded, self.lines = chip, capacity, padded, lines

    def certificate(
        self, layers: Sequence[int], cores: Sequence[int], verdicts: Sequence[Judgement | None]
    ) -> Certificate:
        """The layers that compete, with what each other core lacks for each of them."""
        told: dict[str, list[int]] = {}
        for number, words in self.capacity.items():
            if number in cores:
                continue
            lacking = {
                f"layer {index} needs {verdict.values[name]} {name} words"
                for index in layers
                if (verdict := verdicts[index]) is not None
                for name in self.padded
                if verdict.values[name] > words[name]
            }
            for text in sorted(lacking):
                told.setdefault(text, []).append(number)
        because = (f"{text}, more than cores {_listed(found)} have" for text, found in told.items())
        return Certificate(tuple(layers), tuple(cores), tuple(because))

    def violation(
        self, layers: list[int], proof: Certificate, verdicts: Sequence[Judgement | None]
    ) -> Violation:
        """The broken rule that every layer has a core of its own; ``layers`` are all that fit no other."""
        cores = list(proof.cores)
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
        clause = self.chip.clause("cores")
        return Violation(PLACEMENT, None, message, layers, cores, clause, remedy, lines, proof)

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
