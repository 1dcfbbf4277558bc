"""Checks that values which are known before there is a layer fit the words that will hold them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dynapspec.diagnostics import Diagnostic
from dynapspec.formula import EvaluationError, Tree, Undefined
from dynapspec.formula import tree as t
from dynapspec.formula.f32 import f32
from dynapspec.load.node import once
from dynapspec.model import scope
from dynapspec.model.check_arithmetic import check_constant
from dynapspec.model.layer_spec import LayerSpec

if TYPE_CHECKING:
    from dynapspec.model.entries import Chip, Layer

SECTIONS = ("dims", "destination_dims", "shapes", "destination_shapes", "memory")
PARAMETERS = {  # where a dimension is read from, and the parameter of the layer that this is
    "neurons.spike_threshold": "threshold",
    "neurons.min_v_mem": "v_floor",
}
MAX_FIELD = 64  # bits of a field that a value may be declared to have


def check_widths(layer: Layer) -> Iterator[Diagnostic]:
    """Findings about declared bits, and about constants that are wider than their words."""
    for section in SECTIONS:
        for name, part in getattr(layer.spec, section).items():
            if part.bits is not None:
                yield from _declared(layer, part, section, name)
    yield from _exact(layer)
    yield from _constants(layer)


def _declared(layer: Layer, part: Any, *path: str) -> Iterator[Diagnostic]:
    """Bits are a number of bits, and a default fits into them."""
    if getattr(part, "kind", "word") in ("bool", "name"):
        hint = "leave `bits` out"
        yield layer.finding("unit-mismatch", f"a {part.kind} has no bits", *path, "bits", hint=hint)
        return
    yield from check_constant(layer, part.bits.tree, "bit", *path, "bits")
    bits = value_of(layer.spec, part.bits.tree)
    if bits is not None and not 1 <= bits <= MAX_FIELD:
        message, hint = f"a field has 1 to {MAX_FIELD} bits", "mend the number of bits"
        yield layer.finding("wrong-value", message, *path, "bits", hint=hint)
    elif bits is not None and isinstance(getattr(part, "default", None), int):
        yield from _fits(layer, part.default, *bounds(part, bits), f"{bits} bits", *path, "default")


def bounds(part: Any, bits: int) -> tuple[int, int]:
    """The least and the greatest value that a field holds: a level, the address of a word, or a count."""
    kind = getattr(part, "kind", "")
    if kind == "level":
        return signed(bits)
    return 0, 2**bits - 1 if kind else 2**bits


def signed(bits: int) -> tuple[int, int]:
    """The levels of a two's complement word."""
    return -(2 ** (bits - 1)), 2 ** (bits - 1) - 1


def value_of(spec: LayerSpec, tree: Tree) -> int | None:
    """The value of a formula over widths; None where it has none, which is told elsewhere."""
    try:
        value = scope.constant(spec, tree)
    except (KeyError, TypeError, Undefined, EvaluationError):
        return None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _exact(layer: Layer) -> Iterator[Diagnostic]:
    """Words are made by f32 arithmetic, so the highest level must be a number that f32 has."""
    spec = layer.spec
    used = {group.width for group in spec.quantization.groups.values()}
    for name in (name for name in spec.widths if name in used):
        high = signed(spec.widths[name].bits)[1]
        near = int(f32(high))
        if near != high:
            message = f"the highest word is {high}, f32 has {near} in its place, and the word overflows"
            hint = "f32 has every whole number of up to 25 bits, its sign included"
            yield layer.finding("width-overflow", message, "widths", name, "bits", hint=hint)


def _constants(layer: Layer) -> Iterator[Diagnostic]:
    """What missing parameters count as fits the words of their groups."""
    spec = layer.spec
    groups = [group for group in spec.quantization.groups.values() if group.width in spec.widths]
    widths = {value: group.width for group in groups for value in group.of}
    stated = [
        (name, f.tree, ("quantization", "absent", name)) for name, f in spec.quantization.absent.items()
    ]
    for name, dim in spec.dims.items():
        parameter = PARAMETERS.get(dim.from_.text)
        if dim.none is not None and parameter is not None:
            stated.append((parameter, dim.none.tree, ("dims", name, "none")))
    for parameter, tree, path in stated:
        value = value_of(spec, tree)
        if parameter in widths and value is not None:
            width = widths[parameter]
            bits = spec.widths[width].bits
            what = f"the {bits} bits of widths.{width}"
            yield from _fits(layer, value, *signed(bits), what, *path)


def check_level_limits(chip: Chip, layer: Layer) -> Iterator[Diagnostic]:
    """A limit of a level ends at levels that the words of the chip have."""
    for limit, width in once(layer.node, check_level_limits, list, _level_limits(layer.spec)):
        yield from _ends(chip, limit, width)


def _level_limits(spec: LayerSpec) -> Iterator[tuple[str, str]]:
    """The limits that rules hold a parameter of the layer to, each with the width of its words."""
    widths = _words(spec)
    for rule in spec.rules.values():
        for node in t.walk(rule.must.tree):
            match node:
                case t.Compare(op="in", left=t.Name(id=name), right=t.Name(id=limit)) if name in widths:
                    yield limit.removeprefix("chip."), widths[name]


def _words(spec: LayerSpec) -> dict[str, str]:
    """The width of each dimension that is a parameter of the layer."""
    groups = {value: group.width for group in spec.quantization.groups.values() for value in group.of}
    read = {name: PARAMETERS.get(dim.from_.text, "") for name, dim in spec.dims.items()}
    return {name: groups[value] for name, value in read.items() if value in groups}


def _ends(chip: Chip, name: str, width: str) -> Iterator[Diagnostic]:
    limit = chip.spec.limits.get(name)
    if limit is None or limit.kind != "level" or width not in chip.spec.widths:
        return
    bits = chip.spec.widths[width].bits
    low, high = signed(bits)
    for key in ("min", "max"):
        end = getattr(limit, key)
        if end is not None and not low <= end <= high:
            message = f"{end} does not fit into the {bits} bits of widths.{width}"
            hint = f"give a value from {low} to {high}, or more bits"
            yield chip.finding("width-overflow", message, "limits", name, key, hint=hint)


def _fits(layer: Layer, value: int, low: int, high: int, what: str, *path: str) -> Iterator[Diagnostic]:
    if not low <= value <= high:
        hint = f"give a value from {low} to {high}, or more bits"
        yield layer.finding("width-overflow", f"{value} does not fit into {what}", *path, hint=hint)
