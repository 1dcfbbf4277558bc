"""What text and Markdown both say: changes as rows, verdicts, networks and versions in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dynapspec.diff.detect import limit
from dynapspec.diff.match import ABSENT
from dynapspec.diff.report import READERS, Change, Class, NetworkChange, Part, Report, Version
from dynapspec.diff.wording import shown
from dynapspec.network.report import ranges

LONG = 56  # characters of both values from which each has a line of its own
KINDS = {"gained": "gains its fit", "lost": "loses its fit", "moved": "moves"}


@dataclass(frozen=True, slots=True)
class Row:
    """One change, or the same change of several cores."""

    path: str
    old: str
    new: str
    kind: str
    place: str

    @property
    def long(self) -> bool:
        """Whether its values are too long for one line."""
        return len(self.old) + len(self.new) > LONG

    @property
    def values(self) -> str:
        """Both values on one line; of an addition or a removal the one that there is."""
        return " -> ".join(value for value in (self.old, self.new) if value)


def rows(changes: Iterable[Change]) -> Iterator[Row]:
    """The changes, those of several numbered entries together where they are the same."""
    groups: dict[tuple[str, str, str, str], list[Change]] = {}
    for change in changes:
        numbered = len(change.path) > 1 and isinstance(change.path[1], int)
        general = f"{change.path[0]}[*]{_rest(change)}" if numbered else change.shown
        values = _value(change.old), _value(change.new)
        groups.setdefault((general, *values, change.kind), []).append(change)
    for (general, old, new, kind), same in groups.items():
        numbers = [step for change in same for step in change.path[1:2] if isinstance(step, int)]
        path = general.replace("[*]", f"[{ranges(numbers)}]") if numbers else general
        yield Row(path, old, new, kind, same[0].place)


def _rest(change: Change) -> str:
    return "".join(f".{step}" for step in change.path[2:])


def _value(value: object) -> str:
    if isinstance(value, dict) and "kind" in value and {"one_of", "min", "max"} & value.keys():
        return str(limit(value))
    return "" if value is ABSENT else shown(value) or "{}"


def title(report: Report, part: Part) -> str:
    """Names and versions of both sides."""
    if part.old != part.new:
        return f"{part.old} {part.version.old} -> {part.new} {part.version.new}"
    versions = dict.fromkeys((part.version.old, part.version.new))
    sides = f", {report.old} -> {report.new}" if part is report.parts[0] else ""
    return f"{part.kind} {part.old} {' -> '.join(versions)}{sides}"


def meanings(report: Report) -> Iterator[tuple[str, Class, str]]:
    """For each reader the verdict, and the topics that it comes from."""
    for reader, worst in report.classes().items():
        causes = [topic.name for topic in report.topics() if topic.classes[reader] == worst]
        named = "" if worst == "compatible" else ", ".join(causes)
        if worst == "compatible" and reader == "networks" and _untouched(report):
            named = "equal: the same layers are legal, and they run the same"
        yield READERS[reader], worst, named


def _untouched(report: Report) -> bool:
    """Whether nothing has changed that a network could notice."""
    return all(topic.name in ("devices", "placement") for topic in report.topics())


def networks(report: Report) -> list[str]:
    """The networks that change their answer, and how many were asked about."""
    if not report.checked:
        return []
    chips = {change.chip for change in report.networks}
    lines = []
    for kind, verb in KINDS.items():
        found = [change for change in report.networks if change.kind == kind]
        lines += [f"{change.network} {verb}{_on(change, chips)}: {change.why}" for change in found]
    return lines or [f"none of {report.checked} changes its fit"]


def _on(change: NetworkChange, chips: set[str]) -> str:
    return f" on {change.chip}" if len(chips) > 1 else ""


def versions(report: Report) -> Iterator[str]:
    """For each spec that is compared with itself, the bump that is due and whether it was made."""
    for part in report.parts:
        if part.version.due is not None:
            yield f"{part.new} {_bump(part.version)}"


def _bump(version: Version) -> str:
    if version.due == "none":
        return f"{version.new}: no bump is due"
    if version.enough:
        return f"{version.old} -> {version.new}: a {version.due} bump is due, and was made"
    made = "was not bumped" if version.new == version.old else f"went to {version.new} only"
    return f"{version.old}: a {version.due} bump is due, to {version.wanted}; it {made}"


def documentation(parts: Sequence[Part]) -> str:
    """How many values changed that only speak about others."""
    names = [row.path for part in parts for row in rows(part.documentation)]
    if not names:
        return ""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"texts and evidence: {', '.join(names[:3])}{more}"
