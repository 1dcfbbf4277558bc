"""The two scores side by side."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from dynapspec.conform.record import machine
from dynapspec.model import Layer
from dynapspec.model.waivers import today
from peer_judge import Base, Result
from peer_trial import Ground

FORMAT = 1


@dataclass(frozen=True)
class Score:
    """The mutants of a class that count, and how many of them each suite tells."""

    kind: str
    counted: int
    ours: int
    peer: int
    theirs: int


def counts(result: Result) -> bool:
    """Whether a mutant changes what sinabs's API has too.

    It does where a suite tells it through sinabs's own names. One that the vectors tell from the package
    or the interpreter alone changes something that sinabs has no name for. One that nothing tells counts
    against both.
    """
    told = result.ours or result.interpreted
    return result.is_ == "judged" and bool(result.peer or result.theirs or not told)


def scores(results: Sequence[Result]) -> list[Score]:
    """One line to a class of change, by name, and the total last."""
    counted = [one for one in results if counts(one)]
    kinds = [*sorted({one.kind for one in counted}), "all"]
    return [_score(kind, [one for one in counted if kind in (one.kind, "all")]) for kind in kinds]


def _score(kind: str, some: Sequence[Result]) -> Score:
    told = (sum(bool(getattr(one, suite)) for one in some) for suite in ("ours", "peer", "theirs"))
    return Score(kind, len(some), *told)


def summary(results: Sequence[Result]) -> str:
    """The scores as text."""
    lines = [f"{'change':24}{'mutants':>8}{'vectors':>9}{'by name':>9}{'sinabs':>8}"]
    for one in scores(results):
        lines.append(f"{one.kind:24}{one.counted:>8}{one.ours:>9}{one.peer:>9}{one.theirs:>8}")
    found = Counter(one.is_ for one in results)
    alone = sum(one.is_ == "judged" and not counts(one) for one in results)
    lines.append(
        f"of {len(results)} mutants {found['refused']} are no sound spec, {found['equal']} proven equal, "
        f"{found['elsewhere']} change no code that has a counterpart in sinabs, "
        f"{alone} what it has no name for"
    )
    return "\n".join(lines)


def record_of(layer: Layer, ground: Ground, base: Base, results: Sequence[Result]) -> dict[str, Any]:
    """What is kept for the documentation."""
    found = Counter(one.is_ for one in results)
    counted = [one for one in results if counts(one)]
    return {
        "format": FORMAT,
        "date": today().isoformat(),
        "machine": machine(),
        "sinabs": _version(ground.sinabs),
        "tests_sha256": _digest(ground.tests, base.files),
        "specs": {layer.title: layer.digest},
        "tests": {file: len(names) for file, names in sorted(base.files.items())},
        "others": base.others,
        "left_out": dict(sorted(base.left_out.items())),
        "vectors": len(base.vectors),
        "sample": len(results),
        "refused": found["refused"],
        "equal": found["equal"],
        "elsewhere": found["elsewhere"],
        "nameless": [_told(one) for one in results if one.is_ == "judged" and not counts(one)],
        "classes": [
            {"class": x.kind, "counted": x.counted, "ours": x.ours, "peer": x.peer, "theirs": x.theirs}
            for x in scores(results)
        ],
        "missed": [_told(one) for one in counted if not one.ours],
        "missed_by_sinabs": [_told(one) for one in counted if not one.theirs],
    }


def _told(one: Result) -> dict[str, str]:
    found = {"clause": one.clause, "before": one.before, "after": one.after}
    by = one.ours or one.theirs or one.interpreted
    return {**found, "told_by": by} if by else found


def _version(folder: Path) -> str:
    return next(str(one.version) for one in distributions(path=[str(folder)]) if one.name == "sinabs")


def _digest(tests: Path, files: Mapping[str, Any]) -> str:
    """SHA-256 of the files of tests that were run: names and texts."""
    total = hashlib.sha256()
    for file in sorted(files):
        total.update(f"{file}\0".encode() + (tests / file).read_bytes() + b"\0")
    return total.hexdigest()
