"""Waivers: findings that a spec asks to overlook, with a reason, until a day.

Only findings that leave everything that is generated right can be waived. A waiver that has ended, or
that waives nothing, is a finding itself, so that none is forgotten.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from dynapspec.diagnostics import Diagnostic, Span, did_you_mean, fail
from dynapspec.load.node import name_of, number_or_name, place_of
from dynapspec.model.chip_spec import ChipSpec
from dynapspec.model.entries import Entry, Model
from dynapspec.model.layer_spec import LayerSpec
from dynapspec.model.values import Waiver

OF_VERSIONS = ("version-not-bumped", "version-backwards")  # found against a revision, by `check` alone
WAIVABLE = ("claim", "unused-limit", *OF_VERSIONS)
TODAY = "DYNAPSPEC_TODAY"  # the day on which waivers are judged, for those who need the same answer later
Part = Entry[LayerSpec] | Entry[ChipSpec]


@dataclass(frozen=True, slots=True)
class _Place:
    """One waiver: where it is written, and the place that it speaks of."""

    waiver: Waiver
    key: Span
    code: Span
    until: Span
    about: Span

    def covers(self, finding: Diagnostic) -> bool:
        """Whether a finding is what the waiver speaks of."""
        span, about = finding.span, self.about
        if span is None or finding.code != self.waiver.code:
            return False
        same_line = (span.file, span.line) == (about.file, about.line)
        return same_line and about.column <= span.column and span.end <= about.end


def today() -> date:
    """The day on which waivers are judged.

    Raises:
        InputError: the variable holds no day.
    """
    named = os.environ.get(TODAY)
    try:
        return date.fromisoformat(named) if named else date.today()
    except ValueError:
        raise fail("today", f"{TODAY} is {named!r}, and that is no day", hint="write 2027-01-31") from None


def without_waived(model: Model, findings: Iterable[Diagnostic], day: date) -> Iterator[Diagnostic]:
    """The findings that nobody waives, and those about the waivers themselves."""
    places = dict.fromkeys(_places(model))
    valid = [place for place in places if place.waiver.code in WAIVABLE and day <= place.waiver.day]
    used: set[_Place] = set()
    for finding in findings:
        covering = [place for place in valid if place.covers(finding)]
        used.update(covering)
        if not covering:
            yield finding
    for place in places:
        yield from _about(place, day, place in used)


def _places(model: Model) -> Iterator[_Place]:
    entries: list[Part] = [*model.layers.values(), *model.chips.values(), *_alone(model)]
    for entry in entries:
        for name, waiver in entry.spec.waive.items():
            path = ("waive", name)
            steps = tuple(number_or_name(step) for step in waiver.at.split("."))
            about = place_of(entry.node, steps)
            key = name_of(entry.node, path) or entry.node.span
            code, until = (place_of(entry.node, (*path, part)) for part in ("code", "until"))
            yield _Place(waiver, key, code, until, about)


def _alone(model: Model) -> Iterator[Part]:
    """The bases that no whole spec is laid over; the waivers of all others are met in those."""
    wholes: list[Part] = [*model.layers.values(), *model.chips.values()]
    used = {document for entry in wholes for document in entry.lineage}
    yield from (base.entry for base in model.bases if base.entry.lineage[0] not in used)


def _about(place: _Place, day: date, used: bool) -> Iterator[Diagnostic]:
    waiver = place.waiver
    if waiver.code not in WAIVABLE:
        hint = did_you_mean(waiver.code, WAIVABLE)
        yield Diagnostic("waiver-code", f"{waiver.code} cannot be waived", place.code, hint)
    elif day > waiver.day:
        hint = "mend what it waives, or give it more time"
        yield Diagnostic("waiver-expired", f"this waiver ended on {waiver.until}", place.until, hint)
    elif not used and waiver.code not in OF_VERSIONS:
        message = f"there is no finding {waiver.code} at {waiver.at}"
        yield Diagnostic("waiver-unused", message, place.key, "take the waiver out")
