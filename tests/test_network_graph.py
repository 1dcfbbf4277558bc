"""Networks that are no chain: branches, merges, feature shift, destinations, and what is refused."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from dynapspec.diagnostics import InputError
from dynapspec.model import Model, load_model
from dynapspec.network.chain import Chain
from dynapspec.network.fit import ChipFit, fit, fitters
from dynapspec.network.loading import read_network
from dynapspec.network.network import Edge, Network
from dynapspec.network.report import show
from dynapspec.network.schema import fit_schema

SPECS = Path(__file__).resolve().parents[1] / "specs"
HEAD = "name: net\ninput_shape: [2, 16, 16]\nlayers:\n"  # three lines: the layers begin in line 4
STEM = "  - id: stem\n    conv: {out_channels: 8, kernel_size: 3, padding: 1}\n"
LEFT = "  - id: left\n    conv: {out_channels: 8, kernel_size: 3, padding: 1}\n    pool: 2\n"
ADD = "    merge: add\n    conv: {out_channels: 4, kernel_size: 3}\n"
CONCAT = "    merge: concat\n    conv: {out_channels: 4, kernel_size: 3}\n"
SKIP = "  - id: last\n    inputs: [left, {from: stem, pool: 2}]\n"


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(SPECS)


def read(model: Model, tmp_path: Path, layers: str, head: str = HEAD) -> Network:
    path = tmp_path / "net.yaml"
    path.write_text(head + layers)
    return read_network(path, Chain(model))


def answer(model: Model, network: Network, chip: str = "speck2f") -> ChipFit:
    return fit(network, fitters(model, chip)).chips[0]


def test_a_residual_add(model: Model, tmp_path: Path) -> None:
    """The stem feeds one layer as it is and another one pooled: two destinations, each with its pooling."""
    network = read(model, tmp_path, STEM + LEFT + SKIP + ADD)
    assert [layer.name for layer in network.layers] == ["stem", "left", "last"]
    assert network.edges == (
        Edge(None, 0, 0, 0, (2, 16, 16)),
        Edge(0, 1, 0, 0, (8, 16, 16)),
        Edge(1, 2, 0, 0, (8, 8, 8)),
        Edge(0, 2, 1, 0, (8, 8, 8)),
        Edge(2, None, 0, 0, (4, 6, 6)),
    )
    stem, _, last = (layer.description for layer in network.layers)
    assert stem is not None
    assert stem.destinations == ({}, {"kernel_size": 2, "stride": 2})
    assert last is not None
    assert last.input_shape == (8, 8, 8)
    chip = answer(model, network)
    assert chip.fits
    assert [way.data() for way in chip.layers[0].ways or ()] == [
        {"layer": 1, "core": 1, "destination": 0, "pooling": 1, "feature_shift": 0},
        {"layer": 2, "core": 2, "destination": 1, "pooling": 2, "feature_shift": 0},
    ]


def test_features_are_shifted(model: Model, tmp_path: Path) -> None:
    """8 features of one and 8 of the other make 16, so the kernel takes 16 * 2^(4 + 2) words."""
    network = read(model, tmp_path, STEM + LEFT + SKIP + CONCAT)
    assert [edge.feature_shift for edge in network.into(2)] == [0, 8]
    last = network.layers[2].description
    assert last is not None
    assert last.input_shape == (16, 8, 8)
    assert answer(model, network).layers[2].memories["kernel"].words == 16 * 16 * 4


def test_concat_of_one_source_twice(model: Model, tmp_path: Path) -> None:
    layers = STEM + "  - inputs: [stem, stem]\n" + CONCAT
    network = read(model, tmp_path, layers)
    assert [(edge.destination, edge.feature_shift) for edge in network.into(1)] == [(0, 0), (1, 8)]


def test_three_inputs_are_added(model: Model, tmp_path: Path) -> None:
    """Any number of cores may send to one."""
    arms = "".join(
        f"  - id: {n}\n    inputs: stem\n    conv: {{out_channels: 3, kernel_size: 1}}\n" for n in "ab"
    )
    network = read(model, tmp_path, STEM + arms + "  - id: c\n    inputs: [a]\n" + CONVS + JOIN)
    assert [edge.source for edge in network.into(4)] == [1, 2, 3]
    assert answer(model, network).fits


CONVS = "    conv: {out_channels: 3, kernel_size: 1}\n"
JOIN = "  - inputs: [a, b, c]\n" + ADD


def test_three_destinations_are_one_too_many(model: Model, tmp_path: Path) -> None:
    arms = "".join(f"  - id: {n}\n    inputs: [stem]\n{CONVS}" for n in "abc")
    network = read(model, tmp_path, STEM + arms + JOIN)
    chip = answer(model, network)
    (violation,) = chip.violations
    assert (violation.rule, violation.layer) == ("fan-out", 0)
    assert (violation.actual, violation.limit) == (3, 2)
    assert violation.clause == "dynapcnn@2.1.0#/rules/fan-out"


def test_the_sensor_has_two_destinations_too(model: Model, tmp_path: Path) -> None:
    arms = "".join(f"  - id: {n}\n    inputs: [input]\n{CONVS}" for n in "abc")
    chip = answer(model, read(model, tmp_path, arms + JOIN))
    (violation,) = chip.violations
    assert (violation.rule, violation.layer) == ("dvs-destinations", None)
    assert (violation.actual, violation.limit) == (3, 2)
    assert violation.clause.endswith("#/dvs/destinations")
    assert answer(model, read(model, tmp_path, arms[: arms.index("  - id: c")])).fits


def test_outputs(model: Model, tmp_path: Path) -> None:
    """What no other takes is an output; one that is taken as well needs no destination of its own."""
    network = read(model, tmp_path, STEM + "    output: true\n" + LEFT + "  - inputs: [stem]\n" + CONVS)
    assert [(edge.source, edge.destination) for edge in network.into(None)] == [(0, None), (1, 0), (2, 0)]
    assert network.into(None)[0].shape == (8, 16, 16)
    assert network.into(None)[1].shape == (8, 8, 8)  # pooled, which takes the destination
    assert answer(model, network).fits


def test_a_pooled_output_takes_a_destination(model: Model, tmp_path: Path) -> None:
    pooled = STEM + "    output: true\n    pool: 2\n" + CONVS.replace("    conv", "  - conv")
    network = read(model, tmp_path, pooled + "  - inputs: [stem]\n" + CONVS)
    chip = answer(model, network)
    assert [(v.rule, v.actual) for v in chip.violations] == [("fan-out", 3)]


def test_preferred_cores(model: Model, tmp_path: Path) -> None:
    """The data sheet suggests cores 0 and 1 for layers that receive the input."""
    layers = (
        "  - id: a\n    inputs: [input]\n"
        + CONVS
        + LEFT
        + "  - id: b\n    inputs: [input]\n"
        + CONVS
        + "    pool: 2\n"
        + "  - inputs: [left, b]\n    merge: concat\n"
        + CONVS
    )
    chip = answer(model, read(model, tmp_path, layers))
    assert [layer.core for layer in chip.layers] == [0, 2, 1, 3]
    assert chip.preference is not None
    assert (chip.preference.cores, chip.preference.elsewhere) == ((0, 1), ())
    assert "preference" not in chip.data()


def test_a_preference_that_cannot_be_met(model: Model, tmp_path: Path) -> None:
    """Three layers of 64Ki neurons take cores 0 to 2, and the input feeds one beside them."""
    full = "    conv: {out_channels: 16, kernel_size: 1}\n"
    layers = f"  - id: a\n{full}  - id: b\n{full}  - id: c\n{full}  - id: d\n    inputs: [input]\n"
    head = HEAD.replace("16, 16", "64, 64")
    chip = answer(
        model, read(model, tmp_path, layers + "    conv: {out_channels: 1, kernel_size: 1}\n", head)
    )
    assert [layer.core for layer in chip.layers] == [0, 1, 2, 3]
    found = chip.data()["preference"]
    assert (found["layers"], found["elsewhere"]) == ([0, 3], [3])
    assert found["clause"].endswith("#/placement/prefer/input_layers")
    assert found["certificate"]["layers"] == [0, 1, 2, 3]
    assert found["certificate"]["cores"] == [0, 1, 2]


def test_answers_about_graphs_meet_their_schema(model: Model, tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(fit_schema())
    arms = "".join(f"  - id: {n}\n    inputs: [stem]\n{CONVS}" for n in "abc")
    for layers in (
        STEM + LEFT + SKIP + CONCAT,
        STEM + arms + JOIN,
        STEM + CONVS.replace("    conv", "  - conv") * 9,
    ):
        data = json.loads(json.dumps(answer(model, read(model, tmp_path, layers)).data()))
        validator.validate({"network": "net", "chips": [data]})
        spoilt = {**data, "layers": [{**data["layers"][0], "destinations": [{}]}]}
        assert not validator.is_valid({"network": "net", "chips": [spoilt]})


def test_an_answer_in_text_says_where_spikes_go(model: Model, tmp_path: Path) -> None:
    console = Console(file=StringIO(), width=80)
    network = read(model, tmp_path, STEM + LEFT + SKIP + CONCAT)
    show(fit(network, fitters(model, "speck2f")), console)
    written = console.file
    assert isinstance(written, StringIO)
    text = " ".join(written.getvalue().split())
    assert "0 stem to 1 left, to 2 last after pooling by 2 as features from 8 on 1 left to 2 last" in text
    assert "2 last the output" in text


def test_certificate_names_the_fewest_layers(model: Model, tmp_path: Path) -> None:
    """Of eleven layers that have no placement, four compete for three cores."""
    small = "  - conv: {out_channels: 1, kernel_size: 1}\n"
    full = "  - conv: {out_channels: 16, kernel_size: 1}\n"
    head = HEAD.replace("16, 16", "64, 64")
    chip = answer(model, read(model, tmp_path, small * 3 + full * 4 + small, head))
    (violation,) = chip.violations
    assert violation.certificate is not None
    assert violation.certificate.layers == (3, 4, 5, 6)
    assert violation.certificate.cores == (0, 1, 2)
    assert "layer 3 needs 65536 neuron words, more than cores 3, 4, 5, 6, 7, 8 have" in (
        violation.certificate.because
    )


# Each wrong graph with the message and the place of its finding.
WRONG = {
    "maps of different size": (
        STEM + LEFT + "  - inputs: [left, stem]\n" + ADD,
        r"layer 2 adds maps of 8x8x8 and 8x16x16",
        (11, 5),
    ),
    "features of different number": (
        STEM + "  - id: b\n" + CONVS + "  - inputs: [b, stem]\n" + ADD,
        r"layer 2 adds maps of 3x16x16 and 8x16x16",
        (10, 5),
    ),
    "rows of different number": (
        STEM + LEFT + "  - inputs: [left, stem]\n" + CONCAT,
        r"layer 2 puts the features together of maps of 8x8x8 and 8x16x16",
        (11, 5),
    ),
    "a loop": (
        STEM + "    inputs: [left]\n" + LEFT,
        r"recurrence: what layer 0 sends comes back to it from left \(.*#/errata/recurrence/text, .*family",
        (6, 14),
    ),
    "itself": (STEM + "    inputs: [stem]\n", "recurrence: what layer 0 sends comes back", (6, 14)),
    "an order": (
        STEM + "    inputs: [left]\n" + LEFT + "    inputs: [input]\n",
        "left stands behind this layer",
        (6, 14),
    ),
    "a name twice": (STEM + STEM, "two layers have the id stem", (6, 5)),
    "no merge": (STEM + LEFT + "  - inputs: [left, stem]\n" + CONVS, "says how they are joined", (9, 5)),
    "a merge of another kind": (
        STEM + LEFT + "  - inputs: [left, stem]\n    merge: sum\n" + CONVS,
        "merge is add or concat",
        (10, 12),
    ),
    "a misspelt name": (
        STEM + "  - inputs: [stme]\n" + CONVS,
        "there is no layer stme\n(.*\n)*.*stem",
        (6, 14),
    ),
    "no inputs": (STEM + "  - inputs: []\n" + CONVS, "inputs names no layer", (6, 13)),
    "a number": (STEM + "  - inputs: [0]\n" + CONVS, "an input is the id of a layer", (6, 14)),
    "an input without a name": (STEM + "  - inputs: [{pool: 2}]\n" + CONVS, "from is missing", (6, 14)),
    "a pooled input": (
        "  - inputs: [{from: input, pool: 2}]\n" + CONVS,
        "pooled for all of its layers or for none",
        (4, 14),
    ),
    "an output that is none": (STEM + "    output: 1\n", "output is true or false", (6, 13)),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_graph(model: Model, tmp_path: Path, case: str) -> None:
    layers, message, place = WRONG[case]
    with pytest.raises(InputError, match=message) as caught:
        read(model, tmp_path, layers)
    (finding,) = caught.value.diagnostics
    assert finding.span is not None
    assert (finding.span.line, finding.span.column) == place
