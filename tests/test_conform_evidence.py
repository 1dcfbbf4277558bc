"""The records beside the specs, the defects that they show, and the pages that are made of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conform_kit import SPECS, files, model, program, run
from docs_kit import copy_of_specs
from dynapspec.conform.record import record
from dynapspec.diagnostics import InputError
from dynapspec.emit.conformance.evidence import Evidence, read_evidence
from dynapspec.emit.conformance.flags import meaning
from dynapspec.emit.docs.conformance_page import conformance_page
from dynapspec.emit.docs.implementations_page import changed_since, implementations_page
from dynapspec.emit.pipeline import inputs
from dynapspec.model import load_model

# The defects that the tables must show, and on which version of sinabs.
WANTED = {
    "silent-neurons-without-gradient": ["3.1.3"],
    "no-output-shape": ["3.1.3"],
    "gradients-kept": ["3.0.4", "3.1.3"],
    "no-lower-bound": ["3.0.4", "3.1.3"],
    "threshold-vanishes": ["3.0.4", "3.1.3"],
    "not-finite": ["3.0.4", "3.1.3"],
    "state-ignored": ["3.0.4", "3.1.3"],
    "dilation-ignored": ["3.0.4"],
    "groups-ignored": ["3.0.4", "3.1.3"],
    "reset-value-everywhere": ["3.0.4", "3.1.3"],
    "pool-of-one-number": ["3.0.4", "3.1.3"],
    "pool-stride": ["3.0.4"],
    "state-of-six-dimensions": ["3.0.4"],
    "any-neurons": ["3.0.4"],
    "no-neurons": ["3.0.4", "3.1.3"],
}


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return read_evidence(model())


def test_every_defect_is_shown_by_vectors_that_fail(evidence: Evidence) -> None:
    records = {record.version: record for record in evidence.records}
    assert set(records) == {"3.0.4", "3.1.3"}
    for name, versions in WANTED.items():
        assert evidence.defects[name].versions == versions, name
    for name, defect in evidence.defects.items():
        for version in defect.versions:
            assert defect.shown_by(records[version]), f"{name} is not shown on {version}"


def test_every_failure_belongs_to_a_defect(evidence: Evidence) -> None:
    for one in evidence.records:
        named = {case for defect in evidence.defects.values() for case in defect.shown_by(one)}
        assert set(one.failures) == named, one.title


def test_the_page_takes_each_defect_to_its_vectors() -> None:
    page = implementations_page(model())
    row = next(line for line in page.splitlines() if line.startswith("| `dilation-ignored`"))
    cells = row.strip("| ").split(" | ")
    assert "`dynapcnn/layer/dilation-shape`" in cells[2]
    assert len(cells) == 3  # and nothing under 3.1.3
    for name in WANTED:
        assert f"| `{name}` |" in page


def test_a_record_of_older_vectors_says_so(tmp_path: Path) -> None:
    root = copy_of_specs(tmp_path)
    path = root / "evidence" / "sinabs-3.0.4.json"
    data = json.loads(path.read_text())
    data["vectors"]["files"]["dynapcnn/shapes"] = "0" * 64
    data["vectors"]["files"]["dynapcnn/gone"] = "0" * 64
    data["failures"]["dynapcnn/gone/one"] = {"is": "wrong", "because": "x", "clause": "dynapcnn@2.1.0#/gone"}
    path.write_text(json.dumps(data))
    page = implementations_page(load_model(root))
    section = page.partition("## sinabs 3.0.4")[2].partition("\n## ")[0]
    assert "The record is of an older set of vectors." in section
    changed = section.partition("changed since: ")[2].partition(". Record")[0]
    assert {"`dynapcnn/gone`", "`dynapcnn/shapes`"} <= set(changed.split(", "))
    assert "Failures that are none of the defects above" in page


def test_new_evidence_makes_the_generated_files_old(tmp_path: Path) -> None:
    root = copy_of_specs(tmp_path)
    before = inputs(load_model(root))
    path = root / "evidence" / "defects.yaml"
    path.write_text(path.read_text().replace("cannot learn", "never learns"))
    assert inputs(load_model(root)) != before


def test_specs_without_evidence_have_a_page_too(tmp_path: Path) -> None:
    root = copy_of_specs(tmp_path)
    for file in (root / "evidence").iterdir():
        file.unlink()
    (root / "evidence").rmdir()
    page = implementations_page(load_model(root))
    assert page.startswith("# What conformance runs found")
    assert "|" not in page


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("broken.json", "{"),
        ("broken.json", "[]"),
        ("broken.json", '{"format": 1}'),
        ("defects.yaml", "format: 1\n"),
        ("defects.yaml", "defects:\n  a: {does: x, versions: [3.0.4]}\n"),
        ("defects.yaml", "defects:\n  a: {does: x, versions: [3.0.4], vectors: y}\n"),
    ],
)
def test_evidence_that_cannot_be_read_is_told(file: str, text: str, tmp_path: Path) -> None:
    root = copy_of_specs(tmp_path)
    (root / "evidence" / file).write_text(text)
    with pytest.raises(InputError) as error:
        read_evidence(load_model(root))
    assert error.value.diagnostics[0].code == "evidence"
    assert file in error.value.diagnostics[0].message


def test_a_run_can_be_kept_and_read_again(tmp_path: Path) -> None:
    root = copy_of_specs(tmp_path)
    (root / "evidence" / "defects.yaml").unlink()
    report = run(program(tmp_path))
    path = record(report, root)
    assert path.name == "program-1.json"
    (kept,) = (one for one in read_evidence(load_model(root)).records if one.implementation == "program")
    assert kept.judged == {"dynapcnn/memory": len(report.played)}
    assert kept.failures == {}
    assert changed_since(kept, files()) == []


def test_a_run_with_errors_is_no_evidence(tmp_path: Path) -> None:
    skip = 'def deviate(message, answer): return {"message": "skip", "id": message["id"], "reason": "no"}'
    with pytest.raises(InputError, match="no evidence"):
        record(run(program(tmp_path, skip)), tmp_path)
    assert list(tmp_path.glob("evidence/*")) == []


# --- the page of the protocol ----------------------------------------------------------------------------


def test_every_flag_is_explained() -> None:
    flags = {flag for file in files() for case in file.cases for flag in case["flags"]}
    assert {flag for flag in flags if meaning(flag) is None} == set()
    assert meaning("floor-off-by-one") == "in the floor: a result is one too large or too small"
    assert meaning("ignores-kh") == "kh has no effect"


def test_every_topic_is_on_the_page_with_an_example() -> None:
    page = conformance_page(model())
    for topic in {file.topic for file in files()}:
        section = page.partition(f"\n### {topic}\n")[2].partition("\n### ")[0]
        assert "input   {" in section, topic
        assert "result  {" in section, topic


def test_the_transcript_is_what_is_sent() -> None:
    """Its first question is one that a run asks, and its answer is right."""
    from dynapspec.conform.play import judge

    lines = conformance_page(model()).partition("```text\n")[2].partition("\n```")[0].splitlines()
    messages: list[dict[str, Any]] = [json.loads(line[3:]) for line in lines]
    assert [message["message"] for message in messages] == ["start", "start", "case", "case", "stop"]
    case = next(c for file in files() for c in file.cases if c["id"] == messages[2]["id"])
    assert judge("memory", case, messages[3]) == ("right", [], False)


def test_the_specs_of_the_project_hold_the_records() -> None:
    assert (SPECS / "evidence" / "defects.yaml").is_file()
