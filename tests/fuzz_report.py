"""What was seen while damaged specs were thrown at the generator."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Report:
    """What a campaign saw."""

    kinds: dict[str, Counter[str]] = field(default_factory=dict)
    slowest: dict[str, float] = field(default_factory=dict)
    codes: Counter[str] = field(default_factory=Counter)
    accepted: int = 0
    emitted: int = 0
    failures: list[dict[str, Any]] = field(default_factory=list)
    megabytes: float = 0.0

    def add(self, kind: str, taken: float, refused: bool) -> None:
        """Counts one case."""
        self.kinds.setdefault(kind, Counter())["refused" if refused else "accepted"] += 1
        self.slowest[kind] = max(self.slowest.get(kind, 0.0), round(taken, 3))

    @property
    def cases(self) -> int:
        """How many cases were played."""
        return sum(sum(counts.values()) for counts in self.kinds.values())

    @property
    def line(self) -> str:
        """The report in short."""
        refused = sum(counts["refused"] for counts in self.kinds.values())
        slowest = max(self.slowest.values(), default=0.0)
        told = f"{self.cases} cases, {refused} refused, {self.accepted} accepted"
        return f"{told}, slowest {slowest:.3f} s, {self.megabytes:.0f} MB, {len(self.failures)} failures"

    def join(self, other: dict[str, Any]) -> None:
        """Adds what another process saw."""
        for kind, counts in other["kinds"].items():
            self.kinds.setdefault(kind, Counter()).update(counts)
            self.slowest[kind] = max(self.slowest.get(kind, 0.0), other["slowest"][kind])
        self.codes.update(other["codes"])
        self.accepted += other["accepted"]
        self.emitted += other["emitted"]
        self.failures += other["failures"]
        self.megabytes = max(self.megabytes, other["megabytes"])
