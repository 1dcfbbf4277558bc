"""Formulas as text and as LaTeX."""

from __future__ import annotations

from dataclasses import fields, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynapspec.formula import parse
from dynapspec.formula import tree as t
from dynapspec.formula.latex import latex, latex_number, symbol
from dynapspec.formula.operators import ARITY
from dynapspec.formula.text import text
from dynapspec.model import load_model

SPECS = Path(__file__).resolve().parents[1] / "specs"
ARITHMETIC, COMPARISONS = ["+", "-", "*", "/", "//", "%"], ["==", "!=", "<", "<=", ">", ">=", "in"]


def placeless(tree: Any) -> Any:
    """The tree with every place set to 0."""
    parts: dict[str, Any] = {"start": 0, "stop": 0}
    for field in fields(tree):
        value = getattr(tree, field.name)
        if isinstance(value, t.Node):
            parts[field.name] = placeless(value)
        elif isinstance(value, tuple):
            parts[field.name] = tuple(map(placeless, value))
    return replace(tree, **parts)


def larger(inner: st.SearchStrategy[t.Tree]) -> st.SearchStrategy[t.Tree]:
    two_or_three = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(t.Unary, st.just(0), st.just(0), st.sampled_from(["-", "not"]), inner),
        st.builds(t.Binary, st.just(0), st.just(0), st.sampled_from(ARITHMETIC), inner, inner),
        st.builds(t.Compare, st.just(0), st.just(0), st.sampled_from(COMPARISONS), inner, inner),
        st.builds(t.Logic, st.just(0), st.just(0), st.sampled_from(["and", "or"]), two_or_three),
        st.builds(t.Choice, st.just(0), st.just(0), inner, inner, inner),
        st.builds(t.Call, st.just(0), st.just(0), st.sampled_from(["min", "max", "own"]), two_or_three),
    )


decimals = st.floats(0, 1e9, allow_nan=False).map(lambda value: Fraction(repr(value)))
constants = st.builds(t.Number, st.just(0), st.just(0), st.integers(0, 10**9) | st.booleans() | decimals)
texts = st.builds(t.Text, st.just(0), st.just(0), st.text(max_size=8))
names = st.builds(t.Name, st.just(0), st.just(0), st.sampled_from(["c", "fy", "v_floor", "chip.stride"]))
trees = st.recursive(constants | texts | names, larger, max_leaves=12)


@given(trees)
def test_text_parses_back_to_the_same_tree(tree: t.Tree) -> None:
    assert placeless(parse(text(tree))) == placeless(tree)


@given(trees)
def test_latex_is_one_line_with_balanced_brackets(tree: t.Tree) -> None:
    printed = latex(tree)
    bare = printed.replace(r"\{", "").replace(r"\}", "")
    assert bare.count("{") == bare.count("}")
    assert printed.count(r"\left") - printed.count(r"\leftarrow") == printed.count(r"\right")
    assert "\n" not in printed


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("(a+b)*c", "(a + b) * c"),
        ("a + (b*c)", "a + b * c"),
        ("(a + b) + c", "a + b + c"),
        ("a + (b + c)", "a + (b + c)"),
        ("a - (b - c)", "a - (b - c)"),
        ("(a * b) // (c)", "a * b // c"),
        ("a if (p) else (b if q else c)", "a if p else b if q else c"),
        ("(a if p else b) + 1", "(a if p else b) + 1"),
        ("(a < b) * c", "(a < b) * c"),
        ("a < b < c", "a < b and b < c"),
        ("p and (q or r)", "p and (q or r)"),
        ("(p and q) or r", "p and q or r"),
        ("not (a in b)", "not a in b"),
        ("-(a * b)", "-(a * b)"),
        ("(-a) * b", "-a * b"),
        ("0.50 * 1e3", "0.5 * 1000.0"),
        ('mode == "zeros"', "mode == 'zeros'"),
    ],
)
def test_text_has_no_needless_parentheses(written: str, printed: str) -> None:
    assert text(parse(written)) == printed


