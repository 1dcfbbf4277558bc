"""Looks for the layers that tell a chip's rules from rules that are nearly the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from dynapspec.emit.conformance.common import Known
from dynapspec.emit.conformance.fills import Fills
from dynapspec.emit.conformance.flips import Flips
from dynapspec.emit.conformance.ground import Point
from dynapspec.emit.conformance.mends import Mends, Order
from dynapspec.emit.conformance.mistakes import outcome
from dynapspec.emit.conformance.points import Space
from dynapspec.interpret.chip import CompiledRule, comparisons

Layers: TypeAlias = list[tuple[Known, tuple[str, ...]]]  # with their flags

EDGE = {True: "limit-too-small", False: "limit-too-large"}  # what a layer on either side of a flip catches


class Search:
    """The search on one chip; what is found for a rule follows from what was asked on the way."""

    def __init__(self, space: Space) -> None:
        self.space, self.ground = space, space.ground
        self.fills = Fills(space)
        self.mends = Mends(space)
        space.works |= {
            "start": lambda rule: self.ground.known(self._flips(rule).beginning()),
            "flips": self._found_flips,
            "hits": self._found_hits,
            "layers": self._found_layers,
        }

    def _flips(self, rule: str) -> Flips:
        return Flips(self.space, self.space.rules[rule])

    def _found_flips(
        self, rule: str, start: Known, name: str, tied: tuple[str, ...]
    ) -> tuple[tuple[Known, bool], ...]:
        found = self._flips(rule).found(start.point, name, tied)
        return tuple((self.ground.known(point), holds) for point, holds in found)

    def found(self) -> Iterator[tuple[str, Known, tuple[str, ...]]]:
        """The layers of every rule, each with the rule and its flags."""
        order: Order = ()
        for rule in self.space.rules:
            layers, order = self.space.asker.answer(("layers", rule, order))
            for known, flags in layers:
                yield rule, known, flags

    def _found_layers(self, rule: str, order: Order) -> tuple[Any, Order]:
        """The layers of a rule, and the order of the mends after it."""
        self.mends.order = order
        return tuple(self._layers(self.space.rules[rule])), self.mends.order

    def _layers(self, rule: CompiledRule) -> Layers:
        """The layers for a rule, each once, with everything that it is found to catch."""
        points = self._memory(rule) if rule.rule.some else self._limits(rule)
        found = {self.ground.known(point): tuple(sorted(flags)) for point, flags in reversed(list(points))}
        return list(reversed(found.items()))

    def _memory(self, rule: CompiledRule) -> Iterator[tuple[Point, set[str]]]:
        """Layers that fill a memory to the last word, and one step more."""
        for full in self.fills.of(rule):
            yield full, {EDGE[True]}
            for beyond in self.fills.beyond(rule, full):
                yield beyond, {EDGE[False]}

    def _limits(self, rule: CompiledRule) -> Iterator[tuple[Point, set[str]]]:
        """Layers on both sides of each flip, and those that show a mistake which no flip shows."""
        flips, caught = Flips(self.space, rule), set[int]()
        mistakes = self.ground.mistakes[rule.name]
        firsts = [
            flip
            for name in flips.names
            for flip in flips.around(flips.start, name, self.ground.tied(name, rule.name))
        ]
        for point, holds in firsts:
            mended = self.mends.applied(point, rule.name, holds)
            if holds and self.space.broken(mended):
                continue  # nothing can be learnt about a limit from a layer that is illegal anyway
            caught |= (hits := self._hits(rule, mended, holds))
            yield mended, {EDGE[holds], *(mistakes[i][0] for i in hits)}
            if rule.rule.each and not holds:
                yield self._second(mended), {"first-destination-only"}
        starts = {
            (tuple(n for n in flips.names if p.values[n] != flips.start.values[n]), h): p for p, h in firsts
        }
        for start in [flips.start, *starts.values()] if self._entangled(rule) else ():
            for name in flips.names:
                for point, holds in flips.around(start, name, [name]):
                    hits = self._hits(rule, point, holds)
                    if not caught.issuperset(hits):
                        caught |= hits
                        yield point, {EDGE[holds], *(mistakes[i][0] for i in hits)}

    def _entangled(self, rule: CompiledRule) -> bool:
        """Whether one dimension at a time says too little: others are tied to it, or stand in its formula."""
        tree, names = rule.rule.must.tree, self.ground.behind(rule.rule.must.tree)
        limits = sum(map(len, self.ground.limited[rule.name].values()))
        tied = any(len(self.ground.tied(name, rule.name)) > 1 for name in names)
        return len(names) > 1 and (tied or limits < len(comparisons(tree)))

    def _hits(self, rule: CompiledRule, point: Point, holds: bool) -> frozenset[int]:
        """The mistakes that judge a layer otherwise."""
        return self.space.ask("hits", rule.name, self.ground.known(point), holds)  # type: ignore[no-any-return]

    def _found_hits(self, rule: str, known: Known, holds: bool) -> frozenset[int]:
        env = self.space.environment(known.point, self.ground.spoken[rule])
        answers = [outcome(run, env) for _, run in self.ground.mistakes[rule]]
        return frozenset(
            i for i, answer in enumerate(answers) if answer is not None and bool(answer) != holds
        )

    def _second(self, point: Point) -> Point:
        """The layer with two destinations, of which only the second breaks the rule."""
        count, unit = self.ground.count, self.space.unit.values
        leaving = {name: point.values[name] for name in self.space.spec.destination_dims}
        first = {name: unit[name] for name in leaving}
        return Point({**point.values, **first, **({count: 2} if count else {})}, ({}, leaving))
