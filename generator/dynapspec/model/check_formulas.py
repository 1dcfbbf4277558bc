"""Checks of single formulas and messages, shared by the checks of all sections."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from dynapspec.diagnostics import Diagnostic, did_you_mean
from dynapspec.formula import FormulaError, Tree
from dynapspec.formula.units import UnitChecker
from dynapspec.model import scope
from dynapspec.model.check_dims import Place

if TYPE_CHECKING:
    from dynapspec.model.entries import Layer

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def check_formula(
    layer: Layer, tree: Tree, units: UnitChecker, kind: str, *path: str | int
) -> Iterator[Diagnostic]:
    """Findings about the kinds and units in one formula."""
    try:
        units.expect(tree, kind)
    except FormulaError as error:
        hint = _below(layer, error) or error.hint
        yield layer.finding(error.code, error.message, *path, hint=hint, within=error)


def _below(layer: Layer, error: FormulaError) -> str:
    """A hint where a formula uses a value that is defined, but not above it."""
    defined = {**scope.layer_kinds(layer.spec), **scope.destination_kinds(layer.spec)}
    known = error.code == "unknown-name" and error.message.split(" ")[0] in defined
    return "a formula can use what is defined above it, memories and destinations aside" if known else ""


def check_placeholders(layer: Layer, text: str, known: Collection[str], *path: str) -> Iterator[Diagnostic]:
    """Whatever a message shows in braces has a value when it is shown; nothing else becomes code."""
    for found in PLACEHOLDER.finditer(text):
        if found[1] not in known:
            hint = did_you_mean(found[1], known) or "leave the braces out"
            message = f"{found[0]} is not part of the condition, so it may have no value here"
            yield layer.finding("unknown-name", message, *path, hint=hint, within=Place(*found.span()))


def needed(text: str) -> list[str]:
    """The rule ids in a ``needs``."""
    return [part.strip() for part in text.split(",") if part.strip()]


def check_needs(layer: Layer, text: str, *path: str) -> Iterator[Diagnostic]:
    """Whatever needs a rule names one that exists."""
    for found in re.finditer(r"[^,\s][^,]*", text):
        rule = found[0].strip()
        if rule not in layer.spec.rules:
            hint = did_you_mean(rule, layer.spec.rules) or "leave it out"
            place = Place(found.start(), found.start() + len(rule))
            yield layer.finding("unknown-rule", f"no rule {rule}", *path, "needs", hint=hint, within=place)
