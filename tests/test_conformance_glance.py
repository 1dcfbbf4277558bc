"""What a page sees of a file of vectors at a glance, and what is kept for it from the run before."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dynapspec.emit.conformance.case import Case, vector_file
from dynapspec.emit.conformance.glance import glance
from dynapspec.emit.conformance.kept import keeping, kept
from dynapspec.emit.output import Output
from dynapspec.model import Model

ROOT = Path(__file__).resolve().parents[1]
VECTORS = ROOT / "generated" / "conformance" / "vectors"


def case(name: str, given: dict[str, object], expected: dict[str, object], *flags: str) -> Case:
    return Case(name, "x@1.0.0#/y", "valid", given, expected, flags)


def seen(*cases: Case) -> tuple[int, tuple[str, ...], str]:
    found = glance(vector_file({"topic": "t"}, cases))
    return found.count, found.flags, found.shortest["id"]


# ── At a glance ──────────────────────────────────────────────────────────────────────────────────


def test_cases_are_counted_and_flags_listed_once() -> None:
    cases = (case("a", {"x": 1}, {"v": 1}, "b", "a"), case("b", {"x": 12}, {"v": 1}, "a", "c"))
    assert seen(*cases) == (2, ("a", "b", "c"), "a")


def test_the_shortest_input_is_that_of_the_fewest_characters() -> None:
    long, short = case("long", {"x": [1, 2, 3]}, {"v": 1}), case("short", {"x": [1]}, {"v": [1] * 99})
    assert seen(long, short)[2] == seen(short, long)[2] == "short"


def test_of_equal_inputs_the_first_is_shown() -> None:
    assert seen(case("one", {"x": 1}, {"v": 1}), case("two", {"x": 2}, {"v": 1}))[2] == "one"


@pytest.mark.parametrize("first", [True, False])
def test_an_answer_goes_before_a_refusal_however_short(first: bool) -> None:
    refusal, answer = case("no", {"x": 1}, {"refused": True}), case("yes", {"x": [1] * 40}, {"v": 1})
    assert seen(*((refusal, answer) if first else (answer, refusal)))[2] == "yes"


def test_of_refusals_alone_the_shortest_is_shown() -> None:
    long, short = case("long", {"x": 1000}, {"refused": True}), case("short", {"x": 1}, {"refused": True})
    assert seen(long, short)[2] == "short"


@pytest.mark.parametrize("name", ["flags", "input", "expected", 'a, "input": b', "é"])
def test_a_name_of_the_frame_inside_of_a_case_misleads_nobody(name: str) -> None:
    """An input may have a part that is called as what follows it."""
    tricky = case(name, {"expected": {name: 1}, "more": [7] * 30}, {"v": 1}, "f")
    plain = case("plain", {"x": [7] * 20}, {"v": 1})
    assert seen(tricky, plain) == (2, ("f",), "plain")
    assert seen(plain, tricky) == (2, ("f",), "plain")


def test_it_sees_what_a_parser_sees() -> None:
    """In every frozen file."""
    texts = [path.read_text(encoding="utf-8") for path in VECTORS.rglob("*.json")]
    assert texts
    for text in texts:
        found, cases = glance(text), json.loads(text)["cases"]
        ranks = {one["id"]: ("refused" in one["expected"], len(json.dumps(one["input"]))) for one in cases}
        assert found.count == len(cases)
        assert set(found.flags) == {flag for one in cases for flag in one["flags"]}
        assert len(found.flags) == len(set(found.flags))
        assert found.rank == min(ranks.values()) == ranks[found.shortest["id"]]
        assert found.shortest in cases


# ── Kept ─────────────────────────────────────────────────────────────────────────────────────────


def model() -> Model:
    return Model(ROOT, {}, {})


def output(path: str) -> Output:
    return Output(path, "", ())


def test_what_was_made_of_a_model_is_kept_for_it_alone() -> None:
    one, other = model(), model()
    made = list(keeping(one, [output("a"), output("b")]))
    assert [each.path for each in made] == ["a", "b"]
    assert kept(one) == made
    assert kept(other) is None  # as good as the same, and another one all the same


def test_the_last_model_takes_the_place_of_the_one_before() -> None:
    one, other = model(), model()
    list(keeping(one, [output("a")]))
    list(keeping(other, []))
    assert kept(one) is None
    assert kept(other) == []


def test_what_was_broken_off_is_not_kept() -> None:
    one, other = model(), model()
    list(keeping(one, [output("a")]))
    next(iter(keeping(other, [output("b"), output("c")])))
    assert kept(other) is None
    assert kept(one) is not None
