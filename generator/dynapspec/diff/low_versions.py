"""The specs whose version is too low for what changed, as findings.

A file answers for the values that it sets itself, see :mod:`dynapspec.diff.bump`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from dynapspec.diagnostics import Diagnostic
from dynapspec.diff import summary
from dynapspec.diff.base import specs_of
from dynapspec.diff.bump import owed
from dynapspec.diff.history import COMMITTED
from dynapspec.diff.report import CLASSES, READERS, Bump, Class, Topic
from dynapspec.diff.revision import Side
from dynapspec.diff.version import READERS_OF_MAJOR, numbers
from dynapspec.load import plain
from dynapspec.load.locate import nearest
from dynapspec.load.node import place_of
from dynapspec.model import Model
from dynapspec.model.values import Waiver
from dynapspec.model.waivers import today
from dynapspec.resolve import Document

DID = {  # how a change is told of one value
    "widened": "is wider",
    "narrowed": "is narrower",
    "moved": "takes other values",
    "grown": "has grown",
    "shrunk": "has shrunk",
    "added": "is new",
    "removed": "is gone",
    "gained": "is there now",
    "lost": "is no longer there",
    "reordered": "have another order",
}


def unraised(
    old: Model, new: Model, revision: str = COMMITTED, day: date | None = None
) -> Iterator[Diagnostic]:
    """A finding for each spec whose version is too low for what changed; ``revision`` names the old side."""
    then = day or today()
    for spec in specs_of(new):
        document = spec.lineage[0]
        sides = (Side(f"{revision}:{spec.name}", old, spec), Side(spec.name, new, spec))
        bump = owed(*sides, document.kind, spec.name)
        if bump is None or bump.version.enough:
            continue
        found = _finding(document, bump, revision, new.root)
        if not _waived(document, found.code, then):
            yield found


def _finding(document: Document, bump: Bump, revision: str, root: Path) -> Diagnostic:
    version, span = bump.version, place_of(document.node, ("version",))
    near = nearest(Path.cwd())
    option = "" if near and near.resolve() == root.resolve() else f" --specs {root}"
    shown = f"`dynapspec diff {revision}:{bump.name} {bump.name}{option}` shows what changed"
    if numbers(version.new) < numbers(version.old):
        message = f"the version of {bump.name} goes back, from {version.old} to {version.new}"
        return Diagnostic("version-backwards", message, span, f"say {version.wanted}; {shown}")
    state = f"is still {version.old}"
    if version.new != version.old:
        state = f"goes from {version.old} to {version.new} only"
    message = f"{document.title} {state}, and {_most(bump)}"
    return Diagnostic("version-not-bumped", message, span, f"say {version.wanted}; {shown}")


def _most(bump: Bump) -> str:
    """What changed most, and for whom."""
    if not bump.topics:
        paths = [row.path for row in summary.rows(bump.documentation)]
        return f"{paths[0]} has another text or source{_more(len(paths) - 1)}"
    topic = max(bump.topics, key=_harm)
    rows = [row for found in bump.topics for row in summary.rows(found.changes)]
    first = next(summary.rows(topic.changes))
    worst = _harm(topic)
    whom = [READERS[reader] for reader in READERS_OF_MAJOR if topic.classes[reader] == CLASSES[worst]]
    harm = f", {CLASSES[worst]} for {' and '.join(whom)}" if worst else ""
    return f"{first.path} {DID.get(first.kind, 'has changed')}{harm}{_more(len(rows) - 1)}"


def _harm(topic: Topic) -> int:
    found: list[Class] = [topic.classes[reader] for reader in READERS_OF_MAJOR]
    return max(map(CLASSES.index, found))


def _more(count: int) -> str:
    return f"; {count} more change{'' if count == 1 else 's'}" if count else ""


def _waived(document: Document, code: str, day: date) -> bool:
    """Whether the file itself overlooks a finding about its version; waivers of a parent do not count."""
    stated = document.node.get("waive")
    for data in plain(stated).values() if stated is not None else ():
        try:
            waiver = Waiver.model_validate(data)
        except ValidationError:  # told where the spec is checked
            continue
        if (waiver.code, waiver.at) == (code, "version") and day <= waiver.day:
            return True
    return False
