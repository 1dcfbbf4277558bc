"""What a formula of a layer spec hangs on: dimensions, values derived from them, needed rules, limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dynapspec.formula import Tree, names_in
from dynapspec.formula import tree as t
from dynapspec.model import Chip, Layer
from dynapspec.model.check_layer import needed
from dynapspec.model.layer_spec import Derived, Dim, Memory
from dynapspec.model.scope import chip_values, width_values


class Reach:
    """The names of one layer spec, and of a chip where rules are asked about."""

    def __init__(self, layer: Layer, chip: Chip | None = None) -> None:
        self.layer, self.spec, self.chip = layer, layer.spec, chip
        self.dims: dict[str, Dim] = {**self.spec.dims, **self.spec.destination_dims}
        self.parts: dict[str, Derived | Memory] = {**self.spec.shapes, **self.spec.destination_shapes}
        self.parts.update(self.spec.memory)
        self.derived = {name: part.is_.tree for name, part in self.parts.items()}
        for name, memory in self.spec.memory.items():
            self.parts[f"{name}.used"] = memory
            self.derived[f"{name}.used"] = memory.used.tree
        self.constants = {**width_values(self.spec), **(chip_values(chip.spec) if chip else {})}
        tables = [core.words for core in chip.spec.cores.values()] if chip else []
        keys = dict.fromkeys(key for table in tables for key in table)
        self.cores = {f"core.{key}": [table[key] for table in tables if key in table] for key in keys}

    def used(self, tree: Tree) -> Iterator[str]:
        """Dimensions that a formula depends on, through shapes and memories."""
        for name in names_in(tree):
            if name in self.derived:
                yield from self.used(self.derived[name])
            elif name in self.dims:
                yield name

    def needs(self, tree: Tree) -> set[str]:
        """Rules without which some value in a formula is undefined."""
        found: set[str] = set()
        for name in names_in(tree):
            if name in self.parts:
                found |= {*needed(self.parts[name].needs), *self.needs(self.derived[name])}
        return self.with_needs(found)

    def with_needs(self, rules: Iterable[str]) -> set[str]:
        """Some rules, and those that their own formulas and `needs` ask for."""
        found: set[str] = set()
        waiting = list(rules)
        while waiting:
            rule = waiting.pop()
            if rule not in found:
                found.add(rule)
                waiting += [
                    *needed(self.spec.rules[rule].needs),
                    *self.needs(self.spec.rules[rule].must.tree),
                ]
        return found

    def speaks_of_a_chip(self, tree: Tree) -> bool:
        """Whether the value of a formula depends on the chip."""
        return any(name.startswith(("chip.", "core.")) for name in names_in(tree))

    def names(self, tree: Tree) -> Iterator[str]:
        """Every name that a formula hangs on, derived ones and their parts too."""
        for name in names_in(tree):
            yield name
            if name in self.derived:
                yield from self.names(self.derived[name])

    def key(self, trees: Iterable[Tree], rules: Iterable[str]) -> str:
        """All that the answer to a question depends on: questions with the same key have the same answer."""
        known: dict[str, object] = {}
        for rule in sorted(rules):
            part = self.spec.rules[rule]
            known[f"rule {rule}"] = (part.must.text, part.each, part.some)
        musts = [self.spec.rules[rule].must.tree for rule in sorted(rules)]
        for tree in (*trees, *musts):
            known.update((name, self._meaning(name)) for name in self.names(tree))
            known.update((call, self._function(call)) for call in t.calls_in(tree))
        dims = {name: (dim.kind, str(dim.domain), dim.default) for name, dim in self.dims.items()}
        functions = [(name, f.is_.text) for name, f in self.spec.functions.items()]
        return repr((sorted(known.items()), dims, functions))

    def _meaning(self, name: str) -> str:
        if name in self.derived:
            return repr(self.derived[name])
        return str(self.constants.get(name, self.cores.get(name, "")))

    def _function(self, call: str) -> str:
        return self.spec.functions[call].is_.text if call in self.spec.functions else ""
