"""Sum-pooling against sums that are added one by one."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dynapcnn import SumPool2d
from exact import same
from reference.layer import sum_pool

sizes = st.integers(1, 5)


@given(st.integers(0, 2**31), sizes, st.none() | sizes, st.integers(0, 6), st.integers(0, 6))
@settings(max_examples=60, deadline=None, database=None)
def test_it_sums(seed: int, size: int, stride: int | None, rows: int, columns: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randint(-100, 100, (2, 3, size + rows, size + columns), generator=generator).float()
    assert same(SumPool2d(size, stride)(x), torch.from_numpy(sum_pool(x.numpy(), size, stride)))


def test_each_input_of_a_whole_window_has_gradient_one() -> None:
    x = torch.zeros(1, 1, 5, 5, requires_grad=True)
    SumPool2d(2)(x).sum().backward()
    assert x.grad is not None
    assert x.grad[0, 0].tolist() == [[1, 1, 1, 1, 0]] * 4 + [[0] * 5]


def test_a_pair_is_vertical_then_horizontal() -> None:
    assert SumPool2d((2, 3))(torch.ones(1, 4, 6)).tolist() == [[[6.0, 6.0], [6.0, 6.0]]]


def test_repr_and_attributes() -> None:
    pool = SumPool2d(2)
    assert (pool.kernel_size, pool.stride) == ((2, 2), (2, 2))
    assert repr(pool) == "SumPool2d(kernel_size=(2, 2), stride=(2, 2))"
    assert not list(pool.state_dict())


@pytest.mark.parametrize("size", [0, -1, (2, 0), "2", 2.5, (1, 2, 3), True, None])
def test_bad_sizes_are_named(size: Any) -> None:
    with pytest.raises(ValueError, match="kernel_size"):
        SumPool2d(size)
    if size is not None:
        with pytest.raises(ValueError, match="stride"):
            SumPool2d(2, stride=size)
