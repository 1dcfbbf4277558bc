"""Which names a formula may use, and of what kind each is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from itertools import takewhile
from typing import Any

from dynapspec.formula import Tree, compile_formula
from dynapspec.formula.evaluate import Run
from dynapspec.formula.units import Signature, UnitChecker
from dynapspec.model.chip_spec import ChipSpec, Limit
from dynapspec.model.layer_spec import LayerSpec


def signatures(layer: LayerSpec, above: str | None = None) -> dict[str, Signature]:
    """Kinds of the arguments and results of the functions that the spec defines, all or those above one."""
    known = takewhile(lambda name: name != above, layer.functions)
    functions = {name: layer.functions[name] for name in known}
    return {name: (tuple(f.of.values()), f.kind) for name, f in functions.items()}


def constant(layer: LayerSpec, tree: Tree) -> Any:
    """The value of a formula over widths alone; raises EvaluationError where it has none."""
    functions: dict[str, Callable[..., Any]] = {}
    for name, function in layer.functions.items():
        functions[name] = _callable(compile_formula(function.is_.tree, dict(functions)), list(function.of))
    return compile_formula(tree, functions)(width_values(layer))


def _callable(run: Run, names: list[str]) -> Callable[..., Any]:
    return lambda *args: run(dict(zip(names, args, strict=True)))


def width_kinds(layer: LayerSpec) -> dict[str, str]:
    """``widths.weight`` and the like, in bits."""
    return {f"widths.{name}": "bit" for name in layer.widths}


def dim_kinds(layer: LayerSpec) -> dict[str, str]:
    """Widths and dimensions of a layer, which every formula may use."""
    return {**width_kinds(layer), **{name: dim.kind for name, dim in layer.dims.items()}}


def shape_kinds(layer: LayerSpec) -> dict[str, str]:
    """Sizes of the neuron map."""
    return {name: shape.kind for name, shape in layer.shapes.items()}


def layer_kinds(layer: LayerSpec) -> dict[str, str]:
    """Dimensions, shapes and memories of a layer."""
    memory = {name: memory.unit for name, memory in layer.memory.items()}
    return {**dim_kinds(layer), **shape_kinds(layer), **memory}


def claim_kinds(layer: LayerSpec) -> dict[str, str]:
    """What a claim may speak of: everything of a layer and its destination, and ``kernel.used``."""
    used = {f"{name}.used": memory.unit for name, memory in layer.memory.items()}
    return {**layer_kinds(layer), **destination_kinds(layer), **used}


def destination_kinds(layer: LayerSpec) -> dict[str, str]:
    """What one destination of a layer adds."""
    dims: dict[str, str] = {name: dim.kind for name, dim in layer.destination_dims.items()}
    return {**dims, **{name: shape.kind for name, shape in layer.destination_shapes.items()}}


def chip_kinds(chip: ChipSpec) -> dict[str, str]:
    """``chip.stride`` and ``chip.weight_bits``."""
    limits: dict[str, str] = {f"chip.{name}": limit.kind for name, limit in chip.limits.items()}
    return {**limits, **{f"chip.{name}_bits": "bit" for name in chip.widths}}


def core_kinds(layer: LayerSpec) -> dict[str, str]:
    """``core.kernel_words`` for each memory of the layer."""
    return {f"core.{name}_words": memory.unit for name, memory in layer.memory.items()}


def chip_values(chip: ChipSpec) -> dict[str, int | Limit]:
    """The values behind the names of :func:`chip_kinds`."""
    widths = {f"chip.{name}_bits": width.bits for name, width in chip.widths.items()}
    return {**{f"chip.{name}": limit for name, limit in chip.limits.items()}, **widths}


def chip_value(chip: ChipSpec, name: str) -> int | Limit:
    """The value behind one of them."""
    own = name.removeprefix("chip.")
    return chip.limits[own] if own in chip.limits else chip.widths[own.removesuffix("_bits")].bits


def width_values(layer: LayerSpec) -> dict[str, int]:
    """The values behind the names of :func:`width_kinds`."""
    return {f"widths.{name}": width.bits for name, width in layer.widths.items()}


def checker(
    layer: LayerSpec, kinds: Mapping[str, str], above: str | None = None, limits: Collection[str] = ()
) -> UnitChecker:
    """A unit checker that knows the layer's functions, all or those above one."""
    return UnitChecker(kinds, signatures(layer, above), limits)
