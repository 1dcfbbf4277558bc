"""Vectors of a chip's rules: for each rule a layer at the limit, and one just beyond it.

Nothing here knows a rule or a limit. A rule is followed along each dimension that it depends on to
where it flips; what else such a layer breaks is mended by other dimensions where that is possible.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from dynapspec.emit.conformance.case import Case, Verdict
from dynapspec.emit.conformance.fills import Fills
from dynapspec.emit.conformance.flips import Flips
from dynapspec.emit.conformance.formulas import Formulas, Mistakes, shown
from dynapspec.emit.conformance.mistakes import compile_mistake, fixed, mistaken, outcome
from dynapspec.emit.conformance.points import Point, Space, edges
from dynapspec.formula import names_in
from dynapspec.interpret import Judge, Judgement
from dynapspec.interpret.chip import CompiledRule, comparisons

Known: TypeAlias = tuple[Point, tuple[str, ...]]  # a layer and its flags

EDGE = {True: "limit-too-small", False: "limit-too-large"}  # what a layer on either side of a flip catches


@dataclass(frozen=True)
class Found:
    """A layer for one rule, before a chip's name is put on it."""

    rule: str
    point: Point
    verdict: Judgement
    flags: tuple[str, ...]


class RuleVectors:
    """The vectors of all chips of one layer spec; chips with the same limits share the work."""

    def __init__(self, formulas: Formulas) -> None:
        self.formulas = formulas
        self._searches: dict[str, Search] = {}
        rules = formulas.spec.rules.items()
        self.mistakes = {name: self._mistakes(name) for name, rule in rules if not rule.some}

    def _mistakes(self, name: str) -> Mistakes:
        """A rule with one mistake each."""
        tree, functions = self.formulas.spec.rules[name].must.tree, self.formulas.interpreter.functions
        trees, unit = [*mistaken(tree, functions)], self.formulas.unit
        trees += [(f"ignores-{dim}", fixed(tree, dim, unit[dim])) for dim in names_in(tree) if dim in unit]
        return [(flag, compile_mistake(wrong, functions)) for flag, wrong in trees]

    def cases(self, judge: Judge) -> Iterator[Case]:
        """The vectors of one chip."""
        search = self.search(judge)
        layer, chip = self.formulas.interpreter.layer, judge.chip.name
        for item in search.found:
            given = self.given(search.space, item.point)
            name = shown({k: v for k, v in given.items() if k != "pools"}) + _pools(given["pools"])
            broken = [v.rule for v in item.verdict.violations]
            clause = layer.clause("rules", item.rule)
            verdict: Verdict = "invalid" if broken else "limit"
            case = f"{chip}/rules/{item.rule}/{name}"
            yield Case(case, clause, verdict, given, expected(item.verdict), item.flags, numbers=False)

    def search(self, judge: Judge) -> Search:
        """The search through the layers of a chip; chips that judge alike share one."""
        spec = judge.chip.spec
        key = repr(([(n, limit.data) for n, limit in spec.limits.items()], spec.widths, judge.cores))
        if key not in self._searches:
            self._searches[key] = Search(Space(self.formulas, judge), self.mistakes)
        return self._searches[key]

    def given(self, space: Space, point: Point) -> dict[str, Any]:
        """A layer as JSON: what has no default, and what differs from it."""
        layout, dims = space.layout(point), self.formulas.dims
        values = {n: v for n, v in layout.values.items() if dims[n].default is None or v != dims[n].default}
        pools = [{n: v for n, v in one.items() if v != dims[n].default} for one in layout.destinations]
        return {**values, "pools": pools}


def expected(verdict: Judgement) -> dict[str, Any]:
    """A chip's verdict as JSON."""
    broken = [{"rule": v.rule, "actual": v.actual, "limit": v.limit} for v in verdict.violations]
    return {"violations": broken, "cores": list(verdict.cores)}


def _pools(pools: list[dict[str, Any]]) -> str:
    """The destinations as a part of a case's id; a single one without pooling is not told."""
    return "" if pools == [{}] else "".join(f";{shown(pool)}" for pool in pools)


