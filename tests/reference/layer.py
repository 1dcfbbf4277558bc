"""One whole core in clocked time: convolution, neurons, sum pooling.

Source: Speck Dev Kit Datasheet (August 2023), 2.4 and 3.2.4. The convolution is a cross-correlation, as in
torch. It is summed tap by tap on int64, so only quantized layers are accepted, and a sum that float32 cannot
hold is refused rather than rounded: in what order a machine would round it is nobody's specification.

Arrays are (time, features, rows, columns); pairs are (y, x).
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import neurons, shapes

F32: TypeAlias = NDArray[np.float32]
I64: TypeAlias = NDArray[np.int64]
Pair: TypeAlias = tuple[int, int]


@dataclass(frozen=True)
class LayerRun:
    """What a layer did: pooled output and neuron spikes over time, and the state in the end."""

    output: F32
    spikes: F32
    v: F32


def integers(values: ArrayLike) -> I64:
    """The same values as int64; refuses anything that is not a whole number."""
    array = np.asarray(values)
    whole = array.astype(np.int64)
    if not np.array_equal(whole, array):
        raise ValueError("the reference convolution takes whole numbers: quantize the layer first")
    return whole


def convolve(
    x: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    stride: Pair = (1, 1),
    padding: Pair = (0, 0),
    dilation: Pair = (1, 1),
) -> I64:
    """Exact convolution of x (time, c, h, w) with weight (f, c, kh, kw); the padding is read as no event."""
    events, taps = integers(x), integers(weight)
    time, _, h, w = events.shape
    f, _, kh, kw = taps.shape
    _, fy, fx = shapes.neuron_shape(
        f, h, w, kernel=(kh, kw), stride=stride, padding=padding, dilation=dilation
    )
    out = np.zeros((time, f, fy, fx), np.int64)
    for row, column, ky, kx in np.ndindex(fy, fx, kh, kw):
        y = row * stride[0] - padding[0] + ky * dilation[0]
        z = column * stride[1] - padding[1] + kx * dilation[1]
        if 0 <= y < h and 0 <= z < w:
            out[:, :, row, column] += np.einsum("tc,fc->tf", events[:, :, y, z], taps[:, :, ky, kx])
    if bias is not None:
        out += integers(bias).reshape(1, f, 1, 1)
    return out


def linear_as_convolution(weight: ArrayLike, in_shape: tuple[int, int, int]) -> NDArray[np.float64]:
    """A linear weight (f, c*h*w) as taps (f, c, h, w): flattened by channel, then row, then column."""
    matrix = np.asarray(weight, np.float64)
    c, h, w = in_shape
    if matrix.shape[1] != c * h * w:
        raise ValueError(f"{matrix.shape[1]} linear inputs are not {c} x {h} x {w}")
    taps = np.zeros((matrix.shape[0], c, h, w), np.float64)
    position = 0
    for channel in range(c):
        for row in range(h):
            for column in range(w):
                taps[:, channel, row, column] = matrix[:, position]
                position += 1
    return taps


def sum_pool(spikes: ArrayLike, pool: int, stride: int | None = None) -> F32:
    """Sum over windows of pool by pool; rows and columns that fill no window are dropped."""
    maps = np.asarray(spikes, np.float32)
    step = pool if stride is None else stride
    rows, columns = shapes.pooled_shape(maps.shape[-2], maps.shape[-1], pool, stride)
    out = np.zeros((*maps.shape[:-2], rows, columns), np.float32)
    for row, column, dy, dx in np.ndindex(rows, columns, pool, pool):
        out[..., row, column] += maps[..., row * step + dy, column * step + dx]
    return out


def run_layer(
    x: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None,
    *,
    threshold: float,
    floor: float | None,
    stride: Pair = (1, 1),
    padding: Pair = (0, 0),
    dilation: Pair = (1, 1),
    pool: int = 1,
    spike: neurons.SpikeFunction = neurons.multi_spike,
    reset: neurons.ResetFunction = neurons.subtract,
    v: ArrayLike | None = None,
) -> LayerRun:
    """Run a quantized layer over x (time, c, h, w). As in the vendor's simulator, every bin adds the bias."""
    drive = convolve(x, weight, bias, stride=stride, padding=padding, dilation=dilation)
    if not np.array_equal(drive.astype(np.float32), drive):
        raise ValueError("a sum is too large to be exact in float32")
    spikes, state = neurons.run_clocked(
        drive, threshold=threshold, floor=floor, spike=spike, reset=reset, v=v
    )
    return LayerRun(output=sum_pool(spikes, pool), spikes=spikes, v=state)
