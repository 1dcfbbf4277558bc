"""A conformance run tells right, wrong, refused, crashed, timed out and skipped apart, and goes on."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conform_kit import cases, files, legal, model, outcomes, program, run
from dynapspec.conform.known import Known
from dynapspec.conform.play import Limits
from dynapspec.conform.run import Plan, chosen, conform, frozen_files, of_layer
from dynapspec.diagnostics import InputError
from dynapspec.emit.reference_tests.ask.compare import differences, same


def test_right_answers_conform(tmp_path: Path) -> None:
    report = run(program(tmp_path))
    assert report.fine
    assert set(outcomes(report).values()) == {"right"}
    assert len(report.played) == len(cases("memory"))
    assert (report.implementation, report.version) == ("program", "1")


DEVIATIONS = {
    "wrong": 'answer["result"] = {"words": 77}; return answer',
    "refused": 'return {"message": "case", "id": message["id"], "refused": "not for me"}',
    "crashed": "os._exit(7)",
    "timed out": "time.sleep(60)",
    "skipped": 'return {"message": "skip", "id": message["id"], "reason": "some other day"}',
}


@pytest.mark.parametrize("kind", DEVIATIONS)
def test_one_case_that_goes_otherwise(kind: str, tmp_path: Path) -> None:
    """It alone is judged so, and the cases after it are right again."""
    case = legal()[3]["id"]
    deviate = f"""
def deviate(message, answer):
    if message["id"] == {case!r}:
        {DEVIATIONS[kind]}
    return answer
"""
    report = run(program(tmp_path, deviate), limits=Limits(30.0, 3.0))
    found = outcomes(report)
    assert found.pop(case) == kind
    assert set(found.values()) == {"right"}
    assert report.fine == (kind == "skipped")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ('"hello"', "not a message: hello"),
        ('{"message": "case", "id": "another", "result": {}}', "expected one about this case"),
        ('{"message": "case", "id": message["id"], "error": "IndexError"}', "IndexError"),
        ('{"message": "skip", "id": message["id"], "reason": ""}', "skipped without a reason"),
        ('{"message": "stop"}', "expected one about this case"),
    ],
)
def test_what_is_no_answer_is_a_crash_and_says_why(answer: str, told: str, tmp_path: Path) -> None:
    case = legal()[0]["id"]
    deviate = f"""
def deviate(message, answer):
    return {answer} if message["id"] == {case!r} else answer
"""
    report = run(program(tmp_path, deviate))
    (one,) = report.failures
    assert (one.id, one.kind) == (case, "crashed")
    assert told in one.details[0]


def test_a_crash_tells_how_the_process_ended_and_what_it_said(tmp_path: Path) -> None:
    case = legal()[0]["id"]
    deviate = f"""
def deviate(message, answer):
    if message["id"] == {case!r}:
        print("no memory left", file=sys.stderr, flush=True)
        os.kill(os.getpid(), 11)
    return answer
"""
    (one,) = run(program(tmp_path, deviate)).failures
    assert one.details == ("the process was ended by SIGSEGV: no memory left",)


def test_a_layer_that_must_be_refused_and_is_not(tmp_path: Path) -> None:
    deviate = """
def deviate(message, answer):
    answer["result"].pop("refused", None)
    return answer
