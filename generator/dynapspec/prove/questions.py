"""The questions that specs raise, each answered within a time limit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dynapspec.formula import Tree
from dynapspec.interpret import Layout
from dynapspec.model import Chip, Layer
from dynapspec.prove.confirm import UNDEFINED, Onlooker
from dynapspec.prove.encode import Unsupported
from dynapspec.prove.library import NoSolver, z3
from dynapspec.prove.reach import Reach
from dynapspec.prove.sample import Confirm, Sampler
from dynapspec.prove.search import LIMIT, TimeUp, search
from dynapspec.prove.side import Side, conjunction
from dynapspec.prove.space import Bounds, Space, narrowed
from dynapspec.prove.terms import Term
from dynapspec.prove.verdict import Proven, Refuted, Undecided, Verdict, Witness

SAMPLING = 3  # times the limit of a question may be spent on a witness where the solver gives no answer


def equal(a: Tree, b: Tree, layer_a: Layer, layer_b: Layer, limit: float = LIMIT) -> Verdict:
    """Whether two formulas have one value for every layer that both layer specs take, whatever the chip."""

    def conditions(space: Space) -> list[Any]:
        left, right = Side(space, layer_a), Side(space, layer_b)
        (x, of_x), (y, of_y) = left.encode(a), right.encode(b)
        fine_x, fine_y = conjunction(of_x), conjunction(of_y)
        differ = z3().Or(fine_x != fine_y, z3().And(fine_x, fine_y, _bare(x) != _bare(y)))
        return [left.in_domain(), right.in_domain(), *_needed(left, a), *_needed(right, b), differ]

    one, other = Onlooker(layer_a), Onlooker(layer_b)

    def confirm(layout: Layout) -> tuple[Any, Any] | None:
        if one.outside(layout) or other.outside(layout) or one.refused(layout) or other.refused(layout):
            return None
        values = one.value(a, layout), other.value(b, layout)
        return values if values[0] != values[1] else None

    return ask(layer_a, [], {}, conditions, confirm, limit)


def implies(rule_a: str, chip_a: Chip, layer_a: Layer, rule_b: str, chip_b: Chip, layer_b: Layer) -> Verdict:
    """Whether every layer that keeps one rule on one chip keeps another rule on another chip."""

    def conditions(space: Space) -> list[Any]:
        left, right = Side(space, layer_a, chip_a), Side(space, layer_b, chip_b)
        refused = [side.holds(name) for side in (left, right) for name in side.refusals()]
        return [left.in_domain(), *refused, left.holds(rule_a), z3().Not(right.holds(rule_b))]

    one, other = Onlooker(layer_a, chip_a), Onlooker(layer_b, chip_b)

    def confirm(layout: Layout) -> tuple[Any, Any] | None:
        kept, broken = one.broken(layout), other.broken(layout)
        refused = one.refused(layout) or other.refused(layout)
        return (kept, broken) if not refused and rule_a not in kept and rule_b in broken else None

    return ask(layer_a, [chip_a, chip_b], {}, conditions, confirm, LIMIT)


def legal_subset(
    chip_a: Chip,
    layer_a: Layer,
    chip_b: Chip,
    layer_b: Layer,
    rules: Sequence[str] | None = None,
    limit: float = LIMIT,
) -> Verdict:
    """Whether every layer that is legal on one chip is legal on another; or breaks none of some rules there.

    The witness carries the rules that it breaks on the one (none) and on the other.
    """

    def conditions(space: Space) -> list[Any]:
        left, right = Side(space, layer_a, chip_a), Side(space, layer_b, chip_b)
        there = right.legal() if rules is None else z3().And(*[right.holds(name) for name in rules])
        return [left.legal(), z3().Not(there)]

    one, other = Onlooker(layer_a, chip_a), Onlooker(layer_b, chip_b)

    def confirm(layout: Layout) -> tuple[Any, Any] | None:
        here = one.broken(layout)
        if here:
            return None
        there = other.broken(layout)
        wanted = there if rules is None else set(there) & set(rules)
        return (here, there) if wanted else None

    bounds = narrowed(layer_a.spec, chip_a, layer_a.spec.rules)
    return ask(layer_a, [chip_a, chip_b], bounds, conditions, confirm, limit)


def domain_safe(
    tree: Tree, layer: Layer, chip: Chip | None = None, needs: Sequence[str] | None = None
) -> Verdict:
    """Whether no operator of a formula leaves its domain, for any layer that keeps the rules it needs.

    ``needs`` stands in for the rules that the spec names. A rule's formula needs a chip.
    """

    def conditions(space: Space) -> list[Any]:
        side = Side(space, layer, chip)
        _, obligations = side.encode(tree, side.any_core())
        rules = [side.holds(name) for name in assumed]
        return [*rules, side.known(tree), z3().Not(conjunction(obligations))]

    assumed = sorted(Reach(layer, chip).needs(tree) if needs is None else needs)
    onlooker = Onlooker(layer, chip)

    def confirm(layout: Layout) -> tuple[Any, Any] | None:
        if not onlooker.keeps(assumed, layout):
            return None
        found = onlooker.value(tree, layout)
        return (found, found) if found == UNDEFINED else None

    return ask(layer, [chip] if chip else [], {}, conditions, confirm, LIMIT)


def ask(
    layer: Layer,
    chips: Sequence[Chip],
    bounds: Bounds,
    conditions: Callable[[Space], list[Any]],
    confirm: Confirm,
    limit: float,
) -> Verdict:
    """Proven when no layer meets the conditions; a layer that does must convince the interpreter too."""
    try:
        found = search(layer.spec, bounds, conditions, limit)
    except (NoSolver, Unsupported, TimeUp) as error:
        layout = Sampler(layer.spec, chips).find(confirm, limit * SAMPLING)
        return _refuted(layout, confirm, smallest=False) if layout else Undecided(_reason(error, limit))
    if found is None:
        return Proven()
    return _refuted(found.space.layout(found.model), confirm, found.smallest)


def _refuted(layout: Layout, confirm: Confirm, smallest: bool) -> Verdict:
    confirmed = confirm(layout)
    if confirmed is None:
        return Undecided("the solver's witness is none to the interpreter")
    return Refuted(Witness(layout, smallest, *confirmed))


def _reason(error: Exception, limit: float) -> str:
    if isinstance(error, TimeUp):
        return f"no answer within {limit:g} s"
    return str(error) if isinstance(error, NoSolver) else f"not encoded: {error}"


def _needed(side: Side, tree: Tree) -> list[Any]:
    """The legal layers of a formula: those that the class does not refuse, and those that it needs."""
    rules = [*side.refusals(), *sorted(side.needs(tree) - set(side.refusals()))]
    return [side.holds(name) for name in rules]


def _bare(value: Any) -> Any:
    return value.expr if isinstance(value, Term) else value
