"""Names become names in code: each must be free there, and mean one thing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from dynapspec.diagnostics import Diagnostic
from dynapspec.model.reserved import as_package, in_code

if TYPE_CHECKING:
    from dynapspec.model.entries import Chip, Layer, Model

SECTIONS = ("dims", "destination_dims", "shapes", "destination_shapes", "memory", "functions")
SLOTS = ("spike_fn", "reset_fn", "surrogate_grad_fn")
HINT = "choose another name"


def check_layer_names(layer: Layer) -> Iterator[Diagnostic]:
    """Findings about the names that one layer spec gives."""
    yield from _reserved(layer, _given(layer))
    if reason := as_package(layer.spec.package):
        yield layer.finding("reserved-name", reason, "package", hint=HINT)
    if reason := in_code(layer.spec.api.class_):
        yield layer.finding("reserved-name", reason, "api", "class", hint=HINT)
    yield from _sections(layer)
    yield from _attributes(layer)
    yield from _properties(layer)
    yield from _functions(layer)


def _given(layer: Layer) -> Iterator[tuple[str, ...]]:
    """The paths of all names that become variables, functions or classes."""
    spec = layer.spec
    for section in SECTIONS:
        yield from ((section, name) for name in getattr(spec, section))
    for name, function in spec.functions.items():
        yield from (("functions", name, "of", argument) for argument in function.of)
    yield from (("api", "arguments", name) for name in spec.api.arguments)
    for slot in SLOTS:
        for name, one in getattr(spec.dynamics, slot).items():
            yield "dynamics", slot, name
            yield from (("dynamics", slot, name, "parameters", key) for key in one.parameters)
            yield from (("dynamics", slot, name, "where", key) for key in one.where)


def _reserved(layer: Layer, paths: Iterable[tuple[str, ...]]) -> Iterator[Diagnostic]:
    for path in paths:
        if reason := in_code(path[-1]):
            yield layer.misnamed("reserved-name", reason, *path, hint=HINT)


def _sections(layer: Layer) -> Iterator[Diagnostic]:
    """Formulas see all sections at once."""
    seen: dict[str, str] = {}
    for section in SECTIONS:
        for name in getattr(layer.spec, section):
            if seen.setdefault(name, section) != section:
                message = f"{name} is defined in {seen[name]} already"
                yield layer.misnamed("name-clash", message, section, name, hint=HINT)


def _attributes(layer: Layer) -> Iterator[Diagnostic]:
    seen: dict[str, str] = {}
    for name, argument in layer.spec.api.arguments.items():
        path = ("api", "arguments", name, "attribute")
        if not argument.attribute:
            continue
        if reason := in_code(argument.attribute):
            yield layer.finding("reserved-name", reason, *path, hint=HINT)
        if seen.setdefault(argument.attribute, name) != name:
            message = f"{argument.attribute} keeps the argument {seen[argument.attribute]} already"
            yield layer.finding("name-clash", message, *path, hint=HINT)


def _properties(layer: Layer) -> Iterator[Diagnostic]:
    """Further names of a class are none that it has already."""
    kept = {argument.attribute or name for name, argument in layer.spec.api.arguments.items()}
    for name in layer.spec.api.properties:
        path = ("api", "properties", name)
        if reason := in_code(name):
            yield layer.misnamed("reserved-name", reason, *path, hint=HINT)
        elif name in kept:
            yield layer.misnamed("name-clash", f"{name} keeps an argument already", *path, hint=HINT)


def _functions(layer: Layer) -> Iterator[Diagnostic]:
    """Spike, reset and surrogate functions are classes of one module; their values are its locals."""
    seen: dict[str, str] = {layer.spec.api.class_: "api"}
    for slot in SLOTS:
        for name, one in getattr(layer.spec.dynamics, slot).items():
            if seen.setdefault(name, slot) != slot:
                message = f"{name} is defined in {seen[name]} already"
                yield layer.misnamed("name-clash", message, "dynamics", slot, name, hint=HINT)
            for key in one.where:
                if key in one.parameters:
                    path = ("dynamics", slot, name, "where", key)
                    yield layer.misnamed("name-clash", f"{key} is a parameter already", *path, hint=HINT)
            for group in ("parameters", "where"):
                if "threshold" in getattr(one, group):
                    message = "threshold is given to every function already"
                    given = ("dynamics", slot, name, group, "threshold")
                    yield layer.misnamed("name-clash", message, *given, hint=HINT)


def check_chip_names(model: Model) -> Iterator[Diagnostic]:
    """Findings about the names of the chips, each of which becomes a module."""
    seen: dict[str, str] = {}
    for chip in model.chips.values():
        yield from _chip(chip, seen)


def as_chip(name: str) -> str:
    """Why a chip cannot have a name, which is that of its module; empty when it can."""
    module = name.replace("-", "_")
    if module.startswith("_"):
        return f"{name} begins with an underscore, as private modules of Python do"
    return in_code(module) or ""


def _chip(chip: Chip, seen: dict[str, str]) -> Iterator[Diagnostic]:
    module = chip.name.replace("-", "_")
    hint = "choose another name for the chip and its file"
    if reason := as_chip(chip.name):
        yield chip.finding("reserved-name", reason, "chip", hint=hint)
    if seen.setdefault(module, chip.name) != chip.name:
        message = f"the module {module} is generated for the chip {seen[module]} already"
        yield chip.finding("name-clash", message, "chip", hint=hint)
    yield from check_limit_names(chip)


def check_limit_names(chip: Chip) -> Iterator[Diagnostic]:
    """A limit cannot be named as a width is in rules."""
    for name in chip.spec.limits:
        if name.removesuffix("_bits") in chip.spec.widths and name.endswith("_bits"):
            message = f"chip.{name} is the width {name.removesuffix('_bits')} already"
            yield chip.finding("name-clash", message, "limits", name, hint="choose another name")
