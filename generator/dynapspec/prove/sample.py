"""Looks for a witness without a solver: layers at the edges of limits, judged by the interpreter.

What is found is a real witness, made as small as halving makes it. What is not found may exist.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, TypeAlias

from dynapspec.formula import tree as t
from dynapspec.interpret import Layout
from dynapspec.model import Chip, LayerSpec, Limit
from dynapspec.model.layer_spec import Dim
from dynapspec.model.values import Interval
from dynapspec.prove.space import layout_of

Confirm: TypeAlias = Callable[[Layout], tuple[Any, Any] | None]
Values: TypeAlias = dict[str, Any]
LARGEST = 2**11  # of the sizes that are combined with each other


class Sampler:
    """Candidates for one layer spec, at the edges of the limits of some chips."""

    def __init__(self, spec: LayerSpec, chips: Iterable[Chip]) -> None:
        self.spec = spec
        self.dims: dict[str, Dim] = {**spec.dims, **spec.destination_dims}
        self.limits = [limit for chip in chips for limit in chip.spec.limits.items()]
        self.base = {name: _base(dim) for name, dim in self.dims.items()}
        self.groups = self._groups()

    def find(self, confirm: Confirm, seconds: float) -> Layout | None:
        """The first candidate that is a witness, made smaller; None when there is none among them."""
        until = time.monotonic() + seconds
        for values in self._candidates():
            if confirm(self._layout(values)) is not None:
                return self._layout(self._shrunk(values, confirm))
            if time.monotonic() > until:
                return None
        return None

    def _layout(self, values: Values) -> Layout:
        return layout_of({name: value for name, value in values.items() if value is not None}, self.spec)

    def _candidates(self) -> Iterator[Values]:
        """One dimension at an edge, then one group of them, then sizes that go together, small ones first."""
        for group in [*([name] for name in self.dims), *self.groups]:
            for value in self._edges(group[0]):
                yield {**self.base, **dict.fromkeys(group, value)}
        sizes = [group for group in self.groups if self.dims[group[0]].default is None]
        ranges = [
            [2**n for n in range(LARGEST.bit_length()) if self._taken(group[0], 2**n)] for group in sizes
        ]
        combined: list[Values] = []
        for found in sorted(product(*ranges), key=lambda found: (sum(found), found)):
            chosen = {name: value for group, value in zip(sizes, found, strict=True) for name in group}
            combined.append({**self.base, **chosen})
        yield from combined
        for name in (name for name, dim in self.dims.items() if dim.kind == "bool"):
            yield from ({**values, name: True} for values in combined)

    def _groups(self) -> list[list[str]]:
        """Dimensions that rules or geometry keep equal, each in one group."""
        group = {name: [name] for name in self.dims}
        for one, other in self._alike():
            if group[one] is not group[other]:
                group[one] += group[other]
                group |= dict.fromkeys(group[other], group[one])
        others = {name for name, dim in self.dims.items() if dim.kind in ("bool", "name", "level")}
        kept = {id(found): found for name, found in group.items()}
        return [found for found in kept.values() if not set(found) & others]

    def _alike(self) -> Iterator[tuple[str, str]]:
        for rule in self.spec.rules.values():
            for node in t.walk(rule.must.tree):
                match node:
                    case t.Compare(op="==", left=t.Name(id=one), right=t.Name(id=other)):
                        if {one, other} <= self.dims.keys():
                            yield one, other
        yield from self._axes()

    def _axes(self) -> Iterator[tuple[str, str]]:
        """Both axes of a pair, and the height and width that one limit binds."""
        known: dict[Any, str] = {}
        for name, dim in self.dims.items():
            if dim.kind in ("pixel", "ratio"):
                key = dim.from_.text[:-1] if dim.from_.fields[-1] in ("y", "x") else dim.from_.role
                yield known.setdefault((key, dim.kind), name), name

    def _edges(self, name: str) -> list[Any]:
        """Values of a dimension at which something may begin or end."""
        dim = self.dims[name]
        if dim.kind == "bool":
            return [True, False]
        if isinstance(dim.domain, tuple):
            return list(dim.domain)
        ends = [2**n for n in range(6)] + [end for _, limit in self.limits for end in _ends(limit)]
        near = {end + step for end in ends for step in (-1, 0, 1)}
        if dim.optional:
            near |= {-value for value in near} | {sign * 2**n for n in range(3, 17) for sign in (1, -1)}
        return sorted((value for value in near if self._taken(name, value)), key=lambda n: (abs(n), n))

    def _taken(self, name: str, value: int) -> bool:
        domain = self.dims[name].domain
        return domain.low <= value <= domain.high if isinstance(domain, Interval) else True

    def _shrunk(self, values: Values, confirm: Confirm) -> Values:
        """Lowers each group, then each dimension, as far as halving shows that it stays a witness."""
        while True:
            before = values
            for group in [*self.groups, *([name] for name in self.dims)]:
                values = self._lowered(values, group, confirm)
            if values == before:
                return values

    def _lowered(self, values: Values, group: Sequence[str], confirm: Confirm) -> Values:
        low, high = self.base[group[0]], values[group[0]]
        if not isinstance(high, int) or isinstance(high, bool) or not isinstance(low, int):
            return values
        while low < high:
            middle = (low + high) // 2
            trial = {**values, **dict.fromkeys(group, middle)}
            if confirm(self._layout(trial)) is not None:
                values, high = trial, middle
            else:
                low = middle + 1
        return values


def _base(dim: Dim) -> Any:
    """The default, or else the least value; a level is left unknown."""
    if dim.default is not None or dim.optional:
        return dim.default
    return dim.domain.low if isinstance(dim.domain, Interval) else dim.domain[0] if dim.domain else 0


def _ends(limit: Limit) -> list[int]:
    values: Mapping[str, Any] | Sequence[Any] = limit.one_of or (limit.min, limit.max)
    return [value for value in values if isinstance(value, int)]
