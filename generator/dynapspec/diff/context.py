"""The two sides of a comparison as questions need them: which chips run which layer spec."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dynapspec.diff.match import Matched
from dynapspec.diff.revision import Side
from dynapspec.diff.wording import told
from dynapspec.formula import Tree, names_in
from dynapspec.model import Chip, Layer
from dynapspec.prove import Proven, Refuted, Undecided, Verdict, legal_subset
from dynapspec.prove.confirm import Onlooker

JUDGED = ("limits", "cores", "widths")  # the parts of a chip that rules look at


@dataclass(frozen=True, slots=True)
class Pair:
    """One chip on both sides, with the layer spec that it runs."""

    old: Chip
    old_layer: Layer
    new: Chip
    new_layer: Layer

    def subset(self, rules: Sequence[str] | None = None) -> Verdict:
        """Whether what is legal on the old side is legal on the new one, or keeps some of its rules."""
        if self.alike:
            return Proven()
        return legal_subset(self.old, self.old_layer, self.new, self.new_layer, rules)

    @property
    def alike(self) -> bool:
        """Whether both sides say the same in everything that rules look at."""
        same_layer = self.old_layer.digest == self.new_layer.digest
        return same_layer and all(_facts(self.old, part) == _facts(self.new, part) for part in JUDGED)

    @property
    def reversed(self) -> Pair:
        """The same chip, back from new to old."""
        return Pair(self.new, self.new_layer, self.old, self.old_layer)

    def cores(self, layout: Any) -> list[int]:
        """The cores of the new side that have room for a layer."""
        return Onlooker(self.new_layer, self.new).cores(layout)

    def told(self, verdict: Refuted) -> str:
        """The witness in words."""
        return told(verdict.witness, self.old_layer.spec)


def _facts(chip: Chip, part: str) -> str:
    found = getattr(chip.spec, part)
    about = {"source", "doc", "note"}
    return repr({key: value.model_dump(exclude=about) for key, value in found.items()})


class Context:
    """A matched pair of specs, and the chips through which its rules can be asked about."""

    def __init__(self, matched: Matched, old: Side, new: Side) -> None:
        self.matched = matched
        self.pairs = list(_pairs(matched, old, new))

    @property
    def layers(self) -> tuple[Layer, Layer]:
        """The layer specs of both sides."""
        old, new = self.matched.old, self.matched.new
        if isinstance(old, Layer) and isinstance(new, Layer):
            return old, new
        return self.pairs[0].old_layer, self.pairs[0].new_layer

    def rules_about(self, mentions: Callable[[str], bool]) -> list[str]:
        """Rules of the old layer spec, still there, whose formula has such a name."""
        old, new = (layer.spec.rules for layer in self.layers)
        return [name for name, rule in new.items() if name in old and _any(rule.must.tree, mentions)]

    def ask(self, rules: Sequence[str], backward: bool = False) -> tuple[Verdict, Pair | None]:
        """The question for every chip: the first witness, or else undecided, or else proven for all."""
        answer: tuple[Verdict, Pair | None] = (Proven(), None)
        for pair in self.pairs:
            asked = pair.reversed if backward else pair
            verdict = asked.subset([rule for rule in rules if rule in asked.new_layer.spec.rules])
            if isinstance(verdict, Refuted):
                return verdict, asked
            if isinstance(verdict, Undecided):
                answer = verdict, asked
        return answer


def _any(tree: Tree, mentions: Callable[[str], bool]) -> bool:
    return any(mentions(name) for name in names_in(tree))


def _pairs(matched: Matched, old: Side, new: Side) -> Sequence[Pair]:
    """The two chips that are compared; for layer specs, the chips that both sides have, each kind once."""
    if isinstance(old.entry, Chip) and isinstance(new.entry, Chip):
        return [Pair(old.entry, old.model.layer_of(old.entry), new.entry, new.model.layer_of(new.entry))]
    kinds: dict[str, Pair] = {}
    for name, chip in new.model.chips.items():
        before = old.model.chips.get(name)
        if before is not None and chip.spec.layers[0] == matched.new.name:
            key = "".join(_facts(side, part) for side in (before, chip) for part in JUDGED)
            kinds.setdefault(key, Pair(before, _as(matched.old), chip, _as(matched.new)))
    return list(kinds.values())


def _as(entry: Chip | Layer) -> Layer:
    assert isinstance(entry, Layer)
    return entry
