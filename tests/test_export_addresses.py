"""Addresses of words, held against the reference model, which lays out memories on its own."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynapspec.formula import parse
from dynapspec.model import load_model
from dynapspec.model.packing import packing
from dynapspec.runtime.addresses import decode, encode, space
from export_kit import SPECS
from reference import memory as reference

CHIP = load_model(SPECS).chips["speck2f"]
LAYER = load_model(SPECS).layers["dynapcnn"].spec
assert CHIP.spec.configuration is not None
ADDRESSES: Any = CHIP.spec.configuration.layout(LAYER)["addresses"]
SMALL = st.integers(1, 9)


def test_the_layouts_come_from_the_memory_formulas() -> None:
    assert ADDRESSES["kernel"] == [["c"], ["kh", "kw"], ["f"]]
    assert ADDRESSES["neuron"] == [["f"], ["fy"], ["fx"]]
    assert ADDRESSES["neuron_event"] == [["fy"], ["fx"], ["f"]]


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("f * pow2(ceil_log2(fx) + ceil_log2(fy))", (("f",), ("fx",), ("fy",))),
        ("pow2(ceil_log2(fx*fy))", (("fx", "fy"),)),
        ("f * fx * pow2(ceil_log2(fy))", (("f", "fx"), ("fy",))),
        ("f * fx + fy", None),
        ("f * pow2(ceil_log2(fx + fy))", None),
        ("f * pow2(fx)", None),
        ("f * pow2(ceil_log2(f))", None),
        ("2 * f", None),
        ("pow2(ceil_log2(f)) * fx", (("fx",), ("f",))),  # what is not padded lies on top wherever it stands
    ],
)
def test_what_packs_indices(formula: str, expected: Any) -> None:
    assert packing(parse(formula)) == expected


@given(SMALL, SMALL, SMALL)
def test_neurons(f: int, fy: int, fx: int) -> None:
    layout, sizes = reference.neuron_layout(f, fy, fx), {"f": f, "fy": fy, "fx": fx}
    for (feature, row, column), address in reference.enumerate_addresses(layout):
        indices = {"f": feature, "fy": row, "fx": column}
        assert encode(ADDRESSES["neuron"], sizes, indices) == address
        assert decode(ADDRESSES["neuron"], sizes, address) == indices
    assert space(ADDRESSES["neuron"], sizes) == layout.space
    for address in range(layout.space + 9):
        known = layout.indices(address)
        found = decode(ADDRESSES["neuron"], sizes, address)
        assert found == (None if known is None else dict(zip(("f", "fy", "fx"), known, strict=True)))


@given(st.integers(1, 4), st.integers(1, 5), st.integers(1, 4), st.integers(1, 4))
def test_weights(c: int, f: int, kh: int, kw: int) -> None:
    layout, sizes = reference.kernel_layout(c, f, kh, kw), {"c": c, "f": f, "kh": kh, "kw": kw}
    for channel, feature, row, column in product(range(c), range(f), range(kh), range(kw)):
        indices = {"c": channel, "kh": row, "kw": column, "f": feature}
        address = reference.kernel_address(layout, channel, feature, row, column, kw)
        assert encode(ADDRESSES["kernel"], sizes, indices) == address
        assert decode(ADDRESSES["kernel"], sizes, address) == indices
    assert space(ADDRESSES["kernel"], sizes) == reference.kernel_words(c, f, kh, kw)


def test_a_map_wider_than_tall() -> None:
    """One feature, two rows, eight columns: 16 neurons have 16 addresses, where the vendor's helper has 8."""
    sizes = {"f": 1, "fy": 2, "fx": 8}
    places = [{"fy": y, "fx": x, "f": 0} for y, x in product(range(2), range(8))]
    found = [encode(ADDRESSES["neuron_event"], sizes, place) for place in places]
    assert sorted(found) == list(range(16))
    assert encode(ADDRESSES["neuron_event"], sizes, {"fy": 1, "fx": 5, "f": 0}) == 0b1101
    assert decode(ADDRESSES["neuron_event"], sizes, 0b1101) == {"fy": 1, "fx": 5, "f": 0}


def test_the_events_of_a_square_map_are_as_the_vendor_has_them() -> None:
    """Feature in the lowest bits, then column, then row: 3 features take 2 bits, 4 columns take 2."""
    sizes = {"f": 3, "fy": 4, "fx": 4}
    assert encode(ADDRESSES["neuron_event"], sizes, {"f": 2, "fx": 1, "fy": 3}) == 2 | 1 << 2 | 3 << 4


@given(SMALL, SMALL, SMALL)
def test_every_neuron_has_an_address_of_its_own(f: int, fy: int, fx: int) -> None:
    sizes = {"f": f, "fy": fy, "fx": fx}
    places = [{"f": a, "fy": b, "fx": c} for a, b, c in product(range(f), range(fy), range(fx))]
    found = {encode(ADDRESSES["neuron_event"], sizes, place) for place in places}
    assert len(found) == len(places)
    assert max(found) < space(ADDRESSES["neuron_event"], sizes)


@pytest.mark.parametrize(
    ("indices", "told"),
    [
        ({"f": 0, "fy": 2, "fx": 0}, "index 2 of fy is outside 0 to 1"),
        ({"f": 0, "fy": 0, "fx": -1}, "index -1 of fx is outside 0 to 7"),
        ({"f": 0, "fy": 0}, "indices f, fy, fx are expected, not f, fy"),
    ],
)
def test_indices_that_are_none(indices: dict[str, int], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        encode(ADDRESSES["neuron"], {"f": 1, "fy": 2, "fx": 8}, indices)


def test_the_generated_package_has_them_too() -> None:
    addresses = pytest.importorskip("dynapcnn.addresses", reason="the generated package is not on the path")
    from dynapcnn.chips import CHIPS

    for name, chip in load_model(SPECS).chips.items():
        assert chip.spec.configuration is not None
        assert CHIPS[name].configuration == chip.spec.configuration.layout(LAYER)
    sizes = {"f": 2, "fy": 3, "fx": 5}
    assert addresses.encode(ADDRESSES["neuron"], sizes, {"f": 1, "fy": 2, "fx": 4}) == 0b110100
