"""Vectors of the whole-number formulas: shapes and memories, one formula at a time.

Candidates are edges of the domains, powers of two and their neighbours, and pseudo-random values.
Those are kept that stand on an edge, or that catch a mistake which no earlier one catches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeAlias

from dynapspec.emit.conformance.case import Case
from dynapspec.emit.conformance.dice import Dice
from dynapspec.emit.conformance.mistakes import compile_mistake, fixed, mistaken, outcome
from dynapspec.formula import Tree, names_in
from dynapspec.formula.evaluate import Run
from dynapspec.interpret import LayerInterpreter
from dynapspec.interpret.layer import evaluate
from dynapspec.model.check_layer import needed
from dynapspec.model.layer_spec import Derived, Dim, Memory
from dynapspec.model.values import Interval

Values: TypeAlias = dict[str, Any]
Mistakes: TypeAlias = list[tuple[str, Run]]

SMALL = (1, 2, 3, 4, 5, 7, 8, 9)  # around the first powers of two
ROUNDS = 60  # pseudo-random candidates of one formula
EXTRAS = 4  # of these, how many are kept though they catch nothing new


class Formulas:
    """What the vectors of one layer spec's formulas are made from."""

    def __init__(self, interpreter: LayerInterpreter) -> None:
        self.interpreter, self.spec = interpreter, interpreter.spec
        self.dims: Mapping[str, Dim] = {**self.spec.dims, **self.spec.destination_dims}
        self.rules = {name: interpreter.compile(rule.must.tree) for name, rule in self.spec.rules.items()}
        self.unit = {name: start for name, dim in self.dims.items() if (start := least(dim)) is not None}

    def arguments(self, tree: Tree) -> list[str]:
        """The names that a formula is a function of, widths of words aside."""
        return [name for name in names_in(tree) if not name.startswith("widths.")]

    def domain(self, name: str) -> tuple[int, int]:
        """The least and the greatest value; a derived value reaches as far as the dimensions behind it."""
        dim = self.dims.get(name)
        if dim is not None and isinstance(dim.domain, Interval):
            return dim.domain.low, dim.domain.high
        if dim is not None:
            return 0, 1
        behind = [
            d.domain.high
            for d in self.dims.values()
            if isinstance(d.domain, Interval) and d.kind == self.kind(name)
        ]
        return 1, min(behind, default=1)

    def kind(self, name: str) -> str:
        """What a derived value counts or measures."""
        return {**self.spec.shapes, **self.spec.destination_shapes}[name].kind

    def value(self, name: str, number: int) -> int | bool:
        """A number as the value of a name."""
        dim = self.dims.get(name)
        return bool(number) if dim is not None and dim.kind == "bool" else number

    def candidates(self, names: list[str], seed: int) -> Iterator[tuple[bool, Values]]:
        """Values to try, and whether they stand on an edge of the domain."""
        low = {name: self.domain(name)[0] for name in names}
        yield True, self._values(low)
        for name in names:
            yield True, self._values(low | {name: self.domain(name)[1]})
        yield True, self._values({name: self.domain(name)[1] for name in names})
        dice = Dice(seed)
        for reach in islice(_reaches(), ROUNDS):
            yield False, self._values({name: self._some(dice, name, reach) for name in names})

    def _some(self, dice: Dice, name: str, reach: int) -> int:
        low, high = self.domain(name)
        number = dice.pick(SMALL) if reach == 0 else dice.between(low, min(high, reach))
        return max(low, min(high, number))

    def _values(self, numbers: Mapping[str, int]) -> Values:
        return {name: self.value(name, number) for name, number in numbers.items()}

    def allowed(self, needs: Iterable[str], values: Values) -> bool:
        """Whether the rules hold without which a formula is undefined; what it does not speak of is small."""
        env = {**self.unit, **dict.fromkeys((*self.spec.shapes, *self.spec.destination_shapes), 1), **values}
        return all(evaluate(self.rules[rule], env) is not False for rule in needs)

    def mistakes(self, tree: Tree) -> Mistakes:
        """The formula with one mistake each, ready to run."""
        trees = [*mistaken(tree, self.spec.functions)]
        for name in self.arguments(tree):
            neutral = {"bool": True}.get(self.dims[name].kind, self.unit[name]) if name in self.dims else 1
            trees.append((f"ignores-{name}", fixed(tree, name, neutral)))
        return [(flag, compile_mistake(wrong, self.interpreter.functions)) for flag, wrong in trees]


