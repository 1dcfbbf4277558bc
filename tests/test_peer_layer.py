"""Random layers against sinabs: output, state, keys, shapes and memory are the same bit for bit."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

import dynapcnn
import dynapcnn.quantization as ours
import peer
from dynapcnn import DynapcnnLayer, IAFSqueeze, SumPool2d
from exact import same
from peer import Peer
from peer_cases import TAKEN, Case, cases, neurons, outputs, quick, synapses


@pytest.fixture(scope="module")
def sinabs() -> Iterator[Peer]:
    with peer.loaded() as found:
        yield found


@pytest.mark.filterwarnings(TAKEN)
@given(cases)
@quick
def test_layers_are_the_same(sinabs: Peer, case: Case) -> None:
    assume(min(case.map) >= (case.pool or 1))
    conv, ours_in = synapses(case), neurons(case, IAFSqueeze, dynapcnn)
    theirs_in = neurons(case, sinabs.layers.IAFSqueeze, sinabs.activation)
    pool = None if case.pool is None else sinabs.layers.SumPool2d((case.pool, case.pool))
    options: dict[str, Any] = {"discretize": case.discretize, "rescale_weights": case.rescale}

    theirs = sinabs.Layer(conv, theirs_in, case.in_shape, pool, **options)
    assume(theirs.spk_layer.spike_threshold > 0)
    with_ours = DynapcnnLayer(conv, ours_in, case.in_shape, case.pool, **options)
    with_theirs = DynapcnnLayer(conv, theirs_in, case.in_shape, pool, **options)

    expected_keys = {name: value.clone() for name, value in theirs.state_dict().items()}
    expected = outputs(case, theirs)
    for mine in (with_ours, with_theirs):
        assert list(mine.state_dict()) == list(expected_keys)
        for name, value in mine.state_dict().items():
            assert same(value, expected_keys[name]), name
        assert mine.get_neuron_shape() == theirs.get_neuron_shape()
        assert mine.get_output_shape() == theirs.get_output_shape()
        assert mine.summary() == theirs.summary()
        assert mine.memory_summary() == theirs.memory_summary()
        for found, one in zip(outputs(case, mine), expected, strict=True):
            assert same(found, one)


@pytest.mark.filterwarnings(TAKEN)
@given(cases)
@quick
def test_gradients_are_the_same(sinabs: Peer, case: Case) -> None:
    conv, ours_in = synapses(case), neurons(case, IAFSqueeze, dynapcnn)
    theirs_in = neurons(case, sinabs.layers.IAFSqueeze, sinabs.activation)
    assume(min(case.map) >= 1)
    theirs = sinabs.Layer(conv, theirs_in, case.in_shape, None, discretize=case.discretize)
    assume(theirs.spk_layer.spike_threshold > 0)
    mine = DynapcnnLayer(conv, ours_in, case.in_shape, None, discretize=case.discretize)
    generator = torch.Generator().manual_seed(case.seed)
    x = torch.randint(0, 3, (case.batch * case.time, *case.in_shape), generator=generator).float()
    factors = torch.rand((len(x), *mine.get_neuron_shape()), generator=generator)
    found = []
    for layer in (theirs, mine):
        inputs = x.clone().requires_grad_()
        (layer(inputs) * factors).sum().backward()
        assert inputs.grad is not None
        found.append([inputs.grad, *(p.grad for p in layer.conv_layer.parameters())])
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5 * max(1.0, float(one.abs().max())))


@given(cases, st.booleans())
@quick
def test_discretize_conv_spike_is_the_same(sinabs: Peer, case: Case, to_int: bool) -> None:
    assume(not case.linear)
    assume(min(case.map) >= 1)
    theirs_in = neurons(case, sinabs.layers.IAFSqueeze, sinabs.activation)
    conv = synapses(case)
    assert isinstance(conv, nn.Conv2d)
    expected = sinabs.discretize.discretize_conv_spike(conv, theirs_in, to_int=to_int)
    for spk in (neurons(case, IAFSqueeze, dynapcnn), theirs_in):
        for mine, theirs in zip(ours.discretize_conv_spike(conv, spk, to_int=to_int), expected, strict=True):
            assert set(mine.state_dict()) == set(theirs.state_dict())
            for name, value in mine.state_dict().items():
                one = theirs.state_dict()[name]
                assert value.dtype == one.dtype
                if value.dtype is torch.int32:
                    assert torch.equal(value, one)
                elif not to_int:
                    assert same(value, one), name
                else:  # a cast to int32 and back loses the sign of a zero
                    assert torch.equal(value, one), name


@given(st.integers(0, 2**31), st.sampled_from([1, 2, 3, 4, 6]), st.integers(0, 3), st.integers(0, 3))
@settings(quick, max_examples=30)
def test_sum_pooling_is_the_same(sinabs: Peer, seed: int, size: int, rows: int, columns: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randint(-3, 4, (2, 3, size + rows, size + columns), generator=generator).float()
    assert torch.equal(SumPool2d(size)(x), sinabs.layers.SumPool2d((size, size))(x))


def test_nothing_of_sinabs_is_left_behind() -> None:
    path, finders = list(sys.path), list(sys.meta_path)
    known = {name for name in sys.modules if name.split(".")[0] in peer.ROOTS}
    with peer.loaded():
        assert "sinabs.layers" in sys.modules
        assert sys.modules["samna"].graph.EventFilterGraph is not None
    assert (sys.path, sys.meta_path) == (path, finders)
    assert {name for name in sys.modules if name.split(".")[0] in peer.ROOTS} == known