MEMORY_LATEX = {
    "kernel": r"c \cdot 2^{\lceil \log_2 (k_h \cdot k_w) \rceil + \lceil \log_2 f \rceil}",
    "neuron": r"f \cdot 2^{\lceil \log_2 f_y \rceil + \lceil \log_2 f_x \rceil}",
    "bias": (
        r"\begin{cases} \mathrm{words}(f) & \text{if } \mathrm{has\_bias} \\ "
        r"\mathrm{words}(0) & \text{otherwise} \end{cases}"
    ),
}


@pytest.mark.parametrize("name", MEMORY_LATEX)
def test_memory_formulas_in_latex(name: str) -> None:
    memory = load_model(SPECS).layers["dynapcnn"].spec.memory[name]
    assert latex(memory.is_.tree) == MEMORY_LATEX[name]


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("(h - kh) // sy + 1", r"\left\lfloor \frac{h - k_h}{s_y} \right\rfloor + 1"),
        ("a / b * c", r"\frac{a}{b} \cdot c"),
        ("a * (b / c)", r"a \cdot \frac{b}{c}"),
        ("a - (b - c)", "a - (b - c)"),
        ("a * -b", r"a \cdot (-b)"),
        ("-(a + b)", "-(a + b)"),
        ("a % 4", r"a \bmod 4"),
        ("(v > 0) * n", r"[v > 0] \cdot n"),
        ("-abs(v) / 2", r"\frac{-\lvert v \rvert}{2}"),
        ("p and q or not r", r"p \land q \lor \lnot r"),
        ("p and (q or r)", r"p \land (q \lor r)"),
        ("sy in chip.stride", r"s_y \in \mathrm{chip.stride}"),
        ("a <= b != c", r"a \le b \land b \ne c"),
        ("ceil_log2(f + 1)", r"\lceil \log_2 (f + 1) \rceil"),
        ("round_half_even(x * scale)", r"\mathrm{round}_{\text{half even}}(x \cdot \mathrm{scale})"),
        ("round_down(a / b)", r"\left\lfloor \frac{a}{b} \right\rfloor"),
        ("round_up(x)", r"\lceil x \rceil"),
        ("exp(-x)", "e^{-x}"),
        ("normal(x, mu, sigma)", r"\mathcal{N}(x;\ \mu, \sigma)"),
        ("min(a, lowest(bits))", r"\min(a, \mathrm{lowest}(\mathrm{bits}))"),
        ("mode == 'zeros'", r"\mathrm{mode} = \mathrm{zeros}"),
        ("0.5 * v", r"0.5 \cdot v"),
        (
            "1 if p else 2 if q else 3",
            r"\begin{cases} 1 & \text{if } p \\ 2 & \text{if } q \\ 3 & \text{otherwise} \end{cases}",
        ),
    ],
)
def test_latex_by_hand(written: str, printed: str) -> None:
    assert latex(parse(written)) == printed


def test_a_condition_that_counts_as_a_number_stands_in_brackets() -> None:
    assert latex_number(parse("v - threshold >= 0")) == r"[v - \mathrm{threshold} \ge 0]"
    assert latex_number(parse("v - threshold")) == r"v - \mathrm{threshold}"
    assert latex_number(parse("a if p else b")) == latex(parse("a if p else b"))


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("c", "c"),
        ("fy", "f_y"),
        ("kh", "k_h"),
        ("c_in", r"c_{\mathrm{in}}"),
        ("v_floor", r"v_{\mathrm{floor}}"),
        ("sigma", r"\sigma"),
        ("groups", r"\mathrm{groups}"),
    ],
)
def test_symbols(name: str, printed: str) -> None:
    assert symbol(name) == printed


def test_text_in_a_formula_cannot_leave_math_mode() -> None:
    hostile = t.Text(0, 0, "}$ \\input{x}\n```<script>")
    printed = latex(hostile)
    assert printed == r"\mathrm{\}\$\ \backslash{}input\{x\}\ \grave{}\grave{}\grave{}{<}script{>}}"


@pytest.mark.parametrize("function", ARITY)
def test_every_function_of_the_language_prints(function: str) -> None:
    arguments = ", ".join("xyz"[: ARITY[function][0]])
    assert "x" in latex(parse(f"{function}({arguments})"))
