"""Vectors of a chip's rules: for each rule a layer at the limit, and one just beyond it.

Nothing here knows a rule or a limit. A rule is followed along each dimension that it depends on to
where it flips; what else such a layer breaks is mended by other dimensions where that is possible.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from dynapspec.emit.conformance.case import Case, Verdict
from dynapspec.emit.conformance.common import Broken, Known
from dynapspec.emit.conformance.formulas import Formulas, shown
from dynapspec.emit.conformance.ground import Ground
from dynapspec.emit.conformance.points import Space
from dynapspec.emit.conformance.search import Search
from dynapspec.model import Chip


class Given(NamedTuple):
    """A layer as vectors give it."""

    data: dict[str, Any]
    text: str
    name: str


class RuleVectors:
    """The vectors of all chips of one layer spec; chips with the same limits share the work."""

    def __init__(self, formulas: Formulas) -> None:
        self.formulas, self.ground = formulas, Ground(formulas)

    def search(self, chip: Chip) -> Search:
        """The search through the layers of a chip."""
        return Search(Space(self.ground, chip))

    def cases(self, search: Search) -> Iterator[Case]:
        """The vectors of one chip."""
        chip, layer = search.space.chip.name, self.formulas.interpreter.layer
        clauses = {rule: layer.clause("rules", rule) for rule in search.space.rules}
        for rule, known, flags in search.found():
            given = self.given(known)
            broken, cores = search.space.verdicts.broken(known), search.space.verdicts.fitting(known)
            legal: Verdict = "invalid" if broken else "limit"
            case = f"{chip}/rules/{rule}/{given.name}"
            told, text = expected(broken, cores), expected_text(broken, cores)
            yield Case(case, clauses[rule], legal, given.data, told, flags, False, given.text, text)

    def given(self, known: Known) -> Given:
        """A layer as JSON: what has no default, and what differs from it."""
        if known.given is None:
            layout, dims = known.layout, self.formulas.dims
            values = {
                n: v for n, v in layout.values.items() if dims[n].default is None or v != dims[n].default
            }
            pools = [{n: v for n, v in one.items() if v != dims[n].default} for one in layout.destinations]
            data = {**values, "pools": pools}
            known.given = Given(data, json.dumps(data), shown(values) + _pools(pools))
        found: Given = known.given
        return found


def expected(broken: tuple[Broken, ...], cores: tuple[int, ...]) -> dict[str, Any]:
    """A chip's verdict as JSON."""
    violations = [{"rule": one.rule, "actual": one.actual, "limit": one.limit} for one in broken]
    return {"violations": violations, "cores": list(cores)}


def expected_text(broken: tuple[Broken, ...], cores: tuple[int, ...]) -> str:
    """The same as it is written."""
    violations = ", ".join([one.text for one in broken])
    return f'{{"violations": [{violations}], "cores": {list(cores)}}}'


def _pools(pools: list[dict[str, Any]]) -> str:
    """The destinations as a part of a case's id; a single one without pooling is not told."""
    return "" if pools == [{}] else "".join(f";{shown(pool)}" for pool in pools)
