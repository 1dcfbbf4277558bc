"""Mutants of the specs: what is changed, what tells it, and what is proven equal."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dynapspec.cli.mutate import command
from dynapspec.formula import parse
from dynapspec.formula.changes import changes
from dynapspec.formula.text import text
from dynapspec.model import Layer, load_model
from dynapspec.mutate.campaign import campaign
from dynapspec.mutate.edit import changed, typed
from dynapspec.mutate.equal import knowing, proof
from dynapspec.mutate.judge import Trial
from dynapspec.mutate.leaves import Mutation, Mutations
from dynapspec.mutate.sample import played
from dynapspec.mutate.verdict import Verdict, scores

ROOT = Path(__file__).resolve().parents[1]
SPECS, OUT = ROOT / "specs", ROOT / "generated"
MODEL = load_model(SPECS)
LAYER = MODEL.layers["dynapcnn"]


@cache
def trial(name: str = "dynapcnn") -> Trial:
    return Trial(MODEL, MODEL.layers.get(name) or MODEL.chips[name], OUT)


def mutant(path: str, after: Any, kind: str = "by hand") -> Mutation:
    """A mutation of the layer spec, written by hand."""
    return Mutation(tuple(path.split("/")), kind, "", str(after), after)


def made(formula: str, *functions: str) -> set[tuple[str, str]]:
    return {(kind, text(tree)) for kind, tree in changes(parse(formula), functions, {"a": ["z"]})}


# ── What is changed ──────────────────────────────────────────────────────────────────────────────


def test_every_part_of_a_formula_is_changed() -> None:
    assert made("a + 2") == {
        ("operator", "a - 2"),
        ("operator", "a * 2"),
        ("term dropped", "a"),
        ("term dropped", "2"),
        ("name", "z + 2"),
        ("constant", "a + 3"),
        ("constant", "a + 1"),
    }


def test_rounding_is_changed_in_both_directions() -> None:
    assert ("rounding", "-(-b // c)") in made("b // c")
    assert ("rounding", "ceil_log2(b + 1) - 1") in made("ceil_log2(b)")
    assert {("rounding", "round_half_up(b)"), ("rounding", "trunc(b)")} <= made("round_half_even(b)")


def test_comparisons_conditions_and_branches_are_changed() -> None:
    found = made("b if c < 1 and d >= 2 else 3")
    for after in (
        "b if c <= 1 and d >= 2 else 3",
        "b if c < 1 and d > 2 else 3",
        "b if c < 1 or d >= 2 else 3",
        "b if d >= 2 else 3",
        "3 if c < 1 and d >= 2 else b",
    ):
        assert after in {other for _, other in found}


def test_every_leaf_of_the_specs_is_changed() -> None:
    """Documentation and the head of a file aside, no leaf is left alone."""
    from dynapspec.load.node import leaves
    from dynapspec.mutate.leaves import HEAD, SECTIONS, TEXTS

    for entry in (LAYER, MODEL.chips["speck2f"]):
        mutated = {mutation.path for mutation in Mutations(entry)}
        for path, _ in leaves(entry.node):
            if path[-1] in TEXTS or path[0] in SECTIONS or path[0] in HEAD:
                continue
            assert any(path[: len(other)] == other for other in mutated), path


def test_steps_limits_and_memories_are_changed() -> None:
    found = {(m.path, m.after) for m in Mutations(LAYER)}
    assert (
        ("dynamics", "clocked", "steps"),
        "[v = v + input, v = reset_fn, n = spike_fn, v = floor]",
    ) in found
    assert (("dynamics", "clocked", "steps"), "[v = v + input, n = spike_fn, v = reset_fn]") in found
    assert (("rules", "stride"), "nothing") in found
    chip = {(m.path, m.after) for m in Mutations(MODEL.chips["speck2f"])}
    assert (("cores", "3", "kernel_words"), "32769") in chip
    assert (("limits", "stride", "one_of"), "[1, 2, 4]") in chip


# ── What becomes of it ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("path", "after", "topic"),
    [
        ("memory/kernel/is", "c * pow2(ceil_log2(kh) + ceil_log2(kw) + ceil_log2(f))", "memory"),
        ("shapes/fy/is", "(h + 2*py - dy*(kh - 1) - 1) // sy", "shapes"),
        ("quantization/value", "round_half_up(x * scale)", "quantization"),
        ("quantization/scale/then", "abs(highest(bits) / max(x))", "quantization"),
        ("dynamics/floor", "max(v, v_floor)", "clocked"),
        ("dynamics/spike_fn/SingleSpike/is", "v - threshold > 0", "clocked"),
        ("dynamics/surrogate_grad_fn/Heaviside/is", "(v >= threshold) / threshold", "gradient"),
        ("dims/kh/from", "synapses.kernel_size.x", "construct"),
        ("dims/sy/default", 2, "construct"),
        ("widths/weight/bits", 4, "layer"),
        ("rules/kernel-size/must", "kh in chip.kernel_size or kw in chip.kernel_size", "rules"),
        ("api/arguments/discretize/default", False, "signature"),
    ],
)
def test_a_changed_spec_is_told_by_vectors_of_its_topic(path: str, after: Any, topic: str) -> None:
    verdict = trial().verdict(mutant(path, after))
    assert verdict.outcome == "killed"
    assert topic in {vector.split("/")[1] for vector in verdict.vectors}


def test_a_changed_number_of_a_chip_is_told() -> None:
    verdict = trial("speck2f").verdict(mutant("cores/3/neuron_words", 32767))
    assert verdict.outcome == "killed"


def test_what_is_no_spec_is_no_mutant() -> None:
    assert trial().verdict(mutant("memory/kernel/is", "c * pow2(c)")).outcome == "refused"
    assert trial().verdict(mutant("widths/weight/bits", 1)).outcome == "refused"


@pytest.mark.parametrize(
    ("path", "after"),
    [
        ("memory/neuron/used", "words(fx * f * fy)"),
        ("memory/kernel/used", "words(f * c * kw * kh)"),
        ("dynamics/spike_fn/MultiSpike/is", "(v > 0) * round_down(v / threshold)"),
        (
            "dynamics/surrogate_grad_fn/SingleExponential/is",
            "grad_scale * exp(-abs(threshold - v) / width) / width",
        ),
        ("dynamics/clocked/steps/0", "v = input + v"),
    ],
)
def test_another_way_to_say_the_same_is_proven_equal(path: str, after: str) -> None:
    pytest.importorskip("z3", reason="proofs need z3")
    *front, last = path.split("/")
    step: tuple[str | int, ...] = (*front, int(last) if last.isdigit() else last)
    verdict = trial().verdict(Mutation(step, "by hand", "", after, after))
    assert (verdict.outcome, bool(verdict.reason)) == ("equal", True)


@pytest.mark.parametrize(
    ("path", "after"),
    [
        ("memory/kernel/is", "c * pow2(ceil_log2(kh) + ceil_log2(kw) + ceil_log2(f))"),
        ("dynamics/spike_fn/MultiSpike/is", "(v >= 0) * round_up(v / threshold)"),
        ("dynamics/surrogate_grad_fn/Heaviside/is", "(v > threshold - window) / threshold"),
        ("dynamics/surrogate_grad_fn/PeriodicExponential/where/phase", "v / threshold - 0.25"),
        ("quantization/value", "trunc(x * scale)"),
    ],
)
def test_nothing_false_is_proven(path: str, after: str) -> None:
    """These differ in rare places; no vector is asked here, the proof alone."""
    pytest.importorskip("z3", reason="proofs need z3")
    knowing(LAYER)
    mutation = mutant(path, after)
    other = typed(LAYER, changed(LAYER.node, mutation.path, mutation.value))
    assert isinstance(other, Layer)
    assert proof(mutation, LAYER, other, [MODEL.chips["speck2f"]]) is None


def test_vectors_that_are_taken_away_leave_survivors() -> None:
    """The measure can fail: without a topic its mutants live, and a solver says what would tell them."""
    pytest.importorskip("z3", reason="proofs need z3")
    weak = Trial(MODEL, LAYER, OUT)
    weak.own = [vector for vector in weak.own if vector.topic != "memory"]
    weak.vectors = {
        name: [v for v in vectors if v.topic == "facts"] for name, vectors in weak.vectors.items()
    }
    weak.own = [vector for vector in weak.own if vector.topic not in ("construct", "layer")]
    verdict = weak.verdict(
        mutant("memory/kernel/is", "c * pow2(ceil_log2(kh) + ceil_log2(kw) + ceil_log2(f))")
    )
    assert verdict.outcome == "survivor"
    assert verdict.reason.startswith("try ")
    assert "kh = 3" in verdict.reason or "kw = 3" in verdict.reason


def some(name: str, share: int) -> Iterator[Mutation]:
    yield from trial(name).mutations()[share // 2 :: share]


@pytest.mark.parametrize(
    ("name", "share"), [("dynapcnn", 60), ("dynapcnn_v31", 1), ("speck2f", 8), ("speck2cmini", 40)]
)
def test_no_mutant_of_a_sample_survives(name: str, share: int, pytestconfig: pytest.Config) -> None:
    """Every mutant of every spec with ``--long``."""
    every = trial(name).mutations() if pytestconfig.getoption("--long") else some(name, share)
    verdicts = [trial(name).verdict(mutation) for mutation in every]
    assert [verdict for verdict in verdicts if verdict.outcome == "survivor"] == []
    assert sum(verdict.outcome == "killed" for verdict in verdicts) > len(verdicts) / 6


def test_the_emitted_class_is_told_by_the_same_vectors() -> None:
    pytest.importorskip("torch", reason="the class needs torch")
    verdicts = [
        trial().verdict(mutation)
        for mutation in Mutations(LAYER)
        if (mutation.path, mutation.after)
        in {
            (("memory", "neuron", "is"), "f * pow2(ceil_log2(fy) - ceil_log2(fx))"),
            (("quantization", "value"), "trunc(x * scale)"),
        }
    ]
    assert [verdict.outcome for verdict in verdicts].count("killed") >= 1
    for one in played(MODEL, OUT, verdicts, 2):
        assert one.vectors, one.verdict.place


# ── The command ──────────────────────────────────────────────────────────────────────────────────


def test_the_score_counts_what_behaves_otherwise() -> None:
    about = ("x@1.0.0", ("a",), "constant", "1", "2")
    verdicts = [Verdict(*about, "killed")] * 3 + [Verdict(*about, "survivor"), Verdict(*about, "equal")]
    total = scores(verdicts)[-1]
    assert (total.sound, total.share) == (4, 0.75)


def test_an_unknown_spec_and_missing_vectors_are_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["speck2g", "--specs", str(SPECS)])
    assert "did you mean" in str(result.exception)
    result = CliRunner().invoke(command, ["speck2f", "--specs", str(SPECS), "--out", str(tmp_path)])
    assert "dynapspec generate" in str(result.exception)


def test_the_report_of_a_chip_is_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Trial, "mutations", lambda self: list(Mutations(self.entry))[:6])
    result = CliRunner().invoke(command, ["speck2f", "--format", "json", "--jobs", "1", "--emitted", "0"])
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["classes"][-1]["class"] == "all"
    assert sum(report["classes"][-1][name] for name in ("refused", "killed", "equal", "survivor")) == 6


def test_an_interrupt_leaves_the_verdicts_that_were_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Trial, "mutations", lambda self: list(Mutations(self.entry))[:6])
    monkeypatch.setattr("dynapspec.mutate.campaign.SLICE", 2)
    heard: list[tuple[int, int]] = []

    def told(count: int, total: int) -> None:
        heard.append((count, total))
        if len(heard) == 2:
            raise KeyboardInterrupt

    done = campaign(MODEL, OUT, ["speck2f"], 1, told)
    assert heard == [(2, 6), (4, 6)]
    assert (len(done.verdicts), done.total, done.whole) == (4, 6, False)
    whole = campaign(MODEL, OUT, ["speck2f"], 1, lambda *_: None)
    assert whole.whole
    places = [one.place + one.after for one in whole.verdicts]
    assert [one.place + one.after for one in done.verdicts] == [places[i] for i in (0, 1, 3, 4)]


def test_whoever_ends_it_gets_what_it_has_found() -> None:
    """All its processes end with it, too."""
    command = [sys.executable, "-m", "dynapspec", "mutate", "speck2f", "--specs", str(SPECS), "--jobs", "2"]
    path = os.pathsep.join([str(ROOT / "generator"), os.environ.get("PYTHONPATH", "")])
    running = subprocess.Popen(
        [*command, "--format", "json", "--emitted", "0"],
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": "100"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert running.stderr is not None
    first = running.stderr.readline()
    assert re.match(r"\d+ of \d+ mutants in \d+ s", first), first
    running.terminate()
    out, err = running.communicate(timeout=60)
    assert running.returncode == 2
    assert "ended after" in err
    assert "Traceback" not in err
    assert json.loads(out)["mutants"]