"""
    report = run(program(tmp_path, deviate))
    unwanted = {case["id"] for case in cases("memory") if "refused" in case["expected"]}
    assert {one.id for one in report.failures} == unwanted
    assert unwanted
    assert report.failures[0].details == ("the layer is taken, and must be refused",)


def test_a_program_that_crashes_each_time_ends_the_run_at_last(tmp_path: Path) -> None:
    deviate = "def deviate(message, answer): os._exit(1)"
    report = run(program(tmp_path, deviate))
    assert report.counts["crashed"] == len(cases("memory"))
    assert "started anew" in report.played[-1].details[0]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("/no/such/program", "cannot be started"),
        (f"{sys.executable} -c pass", "ended with exit code 0"),
        (f"{sys.executable} -c 'print(1)'", "not a message: 1"),
        (f"{sys.executable} -c 'print(\"{{}}\")'", "first answer must be a start message"),
        ("'", "cannot be read"),
        ("", "is empty"),
    ],
)
def test_a_program_that_does_not_start(command: str, told: str) -> None:
    with pytest.raises(InputError) as error:
        run(command)
    (finding,) = error.value.diagnostics
    assert finding.code == "implementation-start"
    assert told in finding.message


@pytest.mark.parametrize(
    ("plan", "hint"),
    [
        (Plan(implementation="no_such_module:Mine"), "PYTHONPATH"),
        (Plan(implementation="json:no_such_callable"), "module:callable"),
        (Plan(command="./no-such-program"), "a program and its arguments"),
        (Plan(command=f"{sys.executable} -c pass"), "generated/docs/conformance.md"),
    ],
)
def test_an_implementation_that_does_not_start_has_a_remedy(plan: Plan, hint: str) -> None:
    with pytest.raises(InputError) as error:
        conform(model(), replace(plan, topics=["memory"]))
    assert hint in error.value.diagnostics[0].hint


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"protocol": 9}, "speaks protocol 9"),
        ({"capabilities": ["memories"]}, "'memories' is not known"),
        ({"layer": "dynapcm"}, "follows the layer spec dynapcm"),
    ],
)
def test_a_start_that_cannot_be_right(change: dict[str, Any], told: str, tmp_path: Path) -> None:
    start = {"message": "start", "protocol": 1, "name": "x", "version": "1", "capabilities": ["memory"]}
    path = tmp_path / "start.py"
    path.write_text(f"print({json.dumps({**start, **change})!r}, flush=True)\nimport sys; sys.stdin.read()")
    with pytest.raises(InputError) as error:
        run(f"{sys.executable} {path}")
    assert told in error.value.diagnostics[0].message


# --- comparisons -----------------------------------------------------------------------------------------


def test_numbers_are_exact() -> None:
    assert same(1, 1)
    assert not same(1, 1.0)
    assert not same(1, True)
    assert not same("0x3f800000", "0x3f800001")
    assert same([1, [2, None]], [1, [2, None]])
    assert not same([1, 2], [2, 1])


def test_an_answer_may_hold_more_and_leave_out_what_is_optional() -> None:
    assert differences("memory", {"words": 4, "used": 3}, {"words": 4, "more": 1}) == []
    assert differences("memory", {"words": 4, "used": 3}, {"words": 4, "used": 2}) == [
        "used is 2, expected 3"
    ]
    assert differences("memory", {"words": 4}, {}) == ["words is missing, expected 4"]
    assert differences("memory", {"words": 4}, 4) == ["the result is 4, and an object is expected"]


def test_rules_are_required_and_their_sides_only_compared() -> None:
    expected = {"violations": [{"rule": "stride", "actual": 3, "limit": [1, 2]}], "cores": [0]}
    assert differences("rules", expected, {"violations": [{"rule": "stride"}], "cores": [0]}) == []
    wrong = {"violations": [{"rule": "stride", "actual": 4}], "cores": [0]}
    assert differences("rules", expected, wrong) == ["violations[0].actual is 4, expected 3"]
    other = {"violations": [{"rule": "padding"}], "cores": [0]}
    assert differences("rules", expected, other) == ['violations[0].rule is "padding", expected "stride"']
    none: dict[str, Any] = {"violations": [], "cores": [0]}
    (told,) = differences("rules", expected, none)
    assert told.startswith("violations has 0 entries, expected 1")


def test_any_legal_placement_is_right() -> None:
    expected = {"candidates": [[0, 1], [0, 1]], "possible": True, "smallest": [0, 1]}
    assert differences("placement", expected, {"possible": True, "cores": [1, 0]}) == []
    told = differences("placement", expected, {"possible": True, "cores": [1, 1]})
    assert told == ["layers 0 and 1 are both on core 1"]
    (told_,) = differences("placement", expected, {"possible": True, "cores": [2, 1]})
    assert told_ == "layer 0 is on core 2, which has no room; these do: [0, 1]"
    assert differences("placement", expected, {"possible": False}) == ["possible is false, expected true"]


def test_bounds_hold_the_answer() -> None:
    expected = {"gradient": {"low": "0x3f000000", "high": "0x3f800000"}}
    assert differences("gradient", expected, {"gradient": "0x3f400000"}) == []
    for wrong in ("0x3f900000", "0xbf400000", 0.75, None, "0x3f"):
        assert len(differences("gradient", expected, {"gradient": wrong})) == 1


# --- known failures and floors ---------------------------------------------------------------------------


def wrong_at(case: str) -> str:
    return f"""
