"""Whether an operator of a formula can leave its domain: at a glance, or else by the solver."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dynapspec.formula import Tree
from dynapspec.interpret import Layout
from dynapspec.model import Chip, Layer
from dynapspec.prove.confirm import UNDEFINED, Onlooker
from dynapspec.prove.library import z3
from dynapspec.prove.questions import ask
from dynapspec.prove.ranges import Hazard, Ranges
from dynapspec.prove.reach import Reach
from dynapspec.prove.side import Side, conjunction
from dynapspec.prove.space import Space
from dynapspec.prove.verdict import Verdict

LIMIT = 2.0  # seconds for one question


class Operators:
    """The operators of the formulas of one layer spec, on a chip where a formula speaks of one."""

    def __init__(self, layer: Layer, chip: Chip | None = None) -> None:
        self.layer, self.chip = layer, chip
        self.reach = Reach(layer, chip)
        self.ranges = Ranges(self.reach)
        self.onlooker = Onlooker(layer, chip)

    def hazards(self, tree: Tree) -> Sequence[Hazard]:
        """Operators that bounds alone do not clear; what a formula names is looked at in its own place."""
        return self.ranges.hazards(tree)

    def assumed(self, tree: Tree, needs: Iterable[str]) -> list[str]:
        """The rules that a layer keeps where a formula with these `needs` has a value."""
        return sorted(self.reach.needs(tree) | self.reach.with_needs(needs))

    def safe(self, tree: Tree, hazard: Hazard, rules: Sequence[str], limit: float = LIMIT) -> Verdict:
        """Whether one operator stays in its domain for every layer that keeps some rules."""

        def conditions(space: Space) -> list[Any]:
            side = Side(space, self.layer, self.chip)
            own, others = side.own(tree)
            asked = conjunction([one for one in own if one.node is hazard.node])
            kept = [side.holds(name) for name in rules]
            return [*kept, side.known(tree), conjunction(others), z3().Not(asked)]

        def confirm(layout: Layout) -> tuple[Any, Any] | None:
            if not self.onlooker.keeps(rules, layout) or self.onlooker.value(tree, layout) != UNDEFINED:
                return None
            return self.onlooker.value(hazard.operand, layout), None

        chips = [self.chip] if self.chip else []
        return ask(self.layer, chips, {}, conditions, confirm, limit)
