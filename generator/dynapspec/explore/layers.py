"""The layers of a space as columns: the dimensions of one layer in many networks at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from dynapspec.explore.read import INDEX, Checked
from dynapspec.explore.space import Setting, Settings, SpaceLayer
from dynapspec.formula import tree as t
from dynapspec.formula.rewrite import mapped
from dynapspec.formula.vectors import Array, Run, compile_vectors
from dynapspec.interpret.description import lookup
from dynapspec.interpret.order import all_dims
from dynapspec.interpret.vectors import VectorJudge
from dynapspec.model.layer_spec import Dim
from dynapspec.model.values import Formula, Interval

Columns = Mapping[str, Array]
Roles = dict[str, Any]  # the fields of each role, as arrays


class LayerColumns:
    """One entry of the layers of a space, ready to run."""

    def __init__(self, layer: SpaceLayer, checked: Checked, judge: VectorJudge) -> None:
        self.judge, self.names = judge, {**judge.names}
        self.conv = self._settings(layer.conv)
        self.linear = self._settings(layer.linear)
        self.neurons = self._settings(layer.neurons) or (lambda env: {})
        self.repeat = self.compile(layer.repeat)
        self.pool = None if layer.pool is None else self._setting(layer.pool)

    def compile(self, formula: Formula) -> Run:
        """A formula of the space; the names of the layer spec are known in it."""
        return compile_vectors(_named(formula.tree, self.names), {}, self.names)

    def _settings(self, given: Settings | None) -> Callable[[Columns], Roles] | None:
        if given is None:
            return None
        runs = {key: self._setting(value) for key, value in given.items()}
        return lambda env: {key: run(env) for key, run in runs.items()}

    def _setting(self, value: Setting) -> Callable[[Columns], Any]:
        if isinstance(value, bool):
            held = np.bool_(value)
            return lambda env: held
        if isinstance(value, Formula):
            return self.compile(value)
        runs = [self.compile(one) for one in value]
        return lambda env: tuple(run(env) for run in runs)

    def dims(self, env: Columns, shape: tuple[Array, ...], index: int) -> dict[str, Array]:
        """The dimensions of the layer that receives a map of this shape, as far as they are stated."""
        known = {**env, INDEX: np.int64(index)}
        features, *size = shape
        synapses: Roles = {"in_channels": features}
        if self.conv is not None:
            synapses |= self.conv(known)
        elif self.linear is not None:
            stated = self.linear(known)
            synapses |= {"kernel_size": tuple(size), "out_channels": stated.pop("out_features"), **stated}
        axes = self.judge.interpreter.reader.axes
        pool: Roles = {"count": np.int64(1)}
        if self.pool is not None:
            window = self.pool(known)
            pool |= {"kernel_size": window, "stride": window}
        roles = {
            "input_shape": dict(zip(axes, shape, strict=True)),
            "synapses": synapses,
            "neurons": self.neurons(known),
            "pools": pool,
        }
        return dict(self._read(roles))

    def _read(self, roles: Roles) -> Any:
        for name, dim in all_dims(self.judge.spec).items():
            found, value = lookup(roles.get(dim.from_.role, {}), dim.from_)
            if found and not isinstance(value, Mapping):
                yield name, np.asarray(value, bool) if dim.kind == "bool" else value
            elif dim.default is not None:
                yield name, self.judge.defaults[name]


def inside(dim: Dim, column: Array) -> Array:
    """Where a value lies in the domain of its dimension."""
    if isinstance(dim.domain, Interval):
        return (column >= dim.domain.low) & (column <= dim.domain.high)
    return np.True_


def _named(tree: t.Tree, names: Mapping[str, int]) -> t.Tree:
    """The formula with names of the layer spec, such as zeros, as texts."""

    def change(part: t.Tree) -> t.Tree:
        known = isinstance(part, t.Name) and part.id in names
        return t.Text(part.start, part.stop, part.id) if known and isinstance(part, t.Name) else part

    return mapped(tree, change)
