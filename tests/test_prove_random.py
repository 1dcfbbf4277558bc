"""The solver against brute force: random formulas and random limits over domains small enough to try all."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dynapspec.formula import EvaluationError, parse
from dynapspec.interpret import LayerInterpreter
from dynapspec.model import Chip, ChipSpec, Layer, LayerSpec, load_model
from dynapspec.prove import Proven, Refuted, available, domain_safe, equal, legal_subset
from dynapspec.prove.confirm import Onlooker
from dynapspec.prove.space import layout_of

pytestmark = pytest.mark.skipif(not available(), reason="NOT TESTED: z3 is not installed")
ROOT = Path(__file__).resolve().parents[1]
LONG = 30.0  # seconds: no answer may be lost to a slow machine
SIDE = range(1, 5)

leaves = st.sampled_from(["h", "w", "sy", "0", "1", "2", "3"])


def deeper(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(inner, st.sampled_from(["+", "-", "*", "//", "%"]), inner)
    compared = st.tuples(inner, st.sampled_from(["<", "<=", "==", "!=", ">", ">="]), inner).map(" ".join)
    calls = st.tuples(st.sampled_from(["ceil_log2", "abs", "pow2"]), inner)
    return st.one_of(
        pairs.map(lambda p: f"({' '.join(p)})"),
        calls.map(lambda c: f"{c[0]}({c[1]})"),
        st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(lambda c: f"{c[0]}({c[1]}, {c[2]})"),
        st.tuples(inner, compared, inner).map(lambda c: f"({c[0]} if {c[1]} else {c[2]})"),
        st.tuples(inner, compared, compared, inner).map(
            lambda c: f"({c[0]} if {c[1]} and not {c[2]} else {c[3]})"
        ),
    )


formulas = st.recursive(leaves, deeper, max_leaves=6)


@cache
def tiny() -> Layer:
    """The shipped layer spec with height, width and stride of 1 to 4."""
    layer = load_model(ROOT / "specs").layers["dynapcnn"]
    data = deepcopy(layer.resolved)
    for name in ("h", "w", "sy"):
        data["dims"][name]["domain"] = "1..4"
    spec = LayerSpec.model_validate(data)
    return Layer(spec, layer.node, layer.lineage)


def value(formula: str, values: dict[str, int]) -> Any:
    try:
        return LayerInterpreter(tiny()).compile(parse(formula))(values)
    except EvaluationError:
        return "undefined"


def points() -> list[dict[str, int]]:
    return [dict(zip(("h", "w", "sy"), found, strict=True)) for found in product(SIDE, repeat=3)]


@given(formulas)
@settings(max_examples=100, deadline=None, database=None)
def test_domains(formula: str) -> None:
    leaves_it = [point for point in points() if value(formula, point) == "undefined"]
    verdict = domain_safe(parse(formula), tiny(), needs=())
    assert isinstance(verdict, Refuted) == bool(leaves_it), verdict
    if isinstance(verdict, Refuted):
        found = verdict.witness.layout.values
        least = min(point["h"] + point["w"] + (point["sy"] > 1) * 100 for point in leaves_it)
        assert found["h"] + found["w"] + (found["sy"] > 1) * 100 == least


@given(formulas, formulas)
@settings(max_examples=100, deadline=None, database=None)
def test_equality(one: str, other: str) -> None:
    differ = [point for point in points() if value(one, point) != value(other, point)]
    verdict = equal(parse(one), parse(other), tiny(), tiny(), limit=LONG)
    assert isinstance(verdict, Refuted if differ else Proven), verdict
    if isinstance(verdict, Refuted):
        found = {name: verdict.witness.layout.values[name] for name in ("h", "w", "sy")}
        assert found in differ
        assert (verdict.witness.before, verdict.witness.after) == (value(one, found), value(other, found))


@given(formulas)
@settings(max_examples=50, deadline=None, database=None)
def test_a_formula_equals_itself_written_in_another_way(formula: str) -> None:
    assert isinstance(equal(parse(formula), parse(f"0 + {formula} * 1"), tiny(), tiny(), limit=LONG), Proven)


# ── Limits ──────────────────────────────────────────────────────────────────────────────────────

maxima = st.integers(1, 4).map(lambda n: {"max": n})
sets = st.lists(st.integers(1, 4), unique=True).map(lambda values: {"one_of": tuple(sorted(values))})
ranges = st.tuples(st.integers(1, 4), st.integers(1, 4)).map(lambda p: {"min": min(p), "max": max(p)})
limits = st.fixed_dictionaries(
    {"stride": maxima | sets | ranges, "kernel_size": maxima | sets | ranges, "padding": maxima | ranges}
)
words = st.integers(0, 40)


def chip(change: dict[str, dict[str, Any]], kernel: int, neuron: int) -> Chip:
    """A chip of one core, with everything but three limits as speck2f has it."""
    known = load_one()
    data = deepcopy(known.resolved)
    for name, limit in change.items():
        data["limits"][name] = {"kind": data["limits"][name]["kind"], **limit}
    core = {"kernel_words": kernel, "neuron_words": neuron, "bias_words": 1024}
    return Chip(
        ChipSpec.model_validate({**data, "cores": {0: core}, "claims": {}}), known.node, known.lineage
    )


@cache
def load_one() -> Chip:
    return load_model(ROOT / "specs").chips["speck2f"]


@cache
def small_layers() -> list[dict[str, Any]]:
    """Layers of one or two features, one axis as long as the other."""
    base = {name: dim.default for name, dim in {**tiny().spec.dims, **tiny().spec.destination_dims}.items()}
    known: dict[str, Any] = {name: default for name, default in base.items() if default is not None}
    found = []
    for f, side, k, s, p in product((1, 2), SIDE, SIDE, SIDE, (0, 1, 2)):
        dims: dict[str, Any] = {"c": 1, "c_in": 1, "f": f, "h": side, "w": side, "kh": k, "kw": k}
        found.append({**known, **dims, "sy": s, "sx": s, "py": p, "px": p})
    return found


@given(limits, words, words, limits, words, words)
@settings(max_examples=30, deadline=None, database=None)
def test_limits(
    one: dict[str, Any], kernel: int, neuron: int, other: dict[str, Any], kernel2: int, neuron2: int
) -> None:
    first, second = chip(one, kernel, neuron), chip(other, kernel2, neuron2)
    verdict = legal_subset(first, tiny(), second, tiny(), limit=LONG)
    sides = Onlooker(tiny(), first), Onlooker(tiny(), second)
    if isinstance(verdict, Refuted):
        assert sides[0].broken(verdict.witness.layout) == []
        assert sides[1].broken(verdict.witness.layout)
        return
    assert verdict == Proven()
    layouts = [layout_of(values, tiny().spec) for values in small_layers()]
    legal = [layout for layout in layouts if not sides[0].broken(layout)]
    assert not [layout for layout in legal if sides[1].broken(layout)]


@given(limits, words, words)
@settings(max_examples=15, deadline=None, database=None)
def test_a_lost_layer_is_always_found(one: dict[str, Any], kernel: int, neuron: int) -> None:
    """Narrower on purpose: whatever brute force finds, the solver finds something at least as small."""
    first, second = chip(one, kernel, neuron), chip({**one, "stride": {"one_of": ()}}, kernel, neuron)
    layouts = [layout_of(values, tiny().spec) for values in small_layers()]
    onlooker = Onlooker(tiny(), first)
    assume(any(not onlooker.broken(layout) for layout in layouts))
    verdict = legal_subset(first, tiny(), second, tiny(), limit=LONG)
    assert isinstance(verdict, Refuted)
    assert verdict.witness.after == ["stride"]
