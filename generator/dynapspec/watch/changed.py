"""What a save changed in meaning: layers and chips whose resolved specs differ, alike ones together."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from dynapspec.diff import summary
from dynapspec.diff.detect import detect
from dynapspec.diff.match import Matched
from dynapspec.diff.report import Change
from dynapspec.model import Chip, Layer, Model

KINDS = ("layer", "chip")
NAMED = 3  # specs of a group that are named


@dataclass(frozen=True, slots=True)
class Changed:
    """One layer or chip that differs, with all others that differ in the same way."""

    kind: str
    names: tuple[str, ...]
    facts: tuple[Change, ...]
    texts: tuple[Change, ...]
    version: str

    @property
    def name(self) -> str:
        """The spec that stands for all of them."""
        return self.names[0]

    @property
    def title(self) -> str:
        """Which specs they are."""
        return f"{_named(self.kind, self.names)}{self.version}"

    def lines(self, elsewhere: Collection[str] = ()) -> Iterator[str]:
        """One line for each value that differs, or three where both values are long.

        The values of paths that are shown ``elsewhere`` are left out.
        """
        for row in summary.rows(self.facts):
            if row.path in elsewhere:
                yield f"{row.path}  {row.kind}  {row.place}".rstrip()
            elif row.long:
                yield f"{row.path}  {row.kind}  {row.place}".rstrip()
                yield from (f"  {sign} {value}" for sign, value in (("-", row.old), ("+", row.new)) if value)
            else:
                yield "  ".join(filter(None, (row.path, row.values, row.kind, row.place)))
        if self.texts:
            names = [row.path for row in summary.rows(self.texts)]
            more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
            yield f"texts and evidence: {', '.join(names[:NAMED])}{more}"
        if not self.facts and not self.texts:
            yield "only its head differs: the version, or what it says of itself"


def entries(model: Model, kind: str) -> Mapping[str, Layer | Chip]:
    """The layers of a model, or its chips, by name."""
    return model.layers if kind == "layer" else model.chips


def coming_and_going(old: Model, new: Model) -> list[str]:
    """The specs that only one side has."""
    lines = []
    for kind in KINDS:
        before, after = entries(old, kind), entries(new, kind)
        for what, one, other in (("new", after, before), ("gone", before, after)):
            if names := [name for name in one if name not in other]:
                lines.append(f"{_named(kind, names)} {'is' if len(names) == 1 else 'are'} {what}")
    return lines


def _named(kind: str, names: Sequence[str]) -> str:
    """Specs by name, of many the first."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{kind}{'s' if len(names) > 1 else ''} {', '.join(names[:NAMED])}{more}"


def differing(old: Model, new: Model) -> list[Changed]:
    """The specs that both sides have and that differ; layers first."""
    groups: dict[str, Changed] = {}
    for kind in KINDS:
        before, after = entries(old, kind), entries(new, kind)
        for name, entry in after.items():
            if name in before and before[name].digest != entry.digest:
                found = _changed(kind, name, before[name], entry)
                alike = repr(
                    (kind, found.version, [(c.path, c.old, c.new) for c in (*found.facts, *found.texts)])
                )
                known = groups.setdefault(alike, found)
                groups[alike] = replace(known, names=tuple(dict.fromkeys((*known.names, name))))
    return list(groups.values())


def _changed(kind: str, name: str, old: Layer | Chip, new: Layer | Chip) -> Changed:
    facts, texts = detect(Matched(kind, old, new))
    versions = dict.fromkeys((old.spec.version, new.spec.version))
    bump = f" {' -> '.join(versions)}" if len(versions) > 1 else ""
    return Changed(kind, (name,), tuple(facts), tuple(texts), bump)
