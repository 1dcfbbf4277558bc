"""Changes that may make a layer legal that breaks other rules than the one which it is about."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any, TypeAlias

from dynapspec.emit.conformance.ground import Point, edges
from dynapspec.emit.conformance.points import Space

Mend: TypeAlias = tuple[tuple[str, Any], ...]  # dimensions and their new values
Order: TypeAlias = tuple[int, ...]  # the mends that come before all others, which keep their order


class Mends:
    """The mends of one chip: none, then the greatest legal values of dimensions that vary as one."""

    def __init__(self, space: Space) -> None:
        self.space, self.ground = space, space.ground
        self.order: Order = ()
        space.works["largest"] = self._largest
        space.facts["mend"] = lambda index: self._mend(index)
        space.facts["mend-names"] = lambda index: self._names(self._mend(index))
        self._all: list[Mend] = []

    def _mend(self, index: int) -> Mend | None:
        if not self._all:
            groups = (tuple(self.ground.together(name)) for name in self.space.spec.dims)
            found = (self.space.asker.answer(("largest", group)) for group in dict.fromkeys(groups))
            self._all = list(dict.fromkeys(((), *(mend for mend in found if mend is not None))))
        return self._all[index] if index < len(self._all) else None

    def _names(self, mend: Mend | None) -> tuple[str, ...] | None:
        return None if mend is None else tuple(name for name, _ in mend)

    def _largest(self, names: tuple[str, ...]) -> Mend | None:
        """The greatest values that some dimensions can have together while all others stay small."""
        unit = self.space.unit
        if not all(name in unit.values for name in names):
            return None
        trees = [rule.rule.must.tree for rule in self.space.rules.values()]
        spoken = [tree for tree in trees if set(names) & set(self.ground.behind(tree))]
        limits = [limit for tree in spoken for limit in self.space.limits(tree)]
        marks = {end for limit in limits for end in edges(limit) if isinstance(end, int)}
        for value in sorted(marks, reverse=True):
            changes = dict.fromkeys(names, value)
            if value > unit.values[names[0]] and not self.space.broken(unit.changed(changes)):
                return tuple(changes.items())
        return None

    def applied(self, point: Point, rule: str, holds: bool) -> Point:
        """The layer with changes after which it breaks no other rule, if there are such."""
        wanted = set() if holds else {rule}
        touched = self.ground.behind(self.space.rules[rule].rule.must.tree)
        unit = self.space.unit.values
        best, fewest = point, None
        for index in self._indices():
            names = self.space.ask("mend-names", index)
            if any(name in touched or point.values[name] != unit[name] for name in names):
                continue
            mended = point.changed(dict(self.space.ask("mend", index)))
            others = set(self.space.broken(mended)) ^ wanted
            if not others:
                self._prefer(index)
                return mended
            if fewest is None or len(others) < fewest:
                best, fewest = mended, len(others)
        return best

    def _indices(self) -> Iterator[int]:
        """The mends, the latest success first."""
        yield from self.order
        for index in count():
            if index not in self.order:
                if self.space.ask("mend-names", index) is None:
                    return
                yield index

    def _prefer(self, index: int) -> None:
        """Puts one before all others; what then stands where it began needs no mention."""
        order = [index, *(other for other in self.order if other != index)]
        while order and order[-1] == min(i for i in range(len(order)) if i not in order[:-1]):
            order.pop()
        self.order = tuple(order)
