"""Vectors of the class: a layer from its arguments, in the terms of the roles that they play.

Candidates vary the fields of the arguments, one by one and together. Those are kept that show a
default, a domain or an axis, or that catch a mistake in a rule or a size which no earlier one catches.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, TypeAlias

from dynapspec.emit.conformance.case import Case, Verdict
from dynapspec.emit.conformance.dice import Dice
from dynapspec.emit.conformance.ground import equalities
from dynapspec.emit.conformance.mistakes import outcome
from dynapspec.formula import compile_formula, names_in
from dynapspec.formula.changes import changes, flag_of, same_kind
from dynapspec.formula.evaluate import Run
from dynapspec.interpret import LayerInterpreter
from dynapspec.interpret.answers import Answers
from dynapspec.interpret.description import Description
from dynapspec.model.layer_spec import Dim, Rule
from dynapspec.model.values import Interval

Values: TypeAlias = dict[str, Any]
Suspect: TypeAlias = tuple[str, Run, Run]  # a flag, the right formula and the mistaken one

ROUNDS = 150  # pseudo-random layers
REACH = 6  # of their sizes: small enough that rules are broken often, and by one step
MANY = 3  # destinations at most
LEVELS = (5, -3)  # words of weights and potentials; every field gets a value of its own


class Construction:
    """The layers of one layer spec, as values of its dimensions and as arguments."""

    def __init__(self, interpreter: LayerInterpreter) -> None:
        self.interpreter, self.spec = interpreter, interpreter.spec
        self.answers = Answers(interpreter)
        self.count = next((n for n, dim in self.spec.dims.items() if dim.from_.text == "pools.count"), None)
        self.axes = next(a.axes for a in self.spec.api.arguments.values() if a.role == "input_shape")

    @cached_property
    def behind(self) -> set[str]:
        """The names that the sizes and the rules of the class depend on; what else there is stays out."""
        spec = self.spec
        parts = (*spec.shapes.values(), *spec.destination_shapes.values())
        trees = [part.is_.tree for part in parts]
        trees += [rule.must.tree for rule in spec.rules.values() if rule.refuse]
        return {name for tree in trees for name in names_in(tree)}

    def given(self, values: Values, pools: list[Values]) -> dict[str, Any]:
        """The arguments, by role; a dimension without a value is left out."""
        roles: dict[str, Any] = {"input_shape": {}, "synapses": {}, "neurons": {}}
        for name, value in values.items():
            dim = self.spec.dims[name]
            if dim.from_.role in roles:
                _put(roles[dim.from_.role], dim.from_.fields, value)
        leaving: list[Any] = [{} for _ in pools]
        for target, one in zip(leaving, pools, strict=True):
            for name, value in one.items():
                _put(target, self.spec.destination_dims[name].from_.fields, value)
        sizes = roles.pop("input_shape")
        shape = [sizes.get(axis) for axis in self.axes]
        return {"input_shape": shape, **roles, "pools": leaving}

    def case(self, name: str, values: Values, pools: list[Values], flags: tuple[str, ...]) -> Case:
        """One vector; the clause is that of the first thing that is refused, or of the class."""
        given = self.given(values, pools)
        expected = self.answers.answer("construct", given)
        layer, refused = self.interpreter.layer, expected.get("refused")
        broken = next((rule for rule in refused or () if rule in self.spec.rules), None)
        clause = layer.clause("rules", broken) if broken else layer.clause("dims")
        verdict: Verdict = "invalid" if refused else "valid"
        return Case(f"{layer.name}/construct/{name}", clause, verdict, given, expected, flags, numbers=False)

    def environment(self, values: Values, pools: list[Values]) -> Mapping[str, Any] | None:
        """Values for the formulas, every size included; None for what is no layer."""
        given = self.given(values, pools)
        layout = self.interpreter.read(
            Description(
                tuple(given["input_shape"]), given["synapses"], given["neurons"], tuple(given["pools"])
            )
        )
        env = {**layout.values, **(layout.destinations[0] if layout.destinations else {})}
        for name, _, run in (*self.interpreter.shapes, *self.interpreter.destination_shapes):
            env[name] = outcome(run, env)
        return env


def _put(target: Any, fields: tuple[str, ...], value: Any) -> None:
    """Sets a field: both axes of a pair stand beside each other, rows first."""
    *outer, last = fields
    for field in outer:
        target = target.setdefault(field, {})
    target[last] = value


def construct_cases(interpreter: LayerInterpreter) -> Iterator[Case]:
    """Layers that show each argument, and layers that the class refuses."""
    made = Construction(interpreter)
    known: set[str] = set()
    for case in (*_fields(made), *_edges(made), *_searched(made)):
        text = json.dumps(case.input)
        if text not in known:
            known.add(text)
            yield case


def _fields(made: Construction) -> Iterator[Case]:
    """Only what is required; then each other field alone; then all of them."""
    base, every = _least(made), _distinct(made)
    dims, leaving = made.spec.dims, made.spec.destination_dims
    yield made.case("required-alone", base, [{}], ("default-ignored",))
    for name, dim in dims.items():
        if name not in base and name != made.count:
            yield made.case(f"with-{name}", {**base, name: every[name]}, [{}], (f"ignores-{name}",))
        if dim.none is not None:
            yield made.case(f"without-{name}", {**base, name: None}, [{}], ("none-ignored",))
        if isinstance(dim.domain, tuple):
            for word in dim.domain:
                yield made.case(f"{name}-{word}", {**base, name: word}, [{}], (f"ignores-{name}",))
    own = {name: every[name] for name in dims if name != made.count}
    yield made.case("every-field", own, [{name: every[name] for name in leaving}], ("axes-swapped",))
    for number in range(MANY + 1) if made.count else ():
        yield made.case(f"to-{number}-destinations", base, [{}] * number, ("destinations-ignored",))


def _edges(made: Construction) -> Iterator[Case]:
    """Every dimension at both ends of its domain, and one step beyond."""
    base = _least(made)
    for section in (made.spec.dims, made.spec.destination_dims):
        for name, dim in section.items():
            if isinstance(dim.domain, Interval) and name != made.count:
                for value in (dim.domain.low, dim.domain.high):
                    for step in (0, -1 if value == dim.domain.low else 1):
                        yield _with(made, base, name, value + step, bool(step))


def _with(made: Construction, base: Values, name: str, value: int, beyond: bool) -> Case:
    flags = ("domain-too-large" if beyond else "domain-too-small",)
    if name in made.spec.destination_dims:
        return made.case(f"{name}={value}", base, [{name: value}], flags)
    return made.case(f"{name}={value}", {**base, name: value}, [{}], flags)


def _searched(made: Construction) -> Iterator[Case]:
    """Pseudo-random layers that tell the rules and sizes of the class from mistaken ones."""
    suspects, dice = list(_suspects(made)), Dice(len(made.spec.dims))
    for index in range(ROUNDS):
        values, pools = _drawn(made, dice)
        env = made.environment(values, pools)
        caught = [one for one in suspects if outcome(one[1], env) != outcome(one[2], env)]
        if caught:
            suspects = [one for one in suspects if one not in caught]
            flags = tuple(dict.fromkeys(flag for flag, _, _ in caught))
            yield made.case(f"drawn-{index}", values, pools, flags)


def _suspects(made: Construction) -> Iterator[Suspect]:
    """The rules of the class with one change each."""
    functions, spec = made.interpreter.functions, made.spec
    dims = (*spec.dims.items(), *spec.destination_dims.items())
    kinds: dict[str, str] = {name: dim.kind for name, dim in dims}
    kinds |= {name: shape.kind for name, shape in spec.shapes.items()}
    alike = same_kind(kinds)
    for rule in (rule for rule in spec.rules.values() if rule.refuse):
        right = compile_formula(rule.must.tree, functions)
        for kind, tree in changes(rule.must.tree, tuple(functions), alike):
            yield flag_of(kind), right, compile_formula(tree, functions)


def _drawn(made: Construction, dice: Dice) -> tuple[Values, list[Values]]:
    """A small layer; what rules make equal is equal more often than not."""
    spec, tied = made.spec, dice.below(4) > 0
    values = {
        name: _some(dim, dice)
        for name, dim in spec.dims.items()
        if isinstance(dim.domain, Interval) and (dim.default is None or name in made.behind)
    }
    pool = {n: _some(dim, dice) for n, dim in spec.destination_dims.items()}
    if tied:
        for rule in spec.rules.values():
            _tie(rule, values, pool)
    values.pop(made.count or "", None)
    return values, [pool]


def _tie(rule: Rule, values: Values, pool: Values) -> None:
    """Makes the sides of an equation equal."""
    for left, right in equalities(rule):
        for group in (values, pool):
            if left in group and right in group:
                group[left] = group[right]


def _some(dim: Dim, dice: Dice) -> int:
    assert isinstance(dim.domain, Interval)
    return min(dim.domain.high, dim.domain.low + dice.below(REACH))


def _least(made: Construction) -> Values:
    """The smallest layer of required fields alone."""
    return {n: _lowest(dim) for n, dim in made.spec.dims.items() if dim.default is None and not dim.optional}


def _lowest(dim: Dim) -> Any:
    return dim.domain.low if isinstance(dim.domain, Interval) else True


def _distinct(made: Construction) -> Values:
    """A layer with every field, no two of them alike where that is possible."""
    found: Values = {}
    for index, (name, dim) in enumerate({**made.spec.dims, **made.spec.destination_dims}.items()):
        if isinstance(dim.domain, Interval):
            found[name] = min(dim.domain.high, dim.domain.low + 1 + index)
        elif isinstance(dim.domain, tuple):
            found[name] = dim.domain[-1]
        else:
            found[name] = True if dim.kind == "bool" else LEVELS[index % 2] * (index + 1)
    return found
