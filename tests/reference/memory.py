"""Core memory as packed address fields.

Source: Speck Dev Kit Datasheet (August 2023), 3.2.4.1. A word's address is the concatenation of its indices,
one bit field per index, so every index but the outermost costs a whole number of address bits and leaves
holes when its size is no power of two. The outermost index sits on top and can stop anywhere: it is not
padded.

Which index is the outermost one follows from the data sheet's word counts. The order of the inner fields, and
of rows and columns inside the kernel position, is not published and is assumed here; neither changes which
counts come out, nor whether addresses are distinct.

Sizes and indices are counts; sizes of memories are words.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product


def address_bits(size: int) -> int:
    """Smallest b with 2**b >= size, found by shifting: the address bits of an index with `size` values."""
    if size < 1:
        raise ValueError(f"an index needs at least one value, not {size}")
    bits = 0
    while (1 << bits) < size:
        bits += 1
    return bits


@dataclass(frozen=True)
class Field:
    """One index of a word, with `size` values 0 .. size - 1."""

    name: str
    size: int

    def __post_init__(self) -> None:
        """Refuse an index without values: it would have no address at all."""
        if self.size < 1:
            raise ValueError(f"{self.name} needs at least one value, not {self.size}")

    @property
    def bits(self) -> int:
        """Address bits that the index takes when it is an inner field."""
        return address_bits(self.size)


@dataclass(frozen=True)
class Layout:
    """One memory of a core: the outermost, unpadded field, then the inner fields, high bits first."""

    outer: Field
    inner: tuple[Field, ...] = ()

    @property
    def fields(self) -> tuple[Field, ...]:
        """All fields, from the highest address bits to the lowest."""
        return (self.outer, *self.inner)

    def address(self, *indices: int) -> int:
        """Address of the word with these indices, one per field, outermost first."""
        if len(indices) != len(self.fields):
            raise ValueError(f"{len(self.fields)} indices expected, {len(indices)} given")
        for field, index in zip(self.fields, indices, strict=True):
            if not 0 <= index < field.size:
                raise ValueError(f"{field.name} = {index} is outside 0 .. {field.size - 1}")
        return self._pack(indices)

    def _pack(self, indices: tuple[int, ...]) -> int:
        address = indices[0]
        for field, index in zip(self.inner, indices[1:], strict=True):
            address = (address << field.bits) | index
        return address

    def indices(self, address: int) -> tuple[int, ...] | None:
        """The indices of the word at an address, None for a hole or an address outside the space."""
        rest = address
        found: list[int] = []
        for field in reversed(self.inner):
            found.append(rest & ((1 << field.bits) - 1))
            rest >>= field.bits
        found.append(rest)
        found.reverse()
        inside = all(0 <= index < field.size for field, index in zip(self.fields, found, strict=True))
        return tuple(found) if inside else None

    @property
    def space(self) -> int:
        """Words that the layout occupies, holes included.

        It is the address at which one more value of the outermost index would begin. The holes behind the
        last used word count: the core gives out whole blocks.
        """
        return self._pack((self.outer.size, *(0 for _ in self.inner)))


def kernel_layout(c: int, f: int, kh: int, kw: int) -> Layout:
    """Kernel memory: input channel, then kernel position (one field of kh*kw values), then output feature."""
    return Layout(Field("input channel", c), (Field("kernel position", kh * kw), Field("feature", f)))


def neuron_layout(f: int, fy: int, fx: int) -> Layout:
    """Neuron memory: feature, then row, then column of the map before pooling."""
    return Layout(Field("feature", f), (Field("row", fy), Field("column", fx)))


def bias_layout(f: int) -> Layout:
    """Bias memory: one word per output feature, without holes."""
    return Layout(Field("feature", f))


def kernel_address(layout: Layout, channel: int, feature: int, ky: int, kx: int, kw: int) -> int:
    """Address of one kernel word; the position inside the kernel is counted row by row (assumed)."""
    if not 0 <= kx < kw:
        raise ValueError(f"kernel column = {kx} is outside 0 .. {kw - 1}")
    return layout.address(channel, ky * kw + kx, feature)


def kernel_words(c: int, f: int, kh: int, kw: int) -> int:
    """Words of kernel memory for c input channels, f features and a kernel of kh by kw pixels."""
    return kernel_layout(c, f, kh, kw).space


def neuron_words(f: int, fy: int, fx: int) -> int:
    """Words of neuron memory for f maps of fy by fx neurons (before pooling)."""
    return neuron_layout(f, fy, fx).space


def bias_words(f: int, has_bias: bool) -> int:
    """Words of bias memory: one per feature, none without a bias."""
    return bias_layout(f).space if has_bias else 0


def used_words(layout: Layout) -> int:
    """Words that hold something: the space less its holes."""
    used = 1
    for field in layout.fields:
        used *= field.size
    return used


def enumerate_addresses(layout: Layout, limit: int = 1 << 16) -> Iterator[tuple[tuple[int, ...], int]]:
    """Every (indices, address) of a small layout, one by one.

    Refuses layouts of more than `limit` words, which nobody wants to wait for.
    """
    if used_words(layout) > limit:
        raise ValueError(f"{used_words(layout)} words are too many to enumerate, the limit is {limit}")
    for indices in product(*(range(field.size) for field in layout.fields)):
        yield indices, layout.address(*indices)
