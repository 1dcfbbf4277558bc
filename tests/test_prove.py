"""What is proven about the shipped specs, and the smallest layers that refute the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from dynapspec.formula import parse
from dynapspec.model import load_model
from dynapspec.model.layer_spec import Derived, Memory
from dynapspec.prove import (
    Proven,
    Refuted,
    Undecided,
    Verdict,
    available,
    domain_safe,
    equal,
    implies,
    legal_subset,
    library,
)
from dynapspec.prove.confirm import UNDEFINED, Onlooker
from reference import memory, rules, shapes

MODEL = load_model(Path(__file__).resolve().parents[1] / "specs")
LAYER = MODEL.layers["dynapcnn"]
SPEC = LAYER.spec
SPECK2F = MODEL.chips["speck2f"]
PARTS: dict[str, Derived | Memory] = {**SPEC.shapes, **SPEC.destination_shapes}
PARTS.update(SPEC.memory)
CHIPS = ["speck2b", "speck2cmini", "speck2e", "speck2f"]
LATE = {"speck2e", "speck2f"}  # have a decimator
MINI = {"speck2cmini", "speck2dmini"}  # have five cores, two of them with biases

pytestmark = pytest.mark.skipif(not available(), reason="NOT TESTED: z3 is not installed")


def layer(verdict: Verdict) -> dict[str, object]:
    assert isinstance(verdict, Refuted), verdict
    assert verdict.witness.smallest
    return verdict.witness.told(SPEC)


def with_ones(**dims: object) -> dict[str, object]:
    return {**dict.fromkeys(("c", "f", "c_in", "h", "w", "kh", "kw"), 1), **dims}


# ── Operators stay in their domain ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", PARTS)
def test_every_shape_and_memory_is_defined_where_its_needs_hold(name: str) -> None:
    assert domain_safe(PARTS[name].is_.tree, LAYER) == Proven()


@pytest.mark.parametrize("name", SPEC.rules)
def test_every_rule_is_defined_where_its_needs_hold(name: str) -> None:
    assert domain_safe(SPEC.rules[name].must.tree, LAYER, SPECK2F) == Proven()


def test_without_map_not_empty_a_neuron_memory_may_have_no_size() -> None:
    """A kernel two wide on one column without padding leaves no neuron."""
    verdict = domain_safe(SPEC.memory["neuron"].is_.tree, LAYER, needs=())
    assert layer(verdict) == with_ones(kw=2)
    assert isinstance(verdict, Refuted)
    assert verdict.witness.before == UNDEFINED
    assert shapes.neuron_shape(1, 1, 1, kernel=(1, 2))[2] == 0


@pytest.mark.parametrize(
    ("formula", "witness"),
    [
        ("h // py", with_ones()),  # the default of py is 0
        ("h // (sy - 2)", with_ones(sy=2)),
        ("h % (w - 3)", with_ones(w=3)),
        ("h // py if py > 0 else 0", None),  # the choice keeps the divisor away from 0
        ("py == 0 or h // py > 2", None),  # and so does what comes before `or`
        ("pow2(h - w)", with_ones(w=2)),
        ("ceil_log2(h - 1)", with_ones()),
    ],
)
def test_operators_that_leave_their_domain(formula: str, witness: dict[str, object] | None) -> None:
    verdict = domain_safe(parse(formula), LAYER)
    assert verdict == Proven() if witness is None else layer(verdict) == witness


# ── Equal formulas ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("kernel", "pow2(ceil_log2(f)) * c * pow2(ceil_log2(kw*kh))"),
        ("neuron", "f * pow2(ceil_log2(fx)) * pow2(ceil_log2(fy))"),
        ("fy", "(h + 2*py - dy*(kh - 1) - 1 + sy) // sy"),
        ("fy", "(h + 2*py - dy*(kh - 1) + sy - 1) // sy"),
        ("bias", "words(0) if not has_bias else words(f)"),
    ],
)
def test_formulas_that_are_equal_for_every_layer(name: str, formula: str) -> None:
    assert equal(PARTS[name].is_.tree, parse(formula), LAYER, LAYER) == Proven()


@pytest.mark.parametrize(
    ("name", "formula", "witness", "values"),
    [
        # three features take four places
        ("kernel", "words(c * f * kh * kw)", with_ones(f=3), (4, 3)),
        # 3x5 taps take 16 places together, and 4 * 8 apart
        (
            "kernel",
            "c * pow2(ceil_log2(kh) + ceil_log2(kw) + ceil_log2(f))",
            with_ones(h=3, w=5, kh=3, kw=5),
            (16, 32),
        ),
        # without dilation: three rows seen by two taps that are two apart
        ("fy", "(h + 2*py - kh) // sy + 1", with_ones(h=3, kh=2, dy=2), (1, 2)),
        # rounded up instead of down: one row of two is left over at a stride of two
        ("fy", "(h + 2*py - dy*(kh - 1) - 2) // sy + 2", with_ones(h=2, sy=2), (1, 2)),
        ("bias", "words(f)", with_ones(), (0, 1)),
    ],
)
def test_formulas_that_differ(
    name: str, formula: str, witness: dict[str, object], values: tuple[int, int]
) -> None:
    verdict = equal(PARTS[name].is_.tree, parse(formula), LAYER, LAYER)
    assert layer(verdict) == witness
    assert isinstance(verdict, Refuted)
    assert (verdict.witness.before, verdict.witness.after) == values


@pytest.mark.parametrize("bound", [1, 2, 6, 11, 23, 37, 52, 63, 64, 100, 1000])
def test_the_smallest_is_found_wherever_it_lies(bound: int) -> None:
    verdict = equal(parse("h"), parse(f"min(h, {bound})"), LAYER, LAYER)
    assert layer(verdict) == with_ones(h=bound + 1)


def test_a_formula_of_f32_is_not_given_to_the_solver() -> None:
    verdict = equal(parse("exp(h)"), parse("exp(h) + 0"), LAYER, LAYER, limit=0.2)
    assert verdict == Undecided("not encoded: exp is a function of f32 formulas")


# ── Rules and chips ─────────────────────────────────────────────────────────────────────────────


def test_a_rule_that_follows_from_another() -> None:
    def ask(first: str, second: str) -> Verdict:
        return implies(first, SPECK2F, LAYER, second, SPECK2F, LAYER)

    assert ask("fits-a-core", "kernel-memory") == Proven()
    assert isinstance(ask("kernel-memory", "fits-a-core"), Refuted)
    assert layer(ask("dilation", "kernel-square")) == with_ones(h=1, w=2, kw=2)


@pytest.mark.parametrize("one", CHIPS)
@pytest.mark.parametrize("other", CHIPS)
def test_what_is_legal_on_one_chip_is_legal_on_the_other(one: str, other: str) -> None:
    verdict = legal_subset(MODEL.chips[one], LAYER, MODEL.chips[other], LAYER)
    if one in LATE and other not in LATE:
        assert layer(verdict) == with_ones(decimation=2)
    elif one not in MINI and other in MINI:
        assert layer(verdict) == with_ones(f=17, h=17, w=17, has_bias=True)
    else:
        assert verdict == Proven()


def test_the_witness_that_the_minis_lack_room_for() -> None:
    """17 maps of 17x17 take 17 * 32 * 32 words, and only cores of 16Ki neurons hold biases there."""
    assert memory.neuron_words(17, 17, 17) == 17 * 32 * 32 > 16 * 1024
    dims = {"c": 1, "f": 17, "h": 17, "w": 17, "kh": 1, "kw": 1, "has_bias": True}
    mini = [(16, 64, 0), (32, 32, 0), (32, 32, 0), (64, 16, 1), (16, 16, 1)]
    cores = [rules.Core(k * 1024, n * 1024, b * 1024) for k, n, b in mini]
    assert rules.legal(**dims) == set()  # type: ignore[arg-type]
    assert rules.legal(**dims, cores=cores) == {"fits-a-core"}  # type: ignore[arg-type]


def test_the_same_question_has_the_same_answer() -> None:
    chips = MODEL.chips["speck2b"], MODEL.chips["speck2cmini"]
    answers = [legal_subset(chips[0], LAYER, chips[1], LAYER) for _ in range(2)]
    assert answers[0] == answers[1]


# ── Without a solver, or without time ───────────────────────────────────────────────────────────


@pytest.fixture
def no_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(library, "import_module", missing)


@pytest.mark.usefixtures("no_solver")
def test_without_z3_nothing_is_proven_and_witnesses_are_still_found() -> None:
    kernel = PARTS["kernel"].is_.tree
    assert equal(kernel, kernel, LAYER, LAYER, limit=0.1) == Undecided(library.MISSING)
    verdict = equal(kernel, parse("words(c * f * kh * kw)"), LAYER, LAYER)
    assert isinstance(verdict, Refuted)
    assert not verdict.witness.smallest
    assert verdict.witness.told(SPEC) == with_ones(f=3)
    found = legal_subset(SPECK2F, LAYER, MODEL.chips["speck2b"], LAYER)
    assert isinstance(found, Refuted)
    assert Onlooker(LAYER, SPECK2F).broken(found.witness.layout) == []
    assert Onlooker(LAYER, MODEL.chips["speck2b"]).broken(found.witness.layout) == ["decimation"]


def test_no_time_is_no_answer() -> None:
    kernel = PARTS["kernel"].is_.tree
    assert equal(kernel, kernel, LAYER, LAYER, limit=0.0) == Undecided("no answer within 0 s")
