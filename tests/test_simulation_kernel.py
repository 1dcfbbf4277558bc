"""The compiled event simulation does what the one in NumPy does: spikes, order, potentials, operations."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from itertools import permutations
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import dynapcnn
import silicon_variants
from dynapcnn import DynapcnnLayer, IAFSqueeze, simulation
from dynapcnn.simulation import Result, simulate_batch, simulate_events
from dynapcnn.simulation_bounds import Levels, steps_within
from dynapspec.bench import events as bench_events
from dynapspec.bench.turns import Pace
from dynapspec.diagnostics import InputError
from dynapspec.formula.parse import parse
from dynapspec.formula.scalars import ScalarPrinter

pytest.importorskip("numba", reason="NOT TESTED: the package numba, which compiles the kernel, is missing")
GENERATED = Path(simulation.__file__).resolve().parents[1]


def agree(one: Result, other: Result) -> None:
    assert np.array_equal(one.events, other.events)
    assert (one.received, one.synops) == (other.received, other.synops)
    for a, b in zip(one.counts + one.potentials, other.counts + other.potentials, strict=True):
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        assert np.array_equal(a, b)


def both(network: Any, events: Any, period: int | None = None, simulate: Any = simulate_events) -> Result:
    """The kernel's answer, which is that of NumPy."""
    plain = simulate(network, events, leak_period=period, engine="numpy")
    found: Result = simulate(network, events, leak_period=period, engine="kernel")
    agree(found, plain)
    silent = simulate(network, events, leak_period=period, engine="kernel", record=False)
    assert len(silent.events) == 0
    assert all(np.array_equal(a, b) for a, b in zip(silent.counts, plain.counts, strict=True))
    return found


def recording(seed: int, shape: tuple[int, int, int], count: int = 60) -> np.ndarray[Any, Any]:
    features, height, width = shape
    found = np.random.default_rng(seed).integers(0, (width, height, features, 4), (count, 4))
    found[:, 3] = found[:, 3].cumsum()
    return found


PAIRS = st.tuples(st.integers(1, 3), st.integers(1, 3))


