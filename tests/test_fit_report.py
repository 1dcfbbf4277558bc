"""The answer of fit: what it says about a chip, as data and as text."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from dynapspec.diagnostics import InputError
from dynapspec.model import Model, load_model
from dynapspec.network.chain import Chain
from dynapspec.network.fit import ChipFit, FitReport, fit, fitters
from dynapspec.network.loading import read_network
from dynapspec.network.report import ranges, show, words
from dynapspec.network.schema import fit_schema
from dynapspec.runtime.placement import place

SPECS = Path(__file__).resolve().parents[1] / "specs"
FULL = "  - conv: {out_channels: 16, kernel_size: 1}\n"  # 16 x 64 x 64 neurons: all of the largest memory
SMALL = "  - conv: {out_channels: 1, kernel_size: 1}\n"
LAYER_KEYS = {
    "index",
    "neuron_shape",
    "kernel_words",
    "neuron_words",
    "bias_words",
    "kernel_waste",
    "neuron_waste",
    "cores",
    "core",
}


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(SPECS)


def report_of(
    model: Model, tmp_path: Path, layers: str, chip: str = "speck2f", shape: str = "[1, 64, 64]"
) -> FitReport:
    path = tmp_path / "net.yaml"
    path.write_text(f"name: net\ninput_shape: {shape}\nlayers:\n{layers}")
    return fit(read_network(path, Chain(model)), fitters(model, chip))


def answer(
    model: Model, tmp_path: Path, layers: str, chip: str = "speck2f", shape: str = "[1, 64, 64]"
) -> ChipFit:
    return report_of(model, tmp_path, layers, chip, shape).chips[0]


def cores(chip: ChipFit) -> list[int | None]:
    return [layer.core for layer in chip.layers]


def test_the_three_largest_memories(model: Model, tmp_path: Path) -> None:
    chip = answer(model, tmp_path, FULL * 3)
    assert chip.fits
    assert cores(chip) == [0, 1, 2]


def test_four_layers_for_three_cores(model: Model, tmp_path: Path) -> None:
    chip = answer(model, tmp_path, FULL * 4)
    assert not chip.fits
    (violation,) = chip.violations
    assert (violation.rule, violation.layer) == ("placement", None)
    assert (violation.actual, violation.limit) == ([0, 1, 2, 3], [0, 1, 2])
    assert violation.message.startswith("layers 0, 1, 2, 3 compete for cores 0, 1, 2")
    assert "the other cores have too little neuron memory" in violation.message
    assert violation.clause == "speck2f@1.1.0#/cores"
    assert cores(chip) == [None] * 4


def test_layers_with_another_core_do_not_compete(model: Model, tmp_path: Path) -> None:
    (violation,) = answer(model, tmp_path, FULL + SMALL + FULL * 3).violations
    assert (violation.actual, violation.limit) == ([0, 2, 3, 4], [0, 1, 2])


def test_placing_many_layers_takes_no_longer(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is placed is bounded by the cores of the chip; the message names every layer all the same."""
    asked: list[int] = []

    def counted(candidates: Any) -> Any:
        asked.append(len(candidates))
        return place(candidates)

    monkeypatch.setattr("dynapspec.network.fit.place", counted)
    (violation,) = answer(model, tmp_path, SMALL * 200, shape="[1, 8, 8]").violations
    assert violation.actual == list(range(200))
    assert asked == [10]


def test_more_layers_than_cores(model: Model, tmp_path: Path) -> None:
    assert cores(answer(model, tmp_path, SMALL * 9)) == [0, 1, 2, 3, 4, 5, 6, 7, 8]
    (violation,) = answer(model, tmp_path, SMALL * 10).violations
    assert violation.actual == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert violation.limit == [0, 1, 2, 3, 4, 5, 6, 7, 8]
    assert "other cores" not in violation.message


def test_small_layers_make_room_for_a_large_one(model: Model, tmp_path: Path) -> None:
    """Cores 0 to 2 alone hold the last layer, so the third moves on to core 3."""
    assert cores(answer(model, tmp_path, SMALL * 3 + FULL)) == [0, 1, 3, 2]