def least(dim: Dim) -> Any:
    """The default of a dimension, or the lowest value that it can have; None when it may be unknown."""
    if dim.default is not None:
        return dim.default
    if isinstance(dim.domain, Interval):
        return dim.domain.low
    return dim.domain[0] if dim.domain else None


def _reaches() -> Iterator[int]:
    """How far pseudo-random values go: mostly small, now and then far."""
    while True:
        yield from (0, 0, 12, 40, 300)


def chosen(
    candidates: Iterable[tuple[bool, Values]], run: Run, mistakes: Mistakes
) -> Iterator[tuple[bool, Values, Any, set[str]]]:
    """The candidates worth keeping, with their answer and the mistakes that they catch."""
    caught: set[int] = set()
    spare = EXTRAS
    for edge, values in candidates:
        answer = outcome(run, values)
        if answer is None:
            continue
        hits = [
            i
            for i, (_, wrong) in enumerate(mistakes)
            if (other := outcome(wrong, values)) is not None and other != answer
        ]
        if edge or not caught.issuperset(hits) or spare:
            spare -= not edge and caught.issuperset(hits)
            caught.update(hits)
            yield edge, values, answer, {mistakes[i][0] for i in hits}


def shown(values: Mapping[str, Any]) -> str:
    """Values as a part of a case's id."""
    return ",".join(f"{name}={int(v) if isinstance(v, bool) else v}" for name, v in values.items())


def shape_cases(f: Formulas) -> Iterator[Case]:
    """Sizes of the neuron map and of the maps that leave the core."""
    for section in ("shapes", "destination_shapes"):
        for name, part in getattr(f.spec, section).items():
            yield from _cases(f, "shapes", section, name, part)


def memory_cases(f: Formulas) -> Iterator[Case]:
    """Words of each memory; a layer outside the domain has none."""
    for name, part in f.spec.memory.items():
        yield from _cases(f, "memory", "memory", name, part)
        clause = f.interpreter.layer.clause("memory", name)
        arguments = f.arguments(part.is_.tree)
        for argument in arguments:
            dim = f.dims.get(argument)
            if dim is not None and isinstance(dim.domain, Interval):
                low = {n: f.value(n, f.domain(n)[0]) for n in arguments}
                values = low | {argument: dim.domain.low - 1}
                case = f"{f.interpreter.layer.name}/memory/{name}/{shown(values)}"
                yield Case(
                    case, clause, "invalid", {"of": name, **values}, {"refused": True}, ("out-of-domain",)
                )


def _used(f: Formulas, part: Derived | Memory, names: list[str]) -> Run | None:
    """The words of a memory that hold something, where the same dimensions tell it."""
    if not isinstance(part, Memory) or not set(f.arguments(part.used.tree)) <= set(names):
        return None
    return f.interpreter.compile(part.used.tree)


def _cases(f: Formulas, topic: str, section: str, name: str, part: Derived | Memory) -> Iterator[Case]:
    """The vectors of one formula."""
    tree, layer = part.is_.tree, f.interpreter.layer
    names = f.arguments(tree)
    needs = needed(part.needs)
    legal = ((e, v) for e, v in f.candidates(names, seed=len(names)) if f.allowed(needs, v))
    run = f.interpreter.compile(tree)
    used = _used(f, part, names)
    for edge, values, answer, flags in chosen(legal, run, f.mistakes(tree)):
        words = {"words": answer} if isinstance(part, Memory) else {"value": answer}
        expected = words if used is None else words | {"used": used(values)}
        case = f"{layer.name}/{topic}/{name}/{shown(values)}"
        clause = layer.clause(section, name)
        yield Case(case, clause, "limit" if edge else "valid", {"of": name, **values}, expected, tuple(flags))
