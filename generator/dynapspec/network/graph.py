"""A network of generated layers that is no chain: it runs, trains and saves as any torch module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from torch import nn

from dynapspec.network.network import Edge, Network, Preprocessing

if TYPE_CHECKING:
    from torch import Tensor


class GraphNetwork(nn.Module):
    """The layers of a network, and the ways between them as the chip has them.

    Spikes leave a layer for each of its destinations with the pooling of that destination, and arrive
    at the features that its shift says; what several layers send to the same features is added.

    Attributes:
        layers: the generated layers, in the order of the network; none pools.
        names: what the network calls each layer.
    """

    def __init__(self, network: Network, layers: Sequence[nn.Module], pools: Sequence[nn.Module]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.pools = nn.ModuleList(pools)
        self.names = tuple(layer.name for layer in network.layers)
        self.edges, self.input_shape = network.edges, network.input_shape
        self.shapes = [layer.description.input_shape for layer in network.layers if layer.description]
        self.preprocessing = network.preprocessing

    def forward(self, x: Tensor) -> Any:
        """What leaves the network: one tensor, or a tuple of them where there are several outputs.

        Args:
            x: the input, (batch * time, features, height, width).
        """
        if self.preprocessing is not None:
            x = preprocess(x, self.preprocessing)
        sent: dict[int | None, Tensor] = {None: x}
        arrived: list[Tensor] = []
        ways = list(zip(self.edges, self.pools, strict=True))
        for index, layer in enumerate(self.layers):
            into = [(edge, pool) for edge, pool in ways if edge.target == index]
            sent[index] = layer(_joined(into, sent, self.shapes[index][0]))
        for edge, pool in ways:
            if edge.target is None:
                arrived.append(pool(sent[edge.source]))
        return arrived[0] if len(arrived) == 1 else tuple(arrived)


def _joined(ways: Sequence[tuple[Edge, nn.Module]], sent: dict[int | None, Tensor], features: int) -> Tensor:
    """The map that a layer receives over several ways."""
    arriving: list[tuple[int, Tensor]] = [
        (edge.feature_shift, pool(sent[edge.source])) for edge, pool in ways
    ]
    if len(arriving) == 1:
        return arriving[0][1]
    first = arriving[0][1]
    total: Tensor = first.new_zeros((first.shape[0], features, *first.shape[2:]))
    for shift, one in arriving:
        behind = features - shift - one.shape[1]
        total = total + nn.functional.pad(one, (0, 0, 0, 0, shift, behind))
    return total


def preprocess(x: Any, asked: Preprocessing) -> Any:
    """What the block of the sensor does: it adds polarities, sums windows, cuts a part out, and turns it."""
    if asked.merge:
        x = x.sum(-3, keepdim=True)
    down, across = asked.pool
    if asked.pool != (1, 1):
        rows, columns = x.shape[-2] // down * down, x.shape[-1] // across * across
        whole = x[..., :rows, :columns]
        split = whole.reshape(*x.shape[:-2], rows // down, down, columns // across, across)
        x = split.sum((-3, -1))
    if asked.crop is not None:
        top, left, height, width = asked.crop
        x = x[..., top : top + height, left : left + width]
    turned = [axis for axis, asked_for in zip((-2, -1), asked.mirror, strict=True) if asked_for]
    x = x.flip(turned) if turned else x
    return x.transpose(-2, -1) if asked.swap else x


class SensorBlock(nn.Module):
    """The pre-processing of the sensor in front of a chain of layers."""

    def __init__(self, asked: Preprocessing) -> None:
        super().__init__()
        self.asked = asked

    def forward(self, x: Tensor) -> Any:
        """The input as the first layer receives it."""
        return preprocess(x, self.asked)


def identity() -> nn.Module:
    """A way that pools nothing."""
    return nn.Identity()
