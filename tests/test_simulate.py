"""``dynapspec simulate``: what it counts is what a hand counts, and what the silicon fired."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from torch import nn

import silicon
from dynapcnn import DynapcnnLayer, IAFSqueeze
from dynapspec.cli.main import cli
from dynapspec.diagnostics import InputError
from dynapspec.load import find_specs
from dynapspec.network import convert, load
from dynapspec.network.graph import preprocess
from dynapspec.network.network import Preprocessing
from dynapspec.simulate import Options, simulate
from dynapspec.simulate.geometry import arrivals, counted, operations, sensed
from dynapspec.simulate.schema import simulate_schema
from event_kit import nmnist
from export_kit import SPECS, conv, layer

VALIDATOR = Draft202012Validator(simulate_schema())
CLOCKED = Options("clocked")
BUILD = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_simulate import branching, neuron, strides

def never(): return neuron(-7)
def hot(): return neuron(7)
def half(): return neuron(0.5)
def cool(): return neuron(3)
"""


def neuron(weight: float, bias: list[int] | None = None) -> Any:
    """A map of 2 x 2 neurons, each with one weight; the threshold is 5."""
    return nn.Sequential(layer(conv([[[[weight]]]], bias), 5, -5, (1, 2, 2)))


def strides() -> Any:
    return nn.Sequential(layer(conv([[[[1]]]], stride=3), 5, -5, (1, 9, 9)))


def branching() -> Any:
    class Two(nn.Module):
        input_shape = (1, 2, 2)

        def __init__(self) -> None:
            super().__init__()
            self.left, self.right = neuron(3)[0], neuron(7)[0]

        def forward(self, x: Any) -> Any:
            return self.left(x), self.right(x)

    return Two()


def at(tmp_path: Path, *events: tuple[int, int, int]) -> Path:
    """Events of x, y, t."""
    path = tmp_path / "events.npy"
    np.save(path, np.array([(x, y, 0, t) for x, y, t in events]))
    return path


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """Three events at one neuron; from the first to the last microsecond it is a second."""
    return at(tmp_path, (1, 0, 7), (1, 0, 500_007), (1, 0, 1_000_006))


@pytest.fixture
def source(tmp_path: Path) -> str:
    file = tmp_path / "model.py"
    file.write_text(BUILD)
    return str(file)


def run(*arguments: str | Path) -> Result:
    shown = CliRunner(env={"COLUMNS": "200"})
    return shown.invoke(cli, ["simulate", *map(str, arguments), "--specs", str(SPECS)])


def answer(*arguments: str | Path) -> dict[str, Any]:
    done = run(*arguments, "--format", "json")
    assert done.exit_code == 0, done.output
    data: dict[str, Any] = json.loads(done.stdout)
    assert not list(VALIDATOR.iter_errors(data))
    return data


# ── By hand ─────────────────────────────────────────────────────────────────────────────────────


def test_one_neuron_by_hand(source: str, three: Path) -> None:
    """3, 6 fires and leaves 1, 4: one spike of four neurons in a second."""
    data = answer(f"{source}:cool", three, "--chip", "speck2f")
    (one,) = data["layers"]
    assert data["duration_us"] == 1_000_000
    counts = ("neurons", "received", "spikes", "silent", "saturated", "synops")
    assert [one[name] for name in counts] == [4, 3, 1, 3, 0, 3]
    assert one["rate"] == 0.25
    assert (one["core"], one["load"]) == (0, 3 / 100e6)  # of 100 million on core 0
    assert (data["class"], data["class_counts"]) == (0, [1])
    assert "what a core can do in a second: assumed" in data["notes"][0]  # and so is the load


def test_a_neuron_that_cannot_keep_up_is_saturated(source: str, three: Path) -> None:
    """7 - 5 = 2, 9 - 5 = 4, 11 - 5 = 6: it fires at each event, and owes a spike in the end."""
    (one,) = answer(f"{source}:hot", three)["layers"]
    assert (one["spikes"], one["saturated"]) == (3, 1)
    lines = run(f"{source}:hot", three).stdout.splitlines()
    (told,) = [line for line in lines if line.startswith("owing: ")]
    assert told.endswith("ended at or above their threshold, and still have to fire")
    assert len(told) <= 80
    assert "owing: " not in run(f"{source}:cool", three).stdout  # nothing is owed there


def test_in_time_bins_it_keeps_up(source: str, three: Path) -> None:
    """One bin brings 21: four spikes and a remainder of 1."""
    data = answer(f"{source}:hot", three, "--semantics", "clocked", "--bin-us", "1000000")
    (one,) = data["layers"]
    assert (one["spikes"], one["saturated"], one["synops"]) == (4, 0, 3)
    assert (data["bin_us"], data["duration_us"]) == (1_000_000, 1_000_000)


