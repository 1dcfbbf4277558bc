"""IAFSqueeze steps as sinabs 3.0.4 does, spike for spike and with the same final potential."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from dynapcnn import IAFSqueeze, MaxSpike, MembraneReset, MembraneSubtract, MultiSpike, SingleSpike
from exact import bits, same
from golden import golden_cases

SPIKES = {"MultiSpike": MultiSpike, "SingleSpike": SingleSpike, "MaxSpike2": MaxSpike(2)}
RESETS = {"subtract": MembraneSubtract(), "zero": MembraneReset()}


def test_every_recorded_case() -> None:
    cases = golden_cases("dynamics")
    assert len(cases) == 48
    for case in cases:
        spk = IAFSqueeze(
            batch_size=1,
            spike_threshold=case["threshold"],
            spike_fn=SPIKES[case["spike_fn"]],
            reset_fn=RESETS[case["reset"]],
            min_v_mem=case["min_v_mem"],
            record_states=True,
        )
        assert spk(torch.tensor(case["input"])).tolist() == case["spikes"], case  # -0.0 too
        assert bits(spk.recordings["v_mem"]) == bits(case["v_mem_after"]), case
        assert bits(spk.v_mem) == bits(case["v_mem_after"][-1:])


INPUT = [0.5, 0.5, 1.0, 2.5, -3.0, 0.4, 3.7]


@pytest.mark.parametrize(
    ("spike_fn", "reset_fn", "floor", "spikes", "potentials"),
    [
        (MultiSpike, MembraneSubtract(), None, [0, 1, 1, 2, 0, 0, 1], [0.5, 0, 0, 0.5, -2.5, -2.1, 0.6]),
        (MultiSpike, MembraneSubtract(), -1.0, [0, 1, 1, 2, 0, 0, 3], [0.5, 0, 0, 0.5, -1, -0.6, 0.1]),
        (SingleSpike, MembraneSubtract(), None, [0, 1, 1, 1, 0, 0, 1], [0.5, 0, 0, 1.5, -1.5, -1.1, 1.6]),
        (MultiSpike, MembraneReset(), None, [0, 1, 1, 2, 0, 0, 1], [0.5, 0, 0, 0, -3, -2.6, 0]),
        (MaxSpike(1), MembraneSubtract(), None, [0, 1, 1, 1, 0, 0, 1], [0.5, 0, 0, 1.5, -1.5, -1.1, 1.6]),
        (MaxSpike(), MembraneSubtract(), -1.0, [0, 1, 1, 2, 0, 0, 3], [0.5, 0, 0, 0.5, -1, -0.6, 0.1]),
        # each spike takes 0.5 away: 1 -> 0.5, 1.5 -> 1, 3.5 with 3 spikes -> 2, 3.1 with 3 spikes -> 1.6
        (MultiSpike, MembraneSubtract(0.5), None, [0, 1, 1, 3, 0, 0, 3], [0.5, 0.5, 1, 2, -1, -0.6, 1.6]),
    ],
)
def test_steps_by_hand(
    spike_fn: object, reset_fn: object, floor: float | None, spikes: list[float], potentials: list[float]
) -> None:
    spk = IAFSqueeze(1, spike_fn=spike_fn, reset_fn=reset_fn, min_v_mem=floor, record_states=True)
    assert spk(torch.tensor(INPUT)).tolist() == spikes
    torch.testing.assert_close(spk.recordings["v_mem"][0], torch.tensor(potentials))


def test_the_threshold_itself_fires_and_the_floor_comes_last() -> None:
    spk = IAFSqueeze(1, spike_threshold=127.0, min_v_mem=-127.0)
    assert spk(torch.tensor([127.0, 126.0, 1.0, -500.0, 254.0])).tolist() == [1, 0, 1, 0, 1]
    assert spk.v_mem.tolist() == [0.0]  # -127 + 254 - 127


def test_the_floor_rounds_as_written() -> None:
    """relu(v - floor) + floor in binary32: 0.1 + 0.7 = 0.8 has no room for the last bits of 0.1."""
    spk = IAFSqueeze(1, spike_threshold=10.0, min_v_mem=-0.7)
    spk(torch.tensor([1e-4]))
    assert spk.v_mem.item() != torch.tensor(1e-4).item()
    assert abs(spk.v_mem.item() - 1e-4) < 1e-7


def test_batch_is_the_slow_axis_and_batches_do_not_mix() -> None:
    spk = IAFSqueeze(batch_size=2)
    # sample 0: 0.6 0.6 0.0; sample 1: 0.0 0.0 3.0
    assert spk(torch.tensor([0.6, 0.6, 0.0, 0.0, 0.0, 3.0])).tolist() == [0, 1, 0, 0, 0, 3]
    by_time = IAFSqueeze(num_timesteps=3)
    assert by_time(torch.tensor([0.6, 0.6, 0.0, 0.0, 0.0, 3.0])).tolist() == [0, 1, 0, 0, 0, 3]
    assert by_time.v_mem.shape == (2,)


def test_one_long_call_is_many_short_ones() -> None:
    x = torch.randn(12, 3, 2)
    long, short = IAFSqueeze(1, min_v_mem=-1.0), IAFSqueeze(1, min_v_mem=-1.0)
    pieces = [short(piece) for piece in (x[:1], x[1:5], x[5:])]
    assert same(long(x), torch.cat(pieces))
    assert same(long.v_mem, short.v_mem)


@pytest.mark.parametrize("arguments", [{}, {"batch_size": 0}, {"batch_size": -1}, {"num_timesteps": -1}])
def test_batch_or_time_must_be_known(arguments: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="batch_size or num_timesteps"):
        IAFSqueeze(**arguments)


def test_neurons_have_a_spike_function() -> None:
    with pytest.raises(TypeError, match="spike_fn is None"):
        IAFSqueeze(1, spike_fn=None)


@pytest.mark.parametrize(
    ("spk", "entries"),
    [
        (IAFSqueeze(batch_size=3), 4),
        (IAFSqueeze(num_timesteps=3), 4),
        (IAFSqueeze(batch_size=2, num_timesteps=3), 12),
        (IAFSqueeze(batch_size=3), 0),
    ],
)
def test_an_axis_that_does_not_divide_is_refused(spk: IAFSqueeze, entries: int) -> None:
    with pytest.raises(RuntimeError, match=rf"{entries} entries.*batch_size=.*num_timesteps="):
        spk(torch.zeros(entries, 2))
    assert not spk.is_state_initialised()
