"""What becomes of each mutant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Outcome: TypeAlias = Literal["refused", "killed", "equal", "survivor"]
OUTCOMES: tuple[Outcome, ...] = ("refused", "killed", "equal", "survivor")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One mutant: where it differs from which spec, and what came of it.

    ``vectors`` are the first that tell it from the spec. ``reason`` is the finding that refuses it, the
    proof that it is equal, or for a survivor a layer that would tell it from the spec, if one was found.
    """

    spec: str
    path: tuple[str | int, ...]
    kind: str
    before: str
    after: str
    outcome: Outcome
    vectors: tuple[str, ...] = ()
    reason: str = ""

    @property
    def place(self) -> str:
        """The place as a JSON pointer behind the name of the spec."""
        return f"{self.spec}#/{'/'.join(map(str, self.path))}"


@dataclass(frozen=True, slots=True)
class Score:
    """How many mutants of a class there are, by outcome."""

    kind: str
    counts: Counter[Outcome]

    @property
    def sound(self) -> int:
        """Mutants that are specs, and behave otherwise as far as is known."""
        return self.counts["killed"] + self.counts["survivor"]

    @property
    def share(self) -> float | None:
        """Of those, the share that a vector tells; None where there is none."""
        return self.counts["killed"] / self.sound if self.sound else None


def scores(verdicts: Iterable[Verdict]) -> list[Score]:
    """One line to a class of change, by name, and the total last."""
    found: dict[str, Counter[Outcome]] = {}
    total: Counter[Outcome] = Counter()
    for verdict in verdicts:
        found.setdefault(verdict.kind, Counter())[verdict.outcome] += 1
        total[verdict.outcome] += 1
    return [*(Score(kind, found[kind]) for kind in sorted(found)), Score("all", total)]


def survivors(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The gaps."""
    return [verdict for verdict in verdicts if verdict.outcome == "survivor"]
