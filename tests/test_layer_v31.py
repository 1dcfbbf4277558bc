"""The version 3.1 layer: a list of poolings, one for each destination, out of the same templates."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from torch import Tensor, nn

import dynapcnn
import dynapcnn_v31
from dynapcnn.chips import speck2f as speck2f_v2
from dynapcnn_v31 import DynapcnnLayer, IAFSqueeze, SumPool2d
from dynapcnn_v31.chips import CHIPS, PlacementError, speck2f
from dynapcnn_v31.shapes import LayerDims, Pool, describe
from dynapcnn_v31.simulation import simulate_events

ROOT = Path(__file__).resolve().parents[1]


def spk() -> IAFSqueeze:
    return IAFSqueeze(batch_size=1, min_v_mem=-1.0)


def layer(pool: Any, c: int = 2, f: int = 3, size: int = 8, **options: Any) -> DynapcnnLayer:
    return DynapcnnLayer(nn.Conv2d(c, f, 3, padding=1), spk(), (c, size, size), pool, **options)


def test_the_variant_is_a_small_edit() -> None:
    lines = (ROOT / "specs" / "layers" / "dynapcnn_v31.yaml").read_text().splitlines()
    assert len(lines) < 60
    stated = yaml.safe_load("\n".join(lines))
    assert stated["quantization"] == {"rescale": "weight * rescale"}
    assert not stated.keys() & {"memory", "shapes", "rules", "dynamics", "dims", "widths"}


def test_both_packages_have_the_same_modules_and_names() -> None:
    files = [
        {path.relative_to(ROOT / "generated" / name).as_posix() for path in found}
        for name in ("dynapcnn", "dynapcnn_v31")
        for found in [(ROOT / "generated" / name).rglob("*.py")]
    ]
    assert files[0] == files[1]
    assert dynapcnn.__all__ == dynapcnn_v31.__all__
    assert list(CHIPS) == list(dynapcnn.chips.CHIPS)


def test_signature() -> None:
    parameters = inspect.signature(DynapcnnLayer).parameters
    assert list(parameters) == ["conv", "spk", "in_shape", "pool", "discretize", "rescale_weights"]
    assert parameters["pool"].default is inspect.Parameter.empty
    assert (parameters["discretize"].default, parameters["rescale_weights"].default) == (True, 1)


def test_attributes() -> None:
    made = layer([(2, 2), 1], rescale_weights=0.25)
    assert made.pool == [(2, 2), (1, 1)]
    assert (made.in_shape, made.discretize, made.rescale_weights) == ((2, 8, 8), True, 0.25)
    assert made.conv_layer is made.conv
    assert made.spk_layer is made.spk
    assert made.conv_out_shape == made.get_neuron_shape() == (3, 8, 8)
    assert {name.partition(".")[0] for name in made.state_dict()} == {"conv", "spk"}
    with pytest.raises(AttributeError):
        made.conv_out_shape = (1, 1, 1)  # type: ignore[misc]


@pytest.mark.parametrize("pool", [[], [1], [2], [4, 1], [1, 2, 4, 8]])
def test_one_output_for_each_destination(pool: list[int]) -> None:
    made = layer(pool, discretize=False)
    x = torch.randint(0, 3, (5, 2, 8, 8)).float()
    leaving = made(x)
    made.spk.reset_states()
    spikes = made.spk(made.conv(x))
    maps = leaving if isinstance(leaving, tuple) else (leaving,)
    assert isinstance(leaving, Tensor) == (len(pool) == 1)
    assert [tuple(one.shape[1:]) for one in maps] == made.get_output_shape()
    for size, one in zip(pool, maps, strict=True):
        rows = spikes.reshape(5, 3, 8 // size, size, 8 // size, size)
        assert torch.equal(one, rows.sum((3, 5)))


def test_memory_does_not_depend_on_destinations() -> None:
    words = {"kernel": 2 * 2 ** (4 + 2), "neuron": 3 * 64, "bias": 3}
    assert layer([]).memory_summary() == layer([2, 1]).memory_summary() == words


def test_gradients_of_all_destinations_meet() -> None:
    made = layer([2, 1], discretize=False)
    x = torch.ones(1, 2, 8, 8)
    alone = []
    for index in (0, 1):
        made.spk.reset_states()
        made(x)[index].sum().backward()
        assert made.conv.weight.grad is not None
        alone.append(made.conv.weight.grad.clone())
        made.zero_grad()
        assert made.conv.weight.grad.abs().sum() == 0
        assert made.spk.v_mem.grad_fn is None
    made.spk.reset_states()
    sum(one.sum() for one in made(x)).backward()
    torch.testing.assert_close(made.conv.weight.grad, alone[0] + alone[1])


@pytest.mark.parametrize(
    ("pool", "message"),
    [
        (2, "pool is a int, and must be a list with one entry for each destination"),
        (None, "pool is a NoneType, and must be a list"),
        (SumPool2d(2), "pool is a SumPool2d, and must be a list"),
        ([1, None], "an entry of pool is a NoneType, .*give a SumPool2d or an int"),
        ([nn.AvgPool2d(2)], "an entry of pool is a AvgPool2d, and the chip sums"),
        ([True], "an entry of pool is a bool"),
    ],
)
def test_pools_of_another_kind(pool: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        layer(pool)


@pytest.mark.parametrize(
    ("pool", "message"),
    [
        ([1, (1, 2)], "pool-square: .*1x2"),
        ([1, SumPool2d(2, 1)], "pool-stride: "),
        ([2, 9], "pooled-map-not-empty: .*9x9"),
        ([1, 0], "at least 1"),
        ([(2, 2, 2)], "a whole number or a pair"),
        ([SumPool2d(3, ceil_mode=True)], "pool has ceil_mode .*map of 8x8"),
    ],
)
def test_pools_that_make_no_layer(pool: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        layer(pool)


def test_every_broken_destination_is_told() -> None:
    with pytest.raises(ValueError, match=r"1x2.*\n.*4x2"):
        layer([(1, 2), 2, (4, 2)])


def test_a_chip_judges_each_destination() -> None:
    assert speck2f.check(layer([2, 1])) == []
    broken = speck2f.check(layer([8, 4, 5, 6]))
    assert [(violation.rule, violation.actual) for violation in broken] == [
        ("fan-out", 4),
        ("pooling", 8),
        ("pooling", 5),
        ("pooling", 6),
    ]
    assert broken[0].clause == "dynapcnn_v31@3.1.0#/rules/fan-out"


def test_dimensions() -> None:
    dims = describe(layer([2, 1]))
    assert isinstance(dims, LayerDims)
    assert dims.destinations == 2
    assert dims.pools == (Pool(2, 2, 2, 2), Pool(1, 1, 1, 1))
    assert describe(layer([])).pools == ()


def test_placement() -> None:
    roomy = DynapcnnLayer(nn.Conv2d(32, 128, 3, padding=1), spk(), (32, 8, 8), [2, 1])
    assert speck2f.cores_for(roomy) == [5, 6]
    assert speck2f.place([roomy, layer([1]), roomy]).cores == [5, 0, 6]
    with pytest.raises(PlacementError):
        speck2f.place([roomy] * 3)


def test_the_packages_tell_each_others_layers_apart() -> None:
    old = dynapcnn.DynapcnnLayer(nn.Conv2d(2, 3, 3), dynapcnn.IAFSqueeze(1, min_v_mem=-1.0), (2, 8, 8))
    with pytest.raises(
        TypeError, match=r"dynapcnn_v31\.DynapcnnLayer .*not a dynapcnn\.layer\.DynapcnnLayer"
    ):
        speck2f.check(old)
    with pytest.raises(TypeError, match=r"a dynapcnn\.DynapcnnLayer "):
        speck2f_v2.check(layer([1]))


def test_rescaling_multiplies() -> None:
    conv = nn.Conv2d(1, 1, 1, bias=False)
    conv.weight.data.fill_(0.3)
    made = DynapcnnLayer(conv, spk(), (1, 1, 1), [1], discretize=False, rescale_weights=4)
    assert made.conv.weight.item() == torch.tensor(0.3).mul(4).item()
    old = dynapcnn.DynapcnnLayer(conv, dynapcnn.IAFSqueeze(1), (1, 1, 1), discretize=False, rescale_weights=4)
    assert old.conv_layer.weight.item() == torch.tensor(0.3).div(4).item()


def eager(size: int, pool: list[int]) -> DynapcnnLayer:
    """Each event that reaches a neuron makes it fire once."""
    conv = nn.Conv2d(1, 1, 1, bias=False)
    conv.weight.data.fill_(1.0)
    return DynapcnnLayer(conv, IAFSqueeze(batch_size=1), (1, size, size), pool, discretize=False)


def test_events_go_through_a_chain() -> None:
    events = np.array([[x, y, 0, 4 * y + x] for y in range(4) for x in range(4)])
    result = simulate_events([eager(4, [2]), eager(2, [1])], events)
    assert result.counts[1].tolist() == [[[4, 4], [4, 4]]]
    for pool in ([], [2, 1]):
        with pytest.raises(ValueError, match=f"a layer has {len(pool)} destinations"):
            simulate_events([eager(4, pool), eager(2, [1])], events)


def test_a_copy_and_a_saved_state() -> None:
    made = layer([2, 1])
    fresh = layer([2, 1])
    made(torch.ones(1, 2, 8, 8))
    fresh.load_state_dict(made.state_dict())
    assert torch.equal(fresh.conv.weight, made.conv.weight)
    assert torch.equal(fresh.spk.v_mem, made.spk.v_mem)
