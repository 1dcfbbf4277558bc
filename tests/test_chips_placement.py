"""Networks whose cores are known, on chips."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from torch import nn

from dynapcnn import DynapcnnLayer, IAFSqueeze
from dynapcnn.chips import CHIPS, PlacementError, speck2cmini, speck2dmini, speck2e, speck2f
from dynapcnn.shapes import LayerDims


def conv(
    into: int, out: int, kernel: int, stride: int = 1, padding: int = 0, *, size: Any, **more: Any
) -> Any:
    """A layer with weights that take no memory."""
    module = nn.Conv2d(into, out, kernel, stride, padding, bias=more.get("bias", False), device="meta")
    sizes = (size, size) if isinstance(size, int) else size
    return DynapcnnLayer(
        module, IAFSqueeze(1, min_v_mem=-1.0), (into, *sizes), more.get("pool"), discretize=False
    )


def linear(into: int, out: int, shape: tuple[int, int, int] | None = None) -> Any:
    module = nn.Linear(into, out, bias=False, device="meta")
    return DynapcnnLayer(module, IAFSqueeze(1, min_v_mem=-1.0), shape or (into, 1, 1), discretize=False)


def mnist() -> list[Any]:
    return [
        conv(1, 20, 5, size=28, pool=2),
        conv(20, 32, 5, size=12, pool=2),
        conv(32, 128, 3, size=4, pool=2),
        linear(128, 500),
        linear(500, 10),
    ]


def small() -> list[Any]:
    return [conv(1, 3, 5, size=28, pool=2), conv(3, 1, 5, size=12, pool=2), linear(16, 2, (1, 4, 4))]


def large() -> list[Any]:
    return [
        conv(2, 16, 2, 2, size=128),
        conv(16, 16, 3, 1, 1, size=64, pool=2),
        conv(16, 32, 3, 1, 1, size=32, pool=2),
        conv(32, 32, 3, 1, 1, size=16, pool=2),
        conv(32, 64, 3, 1, 1, size=8, pool=2),
        conv(64, 64, 3, 1, 1, size=4, pool=2),
        conv(64, 256, 2, size=2),
        conv(256, 128, 1, size=1),
        conv(128, 1, 1, size=1),
    ]


def wide() -> Any:
    return conv(2, 16, 3, 1, 1, size=64)


def tiny(bias: bool = False) -> Any:
    return conv(1, 1, 1, size=1, bias=bias)


def words(layer: Any) -> tuple[int, int]:
    summary = layer.memory_summary()
    return summary["kernel"], summary["neuron"]


# name: layers, cores, (kernel, neuron) words of each
FITS: dict[str, tuple[list[Any], list[int], list[tuple[int, int]]]] = {
    "mnist": (
        mnist(),
        [0, 3, 5, 6, 1],
        [(1024, 20480), (20480, 2048), (65536, 512), (65536, 500), (8000, 10)],
    ),
    "small": (small(), [0, 1, 2], [(128, 3072), (96, 64), (32, 2)]),
    "large": (
        large(),
        [0, 1, 2, 8, 4, 5, 6, 3, 7],
        [
            (128, 65536),
            (4096, 65536),
            (8192, 32768),
            (16384, 8192),
            (32768, 4096),
            (65536, 1024),
            (65536, 256),
            (32768, 128),
            (128, 1),
        ],
    ),
    "three wide": ([wide()] * 3, [0, 1, 2], [(512, 65536)] * 3),
    "nine tiny": ([tiny()] * 9, list(range(9)), [(1, 1)] * 9),
    "three deep": (
        [conv(32, 64, 3, size=8), conv(64, 64, 3, size=8), conv(64, 64, 3, size=8)],
        [3, 5, 6],
        [(32768, 64 * 64), (65536, 64 * 64), (65536, 64 * 64)],
    ),
    "re-routed": ([tiny()] * 3 + [wide()], [3, 1, 2, 0], [(1, 1)] * 3 + [(512, 65536)]),
    "leak": (
        [
            conv(1, 2, 1, 1, size=64, bias=True),
            conv(2, 8, 1, 2, size=64, bias=True),
            conv(8, 16, 1, 2, size=32, bias=True),
        ],
        [0, 1, 2],
        [(2, 2 * 4096), (16, 8 * 1024), (128, 16 * 256)],
    ),
}
# Of several placements the vendor's tool gives the one that its search meets first, and ours the smallest.
SMALLEST = {"large": [0, 1, 2, 7, 3, 5, 6, 4, 8], "re-routed": [0, 1, 3, 2]}


@pytest.mark.parametrize("chip", [speck2e, speck2f], ids=lambda chip: chip.name)
@pytest.mark.parametrize("name", FITS)
def test_networks_that_fit(name: str, chip: Any) -> None:
    layers, cores, sizes = FITS[name]
    assert [words(layer) for layer in layers] == sizes
    assert all(chip.check(layer) == [] for layer in layers)
    assert chip.place(layers).cores == SMALLEST.get(name, cores)
    for layer, core in zip(layers, cores, strict=True):  # the vendor's placement is a possible one
        assert core in chip.cores_for(layer)


@pytest.mark.parametrize("name", [name for name, (layers, _, _) in FITS.items() if len(layers) <= 5])
def test_the_placement_is_the_smallest_there_is(name: str) -> None:
    layers, _, _ = FITS[name]
    candidates = [speck2f.cores_for(layer) for layer in layers]
    choices = (choice for choice in itertools.product(*candidates) if len(set(choice)) == len(choice))
    assert speck2f.place(layers).cores == list(min(choices))


def huge() -> Any:
    return linear(10, 999999)


@pytest.mark.parametrize("before", [mnist(), small()], ids=["mnist", "small"])
def test_one_layer_that_fits_nowhere(before: list[Any]) -> None:
    assert words(huge()) == (10 * 2**20, 999999)
    with pytest.raises(PlacementError, match=f"layer {len(before)} fits no core") as caught:
        speck2f.place([*before, huge()])
    assert caught.value.competing == [len(before)]
    assert caught.value.cores == []


@pytest.mark.parametrize(
    "layer",
    [
        conv(2, 17, 3, 1, 1, size=64),
        conv(16, 32, 3, 1, 1, size=64),
        conv(33, 128, 3, size=8),
        conv(1, 1025, 1, size=1, bias=True),
    ],
)
def test_layers_that_fit_nowhere(layer: Any) -> None:
    assert speck2f.cores_for(layer) == []
    with pytest.raises(PlacementError) as caught:
        speck2f.place([tiny(), layer])
    assert caught.value.competing == [1]


def test_ten_layers_for_nine_cores() -> None:
    with pytest.raises(PlacementError, match="10 layers, 9 of them") as caught:
        speck2f.place([tiny()] * 10)
    assert caught.value.competing == list(range(10))
    assert caught.value.cores == list(range(9))


def test_four_wide_layers_compete_for_three_cores() -> None:
    layers = [tiny(), wide(), tiny(), wide(), wide(), wide()]
    with pytest.raises(PlacementError, match="layers 1, 3, 4, 5 compete for cores 0, 1, 2") as caught:
        speck2f.place(layers)
    assert caught.value.competing == [1, 3, 4, 5]
    assert caught.value.cores == [0, 1, 2]


def sized(kernel: int, neuron: int) -> LayerDims:
    """A layer with so many Ki of kernel and neuron words: f features of 16x16 neurons, 1x1 kernels."""
    f = max(1, neuron * 1024 // 256)
    side = 16 if neuron else 1
    c = max(1, kernel * 1024 // (1 << (f - 1).bit_length()))
    return LayerDims(c=c, f=f, c_in=c, h=side, w=side, kh=1, kw=1)


@pytest.mark.parametrize("chip", [speck2cmini, speck2dmini], ids=lambda chip: chip.name)
def test_the_mini_chips(chip: Any) -> None:
    deep = [sized(kernel, 1) for kernel in (16, 32, 64, 32, 16)]
    assert chip.place(deep).cores == [0, 1, 3, 2, 4]
    flat = [sized(1, neuron) for neuron in (32, 64, 32, 16)] + [sized(0, 0)]
    assert chip.place(flat).cores == [1, 0, 2, 3, 4]
    assert all(core in chip.cores_for(one) for one, core in zip(flat, [2, 0, 1, 4, 3], strict=True))
    with pytest.raises(PlacementError) as caught:
        chip.place([tiny(bias=True)] * 3)
    assert caught.value.competing == [0, 1, 2]
    assert caught.value.cores == [3, 4]


def test_nothing_to_place() -> None:
    assert speck2f.place([]).cores == []


def test_chips_by_name() -> None:
    for name, chip in CHIPS.items():
        assert chip.name == name
    totals = {"speck2f": (278528, 327680), "speck2e": (278528, 327680)}
    for name, (kernel, neuron) in totals.items():
        cores = CHIPS[name].cores.values()
        assert sum(core.kernel_words for core in cores) == kernel
        assert sum(core.neuron_words for core in cores) == neuron
    assert [speck2cmini.cores[n].bias_words for n in range(5)] == [0, 0, 0, 1024, 1024]
    assert (speck2f.cores[5].kernel_words, speck2f.cores[5].neuron_words) == (65536, 16384)
