"""Sizes of maps, by counting window positions.

Source: Speck Dev Kit Datasheet (August 2023), 2.4 and 3.2.4.1: a convolution without partial windows, so a
position counts when its last tap still lies on the padded input. All lengths are in pixels.
"""


def conv_positions(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Legal window positions along one axis; 0 when the window is longer than the padded input.

    Each element of the range is the first pixel of a window, in input coordinates (negative on the padding).
    """
    if min(size, kernel, stride, dilation) < 1 or padding < 0:
        raise ValueError("size, kernel, stride and dilation start at 1 and padding at 0")
    last_tap = dilation * (kernel - 1)
    last_pixel = size - 1 + padding
    return len(range(-padding, last_pixel - last_tap + 1, stride))


def neuron_shape(
    f: int,
    h: int,
    w: int,
    *,
    kernel: tuple[int, int],
    stride: tuple[int, int] = (1, 1),
    padding: tuple[int, int] = (0, 0),
    dilation: tuple[int, int] = (1, 1),
) -> tuple[int, int, int]:
    """(features, rows, columns) of the neuron map of an input of h by w; pairs are (y, x)."""
    fy = conv_positions(h, kernel[0], stride[0], padding[0], dilation[0])
    fx = conv_positions(w, kernel[1], stride[1], padding[1], dilation[1])
    return f, fy, fx


def pooled_shape(fy: int, fx: int, pool: int, stride: int | None = None) -> tuple[int, int]:
    """(rows, columns) after sum pooling; whole windows only, side by side unless `stride` says else."""
    step = pool if stride is None else stride
    return conv_positions(fy, pool, step), conv_positions(fx, pool, step)
