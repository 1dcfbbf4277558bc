"""Random networks: cores and placement against trying everything, by hand-written rules."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynapspec.model import Model, load_model
from dynapspec.network.chain import Chain
from dynapspec.network.file import NetworkFile
from dynapspec.network.fit import ChipFit, Fitter, fitters
from reference.memory import bias_words, kernel_words, neuron_words

SPECS = Path(__file__).resolve().parents[1] / "specs"
# Kernel, neuron and bias words of each core of a mini chip, and the largest map of neurons.
CORES = [
    (16384, 65536, 0),
    (32768, 32768, 0),
    (32768, 32768, 0),
    (65536, 16384, 1024),
    (16384, 16384, 1024),
]
LARGEST = 64


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(SPECS)


@pytest.fixture(scope="module")
def chain(model: Model) -> Chain:
    return Chain(model)


@pytest.fixture(scope="module")
def fitter(model: Model) -> Fitter:
    return fitters(model, "speck2cmini")[0]


LAYER = st.fixed_dictionaries(
    {
        "out_channels": st.sampled_from([1, 2, 8, 16, 17, 32, 64, 128]),
        "kernel_size": st.sampled_from([1, 3, 5]),
        "stride": st.sampled_from([1, 2]),
        "bias": st.booleans(),
    }
)


def shapes(layers: list[dict[str, Any]], side: int) -> list[tuple[int, int, int]]:
    """Input features, rows and output features of each layer; kernels are padded to keep the map."""
    found, features, rows = [], 2, side
    for layer in layers:
        rows = (rows - 1) // layer["stride"] + 1
        found.append((features, rows, layer["out_channels"]))
        features = layer["out_channels"]
    return found


def candidates(layers: list[dict[str, Any]], side: int) -> list[list[int]]:
    """The cores with room for each layer."""
    found = []
    for layer, (features, rows, out) in zip(layers, shapes(layers, side), strict=True):
        kernel, has_bias = layer["kernel_size"], layer["bias"]
        words = (
            kernel_words(features, out, kernel, kernel),
            neuron_words(out, rows, rows),
            bias_words(out, has_bias),
        )
        found.append(
            [i for i, core in enumerate(CORES) if all(w <= c for w, c in zip(words, core, strict=True))]
        )
    return found


def asked(chain: Chain, fitter: Fitter, tmp: Path, layers: list[dict[str, Any]], side: int) -> ChipFit:
    path = tmp / "net.yaml"
    parts = [{"conv": {**layer, "padding": layer["kernel_size"] // 2}} for layer in layers]
    path.write_text(json.dumps({"name": "net", "input_shape": [2, side, side], "layers": parts}))
    read = NetworkFile(path, chain.spec)
    return fitter.fit(chain.build(read.name, read.input_shape, read.blocks))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LAYER, min_size=1, max_size=6), st.sampled_from([8, 32, 64]))
def test_placement_is_what_trying_everything_finds(
    chain: Chain, fitter: Fitter, tmp_path: Path, layers: list[dict[str, Any]], side: int
) -> None:
    answer = asked(chain, fitter, tmp_path, layers, side)
    cores = candidates(layers, side)
    assert [list(layer.cores) for layer in answer.layers] == cores
    possible = sorted(p for p in product(*cores) if len(set(p)) == len(p))
    assert answer.fits is bool(possible)
    if possible:
        assert tuple(layer.core for layer in answer.layers) == possible[0]
        return
    for violation in answer.violations:
        if violation.certificate is not None:
            reach = {core for index in violation.certificate.layers for core in cores[index]}
            assert reach == set(violation.certificate.cores)
            assert len(reach) == len(violation.certificate.layers) - 1


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 8), min_size=2, max_size=4), st.booleans(), st.data())
def test_merges_have_the_features_of_their_sources(
    chain: Chain, fitter: Fitter, tmp_path: Path, widths: list[int], concat: bool, data: st.DataObject
) -> None:
    """Arms of different width are put side by side, of the same width added; each gets what it sends."""
    widths = widths if concat else [widths[0]] * len(widths)
    pools = data.draw(st.lists(st.sampled_from([1, 2]), min_size=len(widths), max_size=len(widths)))
    arms = [
        {
            "id": f"arm{i}",
            "inputs": ["input"],
            "conv": {"out_channels": width, "kernel_size": 1, "stride": 2 // pool},
            "pool": pool,
        }
        for i, (width, pool) in enumerate(zip(widths, pools, strict=True))
    ]
    last = {
        "inputs": [arm["id"] for arm in arms],
        "merge": "concat" if concat else "add",
        "conv": {"out_channels": 3, "kernel_size": 3},
    }
    path = tmp_path / "net.yaml"
    path.write_text(json.dumps({"input_shape": [2, 16, 16], "layers": [*arms, last]}))
    read = NetworkFile(path, chain.spec)
    network = chain.build(read.name, read.input_shape, read.blocks)
    shifts = [edge.feature_shift for edge in network.into(len(arms))]
    assert shifts == ([sum(widths[:i]) for i in range(len(widths))] if concat else [0] * len(widths))
    words = fitter.fit(network).layers[-1].memories["kernel"].words
    assert words == kernel_words(sum(widths) if concat else widths[0], 3, 3, 3)


# ── Graphs, and cores that suit some layers ─────────────────────────────────────────────────────

# Kernel, neuron and bias words of each core of a Speck 2f, and the cores that suit input layers.
NINE = [
    *[(16384, 65536, 1024)] * 3,
    *[(32768, 32768, 1024)] * 2,
    *[(65536, 16384, 1024)] * 2,
    *[(16384, 16384, 1024)] * 2,
]
SUITED = {0, 1}
FAN_OUT = 2  # of a core, and of the sensor
FANS = ("fan-out", "dvs-destinations")


@st.composite
def graphs(draw: st.DrawFn) -> list[tuple[tuple[int, ...], int, int]]:
    """Layers by what they receive from (-1 is the input), their features and their kernel."""
    made: list[tuple[tuple[int, ...], int, int]] = []
    for index in range(draw(st.integers(1, 5))):
        several = st.lists(st.integers(-1, index - 1), min_size=1, max_size=2, unique=True)
        features = draw(st.sampled_from([1, 4, 8, 16, 17, 32, 64]))
        made.append((tuple(draw(several)), features, draw(st.sampled_from([1, 3]))))
    return made


def best_placement(cores: list[list[int]], wanted: set[int]) -> tuple[int, ...] | None:
    """Most of the wanted layers on cores that suit them, and then the smallest, by trying everything."""
    found: list[tuple[int, tuple[int, ...]]] = []

    def tried(chosen: tuple[int, ...]) -> None:
        if len(chosen) == len(cores):
            found.append((-sum(chosen[layer] in SUITED for layer in wanted), chosen))
            return
        for core in cores[len(chosen)]:
            if core not in chosen:
                tried((*chosen, core))

    tried(())
    return min(found)[1] if found else None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(graphs(), st.sampled_from([4, 32, 64]))
def test_graphs_are_placed_as_trying_everything_does(
    model: Model, chain: Chain, tmp_path: Path, graph: list[tuple[tuple[int, ...], int, int]], side: int
) -> None:
    layers: list[dict[str, Any]] = []
    cores: list[list[int]] = []
    for index, (sources, features, kernel) in enumerate(graph):
        names = ["input" if source < 0 else f"l{source}" for source in sources]
        part = {"out_channels": features, "kernel_size": kernel, "padding": kernel // 2}
        joined = {"merge": "concat"} if len(names) > 1 else {}
        layers.append({"id": f"l{index}", "inputs": names, **joined, "conv": part})
        received = sum(2 if source < 0 else graph[source][1] for source in sources)
        words = (kernel_words(received, features, kernel, kernel), neuron_words(features, side, side), 0)
        cores.append(
            [i for i, core in enumerate(NINE) if all(w <= c for w, c in zip(words, core, strict=True))]
        )
    path = tmp_path / "net.yaml"
    path.write_text(json.dumps({"input_shape": [2, side, side], "layers": layers}))
    read = NetworkFile(path, chain.spec)
    fitter = fitters(model, "speck2f")[0]
    answer = fitter.fit(chain.build(read.name, read.input_shape, read.blocks, outputs=read.outputs))
    assert [list(layer.cores) for layer in answer.layers] == cores
    ways = [source for sources, _, _ in graph for source in sources]
    too_many = {source for source in ways if ways.count(source) > FAN_OUT}
    told = [-1 if v.layer is None else v.layer for v in answer.violations if v.rule in FANS]
    assert sorted(told) == sorted(too_many)
    best = best_placement(cores, {index for index, (sources, _, _) in enumerate(graph) if -1 in sources})
    assert answer.fits is (best is not None and not too_many)
    if best is not None:
        assert tuple(layer.core for layer in answer.layers) == best


# ── The same over many more networks ────────────────────────────────────────────────────────────


@pytest.mark.long
@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LAYER, min_size=1, max_size=6), st.sampled_from([8, 32, 64]))
def test_placement_of_many_chains(
    chain: Chain, fitter: Fitter, tmp_path: Path, layers: list[dict[str, Any]], side: int
) -> None:
    asked_once = test_placement_is_what_trying_everything_finds.hypothesis.inner_test  # type: ignore[attr-defined]
    asked_once(chain, fitter, tmp_path, layers, side)


@pytest.mark.long
@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(graphs(), st.sampled_from([4, 32, 64]))
def test_placement_of_many_graphs(
    model: Model, chain: Chain, tmp_path: Path, graph: list[tuple[tuple[int, ...], int, int]], side: int
) -> None:
    asked_once = test_graphs_are_placed_as_trying_everything_does.hypothesis.inner_test  # type: ignore[attr-defined]
    asked_once(model, chain, tmp_path, graph, side)
