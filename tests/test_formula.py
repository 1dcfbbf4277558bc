"""The formula language: what it accepts, what it computes, and how it says no."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dynapspec.formula import EvaluationError, FormulaError, Undefined, compile_formula, names_in, parse
from dynapspec.formula.f32 import bits_of, f32, from_bits
from dynapspec.formula.units import UnitChecker

KINDS = {
    "h": "pixel",
    "k": "pixel",
    "f": "channel",
    "c": "channel",
    "s": "ratio",
    "b": "bit",
    "w": "word",
    "on": "bool",
}
singles = st.floats(width=32, allow_nan=False)


def run(text: str, **values: Any) -> Any:
    return compile_formula(parse(text))(values)


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("c * pow2(ceil_log2(kh*kw) + ceil_log2(f))", {"c": 20, "f": 32, "kh": 5, "kw": 5}, 20480),
        ("(h + 2*p - k) // s + 1", {"h": 128, "p": 1, "k": 3, "s": 2}, 64),
        ("-7 // 2", {}, -4),
        ("-7 % 3", {}, 2),
        ("1 / 3 + 1 / 6", {}, Fraction(1, 2)),
        ("a if a > b else b", {"a": 3, "b": 5}, 5),
        ("1 < a < 3", {"a": 3}, False),
        ("not a == 2 and (a > 2 or a < 1)", {"a": 3}, True),
        ("min(a, b, 4) + max(a, b)", {"a": 3, "b": 5}, 8),
        ("trunc(7 / 2) + round_down(-7 / 2)", {}, -1),
        ("round_half_even(5 / 2) + round_half_up(5 / 2)", {}, 5),
        ("round_half_even(-5 / 2) + round_half_up(-5 / 2)", {}, -4),
        ("ceil_log2(1) + ceil_log2(2) + ceil_log2(3) + ceil_log2(1024)", {}, 13),
        ("abs(-3) * (2 == 2)", {}, 3),
    ],
)
def test_exact_arithmetic(text: str, values: dict[str, int], expected: object) -> None:
    assert run(text, **values) == expected


@given(singles, singles)
def test_f32_operators_round_as_numpy_does(a: float, b: float) -> None:
    left, right = np.float32(a), np.float32(b)
    with np.errstate(all="ignore"):
        expected = {"+": left + right, "-": left - right, "*": left * right, "/": left / right}
    for op, value in expected.items():
        found = np.float32(run(f"a {op} b", a=a, b=b))
        assert found.tobytes() == value.tobytes() or (math.isnan(found) and math.isnan(value)), op


@given(st.floats(-1e6, 1e6, width=32), st.floats(0.125, 65536, width=32), st.sampled_from([1, -1]))
def test_floor_division_and_remainder_are_those_of_torch(a: float, size: float, sign: int) -> None:
    b = size * sign
    left, right = torch.tensor(a), torch.tensor(b)
    assert run("a // b", a=a, b=b) == (left // right).item()
    assert run("a % b", a=a, b=b) == (left % right).item()


@given(singles.filter(lambda x: abs(x) < 2**31))
def test_roundings_keep_the_sign_of_zero(x: float) -> None:
    for text, numpy in (("trunc", np.trunc), ("round_half_even", np.rint), ("round_down", np.floor)):
        assert np.float32(run(f"{text}(x)", x=x)).tobytes() == numpy(np.float32(x)).tobytes()


@given(st.fractions())
def test_a_fraction_rounds_once(value: Fraction) -> None:
    near = f32(value)
    if math.isinf(near):
        return
    low, high = (
        np.nextafter(np.float32(near), np.float32(-math.inf)),
        np.nextafter(np.float32(near), np.float32(math.inf)),
    )
    error = abs(Fraction(near) - value)
    assert math.isinf(low) or error <= abs(Fraction(float(low)) - value)
    assert math.isinf(high) or error <= abs(Fraction(float(high)) - value)


def test_a_fraction_next_to_a_tie_is_not_taken_for_one() -> None:
    tie = Fraction(from_bits(0x3F800000)) + Fraction(1, 2**24)  # halfway between 1 and the next f32
    assert bits_of(f32(tie)) == 0x3F800000
    assert bits_of(f32(tie + Fraction(1, 2**80))) == 0x3F800001


@given(st.integers(0, 2**32 - 1))
def test_bits_survive(bits: int) -> None:
    value = from_bits(bits)
    assert math.isnan(value) or bits_of(value) == bits


def test_a_reciprocal_first_is_not_a_division() -> None:
    """Source: recorded answers of sinabs; 0.123 becomes 21 one way and 20 the other."""
    x = f32(0.762)
    assert run("1 / x * 127", x=x) == f32(166.66667175)
    assert run("127 / x", x=x) == f32(166.66665649)


def test_a_missing_bound_bounds_nothing() -> None:
    assert run("min(x, cap)", x=3.0, cap=None) == 3.0


def test_an_unknown_value_is_named() -> None:
    with pytest.raises(Undefined, match="h"):
        run("h + 1")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 // 0", "division by 0"),
        ("1 % 0", "division by 0"),
        ("ceil_log2(0)", "ceil_log2 of 0"),
        ("pow2(-1)", "pow2 of -1"),
        ("pow2(1000000000000)", "pow2 of 1000000000000"),
        ("pow2(4000) * pow2(4000)", "more than 4096 bits"),
    ],
)
def test_leaving_a_domain_is_told_and_never_hangs(text: str, message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        run(text)


@pytest.mark.parametrize(
    ("text", "start", "message"),
    [
        ("a +", 2, "not a formula"),
        ("2 ** 3", 0, "a power has no place"),
        ("a.b.c", 0, "a field of a field has no place"),
        ("__import__('os').system('x')", 0, "a call of this form has no place"),
        ("[x for x in y]", 0, "a comprehension has no place"),
        ("lambda: 1", 0, "a lambda has no place"),
        ("f(x=1)", 0, "a call of this form has no place"),
        ("a is b", 0, "is has no place"),
        ("1 + é", 4, "has no meaning"),
        ("b'x'", 0, "has no place"),
        ("1e999", 0, "has no place"),
        ("(" * 80 + "1" + ")" * 80 + "+" * 0, None, None),
        ("-" * 80 + "1", None, "nested deeper|not a formula"),
        ("a" * 1001, 0, "at most 1000"),
        ("", 0, "an empty formula"),
        ("\0", 0, "has no meaning"),
    ],
)
def test_what_is_no_formula_is_told_with_its_place(text: str, start: int | None, message: str | None) -> None:
    if message is None:
        assert run(text) == 1
        return
    with pytest.raises(FormulaError, match=message) as caught:
        parse(text)
    assert start is None or caught.value.start == start


@given(st.text(max_size=60))
def test_any_text_is_a_formula_or_a_formula_error(text: str) -> None:
    try:
        names_in(parse(text))
    except FormulaError as error:
        assert 0 <= error.start <= error.stop


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("h + 2*k - 1", "pixel"),
        ("h // s + 1", "pixel"),
        ("h * k", "count"),
        ("ceil_log2(h*k) + ceil_log2(f)", "bit"),
        ("c * pow2(ceil_log2(f))", "word"),
        ("words(f) if on else words(0)", "word"),
        ("-pow2(b - 1)", "level"),
        ("w + pow2(b)", "word"),
        ("h < k and on", "bool"),
    ],
)
def test_units_that_go_together(text: str, kind: str) -> None:
    UnitChecker(KINDS, {}).expect(parse(text), kind)


@pytest.mark.parametrize(
    ("text", "kind", "start", "message"),
    [
        ("h + f", "pixel", 0, "pixel and channel"),
        ("w + b", "word", 0, "word and bit"),
        ("w + f", "word", 0, "word and channel"),
        ("1 + (h < f)", "bool", 5, "pixel and channel"),
        ("w * w", "word", 0, r"word \* word"),
        ("ceil_log2(w)", "bit", 10, "a count is expected"),
        ("pow2(h)", "word", 5, "bit is expected"),
        ("f", "word", 0, "word is expected"),
        ("hh + 1", "pixel", 0, "hh is not known"),
        ("wrods(f)", "word", 0, "no function wrods"),
        ("words(f, f)", "word", 0, "takes 1 arguments, 2 given"),
        ("exp(h)", "pixel", 0, "a function of f32 formulas"),
        ("h if f else h", "pixel", 5, "bool is expected"),
    ],
)
def test_units_that_do_not(text: str, kind: str, start: int, message: str) -> None:
    with pytest.raises(FormulaError, match=message) as caught:
        UnitChecker(KINDS, {}).expect(parse(text), kind)
    assert caught.value.start == start


def test_a_hint_names_the_conversion() -> None:
    with pytest.raises(FormulaError) as caught:
        UnitChecker(KINDS, {}).expect(parse("f"), "word")
    assert caught.value.hint == "words(n) names a count of words"
