"""The limits of a Speck 2f, written down by hand.

Source: Speck Dev Kit Datasheet (August 2023), 2.4 for the limits, Table 1 for the memories, 3.2.4.6.3 for the
floor. Lengths are in pixels, memories in words.
"""

from collections.abc import Sequence
from typing import NamedTuple

from . import memory, shapes


class Core(NamedTuple):
    """Memories of one core, in words."""

    kernel: int
    neuron: int
    bias: int


SPECK_2F: tuple[Core, ...] = (
    Core(16384, 65536, 1024),
    Core(16384, 65536, 1024),
    Core(16384, 65536, 1024),
    Core(32768, 32768, 1024),
    Core(32768, 32768, 1024),
    Core(65536, 16384, 1024),
    Core(65536, 16384, 1024),
    Core(16384, 16384, 1024),
    Core(16384, 16384, 1024),
)


def fitting_cores(kernel: int, neuron: int, bias: int, cores: Sequence[Core] = SPECK_2F) -> list[int]:
    """The cores, ascending, that hold all three memories of a layer (in words)."""
    fitting = []
    for number, core in enumerate(cores):
        if kernel <= core.kernel and neuron <= core.neuron and bias <= core.bias:
            fitting.append(number)
    return fitting


def legal(
    *,
    c: int,
    f: int,
    h: int,
    w: int,
    kh: int,
    kw: int,
    sy: int = 1,
    sx: int = 1,
    py: int = 0,
    px: int = 0,
    dy: int = 1,
    dx: int = 1,
    groups: int = 1,
    pool: int = 1,
    has_bias: bool = False,
    floor: int | None = -1,
    cores: Sequence[Core] = SPECK_2F,
) -> set[str]:
    """The violated rules of one layer, as a set of rule ids; empty for a layer that the chip runs.

    `floor` is the quantized one; None stands for no floor, which is the lowest level of the state.
    A core knows no groups, so the kernel memory counts all input channels.
    """
    violated: set[str] = set()

    if kh != kw:
        violated.add("kernel-square")
    if not (1 <= kh <= 16 and 1 <= kw <= 16):
        violated.add("kernel-size")
    if sy not in (1, 2, 4, 8) or sx not in (1, 2, 4, 8):
        violated.add("stride")
    if not (0 <= py <= 7 and 0 <= px <= 7):
        violated.add("padding")
    if groups != 1:
        violated.add("groups")
    if dy != 1 or dx != 1:
        violated.add("dilation")
    if c > 1024 or f > 1024:
        violated.add("features")
    if h > 128 or w > 128:
        violated.add("input-map")
    if pool not in (1, 2, 4):
        violated.add("pooling")
    if floor is not None and floor >= 0:
        violated.add("floor-below-zero")

    kernel = memory.kernel_words(c, f, kh, kw)
    bias = memory.bias_words(f, has_bias)
    if all(core.kernel < kernel for core in cores):
        violated.add("kernel-memory")
    if all(core.bias < bias for core in cores):
        violated.add("bias-memory")

    _, fy, fx = shapes.neuron_shape(
        f, h, w, kernel=(kh, kw), stride=(sy, sx), padding=(py, px), dilation=(dy, dx)
    )
    if fy == 0 or fx == 0:
        # Without a map there is no neuron memory: what is left of the rules would judge nothing.
        violated.add("map-not-empty")
        return violated

    if fy > 64 or fx > 64:
        violated.add("output-map")
    neuron = memory.neuron_words(f, fy, fx)
    if all(core.neuron < neuron for core in cores):
        violated.add("neuron-memory")

    # A memory that no core has is its own violation; this one is about memories that no core has together.
    each_fits_somewhere = violated.isdisjoint({"kernel-memory", "neuron-memory", "bias-memory"})
    if each_fits_somewhere and not fitting_cores(kernel, neuron, bias, cores):
        violated.add("fits-a-core")
    return violated
