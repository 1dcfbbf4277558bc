"""The claims of a layer spec, with what proves each."""

from __future__ import annotations

from collections.abc import Iterator

from dynapspec.emit.docs.facts import EVIDENCE, Facts
from dynapspec.emit.docs.markup import Markup, code, formula, join, table, to_clause
from dynapspec.model import Layer
from dynapspec.model.check_layer import needed
from dynapspec.model.layer_claim import LayerClaim
from dynapspec.prove.claims import Claims

FORM, SOLVER = "the form of the formula", "a solver"


def claims(facts: Facts[Layer]) -> Markup:
    """A table of the claims; what takes a solver is proven by `check` and not while this is written."""
    proofs = Claims(facts.entry)
    rows = [
        [
            facts.named("claims", name),
            join(_said(claim), " "),
            join([to_clause(rule, facts.entry.clause("rules", rule)) for rule in needed(claim.needs)]),
            claim.doc,
            _proven_by(proofs, claim),
            facts.evidence(claim.source),
        ]
        for name, claim in facts.entry.spec.claims.items()
    ]
    return table(["claim", "says", "needs", "meaning", "proven by", EVIDENCE], rows)


def _said(claim: LayerClaim) -> Iterator[object]:
    """The claim in words and formulas."""
    if claim.must is not None:
        yield formula(claim.must.tree)
    elif claim.monotone is not None:
        *others, last = map(code, claim.in_)
        yield formula(claim.monotone.tree)
        yield "never falls as"
        yield join([join(others), last], " or ") if others else last
        yield "grows"
    elif claim.divisible is not None and claim.by is not None:
        yield formula(claim.divisible.tree)
        yield "is a multiple of"
        yield formula(claim.by.tree)


def _proven_by(proofs: Claims, claim: LayerClaim) -> str:
    shown = [proofs.shown(claim, dim) for dim in claim.in_ or (None,)]
    if all(shown):
        return FORM
    return f"{FORM}, and {SOLVER}" if any(shown) else SOLVER
