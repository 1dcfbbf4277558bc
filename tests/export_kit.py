"""Networks of a few words, for tests of configurations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
dynapcnn = pytest.importorskip("dynapcnn", reason="the generated package is not on the path")
nn = torch.nn

SPECS = Path(__file__).resolve().parents[1] / "specs"


def conv(weight: Any, bias: list[int] | None = None, **fields: Any) -> Any:
    """A convolution with these weights, (out, in, row, column)."""
    words = torch.tensor(weight, dtype=torch.float32)
    out, into, *kernel = words.shape
    made = nn.Conv2d(into, out, tuple(kernel), bias=bias is not None, **fields)
    made.weight.data = words
    if bias is not None:
        made.bias.data = torch.tensor(bias, dtype=torch.float32)
    return made


def layer(synapses: Any, threshold: int, floor: int, shape: Any, pool: Any = None, **neurons: Any) -> Any:
    """A layer that holds these words as they are."""
    spk = dynapcnn.IAFSqueeze(batch_size=1, spike_threshold=threshold, min_v_mem=floor, **neurons)
    made = dynapcnn.DynapcnnLayer(synapses, spk, shape, pool, discretize=False)
    made.discretize = True
    return made


def two_layers() -> Any:
    """A map of 4 rows and 3 columns; rows and columns have other strides and paddings."""
    weight = [[[[1, 2], [3, 4]]], [[[-5, 0], [7, -8]]]]
    first = layer(conv(weight, [-3, 2], stride=(1, 2), padding=(0, 1)), 10, -12, (1, 4, 3), 2)
    second = layer(conv([[[[6]], [[-7]]], [[[8]], [[9]]]]), 5, -5, (2, 1, 1))
    return nn.Sequential(first, second)


OFF_PLACE = {"layer": 0, "enable": False, "pooling": 1, "feature_shift": 0}
OFF_CORE = {
    "leak_enable": False,
    "monitor_enable": False,
    "destinations": [OFF_PLACE, OFF_PLACE],
}
SPECK2 = {  # of the Speck 2e and 2f alone
    "input_congestion_balancer_enable": False,
    "leak_internal_slow_clk_enable": False,
    "output_decimator_enable": False,
}
