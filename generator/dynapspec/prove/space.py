"""The layers that a question is about: one variable for each dimension, within its domain.

All destinations of a layer are taken to be alike. Nothing is lost by that: a rule about
destinations holds for all of them or fails for one, and a layer may have copies of that one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from dynapspec.formula import tree as t
from dynapspec.interpret import Layout
from dynapspec.model import Chip, LayerSpec, Limit
from dynapspec.model.layer_spec import Dim
from dynapspec.model.scope import chip_values
from dynapspec.model.values import Interval
from dynapspec.prove.library import z3
from dynapspec.prove.terms import Term, const

Bounds: TypeAlias = Mapping[str, tuple[int, int]]
WORD = 2**63  # no word of the spec language is wider than 64 bits, its sign included


@dataclass(frozen=True, slots=True)
class Variable:
    """One dimension: a term or a truth value, and whether the layer has it at all."""

    name: str
    dim: Dim
    value: Any
    present: Any

    @property
    def symbol(self) -> Any:
        """The bare expression."""
        return self.value.expr if isinstance(self.value, Term) else self.value


class Space:
    """Variables for the dimensions of a layer spec; ``bounds`` narrows those that rules keep small."""

    def __init__(self, spec: LayerSpec, bounds: Bounds | None = None) -> None:
        self.spec = spec
        self.codes: dict[str, int] = {}
        self.constraints: list[Any] = []
        dims = {**spec.dims, **spec.destination_dims}
        self.variables = {name: self._variable(name, dim, bounds or {}) for name, dim in dims.items()}

    def code(self, text: str) -> int:
        """The number that stands for a name, such as a padding mode."""
        return self.codes.setdefault(text, len(self.codes))

    def _variable(self, name: str, dim: Dim, bounds: Bounds) -> Variable:
        if dim.kind == "bool":
            return Variable(name, dim, z3().Bool(name), z3().BoolVal(True))
        low, high = domain_of(dim, self.code)
        if name in bounds:
            low, high = max(low, bounds[name][0]), min(high, bounds[name][1])
        symbol = z3().Int(name)
        self.constraints += [symbol >= low, symbol <= high]
        present = z3().Bool(f"{name} is known") if dim.optional else z3().BoolVal(True)
        return Variable(name, dim, Term(symbol, low, high), present)

    def default(self, variable: Variable) -> Any:
        """The condition that a dimension is as most layers have it; None where the spec has no default."""
        if variable.dim.optional:
            return z3().Not(variable.present)
        if variable.dim.default is None:
            return None
        return variable.symbol == self.coded(variable.dim.default)

    def coded(self, value: Any) -> Any:
        """A value of the spec as the solver has it."""
        return self.code(value) if isinstance(value, str) else value

    def layout(self, model: Any) -> Layout:
        """The layer that a model of the solver describes."""
        names = {code: text for text, code in self.codes.items()}
        values = {
            name: _read(model, variable, names)
            for name, variable in self.variables.items()
            if z3().is_true(model.eval(variable.present, model_completion=True))
        }
        return layout_of(values, self.spec)


def layout_of(values: Mapping[str, Any], spec: LayerSpec) -> Layout:
    """Values of dimensions as a layout; each destination is like the others."""
    leaving = {name: values[name] for name in spec.destination_dims if name in values}
    inside = {name: values[name] for name in spec.dims if name in values}
    count = next((name for name, dim in spec.dims.items() if dim.from_.text == "pools.count"), None)
    return Layout(inside, (leaving,) * (inside[count] if count else 1))


def domain_of(dim: Dim, code: Any) -> tuple[int, int]:
    """The least and the greatest value of a dimension."""
    if isinstance(dim.domain, Interval):
        return dim.domain.low, dim.domain.high
    if dim.domain is not None:
        codes = [code(text) for text in dim.domain]
        return min(codes), max(codes)
    return -WORD, WORD


def _read(model: Any, variable: Variable, names: Mapping[int, str]) -> Any:
    found = model.eval(variable.symbol, model_completion=True)
    if variable.dim.kind == "bool":
        return z3().is_true(found)
    value = found.as_long()
    return names[value] if variable.dim.kind == "name" else value


def narrowed(spec: LayerSpec, chip: Chip | None, rules: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Bounds of dimensions that follow at a glance from rules that hold: few values make few cases."""
    limits = chip_values(chip.spec) if chip else {}
    bounds: dict[str, tuple[int, int]] = {}
    same: list[tuple[str, str]] = []
    for rule in (spec.rules[name] for name in rules):
        for part in _conjuncts(rule.must.tree) if rule.some is None else ():
            match part:
                case t.Compare(op="in", left=t.Name(id=name), right=t.Name(id=limit)):
                    _tighten(bounds, name, _ends(limits.get(limit)))
                case t.Compare(op="==", left=t.Name(id=name), right=t.Name(id=other)):
                    same.append((name, other))
    for one, other in same:
        _tighten(bounds, one, bounds.get(other))
        _tighten(bounds, other, bounds.get(one))
    known = {**spec.dims, **spec.destination_dims}
    return {name: ends for name, ends in bounds.items() if name in known and not known[name].optional}


def capped(spec: LayerSpec, bounds: Bounds, size: int) -> dict[str, tuple[int, int]]:
    """The same bounds, and no size above a given one."""
    dims = {**spec.dims, **spec.destination_dims}
    sizes = [name for name, dim in dims.items() if dim.kind not in ("bool", "name", "level")]
    cut = {name: bounds.get(name, (-WORD, WORD)) for name in sizes}
    return {**bounds, **{name: (low, min(high, size)) for name, (low, high) in cut.items()}}


def _conjuncts(tree: t.Tree) -> list[t.Tree]:
    if isinstance(tree, t.Logic) and tree.op == "and":
        return [part for item in tree.items for part in _conjuncts(item)]
    return [tree]


def _ends(limit: Any) -> tuple[int, int] | None:
    if not isinstance(limit, Limit):
        return None
    if limit.one_of is not None:
        numbers = [value for value in limit.one_of if isinstance(value, int)]
        return (min(numbers), max(numbers)) if numbers else None
    return (-WORD if limit.min is None else limit.min), (WORD if limit.max is None else limit.max)


def _tighten(bounds: dict[str, tuple[int, int]], name: str, ends: tuple[int, int] | None) -> None:
    if ends is not None:
        low, high = bounds.get(name, (-WORD, WORD))
        bounds[name] = max(low, ends[0]), min(high, ends[1])


def fixed(dim: Dim, code: Any) -> Any:
    """The value of a dimension that only the other side's spec lacks: its default, as a term."""
    if dim.kind == "bool":
        return z3().BoolVal(bool(dim.default))
    return const(code(dim.default) if isinstance(dim.default, str) else int(dim.default or 0))
