"""Where a rule turns from holding to failing as one dimension changes: the neighbours of each such place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, TypeAlias

from dynapspec.emit.conformance.common import Known
from dynapspec.emit.conformance.ground import Point, edges
from dynapspec.emit.conformance.mistakes import outcome
from dynapspec.emit.conformance.points import Space
from dynapspec.formula import tree as t
from dynapspec.interpret.chip import CompiledRule, comparisons
from dynapspec.model.values import Interval

Flip: TypeAlias = tuple[Point, bool]  # a layer, and whether the rule holds for it


class Flips:
    """The flips of one rule on one chip."""

    def __init__(self, space: Space, rule: CompiledRule) -> None:
        self.space, self.rule = space, rule
        self.tree = rule.rule.must.tree
        self.names = space.ground.behind(self.tree)

    @property
    def start(self) -> Point:
        """Where the search begins."""
        known: Known = self.space.ask("start", self.rule.name)
        return known.point  # type: ignore[no-any-return]

    def beginning(self) -> Point:
        """The smallest layer, with a value for what may be unknown and the rule speaks of."""
        point = self.space.unit
        for name in self.names:
            if name not in point.values:
                ends = [end for limit in self._limits_on(name) for end in edges(limit)]
                fits = (point.changed({name: value}) for value in (1, -1, 0, *ends))
                point = next((p for p in fits if not self._breaks(p, name)), point.changed({name: 0}))
        return point

    def _limits_on(self, name: str) -> Iterator[Any]:
        for rule in self.space.rules.values():
            if name in self.space.ground.behind(rule.rule.must.tree):
                yield from self.space.limits(rule.rule.must.tree)

    def _breaks(self, point: Point, name: str) -> bool:
        """Whether a rule about this dimension fails."""
        rules = self.space.rules.values()
        return any(
            self.holds(point, rule) is False
            for rule in rules
            if name in self.space.ground.behind(rule.rule.must.tree)
        )

    def holds(self, point: Point, rule: CompiledRule | None = None) -> bool | None:
        """Whether a rule holds for a layer, its other rules aside."""
        rule = rule or self.rule
        if rule.rule.some:
            return rule.name not in self.space.broken(point)
        return rule.holds(self.space.environment(point, self.space_names(rule)))

    def space_names(self, rule: CompiledRule) -> list[str]:
        """Names that a rule speaks of."""
        return self.space.ground.spoken[rule.name]

    def around(self, start: Point, name: str, tied: list[str]) -> tuple[Flip, ...]:
        """The neighbours of every flip as one dimension moves, with those that are tied to it."""
        known = self.space.ground.known(start)
        found = self.space.ask("flips", self.rule.name, known, name, tuple(tied))
        return tuple((one.point, holds) for one, holds in found)

    def found(self, start: Point, name: str, tied: tuple[str, ...]) -> Iterator[Flip]:
        """The neighbours of every flip, looked for."""

        def at(value: Any) -> Point:
            return start.changed(dict.fromkeys(tied, value))

        def holds(value: Any) -> bool:
            return self.holds(at(value)) is not False

        values = self._candidates(start, name)
        for value in self._doubles(name) if start.values.get(name) == self.start.values.get(name) else ():
            yield at(value), False
        if not all(isinstance(value, int) for value in values):
            held = {value: holds(value) for value in values}
            yield from ((at(value), state) for value, state in held.items() if len(set(held.values())) > 1)
            return
        for value, state in sorted(_neighbours(values, holds).items()):
            yield at(value), state

    def _doubles(self, name: str) -> list[int]:
        """Twice each member of a set that is not in the set itself: some chips leave out a power of two."""
        if name not in {left.id for left, _ in comparisons(self.tree) if isinstance(left, t.Name)}:
            return []
        sets = [set(limit.one_of) for limit in self.space.limits(self.tree) if limit.one_of is not None]
        return sorted(
            {2 * m for members in sets for m in members if isinstance(m, int) and 2 * m not in members}
        )

    def _candidates(self, start: Point, name: str) -> list[Any]:
        """Values of a dimension at which something could happen, within its domain."""
        dim = self.space.formulas.dims[name]
        if isinstance(dim.domain, tuple):
            return list(dim.domain)
        if dim.kind == "bool":
            return [False, True]
        env = self.space.environment(start, self.space_names(self.rule))
        sides = [outcome(side, env) for pair in self.rule.sides for side in pair]
        marks = [
            start.values.get(name),
            *(end for limit in self.space.limits(self.tree) for end in edges(limit)),
            *sides,
        ]
        numbers = {mark for mark in marks if isinstance(mark, int) and not isinstance(mark, bool)}
        near = {number + step for number in numbers for step in (-1, 0, 1)} | {
            2 * number for number in numbers
        }
        if isinstance(dim.domain, Interval):
            low, high = dim.domain.low, dim.domain.high
            return sorted({low, high, *(number for number in near if low <= number <= high)})
        return sorted(near)


def _neighbours(values: list[int], holds: Callable[[int], bool]) -> dict[int, bool]:
    """Pairs of whole numbers side by side of which one holds and one fails."""
    found: dict[int, bool] = {}
    states = {value: holds(value) for value in values}
    for low, high in pairwise(values):
        if states[low] != states[high]:
            low, high = _narrowed(low, high, states[low], holds)
            found |= {low: states[values[0]] if low == values[0] else holds(low), high: holds(high)}
    return found


def _narrowed(low: int, high: int, at_low: bool, holds: Callable[[int], bool]) -> tuple[int, int]:
    """Halves a stretch with a flip in it until its ends are neighbours."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) == at_low else (low, middle)
    return low, high
