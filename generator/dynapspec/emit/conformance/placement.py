"""Vectors of the placement: layers that fill the cores of a chip, in orders that need second thoughts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from dynapspec.emit.conformance.case import Case
from dynapspec.emit.conformance.common import Known
from dynapspec.emit.conformance.dice import Dice
from dynapspec.emit.conformance.rules import RuleVectors
from dynapspec.emit.conformance.search import Search
from dynapspec.runtime.placement import PlacementError, place

RANDOM = 6  # pseudo-random networks


def placement_cases(search: Search, vectors: RuleVectors) -> Iterator[Case]:
    """Networks that fit, and networks with one layer too many."""
    space = search.space
    corners = [space.ground.known(corner) for corner in search.fills.corners()]
    decides = space.ground.common.asked[space.ground.common.decides].rule.name
    clause = vectors.formulas.interpreter.layer.clause("rules", decides)
    for name, layers in _networks(space.ground.known(space.unit), corners, len(corners)):
        candidates = [space.verdicts.fitting(layer) for layer in layers]
        answer = smallest(tuple(candidates))
        possible = answer is not None
        expected = {
            "candidates": candidates,
            "possible": possible,
            **({"smallest": answer} if possible else {}),
        }
        givens = [vectors.given(layer) for layer in layers]
        given = {"layers": [one.data for one in givens]}
        text = ", ".join(one.text for one in givens)
        case = f"{space.chip.name}/placement/{name}"
        yield Case(
            case,
            clause,
            "valid" if possible else "invalid",
            given,
            expected,
            _flags(candidates, answer),
            False,
            f'{{"layers": [{text}]}}',
        )


def _networks(unit: Known, corners: list[Known], cores: int) -> Iterator[tuple[str, list[Known]]]:
    """Layers in orders that tempt: small ones that take the core which a later one needs."""
    different = list(dict.fromkeys(corners))
    yield "one-small-layer", [unit]
    yield "a-layer-for-each-core", [unit] * cores
    yield "a-layer-too-many", [unit] * (cores + 1)
    yield "every-core-filled", corners
    yield "every-core-filled-from-the-last", corners[::-1]
    yield "small-layers-first", [*[unit] * (cores - len(different)), *different]
    for index, corner in enumerate(different):
        alike = [other for other in corners if other is corner]
        yield f"core-kind-{index}-filled", alike
        yield f"core-kind-{index}-overfull", [*alike, *alike]
        yield f"core-kind-{index}-after-a-small-layer", [unit, *alike]
    dice = Dice(cores)
    for index in range(RANDOM):
        size = dice.between(2, cores)
        yield f"random-{index}", [dice.pick([unit, *corners]) for _ in range(size)]


@lru_cache(maxsize=4096)
def smallest(candidates: tuple[tuple[int, ...], ...]) -> list[int] | None:
    """The lexicographically smallest placement, if there is one."""
    try:
        return place(candidates).cores
    except PlacementError:
        return None


def _flags(candidates: Sequence[Sequence[int]], answer: list[int] | None) -> tuple[str, ...]:
    """The ways of placing layers that go wrong here."""
    if answer is None:
        return ("places-too-much",)
    taken: list[int] = []
    for cores in candidates:
        taken += [core for core in cores if core not in taken][:1]
    return ("first-fit",) if taken != answer else ()
