"""The same mutants against the vectors and against sinabs's own tests: what is compared, and a small run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dynapspec.emit.conformance.strength import PeerRecord, peer
from dynapspec.emit.docs.strength_page import strength_page
from dynapspec.model import Layer, Model, load_model
from dynapspec.mutate.edit import changed, typed

torch = pytest.importorskip("torch", reason="the layer needs torch")
from peer_judge import Result  # noqa: E402  # needs torch
from peer_mutation import stratified  # noqa: E402
from peer_score import counts, scores  # noqa: E402
from peer_trial import code_of, touched, written  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
SPECS = ROOT / "specs"
THREE = r"^(quantization/value trunc|dynamics/reset_fn/MembraneSubtract/is v$|dynamics/floor v - v_floor)"
SINABS, TESTS = "DYNAPSPEC_SINABS", "DYNAPSPEC_SINABS_TESTS"


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(SPECS)


@pytest.fixture(scope="module")
def differing(
    model: Model, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., tuple[set[str], set[str] | None]]:
    """What differs in the code of a mutant, and the functions in which that can show."""
    layer = model.layers["dynapcnn"]
    base = code_of(written(model, layer, tmp_path_factory.mktemp("base")))

    def found(path: str, value: Any) -> tuple[set[str], set[str] | None]:
        mutant = typed(layer, changed(layer.node, tuple(path.split("/")), value))
        assert isinstance(mutant, Layer)
        code = code_of(written(model, mutant, tmp_path_factory.mktemp("mutant")))
        differs = {name for name in code.keys() | base.keys() if code.get(name) != base.get(name)}
        return differs, touched(base, differs)

    return found


# ── What a mutant changes ────────────────────────────────────────────────────────────────────────


def test_only_the_function_that_was_changed_differs(differing: Any) -> None:
    assert differing("shapes/fy/is", "(h + 2*py - dy*(kh - 1) - 1) // sy")[0] == {"shapes.fy"}
    assert differing("dynamics/reset_fn/MembraneReset/is", "v * (n == 0)")[1] == {
        "activations.MembraneReset.__call__"
    }


def test_what_has_no_counterpart_differs_nowhere(differing: Any) -> None:
    """Events and the rules of a chip; prose is no code either."""
    assert differing("dynamics/event/source", "SW")[0] == set()
    assert differing("rules/stride/must", "sy in chip.stride")[0] == set()
    assert differing("memory/kernel/doc", "some words")[0] == set()


def test_what_stands_outside_of_functions_can_show_anywhere(differing: Any) -> None:
    differs, where = differing("widths/weight/bits", 7)
    assert "quantization" in differs
    assert where is None


def test_a_table_shows_in_the_functions_that_name_it() -> None:
    code = {"shapes.f": "id='TABLE'", "shapes.g": "id='OTHER'", "shapes:OTHER": "id='TABLE'", "shapes.h": ""}
    assert touched(code, {"shapes:TABLE"}) == {"shapes.f", "shapes.g"}
    assert touched({**code, "layer": "id='OTHER'"}, {"shapes:TABLE"}) is None
    assert touched({**code, "shapes.OTHER.m": ""}, {"shapes:OTHER"}) == {"shapes.g", "shapes.OTHER.m"}
    assert touched(code, {"shapes:ImportFrom(x)"}) is None


# ── What counts ──────────────────────────────────────────────────────────────────────────────────


def result(
    is_: str = "judged", ours: str = "", peer: str = "", theirs: str = "", interpreted: str = ""
) -> Result:
    return Result("c", "k", "b", "a", is_, ours, peer, theirs, interpreted=interpreted)


@pytest.mark.parametrize(
    ("one", "wanted"),
    [
        (result(ours="v", peer="v"), True),  # a vector tells it through sinabs's names
        (result(theirs="t"), True),  # a test of sinabs alone tells it
        (result(ours="v", theirs="t"), True),
        (result(), True),  # nothing tells it: that is against both
        (result(ours="v"), False),  # a vector about what sinabs has no name for
        (result(interpreted="v"), False),  # and of what the package has none for either
        (result(interpreted="v", theirs="t"), True),
        (result("equal"), False),
        (result("refused"), False),
        (result("elsewhere"), False),
    ],
)
def test_a_mutant_counts_where_sinabs_has_what_it_changes(one: Result, wanted: bool) -> None:
    assert counts(one) is wanted


def test_the_scores_are_of_the_mutants_that_count() -> None:
    some = [result(ours="v", peer="v"), result(ours="v", theirs="t"), result(), result(ours="v")]
    total = scores([*some, result(interpreted="v", theirs="t")])[-1]
    assert (total.kind, total.counted, total.ours, total.peer, total.theirs) == ("all", 4, 2, 1, 2)


def test_a_sample_has_every_class_and_the_start_of_it_is_one_too(model: Model) -> None:
    from dynapspec.mutate.leaves import Mutations

    every = list(Mutations(model.layers["dynapcnn"]))
    sample = stratified(every, 300)
    assert 280 < len(sample) < 360
    assert {one.kind for one in sample} == {one.kind for one in every}
    assert sample == stratified(every, 300)
    third = {one.path[0] for one in sample[:100]}
    assert {"dims", "rules", "dynamics", "shapes", "memory", "quantization"} <= third


# ── The record, and a run ────────────────────────────────────────────────────────────────────────


def a_record() -> dict[str, Any]:
    score = {"class": "all", "counted": 4, "ours": 3, "peer": 2, "theirs": 1}
    miss = {"clause": "dynapcnn@2.1.0#/dynamics/floor", "before": "a|b", "after": "c"}
    return {
        "format": 1, "date": "2026-01-02", "machine": "a machine", "sinabs": "3.0.4", "tests_sha256": "0",
        "specs": {"dynapcnn@0.0.1": "0"}, "tests": {"test_a.py": 5}, "others": 2,
        "left_out": {"test_a.py::one": "no board", "test_a.py::two": "no board"},
        "vectors": 9, "sample": 20, "refused": 8, "equal": 1, "elsewhere": 4, "nameless": [miss],
        "classes": [score], "missed": [{**miss, "told_by": "test_a.py::three"}], "missed_by_sinabs": [miss],
    }  # fmt: skip


def test_a_record_is_shown_beside_our_score(model: Model, tmp_path: Path) -> None:
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "peer-mutants.json").write_text(json.dumps(a_record()))
    other = Model(tmp_path, model.layers, model.chips)
    assert isinstance(peer(other), PeerRecord)
    text = strength_page(other)
    assert "| all | 4 | 3 (75 %) | 1 (25 %) |" in text
    assert "| no board | `test_a.py::one`, `test_a.py::two` |" in text
    assert "`test_a.py::three`" in text.partition("### What the vectors miss")[2].partition("###")[0]
    assert "of an older spec" in text


def test_a_run_without_sinabs_says_what_is_missing() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "peer_mutation.py"), "--tests", "/no/such/folder"],
        env={**os.environ, SINABS: "", "PYTHONPATH": str(ROOT / "generator")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "which is no folder" in done.stderr
    assert "Traceback" not in done.stderr


def test_three_mutants_are_played_against_both_suites(tmp_path: Path) -> None:
    """With the tests of sinabs that ask for quantization and activations alone."""
    for name in (SINABS, TESTS):
        if not os.environ.get(name):
            pytest.skip(f"NOT TESTED: {name} names no folder; the head of tests/peer_mutation.py says which")
    out = tmp_path / "results.jsonl"
    command = [sys.executable, str(ROOT / "tests" / "peer_mutation.py"), "--out", str(out), "--only", THREE]
    command += ["--files", "test_activations.py", "test_dynapcnn/test_discretized.py"]
    path = os.pathsep.join([str(ROOT / "generator"), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(found) == 3
    assert all(one["is_"] == "judged" and one["ours"] for one in found)
    told = {one["clause"].partition("#/")[2]: one["theirs"].partition("::")[0] for one in found}
    assert told == {
        "quantization/value": "test_dynapcnn/test_discretized.py",
        "dynamics/reset_fn/MembraneSubtract/is": "test_activations.py",
        "dynamics/floor": "",  # none of these tests has a lower bound that is reached
    }
    again = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert again.stdout == done.stdout  # nothing is played twice
    assert len(out.read_text().splitlines()) == 3
