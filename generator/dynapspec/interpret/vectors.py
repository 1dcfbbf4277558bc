"""Judges many layers at once: the formulas of a layer spec on arrays, straight from their trees.

Every array holds one value for each layer, or a single value for all of them. What comes out agrees layer
by layer with :class:`dynapspec.interpret.chip.RuleBook`, which also judges the layers too large for 64 bits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any, TypeAlias

import numpy as np

from dynapspec.formula.bounds import Range
from dynapspec.formula.evaluate import EvaluationError
from dynapspec.formula.vectors import Array, Run, compile_vectors
from dynapspec.interpret.chip import Judgement, RuleBook
from dynapspec.interpret.description import Layout
from dynapspec.interpret.layer import LayerInterpreter
from dynapspec.interpret.order import MAX_BITS, Step, all_dims, name_numbers, reach, steps
from dynapspec.model import Limit

Columns: TypeAlias = Mapping[str, Array]
MOST = (1 << 63) - 1  # stands for every count above it


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The verdict on each layer.

    Attributes:
        values: sizes and memories; 1 where they are undefined.
        used: words of each memory that hold something.
        unless: where each of these is undefined.
        broken: where each rule is broken.
        cores: the cores with room for the layer, as bits in the order of the chip's cores.
    """

    values: dict[str, Array] = field(default_factory=dict)
    used: dict[str, Array] = field(default_factory=dict)
    unless: dict[str, Array] = field(default_factory=dict)
    broken: dict[str, Array] = field(default_factory=dict)
    cores: Array = 0


