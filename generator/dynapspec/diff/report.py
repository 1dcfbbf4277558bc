"""The result of a comparison, as every format shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from dynapspec.load.node import show_path
from dynapspec.model.provenance import Path

Class: TypeAlias = Literal["compatible", "uncertain", "breaking"]
CLASSES: tuple[Class, ...] = ("compatible", "uncertain", "breaking")  # from harmless to harmful
READERS = {
    "networks": "deployed networks",
    "weights": "trained weights",
    "api": "generated API",
    "vectors": "conformance vectors",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One value, or one entry, that differs; ``kind`` is how, such as grown, narrowed or removed."""

    path: Path
    kind: str
    old: Any
    new: Any
    place: str = ""

    @property
    def shown(self) -> str:
        """The path as people write it."""
        return show_path(self.path)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a proof or a witness says about some changes.

    ``status`` is equal, differs or undecided; ``lines`` say it in words, ``data`` has it for programs.
    ``spared`` are readers to whom the changes are proven to be harmless.
    """

    status: Literal["equal", "differs", "undecided"]
    lines: tuple[str, ...]
    data: Mapping[str, Any] = field(default_factory=dict)
    spared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Topic:
    """Changes that are explained together, and what they mean for each reader."""

    name: str
    changes: tuple[Change, ...]
    finding: Finding | None
    classes: Mapping[str, Class]


@dataclass(frozen=True, slots=True)
class Version:
    """The versions of both sides, and the bump that the changes amount to; no bump between two specs."""

    old: str
    new: str
    due: Literal["major", "minor", "patch", "none"] | None
    wanted: str = ""
    enough: bool = True


@dataclass(frozen=True, slots=True)
class Bump:
    """The version of one spec file, and what changed of the values that it sets itself."""

    kind: str
    name: str
    version: Version
    topics: tuple[Topic, ...]
    documentation: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """The comparison of one pair of specs: two chips, or two layer specs.

    ``version`` says what the changes amount to; ``bumps`` which files have to raise their version.
    """

    kind: str
    old: str
    new: str
    topics: tuple[Topic, ...]
    documentation: tuple[Change, ...]
    version: Version
    bumps: tuple[Bump, ...] = ()


@dataclass(frozen=True, slots=True)
class NetworkChange:
    """A network whose answer from ``fit`` differs."""

    network: str
    chip: str
    kind: Literal["gained", "lost", "moved"]
    why: str


@dataclass(frozen=True, slots=True)
class Report:
    """The comparison of two specs and of what they rest on."""

    old: str
    new: str
    parts: tuple[Part, ...]
    networks: tuple[NetworkChange, ...]
    checked: int
    chips: tuple[str, ...] = ()  # on which the networks were asked about

    def topics(self) -> Iterator[Topic]:
        """Every topic of every part."""
        return (topic for part in self.parts for topic in part.topics)

    def classes(self) -> dict[str, Class]:
        """For each reader, the most harmful thing that is said to it."""
        worst: dict[str, Class] = dict.fromkeys(READERS, CLASSES[0])
        for topic in self.topics():
            for reader, found in topic.classes.items():
                worst[reader] = max(worst[reader], found, key=CLASSES.index)
        return worst

    def worst(self, readers: Iterable[str] = READERS) -> Class:
        """The most harmful thing that is said to any of these readers."""
        classes = self.classes()
        return max((classes[reader] for reader in readers), key=CLASSES.index)

    @property
    def breaking(self) -> bool:
        """Whether something breaks for somebody."""
        return self.worst() == "breaking"

    @property
    def differs(self) -> bool:
        """Whether anything differs, texts and evidence included."""
        return any(part.topics or part.documentation for part in self.parts)