def test_a_layer_without_a_core_is_told_once(model: Model, tmp_path: Path) -> None:
    """17 features need 17 * 64 * 64 = 69632 words, and the others are placed all the same."""
    chip = answer(model, tmp_path, SMALL + "  - conv: {out_channels: 17, kernel_size: 1}\n" + SMALL)
    assert [(v.rule, v.layer, v.actual, v.limit) for v in chip.violations] == [
        ("neuron-memory", 1, 69632, 65536)
    ]
    assert chip.layers[1].cores == ()
    assert cores(chip) == [0, None, 1]


def test_memories_that_no_single_core_has_together(model: Model, tmp_path: Path) -> None:
    """65 * 16 * 32 = 33280 kernel words need core 5 or 6, where 32 * 32 * 32 neurons have no room."""
    layer = "  - conv: {out_channels: 32, kernel_size: 3, padding: 1}\n"
    chip = answer(model, tmp_path, layer, shape="[65, 32, 32]")
    (violation,) = chip.violations
    assert violation.rule == "fits-a-core"
    assert violation.actual == [65 * 16 * 32, 32768, 0]


def test_biases_on_a_mini_chip(model: Model, tmp_path: Path) -> None:
    """Two of its five cores hold biases."""
    biased = "  - conv: {out_channels: 1, kernel_size: 1, bias: true}\n"
    assert cores(answer(model, tmp_path, biased * 2, "speck2cmini")) == [3, 4]
    (violation,) = answer(model, tmp_path, biased * 3, "speck2cmini").violations
    assert (violation.rule, violation.actual, violation.limit) == ("placement", [0, 1, 2], [3, 4])


def test_nothing_is_known_behind_an_empty_map(model: Model, tmp_path: Path) -> None:
    chip = answer(model, tmp_path, "  - conv: {out_channels: 2, kernel_size: 65}\n" + SMALL)
    assert {v.rule for v in chip.violations} == {"map-not-empty", "kernel-size"}
    first, last = (layer.data() for layer in chip.layers)
    # 65 * 65 = 4225 taps take 13 bits, two features one more
    assert (first["kernel_words"], first["neuron_shape"], first["neuron_words"]) == (16384, None, None)
    assert (last["kernel_words"], last["cores"], last["core"]) == (None, [], None)
    assert not chip.fits


@pytest.mark.parametrize(
    ("neurons", "rule", "actual"),
    [
        ("{min_v_mem: 0}", "floor-below-zero", 0),
        ("{spike_threshold: 32768, min_v_mem: -1}", "state-width", 32768),
        ("{spike_threshold: 0}", "threshold-vanished", 0),
        ("{decimate: 3}", "decimation", 3),
    ],
)
def test_rules_about_neurons(model: Model, tmp_path: Path, neurons: str, rule: str, actual: int) -> None:
    chip = answer(model, tmp_path, f"{SMALL}    neurons: {neurons}\n")
    (violation,) = chip.violations
    assert violation.rule == rule
    found = violation.actual if isinstance(violation.actual, list) else [violation.actual]
    assert actual in found