@st.composite
def layers(draw: st.DrawFn, home: Any = dynapcnn) -> list[Any]:
    """Two layers of any geometry, in whole numbers; the first may pool."""
    random = np.random.default_rng(draw(st.integers(0, 2**31)))
    shape, made = (draw(st.integers(1, 3)), draw(st.integers(7, 9)), draw(st.integers(7, 9))), []
    for pool in (draw(st.sampled_from([None, 2])), None):
        spk = home.IAFSqueeze(
            1,
            spike_threshold=float(draw(st.sampled_from([20, 90]))),
            min_v_mem=draw(st.sampled_from([-90.0, -5.0, None])),
            reset_fn=draw(st.sampled_from([home.MembraneSubtract(), home.MembraneReset()])),
        )
        out, size, dilation = draw(st.sampled_from([1, 3, 16, 17])), draw(PAIRS), draw(PAIRS)
        around = (dilation[0] * (size[0] - 1), dilation[1] * (size[1] - 1))
        padding = (draw(st.integers(around[0] // 2, 5)), draw(st.integers(around[1] // 2, 5)))
        conv = nn.Conv2d(shape[0], out, size, draw(PAIRS), padding, dilation)
        conv.weight.data = torch.tensor(random.integers(-40, 60, conv.weight.shape), dtype=torch.float32)
        conv.bias = nn.Parameter(torch.tensor(random.integers(-9, 9, out), dtype=torch.float32))
        made.append(home.DynapcnnLayer(conv, spk, shape, pool, discretize=False))
        made[-1].spk_layer.decimate = draw(st.sampled_from([1, 1, 2, 3]))
        shape = made[-1].get_output_shape()
    return made


@given(network=layers(), seed=st.integers(0, 2**31), period=st.sampled_from([None, None, 5]))
@settings(max_examples=25, deadline=None, database=None)
def test_any_chain(network: list[Any], seed: int, period: int | None) -> None:
    both(network, recording(seed, network[0].input_shape), period)


@pytest.mark.parametrize("order", list(permutations(silicon_variants.AXES)), ids="-".join)
def test_any_order_of_visit_is_an_edit_of_the_spec(order: tuple[str, ...]) -> None:
    """Every feature, row and column of the map fires at once, so that the whole order is seen."""
    home, other = silicon_variants.ordered(order)
    conv = nn.Conv2d(1, 3, (2, 3), padding=(1, 2), bias=False)
    conv.weight.data[:] = 5
    layer = home.DynapcnnLayer(
        conv, home.IAFSqueeze(1, spike_threshold=2.0, min_v_mem=-2.0), (1, 4, 5), discretize=False
    )
    found = both([layer], [[2, 1, 0, 7]], simulate=other.simulate_events).events[:, 1:4]
    place = {"feature": found[:, 0], "row": found[:, 1], "column": found[:, 2]}
    keys = [tuple(int(place[axis][i]) for axis in order) for i in range(len(found))]
    assert len(keys) == 3 * 2 * 3
    assert keys == sorted(keys)


@given(
    data=st.data(),
    order=st.sampled_from(list(permutations(silicon_variants.AXES))),
    seed=st.integers(0, 2**31),
)
@settings(max_examples=12, deadline=None, database=None)
def test_any_chain_in_any_order(data: st.DataObject, order: tuple[str, ...], seed: int) -> None:
    home, other = silicon_variants.ordered(order)
    network = data.draw(layers(home))
    both(network, recording(seed, network[0].input_shape), simulate=other.simulate_events)


def test_more_spikes_than_there_is_room_for_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """The room is for so many spikes of one event; here it is for none."""
    torch.manual_seed(0)
    layer = DynapcnnLayer(nn.Conv2d(1, 4, 3), IAFSqueeze(1, spike_threshold=0.1, min_v_mem=-0.1), (1, 6, 6))
    events = recording(0, (1, 6, 6))
    usual = both([layer], events)
    monkeypatch.setattr("dynapcnn.simulation_kernel._ROOM", 0)
    assert len(usual.events) > 0
    agree(both([layer], events), usual)


def single(weight: float = 1.0, **options: Any) -> DynapcnnLayer:
    conv = nn.Conv2d(1, 1, 1, bias=False)
    conv.weight.data.fill_(weight)
    return DynapcnnLayer(conv, IAFSqueeze(1, **options), (1, 1, 1), discretize=False)


@pytest.mark.parametrize("weight", [-100, -(2**24)])
def test_a_potential_may_leave_narrow_words(weight: int) -> None:
    """400 events: beyond 16 bits, and beyond 32."""
    events = [[0, 0, 0, time] for time in range(400)]
    assert both([single(weight)], events).potentials[0].item() == 400 * weight


def test_a_floor_that_16_bits_hold_only_just() -> None:
    layer = single(-100.0, spike_threshold=32000.0, min_v_mem=-32768.0)
    assert both([layer], [[0, 0, 0, time] for time in range(400)]).potentials[0].item() == -32768


def test_room_between_two_looks() -> None:
    """From 16383 up: 1000 for each event, and the distance to the floor has to fit as well."""
    levels = Levels((-1000, 1000), (0, 0), 100, -100, "MembraneSubtract")
    assert steps_within(2**15 - 1, levels) == (2**15 - 1 - 16383 - 100) // 1000 == 16
    assert steps_within(2**15 - 1, levels._replace(v_floor=-30000)) == 0
    assert steps_within(2**15 - 1, levels._replace(bias=(0, 2000))) == 8
    assert steps_within(2**15 - 1, levels._replace(weight=(0, 40000))) == 0


def test_what_a_layer_received_and_did() -> None:
    """A corner reaches 4 of 9 places, the middle 9, each with 5 features."""
    layer = DynapcnnLayer(nn.Conv2d(1, 5, 3, padding=1, bias=False), IAFSqueeze(1, min_v_mem=-1.0), (1, 3, 3))
    result = both([layer], [[0, 0, 0, 1], [1, 1, 0, 2]])
    assert (result.received, result.synops) == ([2], [5 * 4 + 5 * 9])


def test_the_decimator_lets_the_last_of_each_interval_pass() -> None:
    first, second = single(), single()
    first.spk_layer.decimate = 4
    result = both([first, second], [[0, 0, 0, time] for time in range(1, 11)])
    assert result.received == [10, 2]
    assert result.counts[0].item() == 10
    assert result.events[result.events[:, 0] == 1][:, 4].tolist() == [4, 8]
    first.spk_layer.decimate = 0
    with pytest.raises(ValueError, match="one of 0 spikes cannot leave a core"):
        simulate_events([first, second], [[0, 0, 0, 1]])


def graph(pool: int) -> SimpleNamespace:
    """One layer that sends to two, which both send to a fourth, side by side."""
    torch.manual_seed(3)

    def layer(into: int, out: int, size: int) -> DynapcnnLayer:
        conv = nn.Conv2d(into, out, 3, padding=1, bias=False)
        conv.weight.data += 0.1
        return DynapcnnLayer(conv, IAFSqueeze(1, spike_threshold=0.3, min_v_mem=-0.3), (into, size, size))

    half = nn.LPPool2d(1, pool)
    half.kernel_size = (pool, pool)
    ways = [(None, 0, 0, 0), (0, 1, 0, 0), (0, 2, 1, 0), (1, 3, 0, 0), (2, 3, 0, 3), (3, None, 0, 0)]
    size = 6 // pool
    return SimpleNamespace(
        layers=[layer(2, 4, 6), layer(4, 3, size), layer(4, 2, 6), layer(5, 3, size)],
        edges=[SimpleNamespace(source=s, target=t, destination=d, feature_shift=f) for s, t, d, f in ways],
        pools=[nn.Identity(), half, nn.Identity(), nn.Identity(), half, nn.Identity()],
        input_shape=(2, 6, 6),
        preprocessing=None,
    )


@pytest.mark.parametrize("pool", [1, 2])
def test_branches_and_merges(pool: int) -> None:
    network = graph(pool)
    result = both(network, recording(5, (2, 6, 6), 80))
    sent = [int(counts.sum()) for counts in result.counts]
    assert all(sent)
    assert result.received == [80, sent[0], sent[0], sent[1] + sent[2]]
    order = [index for index, *_ in result.events.tolist()]
    first = order.index(2)
    assert 0 in order[:first]  # a spike of the first layer went before, and down its other way first
    network.edges[1].target = 0
    with pytest.raises(ValueError, match="layer 0 sends to layer 0, and no way may lead back"):
        simulate_events(network, recording(5, (2, 6, 6)))


def test_a_spike_takes_its_first_way_to_the_end_before_the_second() -> None:
    """0 sends to 1 and to 2, and 1 to 2 as well: 2 hears of each spike through 1 first."""
    ways = [(None, 0, 0), (0, 2, 1), (0, 1, 0), (1, 2, 0)]
    network = SimpleNamespace(
        layers=[single(), single(), single()],
        edges=[SimpleNamespace(source=s, target=t, destination=d, feature_shift=0) for s, t, d in ways],
        pools=[nn.Identity()] * 4,
        input_shape=(1, 1, 1),
        preprocessing=None,
    )
    result = both(network, [[0, 0, 0, 3], [0, 0, 0, 5]])
    assert result.events[:, [0, 4]].tolist() == [[i, t] for t in (3, 5) for i in (0, 1, 2, 2)]


def test_the_block_of_the_sensor_comes_first() -> None:
    """A pixel in 8x8, pooled to 4x4, of which rows 1 and 2 and columns 2 and 3 are kept, columns mirrored."""
    asked = SimpleNamespace(
        shape=(2, 8, 8), pool=(2, 2), crop=(1, 2, 2, 2), merge=True, mirror=(False, True), swap=False
    )
    conv = nn.Conv2d(1, 1, 1, bias=False)
    conv.weight.data.fill_(1)
    layer = DynapcnnLayer(conv, IAFSqueeze(1), (1, 2, 2), discretize=False)
    result = both(
        [SimpleNamespace(asked=asked), layer], [[4, 5, 1, 1], [0, 0, 0, 2], [7, 7, 0, 3], [6, 2, 0, 4]]
    )
    assert result.events.tolist() == [[0, 0, 1, 1, 1], [0, 0, 0, 0, 4]]


def test_a_batch_is_its_recordings_one_by_one() -> None:
    network = graph(2)
    given = [recording(seed, (2, 6, 6), 20 + 20 * seed) for seed in range(3)]
    for engine in ("kernel", "numpy"):
        found = simulate_batch(network, given, 7, engine=engine, workers=2)
        assert len(found) == 3
        for one, events in zip(found, given, strict=True):
            agree(one, simulate_events(network, events, leak_period=7, engine=engine))
    assert simulate_batch(network, []) == []


def test_without_numba_numpy_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "find_spec", lambda name: None)
    assert simulate_events([single()], [[0, 0, 0, 1]]).counts[0].item() == 1
    with pytest.raises(ValueError, match=r"needs the package numba: pip install 'dynapspec\[fast\]'"):
        simulate_events([single()], [[0, 0, 0, 1]], engine="kernel")
    with pytest.raises(ValueError, match="engine 'c' is not known"):
        simulate_events([single()], [[0, 0, 0, 1]], engine="c")
    with pytest.raises(ValueError, match="leak_period is 0"):
        simulate_events([single()], [[0, 0, 0, 1]], leak_period=0)


def test_numba_is_imported_when_it_is_needed() -> None:
    code = "import sys, dynapcnn, dynapcnn.simulation; sys.exit('numba' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(GENERATED)}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0


def test_the_first_run_says_what_it_does(caplog: pytest.LogCaptureFixture) -> None:
    from dynapcnn import simulation_kernel

    simulation_kernel._SEEN.clear()
    with caplog.at_level(logging.INFO, "dynapcnn"):
        for _ in range(2):
            simulate_events([single()], [[0, 0, 0, 1]], engine="kernel")
    told = [one.getMessage() for one in caplog.records if "loading the event kernel" in one.getMessage()]
    assert told == [
        "loading the event kernel for words of 16 bits; where it is not compiled yet, this takes seconds"
    ]


@pytest.mark.parametrize(
    ("formula", "code"),
    [
        ("v + weight", "kind(v + weight)"),
        ("v - threshold >= 0", "kind(kind(v - threshold) >= kind(0))"),
        ("-v * 2", "kind(kind(-v) * kind(2))"),
        ("trunc(v / threshold)", "kind(math.trunc(v / threshold))"),
        ("(v > 0) * trunc(v / threshold)", "kind((v > 0) * math.trunc(v / threshold))"),
        ("v if v > 1 else 0", "kind(v if v > kind(1) else kind(0))"),
    ],
)
def test_scalar_code(formula: str, code: str) -> None:
    """Every result is a word, and what divides is cut once."""
    assert ScalarPrinter().value(parse(formula)) == code


def test_bench_measures_what_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_events, "EVENTS", 30)
    figure = next(bench_events.event_rows()).measure(Pace(1))
    assert (figure.name, figure.peer) == ("event simulation, 30 events", "NumPy")
    result = simulate_events([single()], [[0, 0, 0, 1]])
    with pytest.raises(InputError, match="differ"):
        bench_events._agree(result, simulate_events([single(0.0)], [[0, 0, 0, 1]]))
