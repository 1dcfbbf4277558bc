"""Judges a part of a space: all of its networks layer by layer, each layer in all networks at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from dynapspec.explore.choices import Combinations
from dynapspec.explore.layers import LayerColumns, inside
from dynapspec.explore.placing import Placing
from dynapspec.explore.plan import OUTSIDE, PLACEMENT, SENSOR, Plan
from dynapspec.explore.read import PARAMETERS
from dynapspec.formula import names_in
from dynapspec.formula.vectors import Array
from dynapspec.interpret import Judge, LayerInterpreter
from dynapspec.interpret.order import all_dims
from dynapspec.interpret.quantize import Quantizer
from dynapspec.interpret.vectors import VectorJudge, Verdicts


@dataclass
class Answer:
    """What a chip says of each network: where it fits, and what stops it as bits of ``Plan.stops``."""

    fits: Array
    stopped: Array


@dataclass
class Part:
    """The answers for a part of a space.

    Attributes:
        numbers: those of the combinations that belong to the space.
        columns: the value of each choice.
        layers: how many layers each network has.
        totals: parameters, and words of each memory; -1 where some layer has none.
        answers: one for each chip.
    """

    numbers: Array
    columns: dict[str, Array]
    layers: Array
    totals: dict[str, Array]
    answers: dict[str, Answer] = field(default_factory=dict)


@dataclass
class _Kind:
    """Chips that say the same of every layer."""

    book: Judge
    chips: list[str]
    placing: Placing
    stopped: Array = None
    cores: list[Array] = field(default_factory=list)


class Engine:
    """Compiled once for a plan; runs any part of it."""

    def __init__(self, plan: Plan) -> None:
        interpreter = LayerInterpreter(plan.layer)
        self.judge, self.spec = VectorJudge(interpreter), plan.layer.spec
        checked = plan.checked
        self.combinations = Combinations(checked.choices, self.judge.names)
        self.layers = [LayerColumns(layer, checked, self.judge) for layer in checked.space.layers]
        self.repeats = checked.repeats
        compiler = self.layers[0].compile
        self.where = [compiler(formula) for formula in checked.space.where]
        self.input_shape = [compiler(formula) for formula in checked.space.input_shape]
        self.quantizer = Quantizer(interpreter)
        self.bit = {name: np.uint64(1 << place) for place, name in enumerate(plan.stops)}
        self.totals = plan.totals
        self.kinds = self._kinds(plan, interpreter)
        shapes = {*self.spec.shapes}
        memories = self.spec.memory.items()
        self.parameters_in = [name for name, m in memories if not shapes & set(names_in(m.is_.tree))]

    def _kinds(self, plan: Plan, interpreter: LayerInterpreter) -> list[tuple[Judge, list[str], Placing]]:
        """Chips with the same constants and cores, judged once."""
        found: dict[str, tuple[Judge, list[str], Placing]] = {}
        for chip in plan.chips:
            book = Judge(chip, interpreter)
            dvs = chip.spec.dvs
            alone = dvs is None or 1 in dvs.destinations
            facts = {key: getattr(value, "data", value) for key, value in book.constants.items()}
            key = repr((facts, book.cores, alone))
            if key not in found:
                kinds = [[book.order[number] for number in numbers] for _, numbers in book.alike]
                found[key] = (book, [], Placing(kinds))
            found[key][1].append(chip.name)
        return list(found.values())

    def run(self, numbers: range) -> Part:
        """The answers for the combinations of these numbers."""
        rows = np.arange(numbers.start, numbers.stop, dtype=np.int64)
        columns = self.combinations.columns(rows)
        for condition in self.where:
            kept = np.broadcast_to(condition(columns), len(rows)).astype(bool)
            rows, columns = rows[kept], {name: column[kept] for name, column in columns.items()}
        return _Run(self, rows, columns).part()


class _Run:
    """One part of a space while it is judged."""

    def __init__(self, engine: Engine, rows: Array, columns: dict[str, Array]) -> None:
        self.engine, self.rows, self.columns = engine, rows, columns
        self.size = len(rows)
        self.kinds = [
            _Kind(book, chips, placing, np.zeros(self.size, np.uint64))
            for book, chips, placing in engine.kinds
        ]
        self.shape = tuple(self._full(run(columns)) for run in engine.input_shape)
        self.alive = np.ones(self.size, bool)  # where there is a map for the next layer
        self.layers = np.zeros(self.size, np.int16)
        self.totals = {name: np.zeros(self.size, np.int64) for name in engine.totals}

    def _full(self, column: Array) -> Array:
        return np.broadcast_to(np.asarray(column, np.int64), self.size)

    def part(self) -> Part:
        for layer, most in zip(self.engine.layers, self.engine.repeats, strict=True):
            repeat = self._full(layer.repeat(self.columns))
            for index in range(most):
                active = repeat > index
                if active.any():
                    self._layer(layer, active, index)
        for name, total in self.totals.items():
            self.totals[name] = np.where(self.alive, total, -1)
        part = Part(self.rows, self.columns, self.layers, self.totals)
        for kind in self.kinds:
            answer = self._answer(kind)
            part.answers |= dict.fromkeys(kind.chips, answer)
        return part

    def _answer(self, kind: _Kind) -> Answer:
        bit = self.engine.bit
        dvs = kind.book.chip.spec.dvs
        if dvs is not None and 1 not in dvs.destinations:
            kind.stopped |= bit[SENSOR]
        if kind.cores:
            placed = kind.placing.possible(kind.cores)
            kind.stopped[~placed] |= bit[PLACEMENT]
        return Answer((kind.stopped == 0) & (self.layers > 0), kind.stopped)

    def _layer(self, layer: LayerColumns, active: Array, index: int) -> None:
        engine, spec = self.engine, self.engine.spec
        here = active & self.alive
        dims = layer.dims(self.columns, self.shape, index)
        known = all_dims(spec)
        sound = here.copy()
        for name, column in dims.items():
            sound &= inside(known[name], column)
        outside = here & ~sound
        if not sound.all():  # other rows get a value that no operator stumbles over
            safe = {name: engine.judge.reach[name][0] if engine.judge.reach else 1 for name in dims}
            dims = {name: np.where(sound, column, safe[name]) for name, column in dims.items()}
        refused = self._refused(dims)
        verdict = Verdicts()
        for number, kind in enumerate(self.kinds):
            found = engine.judge.judge(dims, kind.book)
            verdict = verdict if number else found
            for rule, mask in found.broken.items():
                if np.any(mask):
                    kind.stopped[sound & mask] |= engine.bit[rule]
            for name, mask in refused.items():
                kind.stopped[sound & mask] |= engine.bit[name]
            kind.stopped[outside] |= engine.bit[OUTSIDE]
            kind.cores.append(np.where(sound, found.cores, 0))
        self.layers += active
        self._count(verdict, sound)
        self._follow(dims, verdict, active, sound)

    def _refused(self, dims: Mapping[str, Array]) -> dict[str, Array]:
        """What quantization refuses, by the threshold that is stated."""
        if "threshold" not in dims or not self.engine.quantizer.refusals:
            return {}
        column = self._full(dims["threshold"])
        values, places = np.unique(column, return_inverse=True)
        told = [self.engine.quantizer.refused(int(value)) for value in values]
        return {
            name: np.array([name in each for each in told])[places] for name in self.engine.quantizer.refusals
        }

    def _count(self, verdict: Verdicts, sound: Array) -> None:
        for name, value in verdict.values.items():
            if f"{name}_words" in self.totals:
                missing = verdict.unless[name]
                self.totals[f"{name}_words"] += np.where(sound & ~missing, value, 0)
        for name in self.engine.parameters_in:
            if name in verdict.used:
                self.totals[PARAMETERS] += np.where(sound, verdict.used[name], 0)

    def _follow(self, dims: Mapping[str, Array], verdict: Verdicts, active: Array, sound: Array) -> None:
        """The map that the next layer receives."""
        there, shape = sound, []
        for axis in self.engine.spec.outputs.output_shape:
            if axis in verdict.values:
                there = there & ~verdict.unless[axis]
            shape.append(verdict.values.get(axis, dims.get(axis)))
        self.shape = tuple(
            np.where(active, after, before) for before, after in zip(self.shape, shape, strict=True)
        )
        self.alive = np.where(active, there, self.alive)
