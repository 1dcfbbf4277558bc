"""Tensors as bit patterns: -0.0 is not 0.0, and float32 is not float64."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def bits(value: Tensor | list[Any]) -> list[int]:
    """The binary32 patterns of a float32 tensor, or of numbers as float32, flattened."""
    tensor = torch.as_tensor(value, dtype=None if isinstance(value, Tensor) else torch.float32)
    assert tensor.dtype is torch.float32, tensor.dtype
    return tensor.detach().contiguous().view(torch.int32).flatten().tolist()


def same(left: Tensor, right: Tensor) -> bool:
    """Whether two float32 tensors have one shape and the same bits."""
    return left.shape == right.shape and bits(left) == bits(right)
