"""One side of a question: a layer spec, and a chip where rules are asked about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dynapspec.formula import Tree
from dynapspec.formula.tree import walk
from dynapspec.model import Chip, Layer
from dynapspec.prove.encode import Encoder, Obligation, Unsupported
from dynapspec.prove.library import z3
from dynapspec.prove.reach import Reach
from dynapspec.prove.space import Space, domain_of, fixed
from dynapspec.prove.terms import Term, const

Core = Mapping[str, int]


class Side:
    """Encodes the formulas and rules of a layer spec over the variables of a space."""

    def __init__(self, space: Space, layer: Layer, chip: Chip | None = None) -> None:
        self.space, self.layer, self.spec, self.chip = space, layer, layer.spec, chip
        self.reach = Reach(layer, chip)
        self.dims, self.derived = self.reach.dims, self.reach.derived
        self._known: dict[str, tuple[Any, list[Obligation]]] = {}

    # ── Formulas ────────────────────────────────────────────────────────────────────────────────

    def encode(self, tree: Tree, core: Core | None = None) -> tuple[Any, list[Obligation]]:
        """A formula, and what must hold for all its operators to be defined."""
        encoder = Encoder(str, self.spec.functions, self.space.code)
        encoder.lookup = lambda name: self._lookup(name, core or {}, encoder)
        return encoder.value(tree), encoder.obligations

    def _lookup(self, name: str, core: Core, encoder: Encoder) -> Any:
        if name in self.derived:
            if name not in self._known:
                self._known[name] = self.encode(self.derived[name])
            value, obligations = self._known[name]
            encoder.obligations += obligations
            return value
        if name in self.dims:
            return self._dimension(name)
        if name in core:
            return const(core[name])
        if name not in self.reach.constants:
            raise Unsupported(f"{name} is not known here")
        known = self.reach.constants[name]
        return const(known) if isinstance(known, int) else known

    def _dimension(self, name: str) -> Any:
        if name in self.space.variables:
            return self.space.variables[name].value
        dim = self.dims[name]
        if dim.default is None and not dim.optional:
            raise Unsupported(f"only one side has the dimension {name}")
        return fixed(dim, self.space.code)

    def own(self, tree: Tree) -> tuple[list[Obligation], list[Obligation]]:
        """What the operators of a formula ask for, and what those of the values that it names do."""
        _, obligations = self.encode(tree, self.any_core())
        own = {id(node) for node in walk(tree)}
        mine = [one for one in obligations if id(one.node) in own]
        return mine, [one for one in obligations if id(one.node) not in own]

    def needs(self, tree: Tree) -> set[str]:
        """Rules without which some value in a formula is undefined."""
        return self.reach.needs(tree)

    def known(self, tree: Tree) -> Any:
        """Every dimension that a formula depends on has a value; those of a destination need one."""
        used = dict.fromkeys(self.reach.used(tree))
        there = [self._destinations() > 0] if self.spec.destination_dims.keys() & used else []
        return z3().And(*there, *[self._present(name) for name in used])

    # ── Rules ───────────────────────────────────────────────────────────────────────────────────

    def holds(self, name: str) -> Any:
        """Whether a rule is not broken; one about something unknown or undefined is not."""
        rule = self.spec.rules[name]
        held = z3().Or(*[self._must(rule.must.tree, core) for core in self._cores(rule.some)])
        if rule.each:
            held = z3().Or(self._destinations() == 0, held)
        return held

    def _must(self, tree: Tree, core: Core) -> Any:
        held, obligations = self.encode(tree, core)
        unknown = [z3().Not(self._present(name)) for name in dict.fromkeys(self.reach.used(tree))]
        return z3().Or(*unknown, *[z3().And(o.path, z3().Not(o.met)) for o in obligations], held)

    def _present(self, name: str) -> Any:
        if name in self.space.variables:
            return self.space.variables[name].present
        return z3().BoolVal(not self.dims[name].optional)

    def _cores(self, some: str | None) -> Sequence[Core]:
        """The memories of each kind of core, or one empty table for a rule about the layer alone."""
        if some is None or self.chip is None:
            return [{}]
        tables = [tuple(core.words.items()) for core in self.chip.spec.cores.values()]
        return [{f"core.{key}": words for key, words in table} for table in dict.fromkeys(tables)]

    def any_core(self) -> Core:
        """The memories of the first core, for a formula that compares with some core."""
        return self._cores("cores")[0]

    def _destinations(self) -> Any:
        for name, dim in self.dims.items():
            if dim.from_.text == "pools.count":
                return self._dimension(name).expr
        return z3().IntVal(1)

    def refusals(self) -> list[str]:
        """Rules that every layer keeps, whatever the chip."""
        return [name for name, rule in self.spec.rules.items() if rule.refuse]

    def in_domain(self) -> Any:
        """Every dimension lies in its domain on this side."""
        parts = []
        for name, variable in self.space.variables.items():
            if name in self.dims and isinstance(variable.value, Term) and not self.dims[name].optional:
                low, high = domain_of(self.dims[name], self.space.code)
                parts += [low <= variable.symbol, variable.symbol <= high]
        return z3().And(*parts)

    def legal(self) -> Any:
        """No rule is broken and every dimension lies in its domain."""
        return z3().And(self.in_domain(), *[self.holds(name) for name in self.spec.rules])


def conjunction(obligations: Sequence[Obligation]) -> Any:
    """Every operator is defined."""
    return z3().And(*[z3().Implies(o.path, o.met) for o in obligations])
