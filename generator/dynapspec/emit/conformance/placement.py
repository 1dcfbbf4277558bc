"""Vectors of the placement: layers that fill the cores of a chip, in orders that need second thoughts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dynapspec.emit.conformance.case import Case
from dynapspec.emit.conformance.dice import Dice
from dynapspec.emit.conformance.points import Point
from dynapspec.emit.conformance.rules import RuleVectors
from dynapspec.interpret import Judge
from dynapspec.runtime.placement import PlacementError, place

RANDOM = 6  # pseudo-random networks


def placement_cases(judge: Judge, vectors: RuleVectors) -> Iterator[Case]:
    """Networks that fit, and networks with one layer too many."""
    search = vectors.search(judge)
    space = search.space
    corners = [search.fills.corner(core) for core in judge.cores.values()]
    clause = vectors.formulas.interpreter.layer.clause(
        "rules", next(r.name for r in judge.rules if r.rule.decides)
    )
    for name, layers in _networks(space.unit, corners, len(judge.cores)):
        verdicts = [space.verdict(layer) for layer in layers]
        candidates = [list(verdict.cores) for verdict in verdicts]
        answer = smallest(candidates)
        possible = answer is not None
        expected = {
            "candidates": candidates,
            "possible": possible,
            **({"smallest": answer} if possible else {}),
        }
        given = {"layers": [vectors.given(space, layer) for layer in layers]}
        case = f"{judge.chip.name}/placement/{name}"
        yield Case(
            case,
            clause,
            "valid" if possible else "invalid",
            given,
            expected,
            _flags(candidates, answer),
            False,
        )


def _networks(unit: Point, corners: list[Point], cores: int) -> Iterator[tuple[str, list[Point]]]:
    """Layers in orders that tempt: small ones that take the core which a later one needs."""
    different = list({repr(corner): corner for corner in corners}.values())
    yield "one-small-layer", [unit]
    yield "a-layer-for-each-core", [unit] * cores
    yield "a-layer-too-many", [unit] * (cores + 1)
    yield "every-core-filled", corners
    yield "every-core-filled-from-the-last", corners[::-1]
    yield "small-layers-first", [*[unit] * (cores - len(different)), *different]
    for index, corner in enumerate(different):
        alike = [other for other in corners if repr(other) == repr(corner)]
        yield f"core-kind-{index}-filled", alike
        yield f"core-kind-{index}-overfull", [*alike, *alike]
        yield f"core-kind-{index}-after-a-small-layer", [unit, *alike]
    dice = Dice(cores)
    for index in range(RANDOM):
        size = dice.between(2, cores)
        yield f"random-{index}", [dice.pick([unit, *corners]) for _ in range(size)]


def smallest(candidates: Sequence[Sequence[int]]) -> list[int] | None:
    """The lexicographically smallest placement, if there is one."""
    try:
        return place(candidates).cores
    except PlacementError:
        return None


def _flags(candidates: list[list[int]], answer: list[int] | None) -> tuple[str, ...]:
    """The ways of placing layers that go wrong here."""
    if answer is None:
        return ("places-too-much",)
    taken: list[int] = []
    for cores in candidates:
        taken += [core for core in cores if core not in taken][:1]
    return ("first-fit",) if taken != answer else ()
