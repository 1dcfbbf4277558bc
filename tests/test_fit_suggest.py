"""What would fit: each suggestion is applied by hand and asked about anew."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dynapspec.cli.main import cli
from dynapspec.model import Model, load_model
from dynapspec.network.chain import Chain
from dynapspec.network.edits import FEATURES
from dynapspec.network.fit import ChipFit, Fitter, fit, fitters
from dynapspec.network.loading import read_network
from dynapspec.network.schema import fit_schema
from dynapspec.network.suggest import with_suggestions
from dynapspec.network.suggestion import Suggestion
from test_network_recorded import as_yaml
from test_network_recorded import networks as recorded_networks

SPECS = Path(__file__).resolve().parents[1] / "specs"


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(SPECS)


def conv(features: int, kernel: int | list[int] = 3, **more: Any) -> dict[str, Any]:
    pool = {"pool": more.pop("pool")} if "pool" in more else {}
    return {"conv": {"out_channels": features, "kernel_size": kernel, **more}, **pool}


def gesture(width: int) -> dict[str, Any]:
    """The gesture network of the recorded list, which its author shrank from 128 channels to 8."""
    stages = [conv(width, padding=1, bias=True, pool=2) for _ in range(4)]
    heads = [{"linear": {"out_features": n, "bias": True}} for n in (512, 110, 11)]
    first = conv(width, stride=2, padding=1, bias=True)
    return {"input_shape": [2, 128, 128], "layers": [first, *stages, *heads]}


NETWORKS: dict[str, dict[str, Any]] = {
    "gesture": gesture(128),
    "33 channels": {"input_shape": [2, 8, 8], "layers": [conv(33, padding=1), conv(128, padding=1)]},
    "17 channels": {"input_shape": [1, 64, 64], "layers": [conv(17, 1)]},
    "stride 3": {"input_shape": [2, 32, 32], "layers": [conv(4, stride=3), conv(2, 1)]},
    "pool 3": {"input_shape": [2, 32, 32], "layers": [conv(4, pool=3), conv(2, 1)]},
    "kernel 17": {"input_shape": [2, 32, 32], "layers": [conv(4, 17), conv(2, 1)]},
    "four large layers": {"input_shape": [1, 64, 64], "layers": [conv(16, 1)] * 4},
    "a large map": {"input_shape": [2, 128, 128], "layers": [conv(4, padding=1), conv(4)]},
    "decimation": {"input_shape": [2, 8, 8], "layers": [{**conv(4), "decimate": 3}]},
    "a kernel of 3x5": {"input_shape": [1, 8, 8], "layers": [conv(2, [3, 5])]},
    "a Linear on a map that is not square": {
        "input_shape": [1, 4, 6],
        "layers": [conv(2, 1), {"linear": {"out_features": 3}}],
    },
    "a kernel without a map": {"input_shape": [1, 4, 4], "layers": [conv(2, 3, pool=2), conv(2, 5)]},
    "a window without a map": {"input_shape": [1, 3, 3], "layers": [conv(2, 1, pool=4), conv(2, 1)]},
    "padding 8": {"input_shape": [1, 8, 8], "layers": [conv(2, 3, padding=8)]},
    "padding in a circle": {
        "input_shape": [1, 8, 8],
        "layers": [conv(2, 3, padding=1, padding_mode="circular")],
    },
    "dilation": {"input_shape": [1, 8, 8], "layers": [conv(2, 3, dilation=2)]},
    "groups": {"input_shape": [2, 8, 8], "layers": [conv(2, 3, groups=2)]},
    "1100 features": {"input_shape": [1, 1, 1], "layers": [conv(1100, 1)]},
    "1100 features of the input": {"input_shape": [1100, 1, 1], "layers": [conv(2, 1)]},
    "an input of 150x150": {"input_shape": [1, 150, 150], "layers": [conv(2, 3, stride=4)]},
    "a window of 2x4": {"input_shape": [1, 16, 16], "layers": [conv(2, 1, pool=[2, 4])]},
    "windows that overlap": {
        "input_shape": [1, 16, 16],
        "layers": [conv(2, 1, pool={"kernel_size": 4, "stride": 2})],
    },
    "a floor of 0": {
        "input_shape": [1, 8, 8],
        "layers": [{**conv(2, 1), "neurons": {"spike_threshold": 4, "min_v_mem": 0}}],
    },
    "a layer that states other input features": {
        "input_shape": [2, 8, 8],
        "layers": [conv(4), conv(4, in_channels=6), conv(2, 1)],
    },
    "the first layer states other input features": {
        "input_shape": [2, 8, 8],
        "layers": [conv(4, in_channels=3), conv(2, 1)],
    },
    "weights that are no words": {
        "input_shape": [1, 8, 8],
        "layers": [
            {
                **conv(2, weight={"min": -300, "max": 200}),
                "neurons": {"spike_threshold": 100, "min_v_mem": -100},
            }
        ],
    },
    "weights without neurons": {
        "input_shape": [1, 8, 8],
        "layers": [conv(2, weight={"min": -3, "max": 200})],
    },
    "a threshold that is no word": {
        "input_shape": [1, 8, 8],
        "layers": [{**conv(2), "neurons": {"spike_threshold": 40000, "min_v_mem": -100}}],
    },
    "a floor that is no word": {
        "input_shape": [1, 8, 8],
        "layers": [{**conv(2), "neurons": {"spike_threshold": 400, "min_v_mem": -40000}}],
    },
    "a sensor that pools by 3": {
        "input_shape": [2, 36, 36],
        "sensor": {"pool": 3},
        "layers": [conv(2, 3)],
    },
    "a sensor of 160x144": {
        "input_shape": [2, 160, 144],
        "sensor": {"merge": True, "pool": 4},
        "layers": [conv(2, 3)],
    },
    "33 channels into 128": {"input_shape": [33, 8, 8], "layers": [conv(128, 3)]},
    "1025 biases": {"input_shape": [1, 1, 1], "layers": [conv(1025, 1, bias=True)]},
    "kernel and neurons": {"input_shape": [32, 32, 32], "layers": [conv(64, 3, padding=1)]},
}
ELSEWHERE = {"fan-out"}  # which has a test of its own


@cache
def tools() -> tuple[Chain, list[Fitter]]:
    """What builds networks, and what judges them for each chip; made once, since it takes long."""
    model = load_model(SPECS)
    return Chain(model), fitters(model)


def judged(path: Path) -> ChipFit:
    """The answer for a network file on the Speck 2f."""
    chain, chips = tools()
    return fit(read_network(path, chain), [one for one in chips if one.chip.name == "speck2f"]).chips[0]


def suggested(model: Model, path: Path, chip: str = "speck2f") -> ChipFit:
    chain, chips = tools()
    report = fit(read_network(path, chain), [one for one in chips if one.chip.name == chip])
    return with_suggestions(report, chain, chips).chips[0]


def written(tmp_path: Path, network: dict[str, Any]) -> Path:
    path = tmp_path / "net.yaml"
    path.write_text(json.dumps({"name": "net", **network}))  # JSON is YAML
    return path


def applied(network: dict[str, Any], suggestion: Suggestion) -> dict[str, Any]:
    """The network file with the changes written into it."""
    made: dict[str, Any] = json.loads(json.dumps(network))
    for change in suggestion.data()["changes"]:
        if change["layer"] is None:
            of_sensor = change["field"] == "sensor.pool"
            (made["sensor"] if of_sensor else made)["pool" if of_sensor else "input_shape"] = change["after"]
            continue
        layer = made["layers"][change["layer"]]
        field, value = change["field"], change["after"]
        if field in ("pool", "decimate"):
            layer[field] = value
        elif field in layer.get("neurons", {}):
            layer["neurons"][field] = value
        elif "linear" in layer:
            layer["linear"]["out_features" if field == "out_channels" else field] = value
        else:
            layer["conv"][field] = value
    return made


@pytest.mark.parametrize("name", NETWORKS)
def test_each_suggestion_fits(model: Model, tmp_path: Path, name: str) -> None:
    network = NETWORKS[name]
    found = suggested(model, written(tmp_path, network))
    assert not found.fits
    assert found.suggestions
    assert [s.cost for s in found.suggestions] == sorted(s.cost for s in found.suggestions)
    for suggestion in found.suggestions:
        assert suggestion.chip is None
        assert suggestion.changes
        path = written(tmp_path, applied(network, suggestion))
        again = judged(path)
        assert again.fits, suggestion.message


def test_every_kind_of_failure_is_among_them(model: Model, tmp_path: Path) -> None:
    """Each rule of the layer spec, and the placement."""
    fitter = fitters(model, "speck2f")[0]
    chain, broken = Chain(model), set[str]()
    for network in NETWORKS.values():
        answer = fitter.fit(read_network(written(tmp_path, network), chain))
        broken |= {violation.rule for violation in answer.violations}
    assert broken >= {*chain.spec.rules, "placement", "dvs-pooling", "dvs-array"} - ELSEWHERE


@pytest.mark.parametrize(("arms", "cores"), [(3, 2), (4, 2)])
def test_too_many_destinations_take_copies(model: Model, tmp_path: Path, arms: int, cores: int) -> None:
    """One layer for several others stands on several cores: the same network, and it fits, by hand too."""
    names = [f"b{i}" for i in range(arms)]
    ends = [{"id": name, "inputs": ["a"], **conv(2, 1)} for name in names]
    last = {"inputs": names, "merge": "add", **conv(2, 1)}
    network = {"input_shape": [1, 8, 8], "layers": [{"id": "a", **conv(2, 1)}, *ends, last]}
    answer = suggested(model, written(tmp_path, network))
    assert "fan-out" in [violation.rule for violation in answer.violations]
    best = next(one for one in answer.suggestions if one.kind == "copies")
    change = {"layer": 0, "field": "copies", "before": 1, "after": cores}
    assert [one.data() for one in best.changes] == [change]
    assert best.message.startswith(f"layer 0 on {cores} cores, each for some of its destinations")
    assert best.parameters == 2 * (cores - 1)  # one input feature, two output features, a kernel of one
    heads = [{"id": f"a{i}", "inputs": ["input"], **conv(2, 1)} for i in range(cores)]
    ends = [{**end, "inputs": [f"a{i // 2}"]} for i, end in enumerate(ends)]
    network["layers"] = [*heads, *ends, last]
    found = judged(written(tmp_path, network))
    assert found.fits


@pytest.mark.parametrize("name", NETWORKS)
def test_nothing_is_changed_without_need(model: Model, tmp_path: Path, name: str) -> None:
    """Where single layers change, none of the changes can be left out; kernel and padding go together."""
    network = NETWORKS[name]
    for suggestion in suggested(model, written(tmp_path, network)).suggestions:
        same = {(change.field, change.before, change.after) for change in suggestion.changes}
        layers = {change.layer for change in suggestion.changes}
        if len(same) == 1 and len(layers) > 1:
            continue
        for layer in layers:
            rest = tuple(change for change in suggestion.changes if change.layer != layer)
            path = written(tmp_path, applied(network, Suggestion("", rest, "")))
            again = judged(path)
            assert not again.fits, suggestion.message


def test_the_author_of_a_gesture_network_shrank_it_to_8(model: Model, tmp_path: Path) -> None:
    """5 layers of 128 features: 8 is the most with which all of it fits, and 9 do not."""
    best = suggested(model, written(tmp_path, gesture(128))).suggestions[0]
    assert [(c.layer, c.field, c.before, c.after) for c in best.changes] == [
        (layer, "out_channels", 128, 8) for layer in range(5)
    ]
    assert best.message.startswith("features 128 -> 8 in layers 0, 1, 2, 3, 4, ")
    for width, fits in ((8, True), (9, False)):
        assert judged(written(tmp_path, gesture(width))).fits is fits


@pytest.mark.parametrize("name", ["retina-128", "parkjjoe-ann-deeper", "vprtempo-2linear"])
def test_recorded_networks_that_fail(model: Model, tmp_path: Path, name: str) -> None:
    """Published networks that fit no chip; what the author of one did is among what is told.

    The deeper network of the list has four stages of 256 features with kernels of 3, which a core has
    no room for; the retina pools by 16, and its authors' table for 64x64 pools by what the chip has.
    """
    path = tmp_path / "network.yaml"
    path.write_text(as_yaml(recorded_networks()[name]))
    found = suggested(model, path)
    assert not found.fits
    assert found.suggestions
    fields = {(change.layer, change.field) for change in found.suggestions[0].changes}
    told = {
        "retina-128": (2, "pool"),
        "parkjjoe-ann-deeper": (4, "kernel_size"),
        "vprtempo-2linear": (0, FEATURES),
    }
    assert told[name] in fields


def test_one_channel_less_is_the_nearest(model: Model, tmp_path: Path) -> None:
    """33 features into 128: 33 * 2^(4+7) = 67584 words; 32 need 65536. One of 33 is 3 %."""
    best = suggested(model, written(tmp_path, NETWORKS["33 channels"])).suggestions[0]
    assert [(c.layer, c.before, c.after) for c in best.changes] == [(0, 33, 32)]
    # parameters: 33 * 9 * (2 + 128) = 38610, and a 33rd of them fewer
    assert best.parameters == -1170
    # kernel memory of the layer itself: 2 * 2^(4+6) -> 2 * 2^(4+5)
    assert best.message == (
        "features 33 -> 32 in layer 0, halves the kernel memory to 1024 words,"
        " neuron memory 2112 -> 2048 words, 3 % fewer parameters"
    )


def test_nearest_legal_values(model: Model, tmp_path: Path) -> None:
    found = suggested(model, written(tmp_path, NETWORKS["stride 3"])).suggestions
    assert {s.changes[0].after for s in found if s.kind == "stride"} == {2, 4}
    found = suggested(model, written(tmp_path, NETWORKS["kernel 17"])).suggestions
    assert found[0].changes[0].data() == {"layer": 0, "field": "kernel_size", "before": 17, "after": 16}
    found = suggested(model, written(tmp_path, NETWORKS["decimation"])).suggestions
    assert {s.changes[0].after for s in found} == {2, 4}  # and not 1, which is farther than 2


def test_words_are_scaled_as_one(model: Model, tmp_path: Path) -> None:
    """-300 becomes -128, by 0.42667: 200 becomes 85, 100 becomes 43, and -100 becomes -43."""
    (only,) = suggested(model, written(tmp_path, NETWORKS["weights that are no words"])).suggestions
    assert {change.field: change.data()["after"] for change in only.changes} == {
        "weight": {"min": -128, "max": 85},
        "spike_threshold": 43,
        "min_v_mem": -43,
    }
    assert "weights -300 to 200 -> -128 to 85 in layer 0" in only.message
    (alone,) = suggested(model, written(tmp_path, NETWORKS["weights without neurons"])).suggestions
    assert alone.changes[0].data()["after"] == {"min": -2, "max": 127}  # -3 * 127 / 200 = -1.9


def test_the_nearest_level_is_the_last_word(model: Model, tmp_path: Path) -> None:
    """Of 16 bits: -32768 to 32767. Scaled as one, 40000 to 32767 takes -100 to -82."""
    found = suggested(model, written(tmp_path, NETWORKS["a threshold that is no word"])).suggestions
    assert [{c.field: c.after for c in one.changes} for one in found] == [
        {"spike_threshold": 32767},
        {"spike_threshold": 32767, "min_v_mem": -82},
    ]
    found = suggested(model, written(tmp_path, NETWORKS["a floor that is no word"])).suggestions
    assert {c.field: c.after for c in found[0].changes} == {"min_v_mem": -32768}


def test_features_that_arrive(model: Model, tmp_path: Path) -> None:
    """4 features are sent and 6 are taken: either side can give way. To change 2 is less than to change 6."""
    network = NETWORKS["a layer that states other input features"]
    found = suggested(model, written(tmp_path, network)).suggestions
    assert [[(c.layer, c.field, c.before, c.after) for c in one.changes] for one in found] == [
        [(1, "in_channels", 6, 4)],
        [(0, "out_channels", 4, 6)],
    ]
    assert found[0].message.startswith("input features 6 -> 4 in layer 1")
    found = suggested(
        model, written(tmp_path, NETWORKS["the first layer states other input features"])
    ).suggestions
    assert ["an input of 3x8x8 in place of 2x8x8" in one.message for one in found] == [True, False]


@pytest.mark.parametrize(("arms", "relays"), [(3, 1), (4, 2), (5, None)])
def test_an_input_for_too_many(model: Model, tmp_path: Path, arms: int, relays: int | None) -> None:
    """The sensor sends to 2 layers. A layer that repeats its events sends to 2 more, and 2 of them to 4."""
    names = [f"b{i}" for i in range(arms)]
    ends: list[dict[str, Any]] = [{"id": name, "inputs": "input", **conv(2, 1)} for name in names]
    last = {"inputs": names, "merge": "add", **conv(2, 1)}
    network = {"input_shape": [2, 8, 8], "layers": [*ends, last]}
    answer = suggested(model, written(tmp_path, network))
    assert [violation.rule for violation in answer.violations] == ["dvs-destinations"]
    if relays is None:
        assert answer.suggestions == ()
        return
    best = answer.suggestions[0]
    change = {"layer": None, "field": "relays", "before": 0, "after": relays}
    assert [one.data() for one in best.changes] == [change]
    assert best.parameters == relays * 2 * 2  # two features into two, a kernel of one
    assert "behind the input, with a kernel of 1, to repeat its events for the others" in best.message
    heads = [{"id": f"r{i}", "inputs": "input", **conv(2, 1)} for i in range(relays)]
    direct = 2 - relays
    ends = [
        {**end, "inputs": "input" if i < direct else f"r{(i - direct) // 2}"} for i, end in enumerate(ends)
    ]
    network["layers"] = [*heads, *ends, last]
    found = judged(written(tmp_path, network))
    assert found.fits


def test_the_block_of_the_sensor(model: Model, tmp_path: Path) -> None:
    """Windows of 2 and 4 are those of the chip, and its array has 128 rows."""
    found = suggested(model, written(tmp_path, NETWORKS["a sensor that pools by 3"])).suggestions
    assert {one.changes[0].after for one in found} == {(2, 2), (4, 4)}
    assert "pooling by 3x3 -> 2x2 in the sensor's block" in [one.message.partition(", ")[0] for one in found]
    (only,) = suggested(model, written(tmp_path, NETWORKS["a sensor of 160x144"])).suggestions
    assert only.changes[0].data()["after"] == [2, 128, 128]


def test_another_chip(model: Model, tmp_path: Path) -> None:
    biased = {"input_shape": [1, 8, 8], "layers": [conv(1, 1, bias=True)] * 3}
    found = suggested(model, written(tmp_path, biased), "speck2cmini").suggestions
    assert (found[0].kind, found[0].chip, found[0].cost) == ("chip", "dynapcnndevkit", 0)
    assert found[0].message == "as it is, it fits dynapcnndevkit, speck2b, speck2btiny, speck2e, speck2f"
    assert [c.field for c in found[1].changes] == ["bias"]


def test_what_is_free(model: Model, tmp_path: Path) -> None:
    """20 features take the words of 32: ceil(log2) is 5 for both. The next layer has room for them too.

    32 into 32 features of 5x5: 32 * 2^(5+5) = 32768 words fit cores 3 to 6.
    """
    found = suggested(model, SPECS / "networks" / "sinabs-mnist.yaml")
    assert found.fits
    first = found.suggestions[0]
    assert (first.kind, first.cost) == ("free", 0)
    assert first.changes[0].before == 20
    most = first.changes[0].after
    text = (SPECS / "networks" / "sinabs-mnist.yaml").read_text()
    for features, fits in ((most, True), (most + 1, False)):
        path = tmp_path / "net.yaml"
        path.write_text(text.replace("out_channels: 20", f"out_channels: {features}"))
        assert judged(path).fits is fits
    assert "32 of them in the words that it takes now" in first.message
    assert "padding wastes 524 of 1024 kernel words, 51 %" in first.message


def test_a_graph_is_suggested_for_as_well(model: Model, tmp_path: Path) -> None:
    network = {
        "input_shape": [1, 64, 64],
        "layers": [
            {"id": "a", **conv(17, 1)},
            {"id": "b", **conv(8, 1)},
            {"inputs": [{"from": "a", "pool": 4}, {"from": "b", "pool": 4}], "merge": "concat", **conv(4)},
        ],
    }
    found = suggested(model, written(tmp_path, network)).suggestions
    assert [(c.layer, c.before, c.after) for c in found[0].changes] == [(0, 17, 16)]


def test_nothing_helps(model: Model, tmp_path: Path) -> None:
    """Ten layers of one neuron each have nine cores, whatever is changed in them."""
    found = suggested(model, written(tmp_path, {"input_shape": [1, 1, 1], "layers": [conv(1, 1)] * 10}))
    assert not found.fits
    assert found.suggestions == ()


def test_on_the_command_line(tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    path = written(tmp_path, NETWORKS["17 channels"])
    asked = ["fit", str(path), "--chip", "speck2f", "--specs", str(SPECS), "--suggest"]
    result = CliRunner().invoke(cli, asked)
    assert result.exit_code == 1
    assert "would fit\n" in result.stdout
    assert "features 17 -> 16 in layer 0" in result.stdout
    data = json.loads(CliRunner().invoke(cli, [*asked, "--format", "json"]).stdout)
    jsonschema.Draft202012Validator(fit_schema()).validate(data)
    first = data["chips"][0]["suggestions"][0]
    assert first["changes"] == [{"layer": 0, "field": "out_channels", "before": 17, "after": 16}]
    assert set(first) == {"kind", "changes", "chip", "cost", "parameters", "message"}
    every = CliRunner().invoke(cli, [*asked[:2], "--specs", str(SPECS), "--suggest"]).stdout
    assert " ".join(every.split()).count("features 17 -> 16 in layer 0") == 7  # one for each chip
    plain = json.loads(CliRunner().invoke(cli, [*asked[:-1], "--format", "json"]).stdout)
    assert plain["chips"][0]["suggestions"] == []
