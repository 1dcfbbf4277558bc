"""Step three: what each change means for each reader. The table below is the whole policy.

The first row that fits a change decides; what no row knows is uncertain for everybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from dynapspec.diff.report import CLASSES, READERS, Change, Class, Finding

ok: Class = "compatible"
unsure: Class = "uncertain"
no: Class = "breaking"

#  path                         kind                 networks weights  api      vectors
POLICY: list[tuple[str, str, Class, Class, Class, Class]] = [
    # ── chips ──
    ("limits.*", "widened", ok, ok, ok, no),  # vectors expect that what lies beyond is refused
    ("limits.*", "narrowed moved", no, ok, ok, no),
    ("limits.*", "added removed", unsure, ok, ok, unsure),
    ("cores.*.*_words", "grown", ok, ok, ok, no),
    ("cores.*.*_words", "shrunk", no, ok, ok, no),
    ("cores.*", "added", ok, ok, ok, no),
    ("cores.*", "removed", no, ok, no, no),  # users read chip.cores[n]
    ("devices.*", "added", ok, ok, ok, ok),
    ("devices.*", "*", ok, ok, unsure, ok),  # users look boards up by name
    ("features.*.has", "gained", ok, ok, ok, ok),
    ("features.*", "added", ok, ok, ok, ok),
    ("features.*", "*", unsure, ok, ok, ok),  # whether a network uses the block is not known here
    ("bandwidth.*", "grown added", ok, ok, ok, ok),
    ("bandwidth.*", "*", unsure, ok, ok, ok),
    ("placement.*", "*", ok, ok, ok, ok),  # a preference
    ("placement", "*", ok, ok, ok, ok),
    ("readout", "added", ok, ok, ok, ok),
    ("readout*", "*", unsure, ok, ok, ok),  # networks that are read out elsewhere do not notice
    ("dvs.pooling", "widened", ok, ok, ok, ok),
    ("dvs.destinations", "widened", ok, ok, ok, ok),
    ("dvs*", "*", unsure, ok, ok, ok),
    ("configuration.object", "*", ok, ok, unsure, ok),  # a name, and nothing of what is written
    ("configuration*", "added", ok, ok, ok, ok),  # what could not be written before
    ("configuration*", "*", unsure, ok, ok, no),  # whether the chip is told anything else is not known here
    ("layers", "*", no, no, no, no),  # another layer spec altogether
    # ── layers: the class ──
    ("package", "*", ok, ok, no, ok),
    ("api.arguments.*.default", "added", ok, ok, ok, ok),
    ("api.arguments.*.doc", "*", ok, ok, ok, ok),
    ("api.arguments.*", "*", ok, ok, no, ok),
    ("api*", "*", ok, ok, no, ok),
    ("outputs.*", "*", ok, ok, no, no),
    # ── layers: arithmetic ──
    ("dims.*.domain", "widened", ok, ok, ok, no),
    ("destination_dims.*.domain", "widened", ok, ok, ok, no),
    ("dims.*", "*", no, ok, no, no),
    ("destination_dims.*", "*", no, ok, no, no),
    ("shapes.*", "added", ok, ok, ok, no),
    ("destination_shapes.*", "added", ok, ok, ok, no),
    ("shapes.*.needs", "*", ok, ok, ok, unsure),
    ("shapes.*", "*", no, no, no, no),
    ("destination_shapes.*", "*", no, no, no, no),
    ("memory.*", "added", ok, ok, ok, no),  # whether layers still fit is for the rules to say
    ("functions.*", "added", ok, ok, ok, ok),
    ("memory.*", "*", no, ok, no, no),
    ("functions.*", "*", no, no, ok, no),
    ("widths.*", "*", ok, no, ok, no),  # the words on a chip stay; training again gives other words
    ("quantization*", "*", ok, no, ok, no),
    ("dynamics.defaults*", "*", ok, no, no, no),
    ("dynamics.surrogate_grad_fn*", "added", ok, ok, ok, ok),
    ("dynamics.surrogate_grad_fn.*", "removed", ok, ok, no, no),
    ("dynamics.surrogate_grad_fn*", "*", ok, ok, unsure, no),  # training takes another way
    ("dynamics.*_fn.*", "added", ok, ok, ok, ok),
    ("dynamics*", "*", no, no, ok, no),
    # ── layers: rules ──
    ("rules.*", "removed", ok, ok, ok, no),
    ("rules.*", "*", no, ok, ok, no),
    ("format", "*", ok, ok, ok, ok),
]
CHIP_WIDTHS: tuple[Class, ...] = (no, no, ok, no)  # a chip that stores narrower words cannot hold the wider


def classify(kind: str, changes: Iterable[Change], finding: Finding | None) -> Mapping[str, Class]:
    """For each reader the most harmful class, once a proof or a witness has had its say.

    What is proven equal is compatible with everything. What is said to break, and neither proven
    nor shown by a witness though one was looked for, is uncertain.
    """
    worst = dict.fromkeys(READERS, ok)
    for change in changes:
        for reader, found in zip(READERS, _row(kind, change), strict=True):
            worst[reader] = max(worst[reader], found, key=CLASSES.index)
    if finding is None:
        return worst
    if finding.status == "equal":
        return dict.fromkeys(READERS, ok)
    worst |= dict.fromkeys(finding.spared, ok)
    if finding.status == "undecided":
        return {reader: unsure if found == no else found for reader, found in worst.items()}
    return worst


def _row(kind: str, change: Change) -> tuple[Class, ...]:
    path = ".".join(map(str, change.path))
    if kind == "chip" and path.startswith("widths.") and change.kind in ("grown", "shrunk"):
        return CHIP_WIDTHS if change.kind == "shrunk" else (ok, ok, ok, no)
    if path.startswith("api.arguments.") and change.kind == "added" and _optional(change):
        return (ok, ok, ok, ok)
    if path.startswith("api.arguments.") and _can_be_left_out(change):
        return (ok, ok, ok, ok)
    if path.startswith(("dims.", "destination_dims.")) and change.kind == "added" and _optional(change):
        return (ok, ok, ok, no)
    for pattern, kinds, *classes in POLICY:
        if fnmatchcase(path, pattern) and (kinds == "*" or change.kind in kinds.split()):
            return tuple(classes)
    return (unsure,) * len(READERS)


def _can_be_left_out(change: Change) -> bool:
    """Whether an argument may be left out, as before or now: to be optional is to default to None."""
    if change.path[-1] == "optional":
        return change.new is True
    return change.path[-1] == "default" and change.kind == "removed" and change.old is None


def _optional(change: Change) -> bool:
    """Whether a new argument or dimension has a default, so that all goes on working without it."""
    return isinstance(change.new, dict) and ("default" in change.new or change.new.get("optional") is True)