def test_a_silent_network_has_no_class(source: str, three: Path) -> None:
    data = answer(f"{source}:never", three)
    assert (data["class"], data["layers"][0]["silent"], data["layers"][0]["rate"]) == (None, 4, 0)
    assert "no class: the last layer never fired" in run(f"{source}:never", three).stdout


def test_bins_begin_with_the_first_event(tmp_path: Path) -> None:
    """At 0, 500 and 999 us in the first, at 1000 us in the second: 9 fires once, and then 4 + 3 does."""
    path = at(tmp_path, (0, 0, 50), (0, 0, 550), (0, 0, 1049), (0, 0, 1050))
    found, done = simulate(neuron(3), path, options=CLOCKED, input_shape=(1, 2, 2))
    assert done.bins == 2
    assert found.duration == 2000
    assert found.layers[0].spikes == 2
    assert done.potentials[0][0, 0, 0] == 12 - 2 * 5


def test_the_slow_clock_ticks_from_the_first_event_on(tmp_path: Path) -> None:
    """Ticks at 10 and 20 us bring 2 each to all neurons; the second event makes 3 + 4 + 3 of one."""
    path = at(tmp_path, (0, 0, 10**15), (0, 0, 10**15 + 25))
    ticking, done = simulate(neuron(3, [2]), path, options=Options(leak_period=10))
    assert done.potentials[0].tolist() == [[[5, 4], [4, 4]]]
    assert ticking.layers[0].spikes == 1
    assert ticking.layers[0].saturated == 1  # what is left is at the threshold
    assert done.events is not None
    assert done.events.tolist() == [[0, 0, 0, 0, 10**15 + 25]]
    assert not ticking.notes
    still, _ = simulate(neuron(3, [2]), path)
    assert "layer 0 has biases" in still.notes[0]


def test_classes_that_fire_equally_often(tmp_path: Path) -> None:
    both = nn.Sequential(layer(conv([[[[5]]], [[[5]]]]), 5, -5, (1, 1, 1)))
    found, _ = simulate(both, at(tmp_path, (0, 0, 1)))
    assert (found.picked, found.winners, found.class_counts) == (None, (0, 1), (1, 1))


@given(
    seed=st.integers(0, 2**31),
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    stride=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    padding=st.tuples(st.integers(0, 2), st.integers(0, 2)),
    dilation=st.tuples(st.integers(1, 2), st.integers(1, 2)),
)
@settings(max_examples=30, deadline=None, database=None)
def test_synaptic_operations_are_the_taps_that_meet_an_event(seed: int, **shape: Any) -> None:
    """A convolution with ones adds up, at each neuron, the events that reach it."""
    shape["kernel_size"] = shape.pop("kernel")
    made = nn.Conv2d(2, 3, bias=False, **shape)
    one = DynapcnnLayer(made, IAFSqueeze(1, min_v_mem=-1.0), (2, 8, 9), discretize=False)
    received = np.random.default_rng(seed).integers(0, 3, (2, 8, 9))
    options = {name: shape[name] for name in ("stride", "padding", "dilation")}
    ones = torch.ones(1, 2, *shape["kernel_size"])
    expected = nn.functional.conv2d(torch.from_numpy(received).float()[None], ones, **options)[0, 0]
    assert arrivals(one, received).tolist() == expected.tolist()
    assert operations(one, received) == 3 * int(expected.sum())


@given(
    seed=st.integers(0, 2**31),
    merge=st.booleans(),
    mirror=st.tuples(st.booleans(), st.booleans()),
    swap=st.booleans(),
    pool=st.sampled_from([(1, 1), (2, 1), (2, 3)]),
    crop=st.sampled_from([None, (1, 0, 2, 3)]),
)
@settings(max_examples=30, deadline=None, database=None)
def test_the_sensor_does_to_events_what_it_does_to_maps(seed: int, **asked: Any) -> None:
    random = np.random.default_rng(seed)
    block = Preprocessing((2, 9, 10), **asked)
    events = random.integers(0, (10, 9, 2, 1), (50, 4))
    expected = preprocess(torch.from_numpy(counted(events, block.shape)), block)
    shape = tuple(expected.shape)
    assert counted(sensed(events, block), shape).tolist() == expected.tolist()


