"""Formulas of a layer spec as Python functions of its dimensions."""

from __future__ import annotations

from collections.abc import Mapping

from dynapspec.formula import Tree, names_in
from dynapspec.formula.python import PythonPrinter
from dynapspec.formula.tree import calls_in
from dynapspec.model import Layer
from dynapspec.model.layer_spec import Dim
from dynapspec.model.scope import width_values
from dynapspec.model.values import Interval

BASE_HELPERS = ("ceil_log2", "pow2")


class Formulas:
    """Prints the whole-number formulas of one layer spec."""

    def __init__(self, layer: Layer) -> None:
        self.layer, self.spec = layer, layer.spec
        self.widths: Mapping[str, int] = width_values(self.spec)
        spec = self.spec
        self.order = [
            *spec.dims,
            *spec.shapes,
            *spec.memory,
            *spec.destination_dims,
            *spec.destination_shapes,
        ]
        self.printer = PythonPrinter(self.constant)

    def constant(self, name: str) -> str:
        """Widths are constants in code; every other name stays."""
        return str(self.widths[name]) if name in self.widths else name

    def code(self, tree: Tree) -> str:
        """A formula with its names as variables."""
        return self.printer.show(tree)

    def arguments(self, tree: Tree) -> list[str]:
        """The names that a formula uses, in the order in which the spec defines them."""
        used = set(names_in(tree))
        return [name for name in self.order if name in used]

    def signature(self, names: list[str]) -> str:
        """Parameters of a function of these names."""
        return ", ".join(f"{name}: {'bool' if self.kind(name) == 'bool' else 'int'}" for name in names)

    def kind(self, name: str) -> str:
        """The kind of a named value."""
        for section in (self.spec.dims, self.spec.destination_dims):
            if name in section:
                return section[name].kind
        return "count"

    def doc(self, name: str) -> str:
        """What a named value means."""
        spec = self.spec
        for section in (spec.dims, spec.destination_dims, spec.shapes, spec.destination_shapes, spec.memory):
            if name in section:
                return str(section[name].doc)
        return name

    def undefinable(self, name: str) -> bool:
        """Whether the value can be unknown, or undefined because a rule is broken."""
        dim = self.spec.dims.get(name)
        return dim.optional if dim else name not in self.spec.destination_dims

    def domain(self, names: list[str]) -> str:
        """A condition that all of these dimensions lie in their domains."""
        parts = [
            between(name, dim)
            for name in names
            if (dim := self.dim(name)) and isinstance(dim.domain, Interval)
        ]
        return " and ".join(parts) or "True"

    def dim(self, name: str) -> Dim | None:
        """The dimension of that name, of the layer or of a destination."""
        return self.spec.dims.get(name) or self.spec.destination_dims.get(name)

    def helpers(self, *trees: Tree) -> str:
        """The arithmetic functions that these formulas call, for an import; at least one."""
        called = {name for tree in trees for name in calls_in(tree)}
        known = [name for name in (*BASE_HELPERS, *self.spec.functions) if name in called]
        return ", ".join(known or BASE_HELPERS)


def between(name: str, dim: Dim) -> str:
    """A condition that a dimension lies in its domain."""
    assert isinstance(dim.domain, Interval)
    return f"{dim.domain.low} <= {name} <= {dim.domain.high}"