def deviate(message, answer):
    if message["id"] == {case!r}:
        answer["result"] = {{"words": 77}}
    return answer
"""


def test_a_known_failure_is_no_surprise_and_a_mended_one_is(tmp_path: Path) -> None:
    case, other = legal()[0]["id"], legal()[1]["id"]
    command = program(tmp_path, wrong_at(case))
    assert not run(command).fine
    report = run(command, known=Known({case: "rounding"}, {}))
    assert report.fine
    assert [one.known for one in report.known_failures] == ["rounding"]
    report = run(command, known=Known({case: "rounding", other: "gone"}, {}))
    assert not report.fine
    assert [one.id for one in report.mended] == [other]


def test_fewer_cases_than_promised_are_an_error(tmp_path: Path) -> None:
    skip = 'def deviate(message, answer): return {"message": "skip", "id": message["id"], "reason": "no"}'
    report = run(program(tmp_path, skip))
    assert report.errors == ["0 cases were judged, and at least 1 must be"]
    command = program(tmp_path)
    count = len(cases("memory"))
    assert run(command, floor=count).fine
    assert run(command, floor=count + 1).errors == [
        f"{count} cases were judged, and at least {count + 1} must be"
    ]
    report = run(command, known=Known({}, {"dynapcnn/memory": count + 1, "speck2f/rules": 9}))
    assert len(report.errors) == 1
    assert report.errors[0].startswith(f"dynapcnn/memory: {count} cases were judged, and {count + 1} when")


def test_a_file_of_vectors_that_lost_cases_is_an_error(tmp_path: Path) -> None:
    file = next(one for one in files() if one.name == "dynapcnn/memory")
    data = json.loads(file.text)
    assert data["count"] == len(data["cases"])
    del data["cases"][-1]
    (tmp_path / "dynapcnn").mkdir()
    (tmp_path / "dynapcnn" / "memory.json").write_text(json.dumps(data))
    report = run(program(tmp_path), vectors=tmp_path / "dynapcnn")
    assert report.errors == [f"memory: {len(data['cases'])} cases, and the file promises {data['count']}"]


def test_a_known_failure_that_is_no_vector_is_told(tmp_path: Path) -> None:
    case = legal()[0]["id"]
    report = run(program(tmp_path), known=Known({case + "0": "typo"}, {}))
    assert report.fine
    assert report.notes == [
        f"1 of the known failures are no vectors any more, such as {case}0 (did you mean {case}?)"
    ]


# --- which vectors ---------------------------------------------------------------------------------------


def test_the_files_of_one_chip_are_its_own_and_those_of_its_layer() -> None:
    found = {file.subject for file in chosen(model(), files(), Plan(chip="speck2f"))}
    assert found == {"speck2f", "dynapcnn", "dynapcnn_v31"}


def test_a_variant_of_a_layer_shares_what_it_does_not_change() -> None:
    own = {file.name for file in of_layer(model(), files(), "dynapcnn")}
    variant = {file.name for file in of_layer(model(), files(), "dynapcnn_v31")}
    assert "dynapcnn/rescale" in own - variant
    assert "dynapcnn_v31/rescale" in variant - own
    assert {"dynapcnn/shapes", "speck2f/rules"} <= own & variant
    assert own == {file.name for file in of_layer(model(), files(), None)}


def test_frozen_vectors_are_those_of_the_specs() -> None:
    folder = Path(__file__).resolve().parents[1] / "generated" / "conformance" / "vectors"
    assert {file.name: file.digest for file in frozen_files(folder)} == {f.name: f.digest for f in files()}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cases": []}', '{"topic": 1, "spec": "a", "layer": "b"}'])
def test_a_file_that_holds_no_vectors(text: str, tmp_path: Path) -> None:
    (tmp_path / "memory.json").write_text(text)
    with pytest.raises(InputError, match="is no file of vectors"):
        frozen_files(tmp_path)


@pytest.mark.parametrize("plan", [Plan(chip="speck3"), Plan(topics=["memories"])])
def test_what_does_not_exist_is_told_with_the_closest(plan: Plan) -> None:
    with pytest.raises(InputError, match="did you mean") as error:
        conform(model(), plan)
    assert error.value.diagnostics[0].hint in ("did you mean speck2e?", "did you mean speck2b?",
                                               "did you mean speck2f?", "did you mean memory?")  # fmt: skip
