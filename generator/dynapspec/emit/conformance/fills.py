"""Layers that fill the memories of a core to the last word."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from dynapspec.emit.conformance.common import Known
from dynapspec.emit.conformance.ground import Point, edges
from dynapspec.emit.conformance.points import Space
from dynapspec.emit.conformance.verdicts import Words
from dynapspec.formula import names_in
from dynapspec.interpret.chip import CompiledRule


class Fills:
    """Greedy filling: each dimension in turn takes the greatest power of two that still fits."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.memories = list(space.spec.memory)
        space.works |= {"filled": self._filled, "ends": self._ends, "beyond": self._beyond}
        space.facts["fewer"] = self._fewer

    def of(self, rule: CompiledRule) -> Iterator[Point]:
        """Legal layers that are at the limit of a rule about memories."""
        spoken = [name for name in names_in(rule.rule.must.tree) if name in self.memories]
        if len(spoken) > 1:
            yield from self.corners()
            return
        yield from self._some(spoken[0])
        sizes = {dict(words)[f"core.{spoken[0]}_words"] for words in self.space.table}
        for words in sorted(sizes):
            yield self.filled({spoken[0]: words}, False)
        yield self.filled({spoken[0]: max(sizes)}, True)

    def _some(self, memory: str) -> Iterator[Point]:
        """The smallest layer for which a condition makes a memory count, as a bias does."""
        for name in self.space.ground.behind(self.space.spec.memory[memory].is_.tree):
            if self.space.formulas.dims[name].kind == "bool":
                yield self.space.unit.changed({name: True})

    def corners(self) -> Iterator[Point]:
        """For each core, a layer that fills it as far as it can be filled."""
        for words in self.space.table:
            yield self.corner(words)

    def corner(self, words: Words) -> Point:
        """A layer that fills all memories of one core that it can."""
        core = dict(words)
        return self.filled({name: core[f"core.{name}_words"] for name in self.memories}, False)

    def filled(self, targets: dict[str, int], backward: bool) -> Point:
        """A legal layer that takes these words of each memory, or as near to it as powers of two come."""
        known: Known = self.space.ask("filled", tuple(targets.items()), backward)
        return known.point  # type: ignore[no-any-return]

    def _filled(self, targets: tuple[tuple[str, int], ...], backward: bool) -> Known:
        *before, (memory, words) = targets
        point = self.filled(dict(before), backward) if before else self.space.unit
        limits = {**{name: self._words(point, name) for name, _ in before}, memory: words}
        names = self._groups(memory)
        for group in reversed(names) if backward else names:
            point = self._raised(point, group, limits, memory)
        return self.space.ground.known(point)

    def _groups(self, memory: str) -> list[list[str]]:
        """The dimensions behind a memory, tied ones together, each group once."""
        groups: dict[str, list[str]] = {}
        for name in self.space.ground.behind(self.space.spec.memory[memory].is_.tree):
            group = self.space.ground.tied(name, "")
            groups.setdefault(group[0], group)
        return list(groups.values())

    def _words(self, point: Point, memory: str) -> int:
        """Words of a memory; endless for what is no layer."""
        words = self.space.ground.words(point, memory)
        return sys.maxsize if words is None else words

    def _raised(self, point: Point, group: list[str], limits: dict[str, int], memory: str) -> Point:
        """The layer with one dimension as great as it can be; memories filled before stay as they are."""
        before, room = self._words(point, memory), limits[memory]
        for value in self._values(group[0], point, room):
            raised = point.changed(dict.fromkeys(group, value))
            words = self._words(raised, memory)
            if before < words <= room or (words == before and self._prepares(group)):
                kept = all(self._words(raised, other) == limits[other] for other in limits if other != memory)
                if kept and not self.space.broken(raised):
                    return raised
        return point

    def _prepares(self, group: list[str]) -> bool:
        """Whether a dimension may count only once another is set, as features do for biases."""
        return any(self.space.formulas.dims[name].kind == "channel" for name in group)

    def _values(self, name: str, point: Point, room: int) -> list[Any]:
        dim = self.space.formulas.dims[name]
        if dim.kind == "bool":
            return [True]
        low, high = self.space.formulas.domain(name)
        high = min(high, room, *self.space.ask("ends", name))
        powers = (1 << exponent for exponent in range(room.bit_length(), -1, -1))
        return [power for power in powers if max(low, point.values[name] + 1) <= power <= high]

    def _ends(self, name: str) -> tuple[int, ...]:
        """The greatest values that the chip's limits leave a dimension, or one tied to it."""
        group, found = set(self.space.ground.tied(name, "")), list[int]()
        for limits in self.space.ground.limited.values():
            for limit, names in limits.items():
                if group & set(names):
                    ends = [end for end in edges(self.space.limit(limit)) if isinstance(end, int)]
                    found += [max(ends)] if ends else []
        return tuple(found)

    def beyond(self, rule: CompiledRule, full: Point) -> list[Point]:
        """The layer one step larger along each dimension, where fewer cores have room for it."""
        found = self.space.ask("beyond", rule.name, self.space.ground.known(full))
        return [known.point for known in found]

    def _beyond(self, rule: str, full: Known) -> tuple[Known, ...]:
        found: list[Known] = []
        blurred: list[Known] = []
        for name in self.space.ground.behind(self.space.rules[rule].rule.must.tree):
            larger = self.space.ground.known(self._step(full.point, name))
            if self.space.ask("fewer", larger, full):
                broken = self.space.ask("broken", larger)
                if all(self.space.rules[other].rule.some for other in broken):
                    found.append(larger)
                elif rule in broken:
                    blurred.append(larger)
        return (*found, *blurred[: 0 if found else 1])  # better than none: it breaks another rule too

    def _fewer(self, larger: Known, full: Known) -> bool:
        """Whether fewer cores have room for a layer than for another."""
        cores = self.space.verdicts.fitting
        return set(cores(larger)) < set(cores(full))

    def _step(self, point: Point, name: str) -> Point:
        """The layer with one dimension one larger."""
        value = point.values[name]
        step = True if isinstance(value, bool) else value + 1
        return point.changed(dict.fromkeys(self.space.ground.tied(name, ""), step))
