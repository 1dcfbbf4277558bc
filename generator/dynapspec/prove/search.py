"""Asks the solver: is there a layer of which this is true, and which is the smallest?

Smallest means: no size above 4, or else 16, or else 64; then as many dimensions as possible at the
defaults of the spec, in the spec's order; then the least sum of the sizes; then the least sizes, in
the spec's order. So the answer is always the same one, and a reader sees at once what it hangs on.
Small sizes also keep the cases few, so that the solver finds what it could not find among all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from dynapspec.model import LayerSpec
from dynapspec.prove.encode import Unsupported
from dynapspec.prove.library import z3
from dynapspec.prove.opaque import without_products
from dynapspec.prove.space import Bounds, Space, Variable, capped

LIMIT = 2.0  # seconds for the answer to one question
SHRINKING = 4  # times as long may be spent on making a witness the smallest
SIZES = (4, 16, 64)  # how large a layer may be at first


class TimeUp(Exception):
    """The solver did not answer in time."""


@dataclass(frozen=True, slots=True)
class Found:
    """A layer in the words of the solver, and whether it is the smallest."""

    space: Space
    model: Any
    smallest: bool


class Search:
    """One question to the solver, within a time limit."""

    def __init__(self, space: Space, conditions: Sequence[Any], until: float) -> None:
        self.space, self.until = space, until
        self.conditions = [*space.constraints, *conditions]
        self.solver = z3().Solver()
        self.solver.set("random_seed", 0)
        self.free: list[Variable] = []  # dimensions that are not held at their defaults

    def any(self) -> Found | None:
        """Some layer, or None when there is none; raises TimeUp when there was no time to know."""
        if self._none_whatever_products_are():
            return None
        self.solver.add(*self.conditions)  # all at once and never more: the solver simplifies most this way
        return None if self._model() is None else Found(self.space, self.solver.model(), smallest=False)

    def _none_whatever_products_are(self) -> bool:
        """Whether there is no layer even when products and quotients of dimensions may be any numbers."""
        opaque = without_products(self.conditions)
        half = int((self.until - time.monotonic()) * 500)
        if opaque is None or half <= 0:
            return False
        solver = z3().Solver()
        solver.set("random_seed", 0, "timeout", half)
        solver.add(*opaque)
        return bool(solver.check() == z3().unsat)

    def smallest(self) -> Found | None:
        """The smallest layer; one that is not the smallest when time is up; otherwise as :meth:`any`."""
        self._hold(*self.conditions)
        model = self._model()
        if model is None:
            return None
        try:
            for step in (self._at_defaults, self._least_sum, self._least_sizes):
                model = step(model)
        except TimeUp:
            return Found(self.space, model, smallest=False)
        return Found(self.space, model, smallest=True)

    def _hold(self, *conditions: Any) -> None:
        """Conditions that hold from here on; the solver keeps what it learns from one to the next."""
        self.solver.push()
        self.solver.add(*conditions)

    def _model(self) -> Any:
        """A model of everything that is held, or None."""
        left = int((self.until - time.monotonic()) * 1000)
        if left <= 0:
            raise TimeUp
        self.solver.set("timeout", left)
        answer = self.solver.check()
        if answer == z3().unknown:
            raise TimeUp
        return self.solver.model() if answer == z3().sat else None

    def _try(self, *conditions: Any) -> Any:
        """A model that meets these conditions too, which are held from then on; or None."""
        self._hold(*conditions)
        model = self._model()
        if model is None:
            self.solver.pop()
        return model

    def _at_defaults(self, model: Any) -> Any:
        """Sets dimensions to their defaults: all that can be at once, or else one after the other."""
        known = [(v, self.space.default(v)) for v in self.space.variables.values()]
        self.free = [v for v, condition in known if condition is None]
        return self._settle([(v, condition) for v, condition in known if condition is not None], model)

    def _settle(self, wanted: Sequence[tuple[Variable, Any]], model: Any) -> Any:
        """Holds as many conditions as go together; halves find the few that do not."""
        better = self._try(*[condition for _, condition in wanted])
        if better is not None:
            return better
        if len(wanted) == 1:
            self.free.append(wanted[0][0])
            return model
        middle = len(wanted) // 2
        return self._settle(wanted[middle:], self._settle(wanted[:middle], model))

    def _least_sum(self, model: Any) -> Any:
        total = z3().Sum([v.symbol for v in self._sizes()])
        return self._least(total, sum(v.value.low for v in self._sizes()), model)

    def _least_sizes(self, model: Any) -> Any:
        for variable in self._sizes():
            model = self._least(variable.symbol, variable.value.low, model)
        return self._levels(model)

    def _levels(self, model: Any) -> Any:
        """Levels have a sign: the least magnitude, and the positive one of two."""
        for variable in (v for v in self.free if v.dim.optional):
            size = z3().If(variable.symbol >= 0, 2 * variable.symbol, 1 - 2 * variable.symbol)
            model = self._least(size, 0, model)
        return model

    def _sizes(self) -> list[Variable]:
        """The sizes that are not at their defaults already."""
        return [v for v in self.free if v.dim.kind != "bool" and not v.dim.optional]

    def _least(self, expr: Any, low: int, model: Any) -> Any:
        """Holds the least value of an expression, found by halving."""
        high = _number(model, expr)
        while low < high:
            middle = (low + high) // 2
            better = self._try(expr <= middle)
            if better is None:
                low = middle + 1
            else:
                model, high = better, _number(better, expr)
        self._hold(expr == high)
        return model


def search(
    spec: LayerSpec, bounds: Bounds, conditions: Callable[[Space], Sequence[Any]], limit: float = LIMIT
) -> Found | None:
    """The smallest layer that meets the conditions, or None when there is none.

    Raises:
        TimeUp: neither was found out in time.
        Unsupported: the conditions cannot be encoded for all sizes, and no small layer meets them.
    """
    start = time.monotonic()
    whole = Space(spec, bounds)
    known: Found | None = None
    failure: Exception = TimeUp()
    try:
        known = Search(whole, conditions(whole), start + limit).any()
        if known is None:
            return None
    except (TimeUp, Unsupported) as error:
        failure = error
    until = start + limit * (SHRINKING if known else 2)
    with suppress(TimeUp, Unsupported):
        for size in SIZES:
            space = Space(spec, capped(spec, bounds, size))
            found = Search(space, conditions(space), until).smallest()
            if found is not None:
                return found
        if known is not None:
            return Search(whole, conditions(whole), until).smallest()
    if known is None:
        raise failure
    return known


def _number(model: Any, expr: Any) -> int:
    return int(model.eval(expr, model_completion=True).as_long())
