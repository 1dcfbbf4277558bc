"""Which names a formula may use, and of what kind each is."""

from __future__ import annotations

from collections.abc import Mapping

from dynapspec.formula.units import Signature, UnitChecker
from dynapspec.model.chip_spec import ChipSpec, Limit
from dynapspec.model.layer_spec import LayerSpec


def signatures(layer: LayerSpec) -> dict[str, Signature]:
    """Kinds of the arguments and results of the functions that the spec defines."""
    return {name: (tuple(f.of.values()), f.kind) for name, f in layer.functions.items()}


def width_kinds(layer: LayerSpec) -> dict[str, str]:
    """``widths.weight`` and the like, in bits."""
    return {f"widths.{name}": "bit" for name in layer.widths}


def layer_kinds(layer: LayerSpec) -> dict[str, str]:
    """Dimensions, shapes and memories of a layer."""
    dims: dict[str, str] = {name: dim.kind for name, dim in layer.dims.items()}
    shapes = {name: shape.kind for name, shape in layer.shapes.items()}
    memory = {name: memory.unit for name, memory in layer.memory.items()}
    return {**width_kinds(layer), **dims, **shapes, **memory}


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


def width_values(layer: LayerSpec) -> dict[str, int]:
    """The values behind the names of :func:`width_kinds`."""
    return {f"widths.{name}": width.bits for name, width in layer.widths.items()}


def checker(layer: LayerSpec, kinds: Mapping[str, str]) -> UnitChecker:
    """A unit checker that knows the layer's functions."""
    return UnitChecker(kinds, signatures(layer))
