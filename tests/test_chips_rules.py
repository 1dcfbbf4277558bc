"""Every rule is broken by a layer made for it, with the numbers worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from torch import nn

from dynapcnn import DynapcnnLayer, IAFSqueeze
from dynapcnn.chips import CHIPS, Chip, speck2cmini, speck2e, speck2f
from dynapcnn.rules import RULES
from dynapcnn.shapes import LayerDims, Pool

SMALL: dict[str, Any] = {"c": 2, "f": 2, "c_in": 2, "h": 8, "w": 8, "kh": 3, "kw": 3, "v_floor": -1}


def dims(**changes: Any) -> LayerDims:
    """A layer that every chip takes, with some changes."""
    return LayerDims(**{**SMALL, **changes})


def pooled(**pool: int) -> dict[str, Any]:
    return {"pools": (Pool(**pool),)}


# rule: what breaks it and nothing else, the actual value, the limit
BROKEN: dict[str, tuple[dict[str, Any], Any, Any]] = {
    "channels-match": ({"c_in": 3}, 2, 3),
    "map-not-empty": ({"kh": 9, "kw": 9}, 8, 8),
    "kernel-square": ({"kh": 2}, 2, 3),
    "kernel-size": ({"kh": 17, "kw": 17, "h": 20, "w": 20}, 17, 16),
    "stride": ({"sy": 3}, [3, 1], [1, 2, 4, 8]),
    "padding": ({"py": 8, "px": 8}, 8, 7),
    "padding-mode": ({"padding_mode": "circular"}, "circular", ["zeros"]),
    "dilation": ({"dy": 2, "dx": 2}, 2, [1]),
    "groups": ({"groups": 2}, 2, [1]),
    "features": ({"f": 1025, "h": 3, "w": 3}, [1025, 2], 1024),
    "input-map": ({"h": 129, "sy": 4}, [129, 8], 128),
    "output-map": ({"w": 67}, [6, 65], 64),
    "fan-out": ({"destinations": 3, "pools": (Pool(),) * 3}, 3, 2),
    "pooling": (pooled(qy=3, qx=3, ty=3, tx=3), 3, [1, 2, 4]),
    "pool-square": (pooled(qy=2, qx=4, ty=2, tx=4), 2, 4),
    "pool-stride": (pooled(qy=2, qx=2, ty=1, tx=1), 1, 2),
    "pooled-map-not-empty": ({"h": 5, **pooled(qy=4, qx=4, ty=4, tx=4)}, 4, [3, 6]),
    "decimation": ({"decimation": 64}, 64, [1, [2, 4, 8, 16, 32, 128, 256, 512]]),
    "weight-width": ({"weight_min": -129, "weight_max": 127}, [-129, 127], [-128, 127]),
    "state-width": ({"v_floor": -32768, "threshold": 32768}, [-32768, 32768], [-32768, 32767]),
    "floor-below-zero": ({"v_floor": 0}, 0, -1),
    "kernel-memory": ({"c": 65, "c_in": 65, "f": 1024, "kh": 1, "kw": 1}, 65 * 1024, 65536),
    "neuron-memory": ({"f": 17, "h": 64, "w": 64, "py": 1, "px": 1}, 17 * 4096, 65536),
    # 64 * 2^(4 + 6) kernel words need core 5 or 6, and those have no room for 64 * 2^(5 + 5) neurons
    "fits-a-core": (
        {"c": 64, "c_in": 64, "f": 64, "kh": 4, "kw": 4, "h": 35, "w": 35},
        [65536, 65536, 0],
        [65536, 65536, 1024],
    ),
}


def test_the_small_layer_is_taken_everywhere() -> None:
    for chip in CHIPS.values():
        assert chip.check(dims()) == []
        assert chip.cores_for(dims()) == list(chip.cores)


@pytest.mark.parametrize("rule", BROKEN)
@pytest.mark.parametrize("chip", [speck2e, speck2f], ids=lambda chip: chip.name)
def test_a_rule_that_is_broken_alone(chip: Chip, rule: str) -> None:
    changes, actual, limit = BROKEN[rule]
    (violation,) = chip.check(dims(**changes))
    assert (violation.rule, violation.actual, violation.limit) == (rule, actual, limit)
    assert violation.clause == f"dynapcnn@2.1.0#/rules/{rule}"
    assert violation.remedy
    for number in actual if isinstance(actual, list) else [actual]:
        assert str(number) in violation.message
    assert str(violation) == f"{rule}: {violation.message}; {violation.remedy}"


def test_every_rule_is_broken_somewhere_in_this_file() -> None:
    assert {*BROKEN, "bias-memory"} == set(RULES)


def test_biases_beyond_the_memory_are_features_beyond_the_limit_too() -> None:
    found = speck2f.check(dims(f=1025, h=3, w=3, has_bias=True))
    assert [(v.rule, v.actual, v.limit) for v in found] == [
        ("features", [1025, 2], 1024),
        ("bias-memory", 1025, 1024),
    ]


def test_just_inside_every_limit() -> None:
    inside: list[dict[str, Any]] = [
        {"kh": 16, "kw": 16, "h": 16, "w": 16},
        {"sy": 8, "sx": 4},
        {"py": 7, "px": 7},
        {"f": 1024, "h": 3, "w": 3, "has_bias": True},
        {"h": 128, "w": 128, "sy": 2, "sx": 2},
        {"h": 66, "w": 66},
        {"destinations": 2, "pools": (Pool(), Pool(4, 4, 4, 4))},
        {"destinations": 0, "pools": ()},
        {"decimation": 512},
        {"weight_min": -128, "weight_max": 127, "v_floor": -32768, "threshold": 32767},
        {"kh": 10, "kw": 10, "py": 1, "px": 1, "h": 8, "w": 8},  # one neuron
        {"c": 64, "c_in": 64, "f": 1024, "kh": 1, "kw": 1, "h": 4, "w": 4},  # a full core 5
        {"f": 16, "h": 66, "w": 66},  # a full core 0
    ]
    for changes in inside:
        assert speck2f.check(dims(**changes)) == [], changes


def test_all_violations_of_a_real_layer_at_once() -> None:
    conv = nn.Conv2d(
        2, 1026, (17, 3), stride=3, padding=8, dilation=(1, 2), groups=2, padding_mode="circular"
    )
    nn.init.constant_(conv.weight, 1000.0)
    spk = IAFSqueeze(batch_size=1, spike_threshold=40000.0, min_v_mem=0.0)
    spk.decimate = 3
    layer = DynapcnnLayer(conv, spk, (2, 200, 200), 3, discretize=False)
    # map: (200 + 16 - 17) // 3 + 1 = 67 rows, (200 + 16 - 2 * 2 - 1) // 3 + 1 = 71 columns
    expected = {
        "kernel-square": (17, 3),
        "kernel-size": ([17, 3], 16),
        "stride": (3, [1, 2, 4, 8]),
        "padding": (8, 7),
        "padding-mode": ("circular", ["zeros"]),
        "dilation": ([1, 2], [1]),
        "groups": (2, [1]),
        "features": ([1026, 2], 1024),
        "input-map": (200, 128),
        "output-map": ([67, 71], 64),
        "pooling": (3, [1, 2, 4]),
        "decimation": (3, [1, [2, 4, 8, 16, 32, 128, 256, 512]]),
        "weight-width": (1000, [-128, 127]),
        "state-width": ([0, 40000], [-32768, 32767]),
        "floor-below-zero": (0, -1),
        "kernel-memory": (2 * 2**6 * 2**11, 65536),
        "neuron-memory": (1026 * 128 * 128, 65536),
        "bias-memory": (1026, 1024),
    }
    found = speck2f.check(layer)
    assert [v.rule for v in found] == list(expected)
    assert {v.rule: (v.actual, v.limit) for v in found} == expected
    assert speck2f.cores_for(layer) == []


def test_what_depends_on_a_broken_rule_is_not_judged() -> None:
    """A layer without a map has no map size, no neuron memory and no pooled map to complain of."""
    found = speck2f.check(dims(kh=9, kw=9, **pooled(qy=4, qx=4, ty=4, tx=4)))
    assert [v.rule for v in found] == ["map-not-empty"]
    assert speck2f.cores_for(dims(kh=9, kw=9)) == []


def test_each_destination_is_judged() -> None:
    pools = (Pool(3, 3, 3, 3), Pool(), Pool(5, 5, 5, 5))
    found = speck2f.check(dims(destinations=3, pools=pools))
    assert [(v.rule, v.actual) for v in found] == [("fan-out", 3), ("pooling", 3), ("pooling", 5)]


def test_the_mini_chips_have_few_biases() -> None:
    assert speck2cmini.cores_for(dims()) == [0, 1, 2, 3, 4]
    assert speck2cmini.cores_for(dims(has_bias=True)) == [3, 4]
    (violation,) = speck2cmini.check(dims(f=16, h=66, w=66, has_bias=True))
    # 2 * 2^(4 + 4) kernel words; the core with 65536 neurons has no biases
    assert (violation.rule, violation.actual) == ("fits-a-core", [512, 65536, 16])


def test_unknown_parameters_are_not_judged() -> None:
    assert speck2f.check(dims(v_floor=None, weight_min=None, threshold=None)) == []


def test_a_missing_lower_bound_is_the_lowest_state() -> None:
    layer = DynapcnnLayer(nn.Conv2d(2, 2, 3), IAFSqueeze(1), (2, 8, 8), discretize=False)
    assert speck2f.check(layer) == []
    zero = DynapcnnLayer(nn.Conv2d(2, 2, 3), IAFSqueeze(1, min_v_mem=0.0), (2, 8, 8))
    assert [v.rule for v in speck2f.check(zero)] == ["floor-below-zero"]


OUTSIDE: dict[str, Any] = {"c": 0, "f": 2**24 + 1, "h": 65537, "kh": 0, "sy": 0, "py": -1, "dx": 0}


@pytest.mark.parametrize("name", OUTSIDE)
def test_values_outside_the_domain_are_no_layer(name: str) -> None:
    with pytest.raises(ValueError, match=f"{OUTSIDE[name]}, and must be"):
        dims(**{name: OUTSIDE[name]})


def test_paddings_that_nobody_knows_are_no_layer() -> None:
    with pytest.raises(ValueError, match="'mirror', and must be zeros or"):
        dims(padding_mode="mirror")