def test_asking_again_gives_the_same(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(f"name: net\ninput_shape: [1, 64, 64]\nlayers:\n{FULL * 4}")
    network, chips = read_network(path, Chain(model)), fitters(model)
    assert fit(network, chips).data() == fit(network, chips).data()


def test_keys_of_the_answer(model: Model, tmp_path: Path) -> None:
    data = report_of(model, tmp_path, FULL * 4).data()
    assert set(data) == {"network", "chips"}
    (chip,) = data["chips"]
    assert set(chip) == {"chip", "fits", "layers", "violations", "suggestions"}
    assert chip["suggestions"] == []
    assert set(chip["layers"][0]) == LAYER_KEYS
    keys = {"rule", "layer", "message", "actual", "limit", "clause", "provenance"}
    assert set(chip["violations"][0]) == {*keys, "certificate"}  # of a placement alone
    (data,) = report_of(model, tmp_path, SMALL + "    decimate: 3\n").data()["chips"]
    assert set(data["violations"][0]) == keys


def test_answers_meet_their_schema(model: Model, tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(fit_schema())
    jsonschema.Draft202012Validator.check_schema(fit_schema())
    empty = "  - conv: {out_channels: 2, kernel_size: 65}\n" + SMALL
    for layers in (FULL * 4, SMALL, empty):
        validator.validate(json.loads(json.dumps(report_of(model, tmp_path, layers, "all").data())))
    good = report_of(model, tmp_path, SMALL).data()
    spoils: list[dict[str, Any]] = [{"fits": 1}, {"extra": 1}, {"layers": [{}]}, {"suggestions": None}]
    for spoil in spoils:
        assert not validator.is_valid(good | {"chips": [good["chips"][0] | spoil]})
    wrong: dict[str, Any] = good["chips"][0]["layers"][0] | {"kernel_words": -1}
    assert not validator.is_valid(good | {"chips": [good["chips"][0] | {"layers": [wrong]}]})


def test_unknown_chip(model: Model) -> None:
    with pytest.raises(InputError, match=r"no chip 'speck2g'\n  hint: did you mean speck2"):
        fitters(model, "speck2g")


# ── Text ────────────────────────────────────────────────────────────────────────────────────────


def text_of(report: FitReport, width: int, color: bool = False) -> str:
    console = Console(
        file=StringIO(), width=width, force_terminal=color, color_system="standard" if color else None
    )
    show(report, console)
    written = console.file
    assert isinstance(written, StringIO)
    return written.getvalue()


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("chip", ["speck2f", "all"])
def test_text_keeps_to_its_width(model: Model, tmp_path: Path, width: int, chip: str) -> None:
    text = text_of(report_of(model, tmp_path, FULL * 4, chip), width)
    lines = text.split("\n")
    assert max(map(len, lines)) <= width
    assert not any(line.endswith(" ") for line in lines)
    assert "\x1b" not in text


def test_text_about_one_chip(model: Model, tmp_path: Path) -> None:
    layers = "  - conv: {out_channels: 3, kernel_size: 3, padding: 1}\n    pool: 2\n"
    text = text_of(report_of(model, tmp_path, layers + "  - conv: {out_channels: 17, kernel_size: 1}\n"), 80)
    # 1 * 2^(4 + 2) = 64 kernel words for 27 weights: 37 of 64 wasted; 3 * 64 * 64 = 12Ki neurons
    (first,) = [line for line in text.split("\n") if line.startswith("0 ")]
    assert " ".join(first.split()) == "0 conv 1->3 k3 p1, pool 2 3x64x64 64 <1% 57% 12Ki 18% 0-8 0"
    assert "bias" not in text
    assert text.endswith("fits speck2f on 2 of its 9 cores\n")


def test_text_names_the_way_out(model: Model, tmp_path: Path) -> None:
    text = text_of(report_of(model, tmp_path, "  - conv: {out_channels: 17, kernel_size: 1}\n"), 80)
    assert "layer 0, conv 1->17 k1" in text
    assert "69632 words of neuron memory, and the largest core has 65536" in text
    assert "limit  65536; here 69632" in text
    assert "remedy use fewer features, a larger stride, or pooling before this layer" in text
    assert "clause dynapcnn@2.1.0#/rules/neuron-memory" in text
    assert text.endswith("does not fit speck2f: 1 violation\n")


def test_text_about_all_chips_tells_each_finding_once(model: Model, tmp_path: Path) -> None:
    text = text_of(
        report_of(model, tmp_path, "  - conv: {out_channels: 17, kernel_size: 1}\n" + SMALL, "all"), 100
    )
    assert text.count("69632 words") == 1
    assert "layer 0, conv 1->17 k1  on every chip" in text
    assert text.endswith("fits 0 of 7 chips\n")
    text = text_of(report_of(model, tmp_path, FULL * 2, "all"), 100)
    assert "network  on speck2cmini, speck2dmini" in text
    assert "speck2f 9 fits 0 1" in " ".join(text.split())
    assert text.endswith("fits 5 of 7 chips\n")


def test_text_in_colour(model: Model, tmp_path: Path) -> None:
    assert "\x1b[32mfits speck2f" in text_of(report_of(model, tmp_path, SMALL), 80, color=True)
    full = text_of(report_of(model, tmp_path, FULL), 80, color=True)
    assert "100%" in full
    assert "\x1b[1;31m" not in full  # full is not too full
    over = text_of(
        report_of(model, tmp_path, "  - conv: {out_channels: 17, kernel_size: 1}\n"), 80, color=True
    )
    assert "\x1b[1;31m107%" in over


def test_small_words() -> None:
    assert [words(n) for n in (0, 1, 500, 1024, 12288, 8000, 65536)] == [
        "0",
        "1",
        "500",
        "1Ki",
        "12Ki",
        "8000",
        "64Ki",
    ]
    assert [ranges(r) for r in ([], [3], [0, 1, 2], [0, 2, 3, 5])] == ["", "3", "0-2", "0,2-3,5"]
