"""``check --against``: versions that were not raised, in every state that a repository can be in."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from diff_kit import BITS, GROW, STRIDE, TOTAL, edit, edited, git, repository
from dynapspec.cli.main import cli
from dynapspec.diagnostics import InputError
from dynapspec.diff import against, low_versions
from dynapspec.diff import git as history
from dynapspec.model import load_model
from dynapspec.prove import available

needs_z3 = pytest.mark.skipif(not available(), reason="NOT TESTED: z3 is not installed")
RAISED = ("chips/family.yaml", "version: 2.0.0", "version: 3.0.0")


@pytest.fixture
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped specs in a repository of their own, which is the current folder."""
    monkeypatch.chdir(tmp_path)
    return repository(tmp_path)


def told(specs: Path, revision: str | None = None) -> list[tuple[str, str]]:
    """Code and place of every finding about versions."""
    verdict = against(load_model(specs), revision)
    assert not verdict.notes
    return [(finding.code, str(finding.span)) for finding in verdict.findings]


def check(*args: str) -> Result:
    return CliRunner().invoke(cli, ["check", *args])


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "more")


# ── What is told ────────────────────────────────────────────────────────────────────────────────


@needs_z3
def test_the_command_tells_what_changed_and_what_is_due(specs: Path) -> None:
    edit(specs, STRIDE)
    result = check()
    assert result.exit_code == 1
    assert result.output.startswith(
        "specs/chips/family.yaml:4:10: error[version-not-bumped]: family is still 2.0.0, and limits.stride"
        " is narrower, breaking for deployed networks\n"
        "    4 | version: 2.0.0\n"
        "      |          ^^^^^\n"
        "  hint: say 3.0.0; `dynapspec diff HEAD:family family` shows what changed\n"
        "1 finding\n"
    )
    assert check("--against", "none").exit_code == 0
    edit(specs, RAISED)
    assert check().exit_code == 0
    assert check("--against", "HEAD").exit_code == 0


def test_programs_get_the_place_of_the_version(specs: Path) -> None:
    edit(specs, STRIDE)
    (found,) = json.loads(check("--format", "json").output)
    assert found["code"] == "version-not-bumped"
    assert found["place"] == {"file": "specs/chips/family.yaml", "line": 4, "column": 10, "end_column": 15}


def test_the_file_that_sets_the_values_answers_for_them(specs: Path) -> None:
    """Seven chips inherit the stride, and none of them has to be raised."""
    edit(specs, STRIDE, ("chips/speck2f.yaml", "vendor_name: Speck2fDevKit,", "vendor_name: Speck2fKit,"))
    assert told(specs) == [
        ("version-not-bumped", "specs/chips/speck2f.yaml:4:10"),
        ("version-not-bumped", "specs/chips/family.yaml:4:10"),
    ]


@needs_z3
@pytest.mark.parametrize(("version", "codes"), [("1.0.9", 1), ("1.1.0", 0), ("2.0.0", 0), ("0.9.0", 1)])
def test_a_core_that_grows_asks_for_a_minor_bump(specs: Path, version: str, codes: int) -> None:
    edit(specs, GROW, TOTAL, ("chips/nine-core.yaml", "version: 1.0.0", f"version: {version}"))
    found = told(specs)
    assert len(found) == codes
    expected = "version-backwards" if version == "0.9.0" else "version-not-bumped"
    assert {code for code, _ in found} <= {expected}


def test_a_draft_raises_its_minor_part(specs: Path) -> None:
    """Below 1.0.0 everything may change, and the minor part says that it did."""
    edit(specs, ("chips/family.yaml", "version: 2.0.0", "version: 0.3.1"))
    commit(specs.parent)
    edit(specs, STRIDE, ("chips/family.yaml", "version: 0.3.1", "version: 0.3.2"))
    (found,) = against(load_model(specs)).findings
    assert found.hint.startswith("say 0.4.0;")


def test_a_version_cannot_go_back(specs: Path) -> None:
    edit(specs, ("layers/dynapcnn.yaml", "version: 2.1.0", "version: 1.12.0"))
    assert told(specs) == [("version-backwards", "specs/layers/dynapcnn.yaml:4:10")]


def test_parts_of_a_version_are_numbers(specs: Path) -> None:
    edit(specs, ("layers/dynapcnn.yaml", "version: 2.1.0", "version: 2.9.0"))
    commit(specs.parent)
    edit(specs, ("layers/dynapcnn.yaml", "version: 2.9.0", "version: 2.10.0"))
    assert told(specs) == []


@pytest.mark.parametrize(
    "harmless",
    [
        ("chips/family.yaml", "# bits of one word", "# bits of a word"),
        ("chips/family.yaml", "stride: {one_of: [1, 2, 4, 8],", "stride: {one_of: [1,   2,   4,   8],"),
        ("chips/family.yaml", "What all DYNAP-CNN", "What all of DYNAP-CNN"),
        ("chips/speck2f.yaml", "version: 1.1.0", "version: 1.5.0"),
    ],
    ids=["comment", "spaces", "head", "raised for nothing"],
)
def test_what_asks_for_no_bump(specs: Path, harmless: tuple[str, str, str]) -> None:
    edit(specs, harmless)
    assert told(specs) == []


