"""Every code that a spec can get has a case in the corpus and a page that explains it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from bad_spec_kit import HERE, SPECS, Case, cases, found, only_a_proof_tells, specs_of
from dynapspec.cli.main import cli
from dynapspec.codes import Page, pages
from dynapspec.diagnostics import InputError
from dynapspec.model.waivers import WAIVABLE

GENERATOR = Path(__file__).resolve().parents[1] / "generator" / "dynapspec"
# what reads, merges, checks and proves specs, and what looks at their versions
SPEC_CODE = ("load", "resolve", "formula", "model", "prove", "diff/low_versions.py")
MAKERS = {"fail", "finding", "misnamed", "Diagnostic", "FormulaError", "PydanticCustomError"}
ELSEWHERE = {  # codes that no edit of a spec gives, and why; their own tests name them
    "specs-empty": "about the folder",
    "specs-missing": "about the folder",
    "today": "about a variable",
    "unreadable": "about what is no readable file",
    "yaml-size": "a case would be too large to keep",
    "path": "about an argument of explain",
    "unknown-chip": "about an argument of explain",
    "unknown-path": "about an argument of explain",
}
PROSE = (
    ELSEWHERE.keys()
    | {  # pages whose example is no edit of one shipped file, or needs another to compare with
        *("version-not-bumped", "version-backwards", "evidence"),
        *("mixin-conflict", "mixin-head", "mixin-twice"),
        *("spec-clash", "package-clash", "yaml-empty", "yaml-depth", "too-many"),
        *("output-clash", "output-folder", "output-path", "output-syntax", "unknown-code", "unknown-spec"),
    }
)
CASES = cases()


def codes_in(path: Path) -> Iterator[str]:
    """The codes that a module gives to findings."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in MAKERS:
                yield str(node.args[0].value)


def codes_of(*packages: str) -> set[str]:
    homes = [GENERATOR / name for name in packages]
    files = [path for home in homes for path in ([home] if home.is_file() else home.rglob("*.py"))]
    return {code for path in files for code in codes_in(path)}


def test_the_search_for_codes_sees_them() -> None:
    assert len(codes_of(*SPEC_CODE)) > 60


def test_every_code_of_a_spec_has_a_case() -> None:
    seen = {code for case in CASES for code in case.codes}
    assert codes_of(*SPEC_CODE) - seen == set(ELSEWHERE)
    assert seen <= codes_of(*SPEC_CODE)


def test_every_code_of_a_spec_has_a_page_and_no_page_is_about_nothing() -> None:
    known = codes_of(*SPEC_CODE, "codes", "emit") | set(codes_in(GENERATOR / "cli" / "check.py"))
    assert pages().keys() == known | {"output-folder"}


def test_every_topic_has_cases() -> None:
    topics = {path.name for path in HERE.iterdir() if path.is_dir()}
    assert len(topics) >= 16
    assert len(CASES) >= 300
    assert all(sum(case.path.parent.name == topic for case in CASES) >= 5 for topic in topics)


def example(page: Page, folder: Path) -> Case:
    return Case(folder / "page.yaml", edits=[(page.file, page.right, page.wrong)])


@pytest.mark.parametrize("code", sorted(pages().keys() - PROSE))
def test_the_example_of_a_page_gets_its_code(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bad_spec_kit.HERE", tmp_path)
    told = found(specs_of(example(pages()[code], tmp_path), tmp_path))
    if only_a_proof_tells(told):
        pytest.skip("NOT TESTED: z3 is not installed, and only a proof finds this")
    assert code in {line.split(" ")[0] for line in told}


def test_pages_are_told_on_demand() -> None:
    result = CliRunner().invoke(cli, ["check", "--explain", "extends-missing"])
    assert result.exit_code == 0
    assert "Wrong, in chips/speck2f.yaml:\n    extends: spek2\n" in result.output
    assert "Right:\n    extends: speck2\n" in result.output
    assert result.output.endswith("It cannot be waived.\n")
    for code in pages():
        assert CliRunner().invoke(cli, ["check", "--explain", code]).output.startswith(f"{code}: ")


def test_an_unknown_code_is_told_with_the_closest() -> None:
    result = CliRunner().invoke(cli, ["check", "--explain", "extend-missing"])
    assert isinstance(result.exception, InputError)
    (finding,) = result.exception.diagnostics
    assert (finding.code, finding.hint) == ("unknown-code", "did you mean extends-missing?")


def test_what_can_be_waived_says_so() -> None:
    waivable = {code for code, page in pages().items() if "can be waived" in page.text()}
    assert waivable == set(WAIVABLE)


# a limit that no rule uses, waived
WAIVED = """doc: "Speck 2f."
limits:
  ports: {max: 7, kind: count, source: DS}
waive:
  ports-later: {code: unused-limit, at: limits.ports, reason: the rule is on its way, until: 2026-01-15}"""


def waiving(folder: Path) -> Path:
    case = Case(folder / "case.yaml", edits=[("chips/speck2f.yaml", 'doc: "Speck 2f."', WAIVED)])
    return specs_of(case, folder)


@pytest.mark.parametrize(
    ("day", "codes"),
    [
        (date(2026, 1, 14), []),
        (date(2026, 1, 15), []),
        (date(2026, 1, 16), ["unused-limit", "waiver-expired"]),
    ],
)
def test_a_waiver_holds_to_its_last_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, day: date, codes: list[str]
) -> None:
    monkeypatch.setattr("bad_spec_kit.HERE", tmp_path)
    assert [line.split(" ")[0] for line in found(waiving(tmp_path), day)] == codes


def test_the_day_can_be_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bad_spec_kit.HERE", tmp_path)
    root = str(waiving(tmp_path))
    monkeypatch.setenv("DYNAPSPEC_TODAY", "2026-01-01")
    assert CliRunner().invoke(cli, ["check", "--specs", root]).exit_code == 0
    monkeypatch.setenv("DYNAPSPEC_TODAY", "2026-02-01")
    assert CliRunner().invoke(cli, ["check", "--specs", root]).exit_code == 1
    monkeypatch.setenv("DYNAPSPEC_TODAY", "soon")
    result = CliRunner().invoke(cli, ["check", "--specs", root])
    assert "error[today]" in result.output


@pytest.mark.parametrize(
    ("chosen", "shown", "exit_code"),
    [
        ([], 2, 1),
        (["speck2f"], 1, 1),
        (["specs/chips/speck2e.yaml"], 1, 1),
        (["specs/chips"], 2, 1),
        (["specs/layers", "speck2b"], 0, 0),
        (["dynapcnn"], 0, 0),
    ],
)
def test_a_check_of_some_specs_shows_their_findings_and_counts_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: list[str], shown: int, exit_code: int
) -> None:
    edits = [(f"chips/{name}.yaml", "doc:", "docs:") for name in ("speck2e", "speck2f")]
    specs_of(replace(Case(HERE / "a" / "b.yaml"), edits=edits), tmp_path)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, ["check", *chosen])
    assert result.exit_code == exit_code
    assert result.output.count("error[unknown-key]") == shown
    other = {0: "", 1: "1 more finding in other files", 2: "2 more findings in other files"}[2 - shown]
    assert other in result.output


def test_a_spec_that_is_not_there_is_told_with_the_closest() -> None:
    result = CliRunner().invoke(cli, ["check", "--specs", str(SPECS), "sepck2f"])
    assert "did you mean speck2f?" in f"{result.output}{result.exception}"
