"""What came of each case, and of a whole run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, TypeAlias

from dynapspec.conform.links import Chain

Kind: TypeAlias = Literal["right", "wrong", "refused", "crashed", "timed out", "skipped"]
KINDS: tuple[Kind, ...] = ("right", "wrong", "refused", "crashed", "timed out", "skipped")
FAILURES: tuple[Kind, ...] = ("wrong", "refused", "crashed", "timed out")


@dataclass(frozen=True, slots=True)
class Played:
    """One case after it was played.

    ``details`` says what differs, or why there is no answer. ``known`` is the reason of a known failure.
    """

    id: str
    file: str
    topic: str
    spec: str
    clause: str
    flags: tuple[str, ...]
    kind: Kind
    details: tuple[str, ...] = ()
    seconds: float = 0.0
    known: str | None = None

    @property
    def failed(self) -> bool:
        """Whether the implementation did not give the right answer."""
        return self.kind in FAILURES

    @property
    def surprising(self) -> bool:
        """Whether a failure is new, or one that was known is none any more."""
        return self.failed if self.known is None else self.kind == "right"


@dataclass(frozen=True)
class Report:
    """A whole run. ``errors`` are about the run itself, such as too few cases."""

    implementation: str
    version: str
    capabilities: tuple[str, ...]
    played: Sequence[Played]
    errors: Sequence[str]
    made_from: Mapping[str, Any]
    seconds: float
    chains: Mapping[str, Chain] = field(default_factory=dict)
    notes: Sequence[str] = ()

    @cached_property
    def counts(self) -> dict[Kind, int]:
        """How many cases there are of each kind."""
        found = Counter(one.kind for one in self.played)
        return {kind: found[kind] for kind in KINDS}

    @cached_property
    def by_topic(self) -> dict[str, dict[Kind, int]]:
        """The same for each topic."""
        topics: dict[str, Counter[Kind]] = {}
        for one in self.played:
            topics.setdefault(one.topic, Counter())[one.kind] += 1
        return {topic: {kind: found[kind] for kind in KINDS} for topic, found in topics.items()}

    @property
    def failures(self) -> list[Played]:
        """The cases that failed and were not known to fail."""
        return [one for one in self.played if one.failed and one.known is None]

    @property
    def known_failures(self) -> list[Played]:
        """The cases that failed as they were known to."""
        return [one for one in self.played if one.failed and one.known is not None]

    @property
    def mended(self) -> list[Played]:
        """The cases that were known to fail and do not."""
        return [one for one in self.played if one.known is not None and one.kind == "right"]

    @property
    def fine(self) -> bool:
        """Whether everything is as it should be."""
        return not (self.failures or self.mended or self.errors)

    @cached_property
    def skips(self) -> dict[str, int]:
        """How many cases were skipped for which reason."""
        return dict(Counter(one.details[0] for one in self.played if one.kind == "skipped"))