class Search:
    """Looks for the layers that tell a chip's rules from rules that are nearly the same."""

    def __init__(self, space: Space, mistakes: Mapping[str, Mistakes]) -> None:
        self.space, self.mistakes = space, mistakes
        self.mends: list[dict[str, Any]] = [
            {}
        ]  # changes that may make a layer legal, the latest success first
        self.fills = Fills(space)
        for name in space.spec.dims:
            if (mend := self._largest(space.together(name))) is not None and mend not in self.mends:
                self.mends.append(mend)

    def _largest(self, names: list[str]) -> dict[str, Any] | None:
        """The greatest values that some dimensions can have together while all others stay small."""
        if not all(name in self.space.unit.values for name in names):
            return None
        trees = [
            rule.rule.must.tree
            for rule in self.space.rules.values()
            if set(names) & set(self.space.behind(rule.rule.must.tree))
        ]
        marks = {
            end
            for tree in trees
            for limit in self.space.limits(tree)
            for end in edges(limit)
            if isinstance(end, int)
        }
        for value in sorted(marks, reverse=True):
            changes = dict.fromkeys(names, value)
            if value > self.space.unit.values[names[0]] and not self.space.broken(
                self.space.unit.changed(changes)
            ):
                return changes
        return None

    @cached_property
    def found(self) -> list[Found]:
        """The layers of every rule."""
        return list(self._all())

    def _all(self) -> Iterator[Found]:
        """The layers of every rule."""
        for rule in self.space.rules.values():
            for point, flags in self._layers(rule):
                yield Found(rule.name, point, self.space.verdict(point), flags)

    def _layers(self, rule: CompiledRule) -> list[Known]:
        """The layers for a rule, each once, with everything that it is found to catch."""
        points = self._memory(rule) if rule.rule.some else self._limits(rule)
        found = {repr(point): (point, tuple(sorted(flags))) for point, flags in reversed(list(points))}
        return list(reversed(found.values()))

    def _memory(self, rule: CompiledRule) -> Iterator[tuple[Point, set[str]]]:
        """Layers that fill a memory to the last word, and one step more."""
        for full in self.fills.of(rule):
            yield full, {EDGE[True]}
            for beyond in self.fills.beyond(rule, full):
                yield beyond, {EDGE[False]}

    def _limits(self, rule: CompiledRule) -> Iterator[tuple[Point, set[str]]]:
        """Layers on both sides of each flip, and those that show a mistake which no flip shows."""
        flips, caught = Flips(self.space, rule), set[int]()
        mistakes = self.mistakes[rule.name]
        firsts = [
            flip
            for name in flips.names
            for flip in flips.around(flips.start, name, self.space.tied(name, rule.name))
        ]
        for point, holds in firsts:
            mended = self._mended(point, rule.name, holds)
            if holds and self.space.broken(mended):
                continue  # nothing can be learnt about a limit from a layer that is illegal anyway
            caught |= (hits := self._hits(flips, mended, mistakes, holds))
            yield mended, {EDGE[holds], *(mistakes[i][0] for i in hits)}
            if rule.rule.each and not holds:
                yield self._second(mended), {"first-destination-only"}
        starts = {
            (tuple(n for n in flips.names if p.values[n] != flips.start.values[n]), h): p for p, h in firsts
        }
        for start in [flips.start, *starts.values()] if self._entangled(rule) else ():
            for name in flips.names:
                for point, holds in flips.around(start, name, [name]):
                    hits = self._hits(flips, point, mistakes, holds)
                    if not caught.issuperset(hits):
                        caught |= hits
                        yield point, {EDGE[holds], *(mistakes[i][0] for i in hits)}

    def _entangled(self, rule: CompiledRule) -> bool:
        """Whether one dimension at a time says too little: others are tied to it, or stand in its formula."""
        tree, names = rule.rule.must.tree, self.space.behind(rule.rule.must.tree)
        limits = sum(map(len, self.space.limited[rule.name].values()))
        tied = any(len(self.space.tied(name, rule.name)) > 1 for name in names)
        return len(names) > 1 and (tied or limits < len(comparisons(tree)))

    def _hits(self, flips: Flips, point: Point, mistakes: Mistakes, holds: bool) -> set[int]:
        """The mistakes that judge a layer otherwise."""
        env = flips.space.environment(point, flips.space_names(flips.rule))
        answers = [outcome(run, env) for _, run in mistakes]
        return {i for i, answer in enumerate(answers) if answer is not None and bool(answer) != holds}

    def _mended(self, point: Point, rule: str, holds: bool) -> Point:
        """The layer with changes after which it breaks no other rule, if there are such."""
        wanted = set() if holds else {rule}
        touched = self.space.behind(self.space.rules[rule].rule.must.tree)
        best, fewest = point, None
        for mend in self.mends:
            if any(name in touched or point.values[name] != self.space.unit.values[name] for name in mend):
                continue
            mended = point.changed(mend)
            others = set(self.space.broken(mended)) ^ wanted
            if not others:
                self.mends.sort(key=lambda m, mend=mend: m != mend)  # type: ignore[misc]
                return mended
            if fewest is None or len(others) < fewest:
                best, fewest = mended, len(others)
        return best

    def _second(self, point: Point) -> Point:
        """The layer with two destinations, of which only the second breaks the rule."""
        count, unit = self.space.count, self.space.unit.values
        leaving = {name: point.values[name] for name in self.space.spec.destination_dims}
        first = {name: unit[name] for name in leaving}
        return Point({**point.values, **first, **({count: 2} if count else {})}, ({}, leaving))
