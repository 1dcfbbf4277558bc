"""Many layers at once: the emitted module and the array interpreter agree with the scalar functions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dynapcnn
import dynapcnn.arrays
import dynapcnn_v31.arrays
from dynapcnn import rules
from dynapcnn.arrays import UNDEFINED, judge
from dynapcnn.chips import CHIPS, speck2f
from dynapcnn.memory import kernel_words, neuron_words
from dynapcnn.shapes import LayerDims, Pool
from dynapspec.formula.vectors import ceil_log2 as vector_ceil_log2
from dynapspec.interpret import Judge, LayerInterpreter
from dynapspec.interpret.description import Layout
from dynapspec.interpret.order import all_dims
from dynapspec.interpret.vectors import MOST, VectorJudge
from dynapspec.model import load_model
from dynapspec.model.values import Interval

MODEL = load_model(Path(__file__).resolve().parents[1] / "specs")
LAYER = MODEL.layers["dynapcnn"]
DIMS = all_dims(LAYER.spec)
VECTORS = VectorJudge(LayerInterpreter(LAYER))
JUDGES = {name: Judge(chip, VECTORS.interpreter) for name, chip in MODEL.chips.items()}
REALISTIC = {"c", "f", "c_in", "h", "w", "kh", "kw"}
LEVELS = st.one_of(st.integers(-40000, 40000), st.integers(-(2**70), 2**70))


def value_of(name: str) -> st.SearchStrategy[Any]:
    """Values of a dimension: what layers have, limits and their neighbours, and the ends of the domain."""
    dim = DIMS[name]
    if dim.kind == "bool":
        return st.booleans()
    if isinstance(dim.domain, tuple):
        return st.sampled_from(dim.domain)
    if not isinstance(dim.domain, Interval):
        return LEVELS
    low, high = dim.domain.low, dim.domain.high
    edges = [low, high, *(n for n in (2, 4, 8, 9, 16, 17, 64, 65, 128, 129, 1024, 1025) if low <= n <= high)]
    near = st.integers(low, min(high, low + 40))
    return st.one_of(near, near, near, st.sampled_from(edges), st.integers(low, high))


OPTIONAL = [name for name, dim in DIMS.items() if dim.optional]


@st.composite
def layers(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[str]]:
    """Some layers, and the columns that are left out."""
    unknown = draw(st.lists(st.sampled_from(OPTIONAL), unique=True))
    known = [name for name in DIMS if name not in unknown]
    row = st.fixed_dictionaries({name: value_of(name) for name in known}).map(related)
    return draw(st.lists(st.one_of(row, row.map(square)), min_size=1, max_size=6)), unknown


def related(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"c_in": row["c"]} if row["h"] % 3 else row


def square(row: dict[str, Any]) -> dict[str, Any]:
    """A layer that most rules take."""
    kept = {"has_bias", "f", "c", "h", "w", "kh", "v_floor"} & row.keys()
    plain = {name: dim.default for name, dim in DIMS.items() if dim.default is not None}
    return row | {n: v for n, v in plain.items() if n not in kept} | {"c_in": row["c"], "kw": row["kh"]}


def columns_of(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: np.array([row[name] for row in rows], column_type(name, rows)) for name in rows[0]}


def column_type(name: str, rows: list[dict[str, Any]]) -> Any:
    if DIMS[name].kind in ("bool", "name"):
        return None
    return np.int64


def storable(rows: list[dict[str, Any]]) -> bool:
    return all(abs(v) < 2**63 for row in rows for v in row.values() if isinstance(v, int))


def split(row: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    leaving = LAYER.spec.destination_dims
    whole = {name: value for name, value in row.items() if name not in leaving}
    return whole, {name: value for name, value in row.items() if name in leaving}


@settings(max_examples=60, deadline=None)
@given(layers(), st.sampled_from(sorted(CHIPS)))
def test_the_emitted_module_agrees_with_the_scalar_functions(
    drawn: tuple[list[dict[str, Any]], list[str]], name: str
) -> None:
    rows, _ = drawn
    if not storable(rows):
        return
    chip = CHIPS[name]
    found = judge(chip, columns_of(rows), threads=1)
    for index, row in enumerate(rows):
        whole, pool = split(row)
        dims = LayerDims(**whole, pools=(Pool(**pool),))
        violations = chip.check(dims)
        broken = {violation.rule for violation in violations}
        assert {rule for rule, mask in found.broken.items() if mask[index]} == broken
        assert bool(found.legal[index]) == (not broken)
        cores = [core for core, mask in found.fits.items() if mask[index]]
        assert cores == chip.cores_for(dims)
        assert found.cores[index] == len(cores)
        values, _ = rules.evaluate(dims, chip)
        for key in ("fy", "fx", "kernel", "neuron", "bias"):
            wanted = getattr(values, key)
            assert found.values[key][index] == (UNDEFINED if wanted is None else wanted)
        if "pooled-map-not-empty" not in broken and values.fy is not None and values.fx is not None:
            assert found.values["oy"][index] == (values.fy - row["qy"]) // row["ty"] + 1
        else:
            assert found.values["oy"][index] == UNDEFINED


@settings(max_examples=60, deadline=None)
@given(layers(), st.sampled_from(sorted(JUDGES)))
def test_the_array_interpreter_agrees_with_the_interpreter(
    drawn: tuple[list[dict[str, Any]], list[str]], name: str
) -> None:
    rows, _ = drawn
    if not storable(rows):
        return
    book = JUDGES[name]
    raw = columns_of(rows)
    encoded = {key: np.array([VECTORS.encoded(v.item()) for v in column]) for key, column in raw.items()}
    found = VECTORS.judge(encoded, book)
    for index, row in enumerate(rows):
        whole, pool = split(row)
        one = book.judge_layout(Layout(whole, (pool,)))
        broken = {violation.rule for violation in one.violations}
        assert {rule for rule, mask in found.broken.items() if at(mask, index)} == broken
        bits = int(at(found.cores, index))
        assert [n for n, place in book.order.items() if bits >> place & 1] == list(one.cores)
        values = {**one.values, **one.destinations[0]}
        for key, column in found.values.items():
            assert bool(at(found.unless[key], index)) == (key not in values)
            if key in values:
                assert at(column, index) == min(values[key], MOST)
        assert {key: at(column, index) for key, column in found.used.items() if key in one.used} == {
            key: min(count, MOST) for key, count in one.used.items()
        }


def at(column: Any, index: int) -> Any:
    column = np.asarray(column)
    return column[index] if column.ndim else column[()]


def test_a_hand_computed_layer() -> None:
    found = judge(speck2f, {"c": 2, "c_in": 2, "f": [8, 9], "h": 34, "w": 34, "kh": 3, "kw": [3, 5]})
    # 2 * 2^(4 + 3), and 2 * 2^(4 + 4); 8 * 2^(5 + 5), and of 9 features 9 * 2^(5 + 5)
    assert found.values["kernel"].tolist() == [256, 512]
    assert found.values["neuron"].tolist() == [8192, 9216]
    assert found.values["fx"].tolist() == [32, 30]
    assert found.broken["kernel-square"].tolist() == [False, True]
    assert found.legal.tolist() == [True, False]
    assert found.cores.tolist() == [9, 9]


def test_powers_of_two_and_their_neighbours() -> None:
    for bits in range(63):
        for count in (2**bits - 1, 2**bits, 2**bits + 1):
            if count >= 1:
                for function in (dynapcnn.arrays.ceil_log2, vector_ceil_log2):
                    assert function(np.array([count]))[0] == (count - 1).bit_length(), count


def test_what_64_bits_do_not_hold_is_exact() -> None:
    largest = 1 << 24
    wide = dynapcnn.arrays.kernel_words(largest, [largest, 8], 1 << 16, [1 << 16, 3])
    assert wide.tolist() == [1 << 80, largest * (1 << (18 + 3))]
    dims: dict[str, Any] = {
        "c": largest,
        "c_in": largest,
        "f": [8, largest],
        "h": 65536,
        "w": 65536,
        "kh": [3, 65536],
    }
    found = judge(speck2f, {**dims, "kw": [3, 65536]})
    assert found.values["kernel"].tolist() == [largest * (1 << (4 + 3)), 1 << 80]
    assert found.broken["kernel-memory"].tolist() == [True, True]


def test_a_size_is_undefined_where_no_neuron_is_left() -> None:
    found = judge(speck2f, {"c": 1, "c_in": 1, "f": 1, "h": [4, 5], "w": 9, "kh": 5, "kw": 5})
    assert found.values["fy"].tolist() == [UNDEFINED, 1]
    assert found.values["neuron"].tolist() == [UNDEFINED, 8]
    assert found.cores.tolist() == [0, 9]
    assert found.broken["map-not-empty"].tolist() == [True, False]
    assert found.broken["output-map"].tolist() == [False, False]


def wrong() -> Iterator[tuple[dict[str, Any], type[Exception], str]]:
    good: dict[str, Any] = {"c": 1, "c_in": 1, "f": 1, "h": 9, "w": 9, "kh": 3, "kw": 3}
    yield {**good, "f": [1, 0]}, ValueError, "f is 0 in layer 1, and must be 1 to 16777216"
    yield {**good, "hight": 3}, ValueError, "there is no column hight"
    yield {k: v for k, v in good.items() if k != "h"}, ValueError, "the column h is missing"
    yield {**good, "h": [1.5]}, TypeError, "h is a column of whole numbers"
    yield {**good, "h": [1, 2], "w": [1, 2, 3]}, ValueError, "columns of one length"
    yield {**good, "padding_mode": "zero"}, ValueError, "padding_mode is 'zero'"
    yield {**good, "has_bias": [2]}, TypeError, "has_bias is a column of truth values"


@pytest.mark.parametrize(("columns", "kind", "message"), list(wrong()))
def test_wrong_columns_are_refused(columns: dict[str, Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        judge(speck2f, columns)


def test_threads_and_chunks_change_nothing() -> None:
    dice = np.random.default_rng(5)
    count = 3 * dynapcnn.arrays.CHUNK + 17
    cols = {n: dice.integers(1, 40, count) for n in ("c", "f", "h", "w", "kh", "sy", "qy")}
    cols |= {"c_in": cols["c"], "kw": cols["kh"], "sx": cols["sy"], "qx": cols["qy"]}
    one, four = judge(speck2f, cols, threads=1), judge(speck2f, cols, threads=4)
    assert all(np.array_equal(one.broken[rule], four.broken[rule]) for rule in one.broken)
    assert all(np.array_equal(one.values[name], four.values[name]) for name in one.values)
    for row in (0, dynapcnn.arrays.CHUNK, count - 1):
        alone = judge(speck2f, {name: column[row] for name, column in cols.items()})
        assert all(alone.values[name][0] == one.values[name][row] for name in one.values)


def test_functions_are_those_of_the_scalar_modules() -> None:
    dice = np.random.default_rng(6)
    c, f, kh, kw = dice.integers(1, 3000, (4, 500))
    assert dynapcnn.arrays.kernel_words(c, f, kh, kw).tolist() == [
        kernel_words(*map(int, row)) for row in zip(c, f, kh, kw, strict=True)
    ]
    assert dynapcnn_v31.arrays.neuron_words(f, kh, kw).tolist() == [
        neuron_words(*map(int, row)) for row in zip(f, kh, kw, strict=True)
    ]
    with pytest.raises(ValueError, match="must be"):
        dynapcnn.arrays.kernel_words(0, 1, 1, 1)
