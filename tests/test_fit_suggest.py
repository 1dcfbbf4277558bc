"""What would fit: each suggestion is applied by hand and asked about anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dynapspec.cli.main import cli
from dynapspec.model import Model, load_model
from dynapspec.network.chain import Chain
from dynapspec.network.edits import FEATURES
from dynapspec.network.fit import ChipFit, fit, fitters
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
    "33 channels into 128": {"input_shape": [33, 8, 8], "layers": [conv(128, 3)]},
    "1025 biases": {"input_shape": [1, 1, 1], "layers": [conv(1025, 1, bias=True)]},
    "kernel and neurons": {"input_shape": [32, 32, 32], "layers": [conv(64, 3, padding=1)]},
}
# Rules that no change of a network file mends: what a layer takes follows from the one before it, and
# the words of a layer come from discretizing it.
NO_CHANGE = {"channels-match", "weight-width", "state-width"}
ELSEWHERE = {"fan-out"}  # which has a test of its own


def suggested(model: Model, path: Path, chip: str = "speck2f") -> ChipFit:
    chain, chips = Chain(model), fitters(model)
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
            made["input_shape"] = change["after"]
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
        (again,) = fit(read_network(path, Chain(model)), fitters(model, "speck2f")).chips
        assert again.fits, suggestion.message


def test_every_kind_of_failure_is_among_them(model: Model, tmp_path: Path) -> None:
    """Each rule of the layer spec, and the placement."""
    fitter = fitters(model, "speck2f")[0]
    chain, broken = Chain(model), set[str]()
    for network in NETWORKS.values():
        answer = fitter.fit(read_network(written(tmp_path, network), chain))
        broken |= {violation.rule for violation in answer.violations}
    assert broken >= {*chain.spec.rules, "placement"} - NO_CHANGE - ELSEWHERE


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
    (found,) = fit(read_network(written(tmp_path, network), Chain(model)), fitters(model, "speck2f")).chips
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
            (again,) = fit(read_network(path, Chain(model)), fitters(model, "speck2f")).chips
            assert not again.fits, suggestion.message


def test_the_author_of_a_gesture_network_shrank_it_to_8(model: Model, tmp_path: Path) -> None:
    """5 layers of 128 features: 8 is the most with which all of it fits, and 9 do not."""
    best = suggested(model, written(tmp_path, gesture(128))).suggestions[0]
    assert [(c.layer, c.field, c.before, c.after) for c in best.changes] == [
        (layer, "out_channels", 128, 8) for layer in range(5)
    ]
    assert best.message.startswith("features 128 -> 8 in layers 0, 1, 2, 3, 4, ")
    for width, fits in ((8, True), (9, False)):
        network = read_network(written(tmp_path, gesture(width)), Chain(model))
        assert fit(network, fitters(model, "speck2f")).fits is fits


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
        assert fit(read_network(path, Chain(model)), fitters(model, "speck2f")).fits is fits
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
