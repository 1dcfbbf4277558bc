"""Placement against a matching library and against trying everything."""

from __future__ import annotations

from itertools import product

import networkx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynapspec.runtime.placement import PlacementError, place
from reference.placement import smallest_placement, violates_hall

candidates = st.lists(st.lists(st.integers(0, 6), unique=True, max_size=7), min_size=1, max_size=6)


def matching_size(cores: list[list[int]]) -> int:
    """Layers that a largest matching gives a core."""
    graph = networkx.Graph()
    layers = [("layer", index) for index in range(len(cores))]
    graph.add_nodes_from(layers)
    graph.add_edges_from((("layer", i), ("core", core)) for i, fits in enumerate(cores) for core in fits)
    matching = networkx.bipartite.hopcroft_karp_matching(graph, layers)
    return sum(layer in matching for layer in layers)


@given(candidates)
@settings(max_examples=300, deadline=None)
def test_exists_when_a_matching_does_and_is_the_smallest(cores: list[list[int]]) -> None:
    try:
        found = place(cores).cores
    except PlacementError as error:
        assert matching_size(cores) < len(cores)
        assert smallest_placement(cores) is None
        check_certificate(error, cores)
    else:
        assert matching_size(cores) == len(cores)
        assert found == smallest_placement(cores)


def check_certificate(error: PlacementError, cores: list[list[int]]) -> None:
    """More layers than cores for them, and no smaller part of them is too many."""
    group = error.competing
    assert error.cores == sorted({core for layer in group for core in cores[layer]})
    assert len(error.cores) == len(group) - 1
    for layer in group:
        assert violates_hall([cores[other] for other in group if other != layer]) is None


def test_known_placements() -> None:
    everywhere = list(range(9))
    assert place([everywhere] * 9).cores == [0, 1, 2, 3, 4, 5, 6, 7, 8]
    assert place([[0, 1, 2]] * 3).cores == [0, 1, 2]
    assert place([[3, 4, 5, 6], [5, 6], [5, 6]]).cores == [3, 5, 6]
    # the last layer takes core 1 from the second, which moves on
    assert place([[0, 1], [1, 2], [0]]).cores == [1, 2, 0]
    assert place([]).cores == []


@pytest.mark.parametrize(
    ("cores", "competing", "rest", "text"),
    [
        ([[0, 1, 2]] * 4, [0, 1, 2, 3], [0, 1, 2], "layers 0, 1, 2, 3 compete for cores 0, 1, 2"),
        ([[3], [1, 2], [3]], [0, 2], [3], "layers 0, 2 compete for core 3"),
        ([[1], []], [1], [], "layer 1 fits no core"),
    ],
)
def test_who_competes(cores: list[list[int]], competing: list[int], rest: list[int], text: str) -> None:
    with pytest.raises(PlacementError, match=text) as caught:
        place(cores)
    assert caught.value.competing == competing
    assert caught.value.cores == rest


def test_all_small_cases() -> None:
    """Every way in which three layers can fit three cores."""
    subsets = [[c for c in range(3) if bits >> c & 1] for bits in range(8)]
    for cores in product(subsets, repeat=3):
        expected = smallest_placement([list(c) for c in cores]) if any(cores) else None
        if expected is None:
            with pytest.raises(PlacementError):
                place(cores)
        else:
            assert place(cores).cores == expected
