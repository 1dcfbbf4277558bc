"""Whether a claim of a layer spec is true: by the form of its formulas, or else by the solver."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dynapspec.formula import Tree
from dynapspec.formula import tree as t
from dynapspec.interpret import Layout
from dynapspec.model import Layer
from dynapspec.model.check_layer import needed
from dynapspec.model.layer_claim import LayerClaim
from dynapspec.prove.confirm import UNDEFINED, Onlooker
from dynapspec.prove.library import z3
from dynapspec.prove.operators import LIMIT
from dynapspec.prove.products import Products
from dynapspec.prove.questions import ask
from dynapspec.prove.reach import Reach
from dynapspec.prove.side import Side, conjunction
from dynapspec.prove.space import Space, domain_of
from dynapspec.prove.structure import Structure
from dynapspec.prove.verdict import Refuted, Verdict

FAR = 64  # steps of a dimension among which the shortest fall is looked for


class Claims:
    """The claims of one layer spec."""

    def __init__(self, layer: Layer) -> None:
        self.layer, self.reach = layer, Reach(layer)
        self.structure = Structure(self.reach)
        self.products = Products(self.structure.ranges)
        self.onlooker = Onlooker(layer)

    def assumed(self, claim: LayerClaim) -> list[str]:
        """The rules that a layer keeps for its claim to be judged."""
        inherited = [self.reach.needs(formula.tree) for formula in claim.formulas.values()]
        return sorted(set().union(*inherited) | self.reach.with_needs(needed(claim.needs)))

    def shown(self, claim: LayerClaim, dim: str | None) -> bool:
        """Whether the form of the formulas shows that a claim is true, without a solver."""
        if claim.monotone is not None and dim is not None:
            return self.structure.never_falls(claim.monotone.tree, dim)
        if claim.must is not None:
            return self.products.shows(claim.must.tree)
        if claim.divisible is not None and claim.by is not None:
            return self.structure.is_multiple(claim.divisible.tree, claim.by.tree)
        return False

    def holds(
        self, claim: LayerClaim, rules: Sequence[str], dim: str | None, limit: float = LIMIT
    ) -> Verdict:
        """The answer of the solver; a witness carries what is wrong with it."""
        if claim.must is not None:
            return self._never(t.Unary(0, 0, "not", claim.must.tree), claim.must.tree, rules, limit)
        if claim.divisible is not None and claim.by is not None:
            rest = t.Binary(0, 0, "%", claim.divisible.tree, claim.by.tree)
            return self._never(t.Compare(0, 0, "!=", rest, t.Number(0, 0, 0)), rest, rules, limit)
        assert claim.monotone is not None
        assert dim is not None
        return self._rises(claim.monotone.tree, dim, rules, limit)

    def _never(self, wrong: Tree, told: Tree, rules: Sequence[str], limit: float) -> Verdict:
        """Whether no layer meets a condition; where operators leave their domain is not asked here."""

        def conditions(space: Space) -> list[Any]:
            side = Side(space, self.layer)
            _, obligations = side.encode(wrong)
            kept = [side.holds(name) for name in rules]
            return [*kept, side.known(wrong), conjunction(obligations), side.encode(wrong)[0]]

        def confirm(layout: Layout) -> tuple[Any, Any] | None:
            if not self.onlooker.keeps(rules, layout) or self.onlooker.value(wrong, layout) is not True:
                return None
            return self.onlooker.value(told, layout), None

        return ask(self.layer, [], {}, conditions, confirm, limit)

    def _rises(self, tree: Tree, dim: str, rules: Sequence[str], limit: float) -> Verdict:
        """One step first: where no rule cuts gaps into the domain, that is all there is to ask."""
        step = self._falls(tree, dim, rules, limit, near=True)
        if isinstance(step, Refuted) or not rules:
            return step
        return self._falls(tree, dim, rules, limit, near=False)

    def _falls(self, tree: Tree, dim: str, rules: Sequence[str], limit: float, near: bool) -> Verdict:
        high = domain_of(self.reach.dims[dim], lambda text: 0)[1]

        def conditions(space: Space) -> list[Any]:
            side = Side(space, self.layer)
            value, obligations = side.encode(tree)
            here = [*[side.holds(name) for name in rules], conjunction(obligations), side.known(tree)]
            symbol, later = space.variables[dim].symbol, z3().Int(f"{dim} later")
            swap = (symbol, symbol + 1 if near else later)
            there = [z3().substitute(one, swap) for one in here]
            least = [symbol + 1 <= high] if near else [symbol < later, later <= high]
            return [*here, *there, *least, z3().substitute(value.expr, swap) < value.expr]

        def confirm(layout: Layout) -> tuple[Any, Any] | None:
            before = self._value(tree, layout, rules)
            for other in self._later(layout, dim):
                after = self._value(tree, other, rules)
                if before is not None and after is not None and after < before:
                    return (before, after, _of(layout, dim), _of(other, dim)), None
            return None

        return ask(self.layer, [], {}, conditions, confirm, limit)

    def _value(self, tree: Tree, layout: Layout, rules: Sequence[str]) -> Any:
        found = self.onlooker.value(tree, layout) if self.onlooker.keeps(rules, layout) else None
        return None if found == UNDEFINED else found

    def _later(self, layout: Layout, dim: str) -> Iterator[Layout]:
        """The same layer with more of one dimension."""
        start = _of(layout, dim)
        for step in range(1, FAR + 1) if start is not None else ():
            if dim in layout.values:
                yield Layout({**layout.values, dim: start + step}, layout.destinations)
            else:
                moved = tuple({**one, dim: start + step} for one in layout.destinations)
                yield Layout(layout.values, moved)


def _of(layout: Layout, dim: str) -> Any:
    leaving = layout.destinations[0] if layout.destinations else {}
    return layout.values.get(dim, leaving.get(dim))
