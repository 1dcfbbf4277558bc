"""Checks of what the claims of a layer spec speak of; whether they are true is for the proofs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dynapspec.diagnostics import Diagnostic, did_you_mean
from dynapspec.formula import FormulaError
from dynapspec.formula.units import UnitChecker
from dynapspec.model import scope
from dynapspec.model.check_formulas import check_formula, check_needs
from dynapspec.model.layer_claim import LayerClaim
from dynapspec.model.values import Formula

if TYPE_CHECKING:
    from dynapspec.model.entries import Layer

NO_NUMBERS = ("bool", "name")


def check_claims(layer: Layer) -> Iterator[Diagnostic]:
    """Findings about names, kinds and units in claims."""
    units = scope.checker(layer.spec, scope.claim_kinds(layer.spec))
    for name, claim in layer.spec.claims.items():
        path = ("claims", name)
        if claim.must is not None:
            yield from check_formula(layer, claim.must.tree, units, "bool", *path, "must")
        for key, formula in claim.formulas.items():
            if key != "must":
                yield from _number(layer, formula, units, *path, key)
        yield from _dimensions(layer, claim, *path)
        yield from check_needs(layer, claim.needs, *path)


def _number(layer: Layer, formula: Formula, units: UnitChecker, *path: str) -> Iterator[Diagnostic]:
    try:
        kind = units.kind_of(formula.tree)
    except FormulaError as error:
        yield layer.finding(error.code, error.message, *path, hint=error.hint, within=error)
        return
    if kind in NO_NUMBERS:
        hint = "claim a condition with `must`"
        yield layer.finding("unit-mismatch", f"this is a {kind}, and a number is expected", *path, hint=hint)


def _dimensions(layer: Layer, claim: LayerClaim, *path: str) -> Iterator[Diagnostic]:
    """What a monotone formula grows with is a number that describes the layer."""
    dims = {**layer.spec.dims, **layer.spec.destination_dims}
    growing = [name for name, dim in dims.items() if dim.kind not in NO_NUMBERS]
    for index, name in enumerate(claim.in_):
        if name not in growing:
            hint = did_you_mean(name, growing)
            message = f"{name} is no dimension that can grow"
            yield layer.finding("unknown-name", message, *path, "in", index, hint=hint)
