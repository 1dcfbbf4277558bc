"""Placement on any graph of layers and cores, against trying everything."""

from __future__ import annotations

from itertools import chain, combinations, permutations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from dynapspec.network.placing import preferred, smallest_competition
from dynapspec.runtime.placement import PlacementError, place

CORES = st.integers(0, 4)
LAYERS = st.lists(st.sets(CORES, min_size=1).map(sorted), min_size=1, max_size=5)


def everything(candidates: list[list[int]]) -> list[tuple[int, ...]]:
    """Every assignment of distinct cores, smallest first."""
    return sorted(cores for cores in product(*candidates) if len(set(cores)) == len(cores))


@settings(max_examples=400)
@given(LAYERS, st.sets(CORES), st.sets(st.integers(0, 4)))
def test_most_layers_are_where_they_should_be(
    candidates: list[list[int]], suited: set[int], wanted: set[int]
) -> None:
    asked = sorted(layer for layer in wanted if layer < len(candidates))
    possible = everything(candidates)
    if not possible:
        return
    chosen = preferred(candidates, place(candidates).cores, asked, sorted(suited))

    def met(cores: tuple[int, ...]) -> int:
        return sum(cores[layer] in suited for layer in asked)

    most = max(map(met, possible))
    assert chosen.cores == min(cores for cores in possible if met(cores) == most)
    assert chosen.elsewhere == tuple(layer for layer in asked if chosen.cores[layer] not in suited)
    if chosen.proof is not None:  # with one more of them there, these layers have too few cores
        bound = {layer for layer in asked if chosen.cores[layer] in suited} | {chosen.elsewhere[0]}
        reach = [set(c) & suited if i in bound else set(c) for i, c in enumerate(candidates)]
        cores = set(chain.from_iterable(reach[layer] for layer in chosen.proof.layers))
        assert cores <= set(chosen.proof.cores)
        assert len(chosen.proof.cores) < len(chosen.proof.layers)


@settings(max_examples=400)
@given(st.lists(st.sets(CORES, min_size=1).map(sorted), min_size=2, max_size=7))
def test_no_fewer_layers_compete(candidates: list[list[int]]) -> None:
    """Hall: there is no placement exactly when some layers fit fewer cores than they are."""
    if everything(candidates):
        return
    found = smallest_competition(candidates)
    reach = set(chain.from_iterable(candidates[layer] for layer in found.layers))
    assert reach == set(found.cores)
    assert len(found.layers) == len(found.cores) + 1
    for size in range(1, len(found.layers)):
        for fewer in combinations(range(len(candidates)), size):
            assert len(set(chain.from_iterable(candidates[layer] for layer in fewer))) >= size


def test_with_very_many_sets_of_cores() -> None:
    """Fifteen different pairs of six cores: seven of the layers have too few."""
    candidates = [list(pair) for pair in combinations(range(6), 2)]
    found = smallest_competition(candidates)
    assert len(found.layers) == len(found.cores) + 1
    for left_out in found.layers:
        rest = [candidates[layer] for layer in found.layers if layer != left_out]
        assert place(rest)


def test_order_of_layers_changes_nothing_of_the_count() -> None:
    for order in permutations([[0, 1], [0], [1, 2]]):
        found = preferred(list(order), place(list(order)).cores, [0], [2])
        assert (found.cores[0] == 2) == (2 in order[0])


def test_a_layer_for_which_nothing_suits() -> None:
    found = preferred([[3], [0]], [3, 0], [0], [0, 1])
    assert (found.cores, found.elsewhere) == ((3, 0), (0,))
    assert found.proof is not None
    assert (found.proof.layers, found.proof.cores) == ((0,), ())
    try:
        place([[], [0]])
    except PlacementError as error:
        assert error.competing == [0]
