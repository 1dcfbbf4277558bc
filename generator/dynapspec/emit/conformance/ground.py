"""What the rules of a layer spec have to do with its dimensions, and every layer that was looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, TypeAlias

from dynapspec.emit.conformance.common import OF_CHIP, Common, Known
from dynapspec.emit.conformance.formulas import Formulas, Mistakes
from dynapspec.emit.conformance.mistakes import compile_mistake, fixed, mistaken, outcome
from dynapspec.emit.conformance.recall import Recall
from dynapspec.emit.conformance.verdicts import signature
from dynapspec.formula import Tree, names_in
from dynapspec.formula import tree as t
from dynapspec.interpret import Layout
from dynapspec.interpret.chip import comparisons
from dynapspec.model import Limit
from dynapspec.model.layer_spec import Derived, Memory, Rule

Values: TypeAlias = Mapping[str, Any]


class Point:
    """One layer: values of its dimensions, and the values of each destination that differ from them."""

    __slots__ = ("known", "others", "values")

    def __init__(self, values: Values, others: tuple[Values, ...] = ()) -> None:
        self.values, self.others = values, others
        self.known: Known | None = None  # its record, once somebody asked for it

    def __repr__(self) -> str:
        return f"Point({self.values!r}, {self.others!r})"

    def changed(self, changes: Values) -> Point:
        """The layer with other values."""
        return Point({**self.values, **changes}, self.others)


class Ground:
    """One layer spec, for the search on any chip."""

    def __init__(self, formulas: Formulas) -> None:
        self.formulas, self.spec = formulas, formulas.spec
        self.common = Common(formulas.interpreter)
        self.rules = self.common.rules
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
        self.runs = {name: formulas.interpreter.compile(part.is_.tree) for name, part in self.derived.items()}
        self.recall = Recall()
        self._values: dict[str, Any] = {}
        self._words: dict[Any, int | None] = {}
        self._known: dict[Any, Known] = {}
        self._tied: dict[tuple[str, str], list[str]] = {}
        self._behind: dict[int, list[str]] = {}
        self._derivations: dict[tuple[str, ...], list[str]] = {}
        self._together: dict[str, list[str]] = {}
        self._of_chip: dict[int, list[str]] = {}

    @cached_property
    def mistakes(self) -> dict[str, Mistakes]:
        """Each rule with one mistake each."""
        return {name: self._mistaken(rule) for name, rule in self.spec.rules.items() if not rule.some}

    def _mistaken(self, rule: Rule) -> Mistakes:
        tree, functions = rule.must.tree, self.formulas.interpreter.functions
        trees, unit = [*mistaken(tree, functions)], self.formulas.unit
        trees += [(f"ignores-{dim}", fixed(tree, dim, unit[dim])) for dim in names_in(tree) if dim in unit]
        return [(flag, compile_mistake(wrong, functions)) for flag, wrong in trees]

    def sign(self, value: Any) -> str:
        """What rules see of a limit or width, as text; ``signed`` gives the value back."""
        text = signature(value)
        self._values.setdefault(text, value)
        return text

    def signed(self, text: str) -> Any:
        """The limit or width of that text."""
        return self._values[text]

    def known(self, point: Point) -> Known:
        """The one record of a layer."""
        if point.known is None:
            values = point.values  # True is 1 as a key, and another value in a vector
            key = (tuple(values.items()), tuple(map(type, values.values())), repr(point.others))
            found = self._known.get(key)
            if found is None:
                found = self._known[key] = Known(point, self.layout(point), self.common)
            point.known = found
        return point.known

    def words(self, point: Point, memory: str) -> int | None:
        """Words that a layer takes of a memory; None for what is no layer."""
        tree = self.spec.memory[memory].is_.tree
        key = memory, *(point.values.get(name) for name in self.behind(tree))
        if key not in self._words:
            env = dict(point.values)
            for name in self.derivations((memory,)):
                env[name] = outcome(self.runs[name], env)
            self._words[key] = env[memory]
        return self._words[key]

    def layout(self, point: Point) -> Layout:
        """The layer as the judge takes it."""
        values = {name: point.values[name] for name in self.spec.dims if name in point.values}
        one = {name: point.values[name] for name in self.spec.destination_dims}
        number = point.values[self.count] if self.count else 1
        return Layout(values, tuple({**one, **other} for other in self._others(point, number)))

    def _others(self, point: Point, number: int) -> Iterator[Values]:
        for index in range(number):
            yield point.others[index] if index < len(point.others) else {}

    def derivations(self, names: Iterable[str]) -> list[str]:
        """What must be derived for some names, in order."""
        key = tuple(names)
        if key not in self._derivations:
            self._derivations[key] = list(
                dict.fromkeys(part for name in key for part in self._derivation(name))
            )
        return self._derivations[key]

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

    def chip_names(self, tree: Tree) -> list[str]:
        """What a formula speaks of that is the chip's."""
        if id(tree) not in self._of_chip:
            self._of_chip[id(tree)] = [name for name in names_in(tree) if name.startswith(OF_CHIP)]
        return self._of_chip[id(tree)]

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
        if name not in self._together:
            group = set(self.tied(name, ""))
            for limits in self.limited.values():
                for mates in limits.values():
                    behind = {dim for mate in mates for dim in self.tied(mate, "")}
                    if len(mates) > 1 and group & behind:
                        group |= behind
            self._together[name] = [dim for dim in self.formulas.dims if dim in group]
        return self._together[name]


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
