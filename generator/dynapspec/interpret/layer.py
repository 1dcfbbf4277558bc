"""Runs a layer spec: its functions, dimensions, shapes, memories, and the rules that need no chip."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from dynapspec.formula import Undefined, compile_formula
from dynapspec.formula.evaluate import Run
from dynapspec.interpret.description import Description, Layout, Reader
from dynapspec.model import Layer, LayerSpec
from dynapspec.model.check_layer import needed
from dynapspec.model.layer_spec import Derived, Memory
from dynapspec.model.scope import width_values


class LayerInterpreter:
    """Everything that a layer spec says about one layer, whatever the chip."""

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        self.spec: LayerSpec = layer.spec
        self.widths = width_values(self.spec)
        self.functions = self._functions()
        none = {n: self.compile(d.none.tree)(self.widths) for n, d in self.spec.dims.items() if d.none}
        self.reader = Reader(self.spec, none)

    def compile(self, tree: Any) -> Run:
        """A formula as a callable, with the functions of this spec."""
        return compile_formula(tree, self.functions)

    def _functions(self) -> dict[str, Callable[..., Any]]:
        known: dict[str, Callable[..., Any]] = {}
        for name, function in self.spec.functions.items():
            body = compile_formula(function.is_.tree, known)
            known[name] = _function(body, tuple(function.of))
        return known

    @cached_property
    def shapes(self) -> list[tuple[str, list[str], Run]]:
        """Each shape of the layer: name, rules it needs, formula."""
        return [self._derived(name, shape) for name, shape in self.spec.shapes.items()]

    @cached_property
    def destination_shapes(self) -> list[tuple[str, list[str], Run]]:
        """Each shape of one destination."""
        return [self._derived(name, shape) for name, shape in self.spec.destination_shapes.items()]

    @cached_property
    def memories(self) -> list[tuple[str, list[str], Run, Run]]:
        """Each memory: name, rules it needs, words taken, words used."""
        return [
            (*self._derived(name, memory), self.compile(memory.used.tree))
            for name, memory in self.spec.memory.items()
        ]

    def _derived(self, name: str, part: Derived | Memory) -> tuple[str, list[str], Run]:
        return name, needed(part.needs), self.compile(part.is_.tree)

    def read(self, description: Description, where: str = "layer") -> Layout:
        """The dimensions of a described layer; raises InputError as :class:`Reader` does."""
        return self.reader.read(description, where)

    def memory(self, name: str, values: Mapping[str, Any]) -> int:
        """Words that a memory takes, from named values such as ``{"f": 8, "fy": 4, "fx": 4}``."""
        run = next(run for key, _, run, _ in self.memories if key == name)
        return int(run(values))


def _function(body: Run, arguments: tuple[str, ...]) -> Callable[..., Any]:
    def call(*values: Any) -> Any:
        return body(dict(zip(arguments, values, strict=True)))

    return call


def evaluate(run: Run, values: Mapping[str, Any]) -> Any:
    """The value of a formula, or None when it needs something that is unknown or undefined."""
    try:
        return run(values)
    except Undefined:
        return None
