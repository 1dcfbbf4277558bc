"""Damaged specs and made-up formulas: findings or acceptance, never a crash."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from dynapspec.formula import EvaluationError, FormulaError, Undefined, compile_formula, parse
from dynapspec.formula.units import KINDS, UnitChecker
from fuzz_damage import Fuzzer
from fuzz_judge import judge
from fuzz_memory import remembering
from fuzz_report import Report

ROOT = Path(__file__).resolve().parents[1]
NAMES = {f"a_{kind}": kind for kind in sorted(KINDS)}
VALUES = {name: True if kind == "bool" else "zeros" if kind == "name" else 7 for name, kind in NAMES.items()}
CASES, MEGABYTES = 20_000, 200
ATOMS = st.sampled_from([*NAMES, "0", "1", "8", "0.5", "True", "'zeros'"])
OPERATORS = st.sampled_from(
    ["+", "-", "*", "/", "//", "%", "<", "<=", "==", "!=", ">", ">=", "and", "or", "in"]
)
CALLS = st.sampled_from(["ceil_log2", "pow2", "words", "sum", "abs", "min", "max", "trunc", "exp", "normal"])


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({} {} {})".format, inner, OPERATORS, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("{}({})".format, CALLS, inner),
        st.builds("{}({}, {})".format, CALLS, inner, inner),
        st.builds("-({})".format, inner),
        st.builds("(not {})".format, inner),
    )


@given(st.recursive(ATOMS, _larger, max_leaves=12))
def test_a_formula_whose_units_are_right_has_a_value_or_leaves_its_domain(text: str) -> None:
    tree = parse(text)
    try:
        kind = UnitChecker(NAMES, {}).kind_of(tree)
    except FormulaError as error:
        assert 0 <= error.start < error.stop <= len(text)
        assert error.hint
        return
    try:
        value = compile_formula(tree)(VALUES)
    except EvaluationError:
        return
    assert isinstance(value, bool) == (kind == "bool")
    assert isinstance(value, str) == (kind == "name")
    assert isinstance(value, bool | str | int)


@given(st.text("abc().+-*/<=' ,01[]{}:#\n", max_size=40))
def test_any_text_is_a_formula_or_is_told_why_not(text: str) -> None:
    try:
        compile_formula(parse(text))({})
    except FormulaError as error:
        assert 0 <= error.start < error.stop
        assert error.hint
    except (EvaluationError, Undefined, TypeError, KeyError):
        pass  # units and names are checked before anything is evaluated


def test_what_is_remembered_changes_no_finding() -> None:
    fuzzer = Fuzzer(seed=5)

    def told() -> list[list[str]]:
        return [[one.render() for one in judge(fuzzer, number, Report())] for number in range(1, 150)]

    alone = told()
    with remembering(fuzzer):
        assert told() == alone
        assert told() == alone  # out of memory, where there was something to remember
    assert any(alone)
    assert not all(alone)


def test_an_interrupted_campaign_tells_what_it_saw(tmp_path: Path) -> None:
    """The one that is told to stop, and the one in a process of it."""
    path = os.pathsep.join(str(ROOT / part) for part in ("generator", "generated"))
    many = ["--cases", "1000000", "--processes", "1"]
    running = subprocess.Popen(
        [sys.executable, "-B", str(ROOT / "tests" / "fuzz_specs.py"), *many],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert running.stderr is not None
    assert "playing" in running.stderr.readline()
    running.terminate()
    told, _ = running.communicate(timeout=60)
    report = json.loads(told)
    assert report["failures"] == []
    assert 0 <= report["cases"] < 1_000_000


def test_damaged_specs(tmp_path: Path) -> None:
    """Twenty thousand cases in a process of their own, in an empty folder, which stays empty."""
    path = os.pathsep.join(str(ROOT / part) for part in ("generator", "generated"))
    done = subprocess.run(
        [sys.executable, "-B", str(ROOT / "tests" / "fuzz_specs.py"), "--cases", str(CASES), "--seed", "1"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(done.stdout)
    assert report["failures"] == []
    assert sum(sum(counts.values()) for counts in report["kinds"].values()) == CASES
    assert len(report["kinds"]) == 6  # three kinds of damage, in the shipped specs and in a tiny world
    assert len(report["codes"]) > 30
    assert report["accepted"] > CASES / 20
    assert report["emitted"] > 10
    assert report["megabytes"] < MEGABYTES
    assert not list(tmp_path.iterdir())
