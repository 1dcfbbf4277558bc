"""Loads: events, synaptic operations and bandwidths, counted by hand and one event at a time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dynapspec.cli.main import cli
from dynapspec.diagnostics import InputError
from dynapspec.network.schema import fit_schema
from dynapspec.report import assumed, read_counts, recorded
from report_kit import SPECS, layers, loads_of, written

CONV = "conv: {out_channels: 4, kernel_size: 3, padding: 1}"


def reached(
    place: int, size: int, neurons: int, kernel: int, stride: int, padding: int, dilation: int
) -> int:
    """The neurons of one axis whose kernel has a tap on a place of the map, asked one by one."""
    assert 0 <= place < size
    offsets = [place - (neuron * stride - padding) for neuron in range(neurons)]
    return sum(0 <= at <= (kernel - 1) * dilation and at % dilation == 0 for at in offsets)


def test_one_layer_by_hand(tmp_path: Path) -> None:
    """3x3 kernels on 8 rows, padded: 2 rows of neurons hear a border row, 3 each other: 22 in all of 8.

    An event reaches 22/8 * 22/8 * 4 features = 30.25 neurons on average, and 3 * 3 * 4 = 36 at most.
    """
    network = layers(tmp_path, CONV)
    (load,) = loads_of(network, assumed(network, ["1000"]))
    assert (load.core, load.events, load.mean, load.most) == (0, 1000, 30.25, 36)
    assert load.synops == 30250
    assert load.bandwidth is not None
    assert (load.bandwidth.synops, load.bandwidth.level) == (100_000_000, "assumed")
    assert load.bandwidth.clause == "speck2f@1.1.0#/bandwidth/0"
    assert load.share == pytest.approx(30250 / 100e6)


def test_a_linear_layer_does_one_operation_for_each_output(tmp_path: Path) -> None:
    """Its kernel is the whole map, and lies over each place once: kernel area plays no part."""
    network = layers(tmp_path, "linear: {out_features: 10}", shape="[3, 8, 8]")
    (load,) = loads_of(network, assumed(network, [500]))
    assert (load.mean, load.most, load.synops) == (10, 10, 5000)


@pytest.mark.parametrize("kernel", [1, 2, 5])
@pytest.mark.parametrize(("stride", "padding", "dilation"), [(1, 0, 1), (2, 1, 1), (3, 2, 2), (4, 0, 1)])
def test_operations_are_those_of_each_event(
    tmp_path: Path, kernel: int, stride: int, padding: int, dilation: int
) -> None:
    """Ten events at places that are chosen: the sum over the events, each asked for alone."""
    fields = (
        f"out_channels: 3, kernel_size: {kernel}, stride: {stride}, padding: {padding}, dilation: {dilation}"
    )
    network = layers(tmp_path, f"conv: {{{fields}}}", shape="[2, 9, 13]")
    counts = [[[0] * 13 for _ in range(9)] for _ in range(2)]
    places = [(0, 0), (8, 12), (4, 6), (4, 6), (1, 11), (7, 2), (0, 12), (3, 3), (5, 5), (8, 0)]
    for number, (y, x) in enumerate(places):
        counts[number % 2][y][x] += 1
    (load,) = loads_of(network, recorded(network, [None], 1.0, counts))
    rows, columns = network.layers[0].neuron_map
    each = [
        3 * reached(y, 9, rows, kernel, stride, padding, dilation)
        * reached(x, 13, columns, kernel, stride, padding, dilation)
        for y, x in places
    ]  # fmt: skip
    assert (load.events, load.synops) == (10, sum(each))
    busiest = max(reached(y, 9, rows, kernel, stride, padding, dilation) for y in range(9))
    across = max(reached(x, 13, columns, kernel, stride, padding, dilation) for x in range(13))
    assert load.most == 3 * busiest * across


def test_even_counts_are_an_even_rate(tmp_path: Path) -> None:
    network = layers(tmp_path, CONV, CONV + "\n    pool: 2", "linear: {out_features: 2}")
    even = [[[[2] * 8 for _ in range(8)] for _ in range(4)]] * 2
    counted = loads_of(network, recorded(network, [*even, None], 0.5, [[[1] * 8 for _ in range(8)]]))
    guessed = loads_of(network, assumed(network, ["2/pixel", "4/neuron@all"]))
    for one, other in zip(counted, guessed, strict=True):
        assert one.synops == pytest.approx(other.synops)
        assert one.events == pytest.approx(other.events)


def test_pooling_decimation_and_what_it_leaves_out(tmp_path: Path) -> None:
    """A 9x9 map pooled by 2 is 4x4: of 81 places 64 are heard, and every second spike leaves."""
    network = layers(
        tmp_path,
        "{conv: {out_channels: 1, kernel_size: 1}, pool: 2, decimate: 2}",
        "linear: {out_features: 5}",
        shape="[1, 9, 9]",
    )
    _, last = loads_of(network, assumed(network, ["1", "810@0"]))
    assert last.events == pytest.approx(810 * 64 / 81 / 2)
    assert last.synops == pytest.approx(5 * 320)
    corner = [[[0] * 9 for _ in range(9)]]
    corner[0][8][8] = 7  # beyond the last window
    _, last = loads_of(network, recorded(network, [corner, None], 1.0))
    assert (last.events, last.synops) == (0, 0)


def test_branches_add_up(tmp_path: Path) -> None:
    network = written(
        tmp_path,
        "name: net\ninput_shape: [1, 8, 8]\nlayers:\n"
        "  - {id: a, conv: {out_channels: 2, kernel_size: 1}}\n"
        "  - {id: b, inputs: input, conv: {out_channels: 3, kernel_size: 1}}\n"
        "  - {inputs: [a, b], merge: concat, conv: {out_channels: 7, kernel_size: 1}}\n",
    )
    loads = loads_of(network, assumed(network, ["100", "10@a", "20@b"]))
    assert [load.events for load in loads] == [100, 100, 30]
    assert [load.synops for load in loads] == [200, 300, 210]


def test_what_nobody_said_is_unknown(tmp_path: Path) -> None:
    network = layers(tmp_path, CONV, CONV)
    first, second = loads_of(network, assumed(network, ["1e5"]))
    assert first.synops is not None
    assert (second.synops, second.share, second.events) == (None, None, None)
    assert second.unknown == "nobody said what layer 0 sends"


def test_a_chip_whose_bandwidth_no_source_states(tmp_path: Path) -> None:
    network = layers(tmp_path, CONV)
    (load,) = loads_of(network, assumed(network, ["1e5"]), "speck2cmini")
    assert load.synops is not None
    assert (load.bandwidth, load.share, load.over) == (None, None, False)


def test_more_than_a_core_can_do(tmp_path: Path) -> None:
    """36 operations of an event at most and 30.25 on average: 3 million events are 90.75 or 108 million."""
    network = layers(tmp_path, CONV)
    for rate, over, may in (("2.7e6", False, False), ("3e6", False, True), ("3.4e6", True, False)):
        (load,) = loads_of(network, assumed(network, [rate]))
        assert (load.over, load.may_be_over) == (over, may)


# ── Rates and counts ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "rate",
    ["", "fast", "-1", "nan", "inf", "1e5@", "5/hour", "1@9", "1@nobody", "\x1b[31m", "9" * 400 + "@x"],
)
def test_rates_that_are_none(tmp_path: Path, rate: str) -> None:
    network = layers(tmp_path, CONV)
    with pytest.raises(InputError) as caught:
        assumed(network, [rate])
    (finding,) = caught.value.diagnostics
    assert finding.code == "rate"
    assert finding.hint
    assert "\x1b" not in str(caught.value)


def test_one_rate_for_one_place(tmp_path: Path) -> None:
    network = layers(tmp_path, CONV)
    for rates in (["1", "2"], ["1@0", "2@0"], ["1@all", "2@all"]):
        with pytest.raises(InputError, match="two rates"):
            assumed(network, rates)


def test_counts_as_json_and_as_npz_are_the_same(tmp_path: Path) -> None:
    numpy = pytest.importorskip("numpy")
    network = layers(tmp_path, CONV, "linear: {out_features: 2}")
    counts = numpy.arange(4 * 8 * 8).reshape(4, 8, 8)
    (tmp_path / "a.json").write_text(
        json.dumps({"seconds": 0.25, "input": 1000, "layers": [counts.tolist(), None]})
    )
    numpy.savez(tmp_path / "a.npz", seconds=0.25, input=1000, layer_0=counts)
    told = [loads_of(network, read_counts(tmp_path / name, network)) for name in ("a.json", "a.npz")]
    assert told[0] == told[1]
    assert told[0][1].events == counts.sum() / 0.25
    assert told[0][1].synops == 2 * counts.sum() / 0.25


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"seconds": 1}',
        '{"layers": [1, 1]}',
        '{"seconds": 0, "layers": [1, 1]}',
        '{"seconds": -1, "layers": [1, 1]}',
        '{"seconds": NaN, "layers": [1, 1]}',
        '{"seconds": "1", "layers": [1, 1]}',
        '{"seconds": 1, "layers": [1]}',
        '{"seconds": 1, "layers": [1, -1]}',
        '{"seconds": 1, "layers": [1, 0.5]}',
        '{"seconds": 1, "layers": [1, "1"]}',
        '{"seconds": 1, "layers": [1, [1]]}',
        '{"seconds": 1, "layers": [1, [[["x"]]]]}',
        '{"seconds": 1, "layers": [1, [[[1, 2], [3]]]]}',
        '{"seconds": 1, "layers": [1, [[[1]]]]}',
        '{"seconds": 1, "layers": [1, 1], "more": 1}',
        '{"seconds": 1, "layers": ' + "[" * 100_000,
    ],
)
def test_counts_that_are_none(tmp_path: Path, text: str) -> None:
    network = layers(tmp_path, CONV, CONV)
    path = tmp_path / "counts.json"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_counts(path, network)
    assert {finding.code for finding in caught.value.diagnostics} == {"counts"}


def test_the_answer_of_a_simulation_is_a_file_of_counts(tmp_path: Path) -> None:
    """600 events and 60 spikes in 20 ms are 30000 and 3000 in a second."""
    network = layers(tmp_path, CONV, "linear: {out_features: 2}")
    found = [{"received": 600, "spikes": 60}, {"received": 60, "spikes": 1}]
    path = tmp_path / "counts.json"
    path.write_text(json.dumps({"duration_us": 20_000, "network": "net", "layers": found}))
    first, second = loads_of(network, read_counts(path, network))
    assert (first.events, second.events) == (30_000, 3_000)
    for broken in ([], [{"spikes": 1}, {}], 3):
        path.write_text(json.dumps({"duration_us": 20_000, "layers": broken}))
        with pytest.raises(InputError, match="no answer of a simulation"):
            read_counts(path, network)


@pytest.mark.parametrize("content", [b"", b"PK", bytes(range(256))])
def test_an_npz_that_is_none(tmp_path: Path, content: bytes) -> None:
    pytest.importorskip("numpy")
    path = tmp_path / "counts.npz"
    path.write_bytes(content)
    with pytest.raises(InputError):
        read_counts(path, layers(tmp_path, CONV))


# ── The command ──────────────────────────────────────────────────────────────────────────────────

GESTURE = str(SPECS / "networks" / "dvsgesturenet-8.yaml")


def run(*arguments: str) -> Any:
    return CliRunner().invoke(cli, ["fit", *arguments, "--specs", str(SPECS)], catch_exceptions=True)


def test_json_of_loads_meets_its_schema() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    result = run(GESTURE, "--rate", "1e5", "--rate", "10/neuron@2", "--format", "json")
    assert result.exit_code == 0, result.output
    data = json.loads(result.stdout)
    jsonschema.validate(data, fit_schema())
    assert data["rates"] == {"basis": "assumed", "input": 1e5, "layers": [None, None, 81920, *[None] * 5]}
    speck = next(chip for chip in data["chips"] if chip["chip"] == "speck2f")
    assert speck["loads"][0]["limit"] == 100_000_000
    assert speck["loads"][3]["limit"] == 30_000_000
    assert speck["loads"][3]["events_per_second"] == 81920
    mini = next(chip for chip in data["chips"] if chip["chip"] == "speck2cmini")
    assert {load["limit"] for load in mini["loads"]} == {None}
    assert data["chips"][0]["warnings"][0]["clause"] == "dynapcnn@2.1.0#/dynamics/event/leak"


def test_loads_are_told_only_when_asked() -> None:
    data = json.loads(run(GESTURE, "--chip", "speck2f", "--format", "json").stdout)
    assert set(data) == {"network", "chips"}
    assert "loads" not in data["chips"][0]


def test_text_of_loads_says_what_it_rests_on() -> None:
    text = run(GESTURE, "--chip", "speck2f", "--rate", "1e6").stdout
    assert "assumed events in a second: 1 M from the input" in text
    assert "what a core can do is assumed" in " ".join(text.split())
    assert "speck2f@1.1.0#/bandwidth" in text
    assert "unknown: nobody said what layer 0 sends" in text
    assert max(map(len, text.splitlines())) <= 80


def test_a_chip_without_known_bandwidth_says_so() -> None:
    text = run(str(SPECS / "networks" / "lens-example.yaml"), "--chip", "speck2dmini", "--rate", "1e6").stdout
    assert "can do is unknown" in " ".join(text.split())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--rate", "fast"], "is no rate"),
        (["--rate", "1@11"], "there is no layer"),
        (["--counts", "none.json"], "there is no file"),
        (["--counts", GESTURE], "cannot be read"),
        (["--rate", "1", "--counts", "x.json"], "give one of them"),
    ],
)
def test_bad_usage(arguments: list[str], says: str, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    from dynapspec.cli import main as entry

    monkeypatch.setattr("sys.argv", ["dynapspec", "fit", GESTURE, *arguments, "--specs", str(SPECS)])
    with pytest.raises(SystemExit) as caught:
        entry.main()
    told = capsys.readouterr()
    assert (caught.value.code, told.out) == (2, "")
    assert says in told.err
    assert "Traceback" not in told.err
