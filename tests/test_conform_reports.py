"""The reports of a run: text, JSON, JUnit and HTML, and the way from a vector to the spec."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from conform_kit import SPECS, legal, model, program, run
from dynapspec.cli.main import cli
from dynapspec.conform.known import Known
from dynapspec.conform.links import Linker
from dynapspec.conform.outcome import Report
from dynapspec.conform.reports.data import as_json
from dynapspec.conform.reports.junit import as_junit
from dynapspec.conform.reports.page import as_html
from dynapspec.conform.reports.text import as_text

LAYER, VARIANT = (model().layers[name].title for name in ("dynapcnn", "dynapcnn_v31"))
SPECK = model().chips["speck2f"].title
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """One case is wrong, one refused with a hostile reason, one known to fail, one mended, one skipped."""
    wrong, refused, known, mended, skipped = (case["id"] for case in legal()[:5])
    deviate = f"""
def deviate(message, answer):
    case = message["id"]
    if case in ({wrong!r}, {known!r}):
        answer["result"] = {{"words": 77}}
    if case == {refused!r}:
        return {{"message": "case", "id": case, "refused": {HOSTILE!r}}}
    if case == {skipped!r}:
        return {{"message": "skip", "id": case, "reason": "another day"}}
    return answer
"""
    command = program(tmp_path_factory.mktemp("program"), deviate)
    return run(command, known=Known({known: "being mended", mended: "rounding"}, {}))


def test_json_names_what_it_was_made_from(report: Report) -> None:
    data = json.loads(as_json(report))
    assert data["made_from"]["specs"]["dynapcnn@2.1.0"] == model().layers["dynapcnn"].digest
    assert set(data["made_from"]["vectors"]["files"]) == {"dynapcnn/memory"}
    assert len(data["made_from"]["vectors"]["sha256"]) == len(data["made_from"]["generator"]["sha256"]) == 64
    assert data["fine"] is False
    assert (data["counts"]["wrong"], data["counts"]["refused"], data["counts"]["skipped"]) == (2, 1, 1)
    assert [one["known"] for one in data["known_failures"]] == ["being mended"]
    assert [one["was"] for one in data["mended"]] == ["rounding"]


def test_a_failure_leads_to_the_formula_the_line_and_the_page(report: Report) -> None:
    first = json.loads(as_json(report))["failures"][0]
    assert first["clause"] == "dynapcnn@2.1.0#/memory/kernel"
    assert first["spec"]["states"][0] == "is: c * pow2(ceil_log2(kh*kw) + ceil_log2(f))"
    file, line, _ = first["spec"]["place"].rsplit(":", 2)
    assert Path(file).name == "dynapcnn.yaml"
    stated = (SPECS / "layers" / "dynapcnn.yaml").read_text().splitlines()[int(line) - 1 : int(line) + 3]
    assert any("is: c * pow2" in text for text in stated)
    assert first["spec"]["page"] == "generated/docs/layers/dynapcnn.md"


def test_a_rule_leads_to_the_limit_of_the_chip_and_its_parents() -> None:
    chain = Linker(model()).chain("dynapcnn@2.1.0#/rules/decimation", model().chips["speck2f"].title)
    assert chain is not None
    (limit,) = chain.limits
    assert limit.clause == f"{SPECK}#/limits/decimator"
    assert limit.lineage[0] == "speck2f"
    assert limit.lineage[-1] == Path(limit.place.rsplit(":", 2)[0]).stem == "speck2"
    assert limit.page == "generated/docs/chips/speck2f.md"
    variant = Linker(model()).chain(f"{VARIANT}#/shapes/fy", VARIANT)
    assert variant is not None
    assert variant.clause.lineage == ("dynapcnn_v31", "dynapcnn")


def test_a_clause_that_is_none_has_no_links() -> None:
    for clause in ("dynapcnn@2.1.0#/memory/cache", "other@1.0.0#/memory", "dynapcnn@2.1.0"):
        assert Linker(model()).chain(clause, "dynapcnn@2.1.0") is None


def test_text_tells_the_failures_and_where_to_look(report: Report) -> None:
    text = as_text(report)
    assert "program 1 against dynapcnn@2.1.0" in text
    assert "  words is 77, expected 1\n" in text
    assert "clause   dynapcnn@2.1.0#/memory/kernel\n    is: c * pow2(ceil_log2(kh*kw) + ceil_log2(f))" in text
    assert "see    generated/docs/layers/dynapcnn.md#dynapcnn@2.1.0#/memory/kernel" in text
    assert "skipped 1: another day" in text
    assert "passes, and is known to fail (rounding)" in text
    assert text.endswith("2 failed: 32 of 35 cases are right, 1 failed as known\n")


def test_junit_is_what_build_servers_read(report: Report) -> None:
    root = ElementTree.fromstring(as_junit(report))
    (suite,) = root.findall("testsuite")
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("36", "3", "2")
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.get("message") == "wrong: words is 77, expected 1"
    assert "dynapcnn@2.1.0#/memory/kernel" in str(failure.text)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        assert not {"src", "href", "onclick"} & {name for name, _ in attrs}
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_html_needs_nothing_else(report: Report) -> None:
    page = as_html(report)
    tags = _Tags()
    tags.feed(page)
    assert tags.open == []
    assert not {"script", "link", "img", "iframe"} & set(tags.seen)
    assert "http" not in page
    assert "prefers-color-scheme: dark" in page
    assert HOSTILE not in page
    assert "&lt;script&gt;" in page
    for told in (
        "c * pow2(ceil_log2(kh*kw) + ceil_log2(f))",
        "being mended",
        "another day",
        "Does not conform",
    ):
        assert told in page


# --- the command -----------------------------------------------------------------------------------------


def test_the_command_writes_reports_and_fails(tmp_path: Path) -> None:
    case = legal()[0]["id"]
    deviate = f"""