class VectorJudge:
    """Runs one layer spec on arrays, for any of the chips that run it."""

    def __init__(self, interpreter: LayerInterpreter) -> None:
        self.interpreter, self.spec = interpreter, interpreter.spec
        self.names = name_numbers(self.spec)
        self.words = {number: name for name, number in self.names.items()}
        self.steps = steps(self.spec)
        self.reach: dict[str, Range] | None = reach(self.spec)
        functions: dict[str, Callable[..., Array]] = {}
        self.runs: dict[str, Run] = {}
        self.used: dict[str, Run] = {}
        if self.reach is not None:
            for name, function in self.spec.functions.items():
                body = compile_vectors(function.is_.tree, functions, self.names)
                functions[name] = _function(body, tuple(function.of))
            for step in self.steps:
                self.runs[step.name] = compile_vectors(step.tree, functions, self.names)
                if step.used is not None:
                    self.used[step.name] = compile_vectors(step.used, functions, self.names)
        self.defaults = {
            name: self.encoded(dim.default)
            for name, dim in all_dims(self.spec).items()
            if dim.default is not None
        }

    def encoded(self, value: Any) -> Array:
        """One value of a dimension as arrays hold it."""
        if isinstance(value, bool):
            return np.bool_(value)
        return np.int64(self.names[value] if isinstance(value, str) else value)

    def judge(self, columns: Columns, book: RuleBook) -> Verdicts:
        """The verdict on each layer; columns that are not given have their default, or are unknown.

        Every value lies in the domain of its dimension.
        """
        known = {**self.defaults, **columns}
        size = max((len(column) for column in map(np.atleast_1d, known.values())), default=1)
        wide, found = np.broadcast_to(self._too_wide(known, book), size), Verdicts()
        if not wide.all():
            try:
                found = self._judge(self._narrowed(known, wide), book)
            except EvaluationError:  # for some layer; each by itself then says for which
                wide = np.ones(size, bool)
        if not wide.any():
            return found
        return self._one_by_one(known, book, np.flatnonzero(wide), found, size)

    def _narrowed(self, known: Columns, wide: Array) -> Columns:
        """The columns with what is too wide left out."""
        if self.reach is None or not wide.any():
            return known
        least = {name: low for name, (low, _) in self.reach.items()}
        return {name: np.where(wide, least.get(name, 0), column) for name, column in known.items()}

    def _too_wide(self, known: Columns, book: RuleBook) -> Array:
        """Where some value is beyond what 64 bits are known to hold."""
        wide: Array = np.bool_(self.reach is None)
        for name, value in book.constants.items():
            wide = wide | np.bool_(name.endswith("_bits") and isinstance(value, int) and value > MAX_BITS)
        for name, (low, high) in (self.reach or {}).items():
            if name in known and self.spec_kind(name) not in ("bool", "name"):
                wide = wide | (known[name] < low) | (known[name] > high)
        return wide

    def spec_kind(self, name: str) -> str:
        """The kind of a dimension."""
        return all_dims(self.spec)[name].kind

    # ── All at once ──────────────────────────────────────────────────────────────────────────────

    def _judge(self, known: Columns, book: RuleBook) -> Verdicts:
        numbered = {name: self._limit(value) for name, value in book.constants.items()}
        env: dict[str, Array] = {**numbered, **known}
        found, rules = Verdicts(), _rules(book)
        cores = [words for words, _ in book.alike]
        for step in self.steps:
            if step.section == "rules" and step.name not in rules:
                continue
            if any(name not in env and not name.startswith("core.") for name in step.reads):
                continue  # something unknown
            gone = _any([found.broken[rule] for rule in step.unless if rule in found.broken])
            if step.section != "rules":
                self._derive(step, env, gone, found)
                continue
            held = self._held(step, env, cores)
            found.broken[step.name] = np.logical_not(held) & ~gone
        return replace(found, cores=self._cores(env, book, found))

    def _derive(self, step: Step, env: dict[str, Array], gone: Array, found: Verdicts) -> None:
        value = self.runs[step.name](env)
        if np.any(gone):
            value = np.where(gone, 1, value)
        if np.min(value, initial=0) < 0:  # what was found of the bits of later formulas holds from 0 on
            raise EvaluationError(f"{step.name} is below 0")
        env[step.name] = found.values[step.name] = value
        found.unless[step.name] = gone
        if step.used is not None:
            found.used[step.name] = np.where(gone, 0, self.used[step.name](env))

    def _held(self, step: Step, env: Mapping[str, Array], cores: list[dict[str, int]]) -> Array:
        run = self.runs[step.name]
        if step.rule is not None and step.rule.some is not None:
            return _any([run({**env, **core}) for core in cores])
        return run(env)

    def _cores(self, env: Mapping[str, Array], book: RuleBook, found: Verdicts) -> Array:
        """The cores that fit, as bits."""
        rules = _rules(book)
        decides = [s for s in self.steps if s.rule and s.rule.decides == "placement" and s.name in rules]
        bits: Array = np.int64(0)
        if any(name not in env and not name.startswith("core.") for s in decides for name in s.reads):
            return bits
        gone = _any([found.unless[name] for step in decides for name in step.reads if name in found.unless])
        for core, numbers in book.alike:
            room = ~gone
            for step in decides:
                room = room & self.runs[step.name]({**env, **core})
            bits = bits | np.where(room, sum(1 << book.order[number] for number in numbers), 0)
        return bits

    def _limit(self, value: Any) -> Any:
        """A limit whose names are numbers."""
        if not isinstance(value, Limit):
            return np.int64(value)
        numbers = tuple(
            self.names.get(one, -1) if isinstance(one, str) else one for one in value.one_of or ()
        )
        return _Numbered(value.min, value.max, None if value.one_of is None else numbers)

    # ── One by one ───────────────────────────────────────────────────────────────────────────────

    def _one_by_one(
        self, known: Columns, book: RuleBook, rows: Array, found: Verdicts, size: int
    ) -> Verdicts:
        """The verdicts of some layers, each by itself, put among those of the others."""
        judged = [book.judge_layout(self._layout(known, int(row))) for row in rows]
        values, used, unless = {}, {}, {}
        for step in self.steps:
            if step.section == "rules":
                continue
            every = [_value(one, step) for one in judged]
            values[step.name] = _put(found.values.get(step.name, 1), rows, [_held_by(v) for v in every], size)
            unless[step.name] = _put(
                found.unless.get(step.name, True), rows, [v is None for v in every], size
            )
            if step.used is not None:
                counts = [min(one.used.get(step.name, 0), MOST) for one in judged]
                used[step.name] = _put(found.used.get(step.name, 0), rows, counts, size)
        broken = {
            rule: _put(found.broken.get(rule, False), rows, [_broke(one, rule) for one in judged], size)
            for rule in sorted(_rules(book))
        }
        bits = [sum(1 << book.order[number] for number in one.cores) for one in judged]
        return Verdicts(values, used, unless, broken, _put(found.cores, rows, bits, size))

    def _layout(self, known: Columns, row: int) -> Layout:
        at = {name: np.atleast_1d(column) for name, column in known.items()}
        plain = {name: column[row if len(column) > 1 else 0].item() for name, column in at.items()}
        for name in plain.keys() & all_dims(self.spec).keys():
            if self.spec_kind(name) == "name":
                plain[name] = self.words[plain[name]]
        one = {name: plain[name] for name in self.spec.destination_dims if name in plain}
        return Layout({name: plain[name] for name in self.spec.dims if name in plain}, (one,))


@dataclass(frozen=True, slots=True)
class _Numbered:
    """A limit whose names are numbers."""

    min: int | None
    max: int | None
    one_of: tuple[int, ...] | None


def _rules(book: RuleBook) -> set[str]:
    return {rule.name for rule in book.rules}


def _any(masks: list[Array]) -> Array:
    return reduce(np.logical_or, masks, np.False_)


def _value(one: Judgement, step: Step) -> Any:
    values = one.destinations[0] if step.section == "destination_shapes" else one.values
    return values.get(step.name)


def _held_by(value: Any) -> int:
    return 1 if value is None else max(-MOST, min(int(value), MOST))


def _broke(one: Judgement, rule: str) -> bool:
    return any(violation.rule == rule for violation in one.violations)


def _put(column: Array, rows: Array, values: list[Any], size: int) -> Array:
    """The column with other values in some rows."""
    full = np.array(np.broadcast_to(column, size))
    full[rows] = values
    return full


def _function(body: Run, arguments: tuple[str, ...]) -> Callable[..., Array]:
    return lambda *values: body(dict(zip(arguments, values, strict=True)))