def test_a_value_that_moves_to_the_parent_is_no_change_of_the_child(specs: Path) -> None:
    """What the two said together is the same, but the parent says more to its other children."""
    line = "  decimator: {one_of: [2, 4, 8, 16, 32, 128, 256, 512], source: DS}\n"
    edit(
        specs,
        ("chips/speck2.yaml", f"limits:\n{line}", ""),
        ("chips/nine-core.yaml", "claims:   ", f"limits:\n{line}claims:   "),
    )
    assert told(specs) == [("version-not-bumped", "specs/chips/nine-core.yaml:4:10")]


def test_another_parent_makes_everything_a_change_of_the_child(specs: Path) -> None:
    edit(specs, ("chips/speck2dmini.yaml", "extends: five-core", "extends: speck2cmini"))
    assert told(specs) == [("version-not-bumped", "specs/chips/speck2dmini.yaml:4:10")]


# ── Waivers ─────────────────────────────────────────────────────────────────────────────────────


def waived(until: str) -> tuple[str, str, str]:
    text = f"{{code: version-not-bumped, at: version, reason: a release follows, until: {until}}}"
    return "chips/family.yaml", "limits:\n", f"waive:\n  later: {text}\n\nlimits:\n"


def test_a_finding_can_be_waived_for_a_while(specs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit(specs, STRIDE, waived("2030-01-31"))
    monkeypatch.setenv("DYNAPSPEC_TODAY", "2030-01-31")
    assert told(specs) == []
    monkeypatch.setenv("DYNAPSPEC_TODAY", "2030-02-01")
    assert "error[waiver-expired]" in check().output


def test_a_waiver_of_the_parent_is_none_of_its_children(specs: Path) -> None:
    device = ("chips/speck2f.yaml", "vendor_name: Speck2fDevKit,", "vendor_name: Speck2fKit,")
    edit(specs, device, waived("2999-01-31"))
    assert told(specs) == [("version-not-bumped", "specs/chips/speck2f.yaml:4:10")]


def test_a_waiver_is_no_change_itself(specs: Path) -> None:
    """One of another code, so that it cannot waive that it is a change."""
    name, before, after = waived("2999-01-31")
    edit(specs, (name, before, after.replace("version-not-bumped", "version-backwards")))
    assert told(specs) == []


# ── Repositories ────────────────────────────────────────────────────────────────────────────────


def test_where_nothing_differs_git_is_asked_once(specs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    run = history.run

    def counting(where: Path, *args: str, missing: str = "") -> bytes:
        asked.append(args[0])
        return run(where, *args, missing=missing)

    monkeypatch.setattr(history, "run", counting)
    edit(specs, ("networks/sinabs-mnist.yaml", "name: sinabs-mnist", "name: mnist"))  # no spec
    assert told(specs) == []
    assert asked == ["diff"]


def test_new_specs_have_nothing_to_differ_from(specs: Path) -> None:
    new = (specs / "chips/speck2f.yaml").read_text().replace("speck2f", "speck9")
    (specs / "chips/speck9.yaml").write_text(new)
    assert told(specs) == []
    git(specs.parent, "add", "-A")
    assert told(specs) == []


def test_specs_that_are_gone_or_have_another_name(specs: Path) -> None:
    (specs / "chips/speck2dmini.yaml").unlink()
    text = (specs / "chips/speck2f.yaml").read_text().replace("chip: speck2f", "chip: speck2g")
    (specs / "chips/speck2f.yaml").unlink()
    (specs / "chips/speck2g.yaml").write_text(text.replace("Speck2fDevKit", "Speck2gDevKit"))
    assert told(specs) == []


def test_a_spec_in_another_folder_is_the_same_spec(specs: Path) -> None:
    (specs / "chips/minis").mkdir()
    moved = specs / "chips/minis/speck2dmini.yaml"
    (specs / "chips/speck2dmini.yaml").rename(moved)
    assert told(specs) == []
    moved.write_text(moved.read_text().replace("vendor_name: ", "vendor_name: X"))
    assert [code for code, _ in told(specs)] == ["version-not-bumped"]


@pytest.mark.parametrize("revision", ["HEAD~1", "start", "HEAD^{/shipped}"])
def test_an_older_revision(specs: Path, revision: str) -> None:
    git(specs.parent, "tag", "start")
    edit(specs, STRIDE)
    commit(specs.parent)
    assert told(specs) == []
    assert told(specs, revision) == [("version-not-bumped", "specs/chips/family.yaml:4:10")]


def test_a_shallow_clone_compares_with_what_it_fetched(
    specs: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = specs.parent
    git(home, "branch", "-M", "main")
    git(home, "checkout", "-q", "-b", "feature")
    edit(specs, STRIDE)
    commit(home)
    clone = tmp_path_factory.mktemp("clone")
    git(clone, "clone", "-q", "--depth=1", "--branch=feature", f"file://{home}", "work")
    monkeypatch.chdir(clone / "work")
    here = clone / "work" / "specs"
    with pytest.raises(InputError) as error:
        told(here, "origin/main")
    (found,) = error.value.diagnostics
    command = "git fetch --depth=1 origin main:refs/remotes/origin/main"
    assert (found.code, found.hint) == ("unknown-revision", f"a shallow clone gets it by `{command}`")
    git(clone / "work", *command.split()[1:])
    assert told(here, "origin/main") == [("version-not-bumped", "specs/chips/family.yaml:4:10")]


def test_a_revision_that_is_not_there_is_bad_usage(specs: Path) -> None:
    assert isinstance(check("--against", "nowhere").exception, InputError)
    with pytest.raises(InputError, match="is no revision"):
        told(specs, "--output=x")


def test_outside_of_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, specs = edited(tmp_path, STRIDE)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert told(specs) == []
    with pytest.raises(InputError, match="not a git repository"):
        told(specs, "HEAD")


def test_a_repository_without_a_commit(tmp_path: Path) -> None:
    _, specs = edited(tmp_path)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    assert told(specs) == []


def test_specs_elsewhere_are_compared_with_their_own_history(
    specs: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(specs, STRIDE)
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    (found,) = against(load_model(specs)).findings
    assert f"`dynapspec diff HEAD:family family --specs {specs}`" in found.hint


def test_specs_that_came_later_than_the_revision(specs: Path) -> None:
    git(specs.parent, "mv", "specs", "chips-and-layers")
    commit(specs.parent)
    moved = specs.parent / "chips-and-layers"
    verdict = against(load_model(moved), "HEAD~1")
    assert verdict.findings == ()
    assert verdict.notes == () or "are not compared with HEAD~1" in verdict.notes[0]


def test_without_git(specs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit(specs, STRIDE)
    monkeypatch.setenv("PATH", "")
    assert told(specs) == []
    with pytest.raises(InputError, match="needs git"):
        told(specs, "HEAD")


def test_a_hook_may_name_another_folder(specs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git tells its hooks where it works, relative to a folder that is not that of the specs."""
    edit(specs, STRIDE)
    for name, value in {"GIT_DIR": ".git", "GIT_INDEX_FILE": ".git/index", "GIT_PREFIX": "x/"}.items():
        monkeypatch.setenv(name, value)
    assert told(specs) == [("version-not-bumped", "specs/chips/family.yaml:4:10")]


def test_a_broken_revision_is_told_and_fails_nothing(specs: Path) -> None:
    edit(specs, ("chips/speck2f.yaml", "extends: speck2", "extends: spek2"))
    commit(specs.parent)
    edit(specs, ("chips/speck2f.yaml", "extends: spek2", "extends: speck2"))
    assert check().exit_code == 0
    assert (
        "versions are not compared with HEAD: HEAD:specs/chips/speck2f.yaml:5:10: "
        "there is no chip 'spek2' to extend\n"
    ) in check().output
    result = CliRunner().invoke(cli, ["diff", "HEAD:speck2f", "speck2f"])
    assert isinstance(result.exception, InputError)
    assert "HEAD:specs/chips/speck2f.yaml:5:10: error[extends-missing]" in str(result.exception)


def test_waivers_of_a_revision_are_judged_on_its_day(specs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A waiver that ended since cannot be mended in what was committed."""
    limit = "  ports: {max: 7, kind: count, source: DS}\n"
    later = "{code: unused-limit, at: limits.ports, reason: later, until: 2999-01-01}"
    edit(specs, ("chips/speck2.yaml", "limits:\n", f"waive:\n  later: {later}\nlimits:\n{limit}"))
    commit(specs.parent)
    monkeypatch.setenv("DYNAPSPEC_TODAY", "2999-02-01")
    edit(specs, ("chips/speck2.yaml", limit, ""), ("chips/speck2.yaml", f"waive:\n  later: {later}\n", ""))
    assert [code for code, _ in told(specs)] == ["version-not-bumped"]


def test_nothing_is_left_behind(specs: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    edit(specs, BITS)
    assert [code for code, _ in told(specs)] == ["version-not-bumped"]
    assert list((tmp_path / "temporary").iterdir()) == []
    assert git(specs.parent, "status", "--porcelain", "--", "specs") == " M specs/layers/dynapcnn.yaml\n"


def test_generate_does_not_ask(specs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit(specs, STRIDE)

    def asked(*args: object, **kwargs: object) -> None:
        raise AssertionError(args)

    monkeypatch.setattr(history, "run", asked)
    monkeypatch.setattr(low_versions, "owed", asked)
    shutil.rmtree(specs / "networks")
    result = CliRunner().invoke(cli, ["generate", "--check", "--out", str(specs.parent / "out")])
    assert not isinstance(result.exception, AssertionError)
