"""A converted network is a torch module like any other: it runs, trains, moves, is saved and compiled."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from dynapspec import network as networks
from test_network_traced import MODELS, SHAPE, SPECS, neurons, seeded, spikes

torch = pytest.importorskip("torch")
dynapcnn = pytest.importorskip("dynapcnn", reason="the generated package is not on the path")
nn = torch.nn


def row() -> Any:
    """A chain with an average, a norm and a Linear on a map that is not square."""
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1, bias=False),
        nn.BatchNorm2d(4, eps=0.1),
        neurons(),
        nn.AvgPool2d(2),
        nn.Conv2d(4, 4, 3),
        neurons(),
        nn.Flatten(),
        nn.Linear(4 * 4 * 6, 3),
        neurons(),
    )


KINDS: dict[str, Callable[[], Any]] = {
    "chain": row,
    "graph": MODELS["residual"],
    "two scales": MODELS["of_two_scales"],
    "sensor": MODELS["cropped"],
}


COMPILED = ("chain", "graph")  # the others hold nothing else that is compiled or learns


def shown() -> Any:
    return spikes(SHAPE, 6)


def made(kind: str, discretize: bool = True) -> Any:
    return networks.convert(seeded(KINDS[kind]()), SHAPE, specs=SPECS, discretize=discretize)


def rested(net: Any) -> Any:
    """The network with all potentials at rest."""
    for module in net.modules():
        if hasattr(module, "reset_states"):
            module.reset_states()
    return net


@pytest.mark.parametrize(
    ("kind", "discretize"), [("chain", False), ("chain", True), ("two scales", True), ("sensor", True)]
)
def test_copies_do_the_same(kind: str, discretize: bool) -> None:
    """deepcopy, pickle and a saved state in a fresh one; the potentials go with the first two."""
    net, x = made(kind, discretize), shown()
    expected = net(x)
    assert expected.sum() > 0
    copies = [deepcopy(net), pickle.loads(pickle.dumps(net))]
    later = net(x)
    for one in copies:
        assert torch.equal(one(x), later)
    file = io.BytesIO()
    torch.save(rested(net).state_dict(), file)
    file.seek(0)
    fresh = made(kind, discretize)
    for parameter in fresh.parameters():
        parameter.data += 1
    fresh.load_state_dict(torch.load(file))
    assert torch.equal(rested(fresh)(x), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_it_moves(kind: str) -> None:
    """To the device where tensors have no values: everything goes; and to the processor that it is on."""
    net = made(kind)
    assert net.to("cpu") is net
    net.to("meta")
    assert {one.device.type for one in (*net.parameters(), *net.buffers())} == {"meta"}
    assert net(shown().to("meta")).device.type == "meta"


@pytest.mark.parametrize("kind", COMPILED)
def test_it_learns(kind: str) -> None:
    """A few steps bring the number of spikes nearer to what is wanted."""
    torch.manual_seed(1)
    net, x = made(kind, discretize=False), shown()
    wanted = rested(net)(x).mean().item() * 0.5
    optimizer = torch.optim.Adam([p for p in net.parameters() if p.requires_grad], 0.01)
    losses = []
    for _ in range(6):
        optimizer.zero_grad()
        loss = (rested(net)(x).mean() - wanted) ** 2
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[0] > 0
    assert min(losses[1:]) < 0.9 * losses[0]


@pytest.mark.parametrize("kind", COMPILED)
def test_it_compiles_as_one_graph(kind: str) -> None:
    """Without a break, and with the same spikes; what a compiler makes of the graph is its own affair."""
    net, x = made(kind), shown()
    expected = rested(net)(x)
    graphs: list[Any] = []

    def backend(graph: Any, _: Any) -> Any:
        graphs.append(graph)
        return graph

    torch._dynamo.reset()
    compiled = torch.compile(rested(net), backend=backend, fullgraph=True)
    with torch.no_grad():
        assert torch.equal(compiled(x), expected)
    assert len(graphs) == 1


@pytest.mark.parametrize("kind", COMPILED)
def test_it_is_exported(kind: str) -> None:
    """torch.export, from rest, with the same spikes."""
    net, x = made(kind), shown()
    expected = rested(net)(x)
    program = torch.export.export(rested(net).eval(), (x,))
    assert torch.equal(rested(program.module())(x), expected)
