"""The two sides of a comparison as questions need them: which chips run which layer spec."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dynapspec.diff.base import Base, Spec
from dynapspec.diff.match import Matched
from dynapspec.diff.revision import Side
from dynapspec.diff.wording import told
from dynapspec.formula import Tree, names_in
from dynapspec.model import Chip, Layer, Model
from dynapspec.model.scope import chip_values
from dynapspec.prove import Proven, Refuted, Undecided, Verdict, legal_subset
from dynapspec.prove.confirm import Onlooker

JUDGED = ("limits", "cores", "widths")  # the parts of a chip that rules look at


@dataclass(frozen=True, slots=True)
class Pair:
    """One chip on both sides, with the layer spec that it runs; ``names`` are the chips it stands for."""

    old: Chip
    old_layer: Layer
    new: Chip
    new_layer: Layer
    names: tuple[str, ...] = ()

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
        return Pair(self.new, self.new_layer, self.old, self.old_layer, self.names)

    def cores(self, layout: Any) -> list[int]:
        """The cores of the new side that have room for a layer."""
        return Onlooker(self.new_layer, self.new).cores(layout)

    def told(self, verdict: Refuted) -> str:
        """The witness in words."""
        return told(verdict.witness, self.old_layer.spec)

    @property
    def kind(self) -> str:
        """The same text for pairs about which all questions have the same answers."""
        facts = "".join(_facts(side, part) for side in (self.old, self.new) for part in JUDGED)
        return f"{self.old_layer.digest}{self.new_layer.digest}{facts}"


def _facts(chip: Chip, part: str) -> str:
    found = getattr(chip.spec, part)
    about = {"source", "doc", "note"}
    return repr({key: value.model_dump(exclude=about) for key, value in found.items()})


class Context:
    """A matched pair of specs, and the chips through which its rules can be asked about."""

    def __init__(self, matched: Matched, old: Side, new: Side) -> None:
        self.matched = matched
        kinds: dict[str, Pair] = {}
        for pair in _pairs(matched, old, new):
            known = kinds.get(pair.kind, pair)
            kinds[pair.kind] = replace(known, names=(*known.names, pair.new.name))
        self.pairs = list(kinds.values())

    @property
    def layers(self) -> tuple[Layer, Layer] | None:
        """The layer specs of both sides; None for a base that says too little to run."""
        old, new = _layer(self.matched.old), _layer(self.matched.new)
        if old is not None and new is not None:
            return old, new
        return (self.pairs[0].old_layer, self.pairs[0].new_layer) if self.pairs else None

    def rules_about(self, mentions: Callable[[str], bool], everywhere: bool = False) -> list[str]:
        """Rules of both sides whose formula has such a name; ``everywhere`` of either side."""
        if self.layers is None:
            return []
        old, new = (layer.spec.rules for layer in self.layers)
        known = old.keys() | new.keys() if everywhere else old.keys() & new.keys()
        rules = [*old.items(), *new.items()]
        return list(dict.fromkeys(n for n, rule in rules if n in known and _any(rule.must.tree, mentions)))

    def places(self, rules: Sequence[str] | None) -> bool:
        """Whether one of these rules says which cores a layer fits; of all rules, some does."""
        assert self.layers is not None
        known = self.layers[1].spec.rules
        return rules is None or any(known[name].some for name in rules if name in known)

    def ask(self, rules: Sequence[str] | None, backward: bool = False) -> tuple[Verdict, Pair | None]:
        """The question for every chip: the first witness, or else undecided, or else proven for all."""
        answer: tuple[Verdict, Pair | None] = (Proven(), None)
        for pair in self.pairs:
            asked = pair.reversed if backward else pair
            known = asked.new_layer.spec.rules
            verdict = asked.subset(None if rules is None else [rule for rule in rules if rule in known])
            if isinstance(verdict, Refuted):
                return verdict, asked
            if isinstance(verdict, Undecided):
                answer = verdict, asked
        return answer


def _any(tree: Tree, mentions: Callable[[str], bool]) -> bool:
    return any(mentions(name) for name in names_in(tree))


def _pairs(matched: Matched, old: Side, new: Side) -> Iterator[Pair]:
    """Every chip that both sides can be asked about through the two specs."""
    if isinstance(old.entry, Chip) and isinstance(new.entry, Chip):
        sides = old.entry, new.entry
        return iter([Pair(sides[0], old.model.layer_of(sides[0]), sides[1], new.model.layer_of(sides[1]))])
    if matched.kind == "layer":
        return _of_layers(_layer(matched.old), _layer(matched.new), old.model, new.model)
    return _of_chips(matched, old.model, new.model)


def _of_chips(matched: Matched, old: Model, new: Model) -> Iterator[Pair]:
    """For two states of a base, the chips that extend it; otherwise both, where they say enough."""
    found = False
    if isinstance(matched.new, Base) and matched.old.name == matched.new.name:
        for name, chip in new.chips.items():
            before = old.chips.get(name)
            if before and all(_extends(side, matched.new.name) for side in (before, chip)):
                found = True
                yield Pair(before, old.layer_of(before), chip, new.layer_of(chip))
    sides = _chip(matched.old), _chip(matched.new)
    if not found and sides[0] is not None and sides[1] is not None:
        names = [side.spec.layers[0] for side in sides if side]
        if names[0] in old.layers and names[1] in new.layers:
            yield Pair(sides[0], old.layers[names[0]], sides[1], new.layers[names[1]])


def _extends(chip: Chip, base: str) -> bool:
    return any(document.name == base for document in chip.lineage[1:])


def _of_layers(old: Layer | None, new: Layer | None, before: Model, now: Model) -> Iterator[Pair]:
    """The chips of both sides that run one of the two layer specs, and have what its rules ask for."""
    if old is None or new is None:
        return
    for name, chip in now.chips.items():
        known = before.chips.get(name)
        runs = {old.name, new.name} & {*chip.spec.layers}  # or a layer spec that has another class for it
        runs |= {layer.name for layer in (old, new) if chip in now.chips_of(layer)}
        if known is not None and runs and _judges(known, old) and _judges(chip, new):
            yield Pair(known, old, chip, new)


def _judges(chip: Chip, layer: Layer) -> bool:
    """Whether a chip states everything that the rules of a layer spec compare with."""
    named = {name for rule in layer.spec.rules.values() for name in names_in(rule.must.tree)}
    words = {f"core.{key}" for core in chip.spec.cores.values() for key in core.words}
    return {name for name in named if name.startswith(("chip.", "core."))} <= {
        *chip_values(chip.spec),
        *words,
    }


def _chip(spec: Spec) -> Chip | None:
    whole = spec.whole if isinstance(spec, Base) else spec
    return whole if isinstance(whole, Chip) else None


def _layer(spec: Spec) -> Layer | None:
    whole = spec.whole if isinstance(spec, Base) else spec
    return whole if isinstance(whole, Layer) else None