def test_many_bins_are_one_run(tmp_path: Path) -> None:
    """150 bins in parts are the 150 steps of one call; neurons that were made for other batches too."""
    torch.manual_seed(3)
    random = np.random.default_rng(3)
    spk = IAFSqueeze(num_timesteps=10, min_v_mem=-1.0)
    first = nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), spk, nn.AvgPool2d(2), nn.Conv2d(4, 3, 2))
    model = nn.Sequential(*first, IAFSqueeze(batch_size=1, min_v_mem=-1.0))
    events = random.integers(0, (6, 6, 2, 1), (3000, 4))
    events[:, 3] = np.sort(random.integers(0, 150_000, 3000))
    events[0, 3], events[-1, 3] = 0, 149_999
    np.save(tmp_path / "a.npy", events)
    found, done = simulate(model, tmp_path / "a.npy", options=CLOCKED, input_shape=(2, 6, 6))
    frames = torch.zeros(150, 2, 6, 6)
    for x, y, polarity, time in events.tolist():
        frames[time // 1000, polarity, y, x] += 1
    parts: Any = convert(model, (2, 6, 6))
    for part, counts in zip(parts, done.counts, strict=True):
        part.spk_layer.batch_size, part.spk_layer.num_timesteps = 1, -1
        spikes = part.spk_layer(part.conv_layer(frames))
        frames = spikes if part.pool_layer is None else part.pool_layer(spikes)
        assert spikes.sum(0).int().tolist() == counts.tolist()
        assert counts.sum() > 20
    assert done.bins == 150
    assert found.layers[1].received == done.received[1] > 20


# ── The recording of the silicon ────────────────────────────────────────────────────────────────


def test_the_digit_that_the_chip_saw(tmp_path: Path) -> None:
    """The bounds are those of test_simulation_silicon, from the files to the counts."""
    (file,) = silicon.folder().glob("digit1_*.bs2")
    out = tmp_path / "run.npz"
    data = answer(silicon.folder() / "nmnist_scnn.nir", file, "--out", out)
    assert data["class"] == 1
    assert data["recording"] == {"file": str(file), "format": "N-MNIST", "events": len(silicon.events(1))}
    kept, chip = np.load(out), silicon.chip_counts()[1]
    off = np.abs(kept["layer_0"] - chip)
    assert (off == 0).mean() >= 0.959
    assert off.max() <= 2
    assert abs(kept["layer_0"].sum() - chip.sum()) <= 0.003 * chip.sum()
    spikes = kept["spikes"]
    for index, one in enumerate(data["layers"]):
        assert one["spikes"] == kept[f"layer_{index}"].sum() == (spikes[:, 0] == index).sum()
        assert one["silent"] == (kept[f"layer_{index}"] == 0).sum()
        assert kept[f"potentials_{index}"].shape == tuple(one["neuron_shape"])
    assert spikes[0, 4] >= silicon.events(1)[0, 3]
    assert kept["input"].sum() == data["recording"]["events"]
    assert kept["seconds"] * 1e6 == data["duration_us"]


# ── The command ─────────────────────────────────────────────────────────────────────────────────


def test_text(source: str, three: Path) -> None:
    done = run(f"{source}:cool", three, "--chip", "speck2f")
    assert done.exit_code == 0, done.output
    assert "cool: 3 events of " in done.stdout
    assert "one after another, 1,000 ms" in done.stdout
    row = next(line for line in done.stdout.splitlines() if line.startswith("0"))
    assert row.split()[-8:] == ["1x2x2", "1", "0.25", "75%", "-", "3", "0", "<1%"]
    assert "class 0: spikes of the last layer are 0 with 1" in done.stdout


def test_a_network_that_does_not_fit_is_not_simulated(source: str, tmp_path: Path) -> None:
    out = tmp_path / "out.npz"
    done = run(f"{source}:strides", at(tmp_path, (0, 0, 1)), "--chip", "speck2f", "--out", out)
    assert done.exit_code == 1
    assert "the chip takes 1 or 2 or 4 or 8" in done.stderr
    assert done.stdout == ""
    assert not out.exists()


def test_branches(source: str, three: Path) -> None:
    """Weights 3 and 7 on the same events; a bin of its own for each event lets the second catch up."""
    layers = answer(f"{source}:branching", three)["layers"]
    assert [one["spikes"] for one in layers] == [1, 3]
    layers = answer(f"{source}:branching", three, "--semantics", "clocked")["layers"]
    assert [one["spikes"] for one in layers] == [1, 4]


def test_what_the_chip_cannot_run(source: str, three: Path) -> None:
    done = run(f"{source}:half", three)
    assert isinstance(done.exception, InputError)
    (finding,) = done.exception.diagnostics
    assert finding.code == "not-simulated"
    assert "between whole numbers" in finding.message


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--bin-us", "5"], "--bin-us is about time bins; say --semantics clocked too"),
        (["--semantics", "clocked", "--leak-period", "5"], "--leak-period is about events"),
        (["--bin-us", "0"], "Invalid value for '--bin-us'"),
        (["--semantics", "other"], "'other' is not one of 'event', 'clocked'"),
        (["--out", "a.txt"], "--out writes NumPy's .npz; name it a.npz"),
        (["--input-shape", "2,34"], "is no shape"),
    ],
)
def test_bad_usage(source: str, three: Path, options: list[str], told: str) -> None:
    done = run(f"{source}:cool", three, *options)
    assert done.exit_code == 2
    assert told in done.stderr
    assert "Traceback" not in done.output


