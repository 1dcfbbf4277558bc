"""Whether a value fits the bits of the field that is declared to hold it, for every layer of a chip."""

from __future__ import annotations

from typing import Any

from dynapspec.formula import Tree
from dynapspec.formula import tree as t
from dynapspec.interpret import Layout
from dynapspec.model import Chip, Layer
from dynapspec.prove.confirm import Onlooker
from dynapspec.prove.library import z3
from dynapspec.prove.operators import LIMIT
from dynapspec.prove.questions import ask
from dynapspec.prove.ranges import Range, Ranges, stated_by
from dynapspec.prove.reach import Reach
from dynapspec.prove.side import Side, conjunction
from dynapspec.prove.space import Space, narrowed
from dynapspec.prove.verdict import Verdict


class Fields:
    """The values of the layers that one chip takes, or that the class takes where no chip is asked about."""

    def __init__(self, layer: Layer, chip: Chip | None) -> None:
        self.layer, self.chip, self.reach = layer, chip, Reach(layer, chip)
        rules = layer.spec.rules
        self.rules = [name for name, rule in rules.items() if chip is not None or rule.refuse]
        self.ranges = Ranges(self.reach, stated_by(self.reach, self.rules))
        self.onlooker = Onlooker(layer, chip)

    def shown(self, name: str, field: Range) -> bool:
        """Whether bounds alone show that a value fits."""
        low, high = self.ranges.of_name(name)
        return field[0] <= low and high <= field[1]

    def fits(self, name: str, field: Range) -> Verdict:
        """The answer of the solver; a witness carries the value that does not fit."""
        low, high = field
        tree: Tree = t.Name(0, 0, name)

        def conditions(space: Space) -> list[Any]:
            side = Side(space, self.layer, self.chip)
            value, obligations = side.encode(tree)
            kept = [side.holds(rule) for rule in self.rules]
            outside = z3().Or(value.expr < low, value.expr > high)
            return [side.in_domain(), *kept, side.known(tree), conjunction(obligations), outside]

        def confirm(layout: Layout) -> tuple[Any, Any] | None:
            value = self.onlooker.value(tree, layout)
            if not isinstance(value, int) or low <= value <= high:
                return None
            return (value, None) if self._taken(layout) else None

        chips = [self.chip] if self.chip else []
        bounds = narrowed(self.layer.spec, self.chip, self.rules)
        return ask(self.layer, chips, bounds, conditions, confirm, LIMIT)

    def _taken(self, layout: Layout) -> bool:
        if self.chip is None:
            return not self.onlooker.outside(layout) and not self.onlooker.refused(layout)
        return not self.onlooker.broken(layout)
