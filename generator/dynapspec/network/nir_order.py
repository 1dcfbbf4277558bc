"""The nodes of a NIR graph in the order in which spikes pass them."""

from __future__ import annotations

from typing import Any

from dynapspec.diagnostics import fail
from dynapspec.network.cited import because
from dynapspec.network.parts import refuse


def place_of(graph: Any, name: str) -> str:
    """How messages name a node."""
    return f"node {name!r} ({type(graph.nodes[name]).__name__})"


def in_order(graph: Any, clause: str = "") -> list[str]:
    """The names of all nodes, the input first, none before what it receives from.

    Raises:
        InputError: the graph has a loop, several inputs, or nodes that lead nowhere.
    """
    after, before = _neighbours(graph)
    inputs = [name for name, node in graph.nodes.items() if type(node).__name__ == "Input"]
    if len(inputs) != 1:
        raise fail("graph", f"the graph has {len(inputs)} inputs", hint="a network has one")
    _refuse_loops(graph, after, clause)
    _refuse_lost(graph, after, inputs[0])
    _refuse_ends(graph, after)
    left = {name: len(set(before[name])) for name in graph.nodes}
    ready, order = [inputs[0]], list[str]()
    while ready:
        name = ready.pop(0)
        order.append(name)
        for other in after[name]:
            left[other] -= 1
            if not left[other]:
                ready.append(other)
    return order


def _neighbours(graph: Any) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """The nodes behind each node, and those before it."""
    after: dict[str, list[str]] = {name: [] for name in graph.nodes}
    before: dict[str, list[str]] = {name: [] for name in graph.nodes}
    for source, target in sorted(set(graph.edges)):
        for name in (source, target):
            if name not in graph.nodes:
                message = f"an edge leads from {source!r} to {target!r}, and there is no node {name!r}"
                raise fail("graph", message, hint="name a node of the graph, or remove the edge")
        after[source].append(target)
        before[target].append(source)
    return after, before


def _behind(after: dict[str, list[str]], start: str) -> set[str]:
    """Every node that a node leads to."""
    found: set[str] = set()
    left = list(after[start])
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += after[name]
    return found


def _refuse_lost(graph: Any, after: dict[str, list[str]], start: str) -> None:
    reached = _behind(after, start) | {start}
    lost = [place_of(graph, name) for name in graph.nodes if name not in reached]
    if lost:
        told = f"not reached from the input: {', '.join(lost)}"
        raise fail("graph", told, hint="lead spikes to them, or leave them out")


def _refuse_ends(graph: Any, after: dict[str, list[str]]) -> None:
    """Refuses a graph that ends in no output, or that goes on behind one."""
    for name, node in graph.nodes.items():
        is_output = type(node).__name__ == "Output"
        if not after[name] and not is_output:
            hint = "lead what it computes to an Output, or leave it out"
            raise refuse(place_of(graph, name), "the graph ends here, and not in an Output", hint)
        if after[name] and is_output:
            hint = "an Output is an end: lead the node before it to both"
            raise refuse(place_of(graph, name), "nodes stand behind the output", hint)


def _refuse_loops(graph: Any, after: dict[str, list[str]], clause: str) -> None:
    for name in graph.nodes:
        if name in _behind(after, name):
            told = because("recurrence: the graph leads back to it", clause)
            hint = "leave the way back out: cores in a loop can wait for each other without end"
            raise refuse(place_of(graph, name), told, hint)