@pytest.mark.parametrize("chip", ["speck9", "all", "nine-core"])
def test_chips_that_are_none(source: str, three: Path, chip: str) -> None:
    done = run(f"{source}:cool", three, "--chip", chip)
    assert isinstance(done.exception, InputError)
    assert done.exception.diagnostics[0].code == "unknown-chip"


def test_weights_and_events_are_needed(source: str, tmp_path: Path) -> None:
    done = run(SPECS / "networks" / "sinabs-mnist.yaml", at(tmp_path, (0, 0, 1)))
    assert isinstance(done.exception, InputError)
    assert {finding.code for finding in done.exception.diagnostics} == {"no-weights"}
    (tmp_path / "a.bin").write_bytes(nmnist([(7, 0, 0, 1)]))
    done = run(f"{source}:cool", tmp_path / "a.bin")
    assert "x is 7, and the network takes 0 to 1" in str(done.exception)


@pytest.mark.parametrize("place", ["none/a.npz", "file/a.npz", "folder.npz"])
def test_a_place_that_cannot_be_written(source: str, three: Path, tmp_path: Path, place: str) -> None:
    """It is told before anything runs, and nothing is left."""
    (tmp_path / "file").write_text("kept")
    (tmp_path / "folder.npz").mkdir()
    before = sorted(tmp_path.iterdir())
    done = run(f"{source}:cool", three, "--out", tmp_path / place)
    if isinstance(done.exception, InputError):
        assert done.exception.diagnostics[0].code == "unwritable"
    else:
        assert (done.exit_code, "is a directory" in done.stderr) == (2, True)
    assert sorted(tmp_path.iterdir()) == before


def test_code_of_other_specs_runs_nothing(source: str, three: Path, tmp_path: Path) -> None:
    """The package in use was made with weights of 8 bits: its numbers would be wrong for 6."""
    import shutil

    specs = tmp_path / "specs"
    shutil.copytree(SPECS, specs)
    file = specs / "layers" / "dynapcnn.yaml"
    text = file.read_text()
    assert "  weight: {bits: 8" in text
    file.write_text(text.replace("  weight: {bits: 8", "  weight: {bits: 6"))
    done = CliRunner().invoke(cli, ["simulate", f"{source}:cool", str(three), "--specs", str(specs)])
    assert isinstance(done.exception, InputError)
    (finding,) = done.exception.diagnostics
    assert finding.code == "generated-other"
    assert "was not made from these specs" in finding.message
    assert "dynapspec generate --specs" in finding.hint
    file.write_text("# a comment changes nothing\n" + text)
    same = CliRunner().invoke(cli, ["simulate", f"{source}:cool", str(three), "--specs", str(specs)])
    assert same.exit_code == 0, same.output


def test_a_watcher_is_told_of_every_bin(tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    path = at(tmp_path, (0, 0, 0), (0, 0, 99_999))
    simulate(neuron(3), path, options=CLOCKED, watch=lambda done, total: told.append((done, total)))
    assert told[-1] == (100, 100)
    assert len(told) > 1


def test_a_recording_that_was_read_already(tmp_path: Path) -> None:
    from dynapspec.events import read_events

    recording = read_events(at(tmp_path, (0, 0, 5), (0, 0, 3)))
    with pytest.raises(InputError, match="not in the order of time"):
        simulate(load(neuron(3)), recording)
    found, _ = simulate(load(neuron(3)), recording, options=replace(Options(), sort=True))
    assert found.notes == ("the events were put in the order of time",)


def test_the_shipped_schema() -> None:
    Draft202012Validator.check_schema(simulate_schema())
    file = find_specs(SPECS).parent / "generated" / "schemas" / "simulate.json"
    assert json.loads(file.read_text()) == simulate_schema()
