"""What text and Markdown both say: changes as rows, verdicts, networks and versions in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dynapspec.diff.detect import limit
from dynapspec.diff.match import ABSENT
from dynapspec.diff.report import CLASSES, READERS, Change, Class, NetworkChange, Part, Report, Version
from dynapspec.diff.wording import shown
from dynapspec.network.report import ranges

NAMED = 3  # values that only speak about others are named
LONG = 56  # characters of both values from which each has a line of its own
KINDS = {  # of one network, and of several
    "lost": ("loses its fit", "lose their fit"),
    "gained": ("gains its fit", "gain their fit"),
    "moved": ("moves", "move"),
}


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


def headline(report: Report) -> tuple[Class, str]:
    """What the whole comes to, in one line."""
    if not any(report.topics()):
        return CLASSES[0], "only texts and evidence differ" if report.differs else "nothing differs"
    classes = report.classes()
    found = []
    for known in reversed(CLASSES[1:]):
        if readers := [READERS[reader] for reader, worst in classes.items() if worst == known]:
            found.append(f"{known} for {_listed(readers)}")
    return report.worst(), "; ".join(found) or "compatible for all"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


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
    return all(topic.name in ("devices", "placement", "configuration") for topic in report.topics())


def networks(report: Report) -> list[str]:
    """The networks that change their answer, and how many were asked about."""
    if not report.checked:
        return []
    lines = []
    for kind, verbs in KINDS.items():
        found = _alike(change for change in report.networks if change.kind == kind)
        for (why, chips), names in found.items():
            verb = verbs[len(names) > 1]
            lines.append(f"{', '.join(names)} {verb}{_on(chips, report.chips)}: {why}")
    return lines or [f"none of {report.checked} changes its fit"]


def _alike(changes: Iterable[NetworkChange]) -> dict[tuple[str, tuple[str, ...]], list[str]]:
    """The networks of which the same is said on the same chips."""
    chips: dict[tuple[str, str], list[str]] = {}
    for change in changes:
        chips.setdefault((change.network, change.why), []).append(change.chip)
    groups: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (network, why), names in chips.items():
        groups.setdefault((why, tuple(names)), []).append(network)
    return groups


def _on(chips: Sequence[str], asked: Sequence[str]) -> str:
    if len(asked) < 2:
        return ""
    return f" on all {len(asked)} chips" if set(chips) == set(asked) else f" on {', '.join(chips)}"


def versions(report: Report) -> Iterator[str]:
    """For each spec that is compared with itself, the bump that is due and whether it was made."""
    bumps = {(bump.kind, bump.name): bump for part in report.parts for bump in part.bumps}
    yield from (f"{bump.name} {_bump(bump.version)}" for bump in bumps.values())
    same = [part for part in report.parts if part.version.due is not None]
    if same and not bumps:
        yield f"{same[0].new} {_bump(same[0].version)}"


def _bump(version: Version) -> str:
    if version.due == "none":
        return f"{version.new}: no bump is due"
    if version.enough:
        return f"{version.old} -> {version.new}: a {version.due} bump is due, and was made"
    made = "was not bumped" if version.new == version.old else f"went to {version.new} only"
    return f"{version.old}: a {version.due} bump is due, to {version.wanted}; it {made}"


def documentation(parts: Sequence[Part]) -> str:
    """The values that only speak about others: a few with what they say, of many the first names."""
    found = [row for part in parts for row in rows(part.documentation)]
    if not found:
        return ""
    named = [_named(row) if len(found) <= NAMED else row.path for row in found[:NAMED]]
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return f"texts and evidence: {', '.join(named)}{more}"


def _named(row: Row) -> str:
    short = row.old and row.new and row.old != row.new and not row.long
    return f"{row.path} ({row.values})" if short else row.path