def deviate(message, answer):
    if message["id"] == {case!r}:
        answer["result"] = {{"words": 77}}
    return answer
"""
    command = program(tmp_path, deviate)
    reports = [tmp_path / f"report.{ending}" for ending in ("html", "xml", "json", "txt")]
    options = [part for path in reports for part in ("--report", str(path))]
    base = ["conform", "--command", command, "--topic", "memory", "--specs", str(SPECS)]
    result = CliRunner().invoke(cli, [*base, *options])
    assert result.exit_code == 1
    assert "1 failed: 35 of 36 cases are right" in result.output
    assert all(path.stat().st_size > 500 for path in reports)
    known = tmp_path / "known.json"
    known.write_text(json.dumps({"failures": {case: "seen"}}))
    assert CliRunner().invoke(cli, [*base, "--known", str(known)]).exit_code == 0
    known.write_text(json.dumps({"failures": {legal()[1]["id"]: "gone", case: "seen"}}))
    result = CliRunner().invoke(cli, [*base, "--known", str(known)])
    assert result.exit_code == 1
    assert "take it out of that list" in result.output


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--report", "report.pdf"], "report-form"),
        (["--known", "no-such-file.json"], "known-failures"),
        (["--impl", "sinabs-3.0.5"], "unknown-implementation"),
        (["--chip", "speck3"], "unknown-chip"),
        (["--vectors", "no-such-folder"], "no-vectors"),
        (["--command", "/no/such/program"], "implementation-start"),
    ],
)
def test_bad_usage_is_told_with_a_code(options: list[str], code: str) -> None:
    from dynapspec.diagnostics import InputError

    result = CliRunner().invoke(cli, ["conform", *options, "--specs", str(SPECS)])
    assert isinstance(result.exception, InputError)
    assert result.exception.diagnostics[0].code == code


def test_two_implementations_at_once_are_bad_usage() -> None:
    result = CliRunner().invoke(cli, ["conform", "--impl", "dynapcnn", "--command", "x"])
    assert result.exit_code == 2
    assert "name two implementations" in result.output
    assert CliRunner().invoke(cli, ["conform", "--floor", "0"]).exit_code == 2


@pytest.mark.parametrize("text", ["", "[]", '{"failures": []}', '{"failures": {"a": 1}}', '{"judged": {}}'])
def test_a_list_of_known_failures_that_is_none(text: str, tmp_path: Path) -> None:
    from dynapspec.conform.known import read_known
    from dynapspec.diagnostics import InputError

    path = tmp_path / "known.json"
    path.write_text(text)
    with pytest.raises(InputError) as error:
        read_known(path)
    assert error.value.diagnostics[0].code == "known-failures"
