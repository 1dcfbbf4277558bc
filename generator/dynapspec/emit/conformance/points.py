"""Layers as points: the dimensions of a layer by name, and a chip's verdict on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from dynapspec.emit.conformance.formulas import Formulas
from dynapspec.emit.conformance.mistakes import outcome
from dynapspec.formula import Tree, names_in
from dynapspec.formula import tree as t
from dynapspec.interpret import Judge, Judgement, Layout
from dynapspec.interpret.chip import comparisons
from dynapspec.model import Limit
from dynapspec.model.layer_spec import Derived, Memory, Rule

Values: TypeAlias = Mapping[str, Any]

SIZES = (2, 4, 8, 16, 32)  # tried in turn where the smallest layer is not legal


@dataclass(frozen=True)
class Point:
    """One layer: values of its dimensions, and the values of each destination that differ from them."""

    values: Values
    others: tuple[Values, ...] = field(default=())

    def changed(self, changes: Values) -> Point:
        """The layer with other values."""
        return Point({**self.values, **changes}, self.others)


class Space:
    """The layers that one spec describes, on one chip."""

    def __init__(self, formulas: Formulas, judge: Judge) -> None:
        self.formulas, self.judge = formulas, judge
        self.spec, self.rules = formulas.spec, {rule.name: rule for rule in judge.rules}
        count = (name for name, dim in self.spec.dims.items() if dim.from_.text == "pools.count")
        self.count = next(count, None)  # the dimension that says how many destinations there are
        self.derived: dict[str, Derived | Memory] = {
            **self.spec.shapes,
            **self.spec.destination_shapes,
            **self.spec.memory,
        }
        self.spoken = {name: names_in(rule.rule.must.tree) for name, rule in self.rules.items()}
        self.limited = {name: limited(rule.must.tree) for name, rule in self.spec.rules.items()}
        self.equal = {name: list(equalities(rule)) for name, rule in self.spec.rules.items()}
        self._tied: dict[tuple[str, str], list[str]] = {}
        self._verdicts: dict[Any, Judgement] = {}
        self._behind: dict[int, list[str]] = {}
        self._derivations: dict[tuple[str, ...], list[str]] = {}
        self.runs = {name: formulas.interpreter.compile(part.is_.tree) for name, part in self.derived.items()}
        self.unit = self._settled(Point(formulas.unit))

    def _settled(self, point: Point) -> Point:
        """The smallest layer that the chip takes: what breaks a limit goes to its lower end, maps grow."""
        for rule in self.broken(point):
            for limit, names in self.limited[rule].items():
                ends = [end for end in edges(self.limit(limit)) if isinstance(end, int)]
                values = {name: point.values.get(name) for name in names if name in self.formulas.dims}
                wrong = [name for name, value in values.items() if ends and value not in self.limit(limit)]
                point = point.changed({dim: ends[0] for name in wrong for dim in self.tied(name, "")})
        for size in SIZES:
            for name in self.spec.dims if self.broken(point) else ():
                if isinstance(point.values.get(name), int):
                    larger = point.changed(dict.fromkeys(self.together(name), size))
                    point = min(point, larger, key=lambda one: len(self.broken(one)))
        return point

    def layout(self, point: Point) -> Layout:
        """The layer as the judge takes it."""
        values = {name: point.values[name] for name in self.spec.dims if name in point.values}
        one = {name: point.values[name] for name in self.spec.destination_dims}
        number = point.values[self.count] if self.count else 1
        return Layout(values, tuple({**one, **other} for other in self._others(point, number)))

    def _others(self, point: Point, number: int) -> Iterator[Values]:
        for index in range(number):
            yield point.others[index] if index < len(point.others) else {}

    def verdict(self, point: Point) -> Judgement:
        """What the chip says of the layer; each layer is judged once."""
        key = (tuple(point.values.items()), tuple(tuple(other.items()) for other in point.others))
        if key not in self._verdicts:
            self._verdicts[key] = self.judge.judge_layout(self.layout(point))
        return self._verdicts[key]

    def broken(self, point: Point) -> list[str]:
        """The rules that the layer breaks."""
        return [violation.rule for violation in self.verdict(point).violations]

    def environment(self, point: Point, names: Iterable[str]) -> dict[str, Any]:
        """Values for a formula over these names, with the constants of the chip."""
        env = {**self.judge.constants, **point.values}
        key = tuple(names)
        if key not in self._derivations:
            self._derivations[key] = list(
                dict.fromkeys(part for name in key for part in self._derivation(name))
            )
        for name in self._derivations[key]:
            env[name] = outcome(self.runs[name], env)
        return env

    def _derivation(self, name: str) -> Iterator[str]:
        """What must be derived for a name, in order, itself last."""
        if name in self.derived:
            for other in names_in(self.derived[name].is_.tree):
                yield from self._derivation(other)
            yield name

    def behind(self, tree: Tree) -> list[str]:
        """The dimensions that a formula depends on, through derived values too."""
        if id(tree) not in self._behind:
            self._behind[id(tree)] = list(dict.fromkeys(self._dims_of(tree)))
        return self._behind[id(tree)]

    def _dims_of(self, tree: Tree) -> Iterator[str]:
        for name in names_in(tree):
            if name in self.derived:
                yield from self._dims_of(self.derived[name].is_.tree)
            elif name in self.formulas.dims:
                yield name

    def tied(self, name: str, apart_from: str) -> list[str]:
        """The dimensions that other rules make equal to this one, itself included."""
        if (name, apart_from) not in self._tied:
            pairs = [pair for rule, equal in self.equal.items() if rule != apart_from for pair in equal]
            group, before = {name}, set[str]()
            while group != before:
                before = set(group)
                group |= {end for pair in pairs if group & set(pair) for end in pair}
            self._tied[name, apart_from] = [dim for dim in self.formulas.dims if dim in group]
        return self._tied[name, apart_from]

    def together(self, name: str) -> list[str]:
        """The dimensions that some rule holds to the same limit, such as both axes; they vary as one."""
        group = set(self.tied(name, ""))
        for limits in self.limited.values():
            for mates in limits.values():
                behind = {dim for mate in mates for dim in self.tied(mate, "")}
                if len(mates) > 1 and group & behind:
                    group |= behind
        return [dim for dim in self.formulas.dims if dim in group]

    def limit(self, name: str) -> Limit:
        """A limit of the chip, such as ``chip.stride``."""
        limit = self.judge.constants[name]
        assert isinstance(limit, Limit)
        return limit

    def limits(self, tree: Tree) -> list[Limit]:
        """The limits of the chip that a formula speaks of."""
        found = (self.judge.constants.get(name) for name in names_in(tree))
        return [limit for limit in found if isinstance(limit, Limit)]


def equalities(rule: Rule) -> Iterator[tuple[str, str]]:
    """Pairs of names that a rule wants equal; a rule with an alternative wants nothing for sure."""
    tree = rule.must.tree
    items = tree.items if isinstance(tree, t.Logic) and tree.op == "and" else (tree,)
    for item in items:
        match item:
            case t.Compare(op="==", left=t.Name(id=left), right=t.Name(id=right)):
                yield left, right


def limited(tree: Tree) -> dict[str, list[str]]:
    """For each limit of the chip that a rule speaks of, the names that are held to it."""
    found: dict[str, list[str]] = {}
    for left, right in comparisons(tree):
        if isinstance(left, t.Name) and isinstance(right, t.Name) and right.id.startswith("chip."):
            found.setdefault(right.id, []).append(left.id)
    return found


def edges(limit: Limit) -> list[Any]:
    """The values at the ends of a limit; of a set, its members."""
    if limit.one_of is not None:
        return list(limit.one_of)
    return [end for end in (limit.min, limit.max) if end is not None]
