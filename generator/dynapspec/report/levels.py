"""Arranges a graph in levels: who receives stands below who sends, and few ways cross.

Ways that pass a level get a place in it, so that they run beside the boxes and not through them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from dynapspec.network.network import Edge

SWEEPS = 4  # up and down, to put each beside those that it is joined with
_Nodes = list[int]


@dataclass(frozen=True, slots=True)
class Way:
    """One way: its line across and the level, from the middle of one box to that of another."""

    edge: Edge
    points: tuple[tuple[float, int], ...]


@dataclass(frozen=True, slots=True)
class Levels:
    """Where everything is: for the input, each layer and the output the left side and the level."""

    places: tuple[tuple[float, int], ...]
    ways: tuple[Way, ...]
    width: float
    count: int


def arranged(layers: int, edges: Sequence[Edge], box: float, thin: float, gap: float) -> Levels:
    """The places of the input, each layer and the output, and the ways between them."""
    ends = [(_above(edge), layers + 1 if edge.target is None else edge.target + 1) for edge in edges]
    level = _levels(layers, ends)
    routes, level = _routes(ends, level)
    rows = _ordered(routes, level)
    widths = [box if node <= layers + 1 else thin for node in range(len(level))]
    left = _across(rows, widths, gap)
    span = max(left[row[-1]] + widths[row[-1]] for row in rows if row)
    ways = [
        Way(edge, tuple(_points(route, edge, routes, left, widths, level)))
        for edge, route in zip(edges, routes, strict=True)
    ]
    places = tuple((left[node], level[node]) for node in range(layers + 2))
    return Levels(places, tuple(ways), span, len(rows))


def _above(edge: Edge) -> int:
    return 0 if edge.source is None else edge.source + 1


def _levels(layers: int, ends: Sequence[tuple[int, int]]) -> list[int]:
    """Each below all that it receives from; layers stand in such an order already."""
    level = [0] * (layers + 2)
    into: dict[int, _Nodes] = {}
    for source, target in ends:
        into.setdefault(target, []).append(source)
    for node in range(1, layers + 1):
        level[node] = 1 + max((level[source] for source in into.get(node, [])), default=0)
    level[layers + 1] = 1 + max(level)
    return level


def _routes(ends: Sequence[tuple[int, int]], level: list[int]) -> tuple[list[_Nodes], list[int]]:
    """Each way as nodes, one to a level; those between are new."""
    level = list(level)
    routes = []
    for source, target in ends:
        between = range(level[source] + 1, level[target])
        route = [source, *range(len(level), len(level) + len(between)), target]
        level += between
        routes.append(route)
    return routes, level


def _ordered(routes: Sequence[_Nodes], level: Sequence[int]) -> list[_Nodes]:
    """The nodes of each level from left to right, each near the middle of those it is joined with."""
    rows: list[_Nodes] = [[] for _ in range(max(level) + 1)]
    for node, where in enumerate(level):
        rows[where].append(node)
    joined: dict[int, list[int]] = {}
    for route in routes:
        for first, second in pairwise(route):
            joined.setdefault(first, []).append(second)
            joined.setdefault(second, []).append(first)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for index in range(len(rows)) if down else reversed(range(len(rows))):
            near = index - 1 if down else index + 1
            if 0 <= near < len(rows):
                place = {node: at / max(1, len(rows[near]) - 1) for at, node in enumerate(rows[near])}
                middle = {node: _middle(node, joined, place) for node in rows[index]}
                rows[index].sort(key=lambda node: (middle[node], node))
    return rows


def _middle(node: int, joined: dict[int, list[int]], place: dict[int, float]) -> float:
    found = [place[other] for other in joined.get(node, []) if other in place]
    return sum(found) / len(found) if found else 0.5


def _across(rows: Sequence[_Nodes], widths: Sequence[float], gap: float) -> list[float]:
    """The left side of each node; each level stands in the middle."""
    spans = [sum(widths[node] for node in row) + gap * (len(row) - 1) for row in rows]
    left = [0.0] * len(widths)
    for row, span in zip(rows, spans, strict=True):
        x = (max(spans) - span) / 2
        for node in row:
            left[node] = x
            x += widths[node] + gap
    return left


def _points(
    route: _Nodes,
    edge: Edge,
    routes: Sequence[_Nodes],
    left: Sequence[float],
    widths: Sequence[float],
    level: Sequence[int],
) -> list[tuple[float, int]]:
    """The middle of each node; where several ways leave or reach a box, each has a place of its own."""
    points = [(left[node] + widths[node] / 2, level[node]) for node in route]
    for end, beside in ((0, 1), (-1, -2)):
        node = route[end]
        others = sorted({(left[other[beside]], i) for i, other in enumerate(routes) if other[end] == node})
        own = next(at for at, (_, i) in enumerate(others) if routes[i] is route)
        share = (own + 1) / (len(others) + 1)
        points[end] = (left[node] + widths[node] * share, level[node])
    return points
