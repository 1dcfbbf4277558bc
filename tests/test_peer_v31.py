"""Random layers against sinabs 3.1: outputs, state, keys, shapes and memory are the same bit for bit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

import dynapcnn_v31.chips
import peer
from dynapcnn_v31 import DynapcnnLayer, IAFSqueeze, SumPool2d
from exact import same
from peer import Peer
from peer_cases import TAKEN, Case, cases, neurons, outputs, quick, synapses


@pytest.fixture(scope="module")
def sinabs() -> Iterator[Peer]:
    with peer.loaded(peer.V31) as found:
        yield found


def square(case: Case) -> Case:
    """The case with a square kernel; sinabs 3.1 takes no other."""
    rows = case.size[0]
    return replace(case, kernel=(case.kernel[0],) * 2, size=(rows, rows) if case.linear else case.size)


drawn = st.builds(square, cases)
factors = st.sampled_from([1, 1, 0.25, 0.3, 2, 3])
destinations = st.lists(st.sampled_from([1, 1, 2, 3, 4]), max_size=3)


@pytest.mark.filterwarnings(TAKEN)
@given(drawn, destinations, factors)
@quick
def test_layers_are_the_same(sinabs: Peer, case: Case, sizes: list[int], rescale: float) -> None:
    assume(min(case.map) >= max(sizes, default=1))
    conv, ours_in = synapses(case), neurons(case, IAFSqueeze, dynapcnn_v31)
    theirs_in = neurons(case, sinabs.layers.IAFSqueeze, sinabs.activation)
    options: dict[str, Any] = {"discretize": case.discretize, "rescale_weights": rescale}
    windows = [(size, size) for size in sizes]

    theirs = sinabs.Layer(conv, theirs_in, case.in_shape, windows, **options)
    assume(theirs.spk_layer.spike_threshold > 0)
    with_ours = DynapcnnLayer(conv, ours_in, case.in_shape, sizes, **options)
    modules = [SumPool2d(size) for size in sizes]
    with_theirs = DynapcnnLayer(conv, theirs_in, case.in_shape, modules, **options)

    expected_keys = {name: value.clone() for name, value in theirs.state_dict().items()}
    expected = outputs(case, theirs)
    for mine in (with_ours, with_theirs):
        assert list(mine.state_dict()) == list(expected_keys)
        for name, value in mine.state_dict().items():
            assert same(value, expected_keys[name]), name
        for name in ("in_shape", "pool", "discretize", "rescale_weights", "conv_out_shape"):
            assert getattr(mine, name) == getattr(theirs, name), name
        assert mine.get_neuron_shape() == theirs.get_neuron_shape()
        assert mine.summary() == theirs.summary()
        assert mine.memory_summary() == theirs.memory_summary()
        for found, one in zip(outputs(case, mine), expected, strict=True):
            assert same(found, one)


@pytest.mark.filterwarnings(TAKEN)
@given(drawn, destinations)
@quick
def test_maps_have_the_shapes_that_the_layer_tells(sinabs: Peer, case: Case, sizes: list[int]) -> None:
    assume(min(case.map) >= max(sizes, default=1))
    conv, spk = synapses(case), neurons(case, sinabs.layers.IAFSqueeze, sinabs.activation)
    windows = [(size, size) for size in sizes]
    leaving = sinabs.Layer(conv, spk, case.in_shape, windows, discretize=False)(
        torch.ones(case.batch * case.time, *case.in_shape)
    )
    mine = DynapcnnLayer(conv, spk, case.in_shape, windows, discretize=False)
    maps = leaving if isinstance(leaving, tuple) else (leaving,)
    assert [tuple(one.shape[1:]) for one in maps] == mine.get_output_shape()


@pytest.mark.filterwarnings(TAKEN)
@given(drawn, destinations)
@quick
def test_gradients_are_the_same_where_spikes_leave(sinabs: Peer, case: Case, sizes: list[int]) -> None:
    """Where none leave, sinabs 3.1 has no gradient; see the differences."""
    sizes = sizes or [1]
    assume(min(case.map) >= max(sizes))
    conv, ours_in = synapses(case), neurons(case, IAFSqueeze, dynapcnn_v31)
    theirs_in = neurons(case, sinabs.layers.IAFSqueeze, sinabs.activation)
    windows = [(size, size) for size in sizes]
    theirs = sinabs.Layer(conv, theirs_in, case.in_shape, windows, discretize=case.discretize)
    assume(theirs.spk_layer.spike_threshold > 0)
    mine = DynapcnnLayer(conv, ours_in, case.in_shape, windows, discretize=case.discretize)
    x = torch.randint(0, 3, (case.batch * case.time, *case.in_shape)).float()
    found = []
    for layer in (theirs, mine):
        inputs = x.clone().requires_grad_()
        leaving = layer(inputs)
        maps = leaving if isinstance(leaving, tuple) else (leaving,)
        sum((one * (one.detach() != 0)).sum() for one in maps).backward()
        assert inputs.grad is not None
        found.append([inputs.grad, *(p.grad for p in layer.conv.parameters())])
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5 * max(1.0, float(one.abs().max())))


def test_the_chips_judge_a_layer_of_sinabs_itself(sinabs: Peer) -> None:
    """Its attributes are those of the spec, so its dimensions can be read."""
    conv = torch.nn.Conv2d(2, 4, 3, padding=1)
    spk = sinabs.layers.IAFSqueeze(batch_size=1, min_v_mem=-1.0)
    theirs = sinabs.Layer(conv, spk, (2, 16, 16), [(2, 2), (1, 1), (5, 5)])
    chip = dynapcnn_v31.chips.speck2f
    assert [violation.rule for violation in chip.check(theirs)] == ["fan-out", "pooling"]
    mine = DynapcnnLayer(conv, spk, (2, 16, 16), [2, 1, 5])
    assert chip.check(mine) == chip.check(theirs)
    assert chip.cores_for(mine) == chip.cores_for(theirs) == list(range(9))


def test_both_versions_of_sinabs_can_be_lent_in_turn() -> None:
    with peer.loaded(peer.V31) as new:
        assert "pool" in new.Layer.__init__.__annotations__
    with peer.loaded() as old:
        assert old.version != new.version
        assert old.Layer is not new.Layer
    with peer.loaded(peer.V31) as again:
        assert again.Layer is new.Layer
