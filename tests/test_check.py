"""``dynapspec check`` in each of its formats."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dynapspec.cli.main import cli
from dynapspec.diagnostics import Diagnostic, Span
from dynapspec.findings import as_github, as_sarif

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Specs in which one chip extends a chip that is not there, as the current folder."""
    shutil.copytree(ROOT / "specs", tmp_path / "specs")
    chip = tmp_path / "specs" / "chips" / "speck2f.yaml"
    chip.write_text(chip.read_text().replace("extends: speck2", "extends: spek2"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*args: str) -> Result:
    return CliRunner().invoke(cli, ["check", *args])


def test_sound_specs() -> None:
    shipped = ("--specs", str(ROOT / "specs"), "--against", "none")  # whatever is not committed yet
    result = run(*shipped)
    assert (result.exit_code, result.output) == (0, "2 layers and 7 chips are sound\n")
    assert run(*shipped, "--format", "json").output == "[]\n"
    assert run(*shipped, "--format", "github").output == ""
    assert json.loads(run(*shipped, "--format", "sarif").output)["runs"][0]["results"] == []


def test_text(wrong: Path) -> None:
    result = run()
    assert result.exit_code == 1
    assert result.output == (
        "specs/chips/speck2f.yaml:5:10: error[extends-missing]: there is no chip 'spek2' to extend\n"
        "    5 | extends: spek2\n"
        "      |          ^^^^^\n"
        "  hint: did you mean speck2?\n"
        "1 finding\n"
    )


def test_json(wrong: Path) -> None:
    assert json.loads(run("--format", "json").output) == [
        {
            "code": "extends-missing",
            "message": "there is no chip 'spek2' to extend",
            "place": {"file": "specs/chips/speck2f.yaml", "line": 5, "column": 10, "end_column": 15},
            "hint": "did you mean speck2?",
        }
    ]


def test_sarif(wrong: Path) -> None:
    (made,) = json.loads(run("--format", "sarif").output)["runs"]
    (rule,) = made["tool"]["driver"]["rules"]
    assert set(rule) == {"id", "fullDescription", "help"}
    assert rule["id"] == "extends-missing"
    assert "To mend it: Write the name of a spec" in rule["help"]["text"]
    (result,) = made["results"]
    assert (result["ruleId"], result["level"]) == ("extends-missing", "error")
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "specs/chips/speck2f.yaml"
    assert place["region"] == {"startLine": 5, "startColumn": 10, "endColumn": 15}


@pytest.mark.parametrize("site", ["https://example.org/docs", "https://example.org/docs/"])
def test_sarif_leads_to_the_page_of_a_code(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DYNAPSPEC_DOCS", site)
    finding = Diagnostic("extends-missing", "nothing there")
    (made,) = json.loads(as_sarif([finding]))["runs"]
    (rule,) = made["tool"]["driver"]["rules"]
    assert rule["helpUri"] == "https://example.org/docs/codes.html#extends-missing"
    monkeypatch.setenv("DYNAPSPEC_DOCS", "javascript:alert(1)")
    assert "helpUri" not in as_sarif([finding])


def test_github(wrong: Path) -> None:
    assert run("--format", "github").output == (
        "::error file=specs/chips/speck2f.yaml,line=5,col=10,endColumn=15,title=extends-missing::"
        "there is no chip 'spek2' to extend; did you mean speck2?\n"
    )


def test_text_of_a_spec_cannot_break_out_of_a_workflow_command() -> None:
    finding = Diagnostic("code", "100%\n::error::mine", Span("a,b:c.yaml", 1, 2, 3))
    assert as_github([finding]) == (
        "::error file=a%2Cb%3Ac.yaml,line=1,col=2,endColumn=3,title=code::100%25%0A::error::mine"
    )


def test_a_finding_without_a_place_has_none() -> None:
    finding = Diagnostic("code", "nothing there")
    assert as_github([finding]) == "::error title=code::nothing there"
    assert "locations" not in json.loads(as_sarif([finding]))["runs"][0]["results"][0]
