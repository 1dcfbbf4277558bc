"""A recording of a real Speck 2f: its network, what it was shown, and what its first layer answered.

The folder is found by the variable DYNAPSPEC_SILICON or, without it, beside the project.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from golden import recorded

DIGITS = range(5)
Counts = NDArray[np.int16]
Events = NDArray[np.int64]


@dataclass(frozen=True)
class Part:
    """One layer of the network: float parameters, threshold, input map and pooling."""

    synapses: nn.Module
    threshold: float
    in_shape: tuple[int, int, int]
    pool: int | None

    def build(
        self, layer: Callable[..., Any], neurons: Callable[..., Any], pooling: Any, **options: Any
    ) -> Any:
        """The layer as a given class makes it; the lower bound is minus the threshold."""
        threshold = torch.tensor(self.threshold)
        spk = neurons(batch_size=1, spike_threshold=threshold, min_v_mem=-self.threshold)
        pool = None if self.pool is None else pooling((self.pool, self.pool))
        return layer(self.synapses, spk, self.in_shape, pool, **options)


def folder() -> Path:
    return recorded("DYNAPSPEC_SILICON", "silicon", "the recording of a Speck 2f")


def network() -> list[Part]:
    """The five layers; every neuron array of this graph is uniform, and it is a plain chain."""
    nir = pytest.importorskip(
        "nir", reason="NOT TESTED: the package nir, which reads the network, is missing"
    )
    nodes = nir.read(str(folder() / "nmnist_scnn.nir")).nodes
    chain = [nodes[str(i)] for i in range(len(nodes) - 2)]  # the two others are input and output
    parts: list[Part] = []
    shape = (2, 34, 34)
    for node, neurons, after in zip(chain, chain[1:], [*chain[2:], None], strict=False):
        if type(neurons).__name__ != "IF":
            continue
        threshold = np.unique(neurons.v_threshold)
        assert threshold.size == 1
        synapses = _synapses(node)
        rows, columns = neurons.v_threshold.shape[1:] or (1, 1)
        pool = int(after.kernel_size[0]) if type(after).__name__ == "SumPool2d" else None
        parts.append(Part(synapses, float(threshold[0]), shape, pool))
        shape = (len(neurons.v_threshold), rows // (pool or 1), columns // (pool or 1))
    assert len(parts) == 5
    return parts


def _synapses(node: Any) -> nn.Module:
    weight, bias = torch.tensor(node.weight).float(), torch.tensor(node.bias).float()
    if type(node).__name__ == "Affine":
        linear = nn.Linear(weight.shape[1], weight.shape[0])
        linear.weight.data, linear.bias.data = weight, bias
        return linear
    kernel, stride, padding = (tuple(map(int, n)) for n in (weight.shape[2:], node.stride, node.padding))
    conv = nn.Conv2d(weight.shape[1], weight.shape[0], kernel, stride, padding)  # type: ignore[arg-type]
    conv.weight.data = weight
    assert conv.bias is not None
    conv.bias.data = bias
    return conv


def events(digit: int) -> Events:
    """The events of a digit as x, y, polarity and microseconds, in the order of time."""
    (file,) = folder().glob(f"digit{digit}_*.bs2")
    data = np.frombuffer(file.read_bytes(), np.uint8).reshape(-1, 5).astype(np.int64)
    time = (data[:, 2] & 0x7F) << 16 | data[:, 3] << 8 | data[:, 4]
    found = np.stack([data[:, 0], data[:, 1], data[:, 2] >> 7, time], axis=1)
    assert (np.diff(time) >= 0).all()
    return found


def frames(digit: int, bins: int = 100) -> Tensor:
    """The same events counted in equal time bins, (bins, 2, 34, 34)."""
    x, y, polarity, time = events(digit).T
    found = np.zeros((bins, 2, 34, 34), np.float32)
    np.add.at(found, (time * bins // (time.max() + 1), polarity, y, x), 1)
    return torch.from_numpy(found)


def chip_counts() -> Counts:
    """Spikes of each neuron of the first layer on the chip, (digit, feature, y, x)."""
    counts: Counts = np.load(folder() / "speck2f_layer0_spike_counts.npy")
    assert counts.shape == (5, 16, 16, 16)
    return counts
