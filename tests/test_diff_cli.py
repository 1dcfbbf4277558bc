"""``dynapspec diff`` on the command line: formats, revisions of git, exit codes, wrong questions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from diff_kit import BITS, GROW, ROOT, STRIDE, TOTAL, edited, git, run, valid
from dynapspec.diagnostics import InputError
from dynapspec.diff import open_spec
from dynapspec.prove import available, library

needs_z3 = pytest.mark.skipif(not available(), reason="NOT TESTED: z3 is not installed")


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A repository whose first commit has the shipped specs, and whose working tree lost two strides."""
    _, specs = edited(tmp_path)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "as shipped")
    path = specs / STRIDE[0]
    path.write_text(path.read_text().replace(STRIDE[1], STRIDE[2]))
    return specs


@needs_z3
def test_text(history: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(history.parent)
    result = run("HEAD:speck2f", "speck2f", specs=history, columns=80)
    assert result.exit_code == 0
    assert result.output == (
        "chip speck2f 1.1.0, HEAD:speck2f -> speck2f\n"
        "breaking for deployed networks and conformance vectors\n"
        "\n"
        "limits.stride  1 or 2 or 4 or 8 -> 1 or 2  narrowed\n"
        "  specs/chips/family.yaml:22:3\n"
        "  no longer legal: conv 1->1 k1 s1x4, input 1x1x1 (the smallest)\n"
        "    before, it fitted cores 0-8; now it breaks stride\n"
        "  nothing else becomes legal: proven\n"
        "\n"
        "deployed networks    breaking    limits.stride\n"
        "trained weights      compatible\n"
        "generated API        compatible\n"
        "conformance vectors  breaking    limits.stride\n"
        "\n"
        "networks  lens-example loses its fit: now it breaks stride\n"
        "version   family 2.0.0: a major bump is due, to 3.0.0; it was not bumped\n"
    )


@pytest.mark.parametrize("columns", [80, 120])
def test_no_line_is_wider_than_the_terminal(columns: int) -> None:
    for pair in (("speck2cmini", "speck2e"), ("speck2b", "speck2f")):
        assert max(map(len, run(*pair, columns=columns).output.splitlines())) <= columns


@needs_z3
def test_json(history: Path) -> None:
    data: dict[str, Any] = json.loads(
        run("HEAD:speck2f", "speck2f", "--format", "json", specs=history).output
    )
    assert valid(data)
    assert data["classes"] == {
        "networks": "breaking",
        "weights": "compatible",
        "api": "compatible",
        "vectors": "breaking",
    }
    (topic,) = data["parts"][0]["topics"]
    assert topic["changes"][0]["path"] == "limits.stride"
    assert topic["finding"]["lost"]["layer"]["sx"] == 4
    assert topic["finding"]["lost"]["rules"] == ["stride"]
    assert topic["finding"]["gained"] == {"status": "none"}
    assert data["networks"]["changes"] == [
        {"network": "lens-example", "chip": "speck2f", "kind": "lost", "why": "now it breaks stride"}
    ]


@needs_z3
def test_markdown(history: Path) -> None:
    output = run("HEAD:speck2f", "speck2f", "--format", "markdown", specs=history).output
    assert "- **`limits.stride`** narrowed: `1 or 2 or 4 or 8` → `1 or 2`\n" in output
    assert "| deployed networks | **breaking** | limits.stride |" in output
    assert "conv 1-&gt;1" in output or "conv 1->1" in output


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        ((), 0),
        (("--fail-on", "breaking"), 1),
        (("--fail-on", "uncertain"), 1),
        (("--fail-on", "any"), 1),
        (("--fail-on", "breaking", "--for", "networks"), 1),
        (("--fail-on", "any", "--for", "weights", "--for", "api"), 0),
    ],
)
def test_exit_codes(history: Path, flags: tuple[str, ...], code: int) -> None:
    assert run("HEAD:speck2f", "speck2f", *flags, specs=history).exit_code == code
    assert run("HEAD:speck2f", "HEAD:speck2f", *flags, specs=history).exit_code == 0


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("spek2f", "speck2e"), "did you mean speck2f?"),
        (("speck2f", "dynapcnn"), "speck2f is a chip and dynapcnn a layer"),
        (("speck2f", "nothing.yaml"), "there is no file nothing.yaml"),
        (("speck2f", str(ROOT / "specs/networks/sinabs-mnist.yaml")), "is no spec"),
        (("NOWHERE:speck2f", "speck2f"), "git knows no revision NOWHERE"),
        ((":speck2f", "speck2f"), "is no revision"),
        (("HEAD:spek2f", "speck2f"), "did you mean speck2f?"),
    ],
)
def test_wrong_questions(history: Path, args: tuple[str, ...], message: str) -> None:
    assert message in str(run(*args, specs=history).exception)


def test_a_revision_is_no_option_of_git() -> None:
    with pytest.raises(InputError, match="'--output=x' is no revision"):
        open_spec("--output=x:speck2f", ROOT / "specs")


def test_bad_usage() -> None:
    assert run("speck2f").exit_code == 2
    assert run("speck2f", "--matrix").exit_code == 2


def test_specs_that_are_in_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, specs = edited(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert "not a git repository" in str(run("HEAD:speck2f", "speck2f", specs=specs).exception)


def test_what_may_break_fails_on_request_alone(tmp_path: Path) -> None:
    """Whether a network uses the block that picks a class is not known here."""
    old, new = edited(tmp_path, ("chips/family.yaml", "readout: {has: true,", "readout: {has: false,"))
    paths = [str(root / "chips/speck2f.yaml") for root in (old, new)]
    assert run(*paths, "--fail-on", "breaking").exit_code == 0
    assert run(*paths, "--fail-on", "uncertain").exit_code == 1


def test_another_evidence_differs_and_harms_nobody(tmp_path: Path) -> None:
    old, new = edited(tmp_path, ("chips/family.yaml", "DS: {level: datasheet", "DS: {level: assumed"))
    paths = [str(root / "chips/speck2f.yaml") for root in (old, new)]
    assert run(*paths, "--fail-on", "uncertain").exit_code == 0
    result = run(*paths, "--fail-on", "any")
    assert result.exit_code == 1
    assert "only texts and evidence differ\n" in result.output
    assert "sources.DS.level (datasheet -> assumed)\n" in result.output


# ── All chips at once ───────────────────────────────────────────────────────────────────────────


@needs_z3
def test_the_matrix() -> None:
    data = json.loads(run("--matrix", "--format", "json").output)
    assert data["classes"] == [
        ["dynapcnndevkit", "speck2b", "speck2btiny"],
        ["speck2cmini", "speck2dmini"],
        ["speck2e", "speck2f"],
    ]
    holds = {(pair["legal_on"], pair["is_on"]): pair["holds"] for pair in data["pairs"]}
    assert len(holds) == 49
    assert holds["speck2cmini", "speck2b"] == holds["speck2b", "speck2f"] == "yes"
    assert holds["speck2b", "speck2cmini"] == holds["speck2f", "speck2b"] == "no"
    text = run("--matrix").output
    assert "a, not b: conv 1->17 k1, input 1x17x17, bias (fits-a-core)" in text
    assert "c, not a: conv 1->1 k1, input 1x1x1, decimation 2 (decimation)" in text


# ── Without z3 ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def no_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(library, "import_module", missing)


@pytest.mark.usefixtures("no_solver")
def test_a_witness_is_found_without_a_solver(tmp_path: Path) -> None:
    old, new = edited(tmp_path, GROW, TOTAL)
    paths = [str(root / "chips/speck2f.yaml") for root in (old, new)]
    result = run(*paths)
    assert result.exit_code == 0
    assert "now legal: conv " in result.output
    assert "(the smallest)" not in result.output
    assert "whether a layer is lost: not proven: install dynapspec[prove]" in result.output


@pytest.mark.usefixtures("no_solver")
def test_the_same_facts_need_no_solver() -> None:
    output = run("speck2e", "speck2f").output
    assert "equal: the same layers are legal" in output
    assert "not proven" not in output


def test_the_layer_spec_can_be_compared_by_name(tmp_path: Path) -> None:
    _, new = edited(tmp_path, BITS)
    result = run(str(ROOT / "specs/layers/dynapcnn.yaml"), str(new / "layers/dynapcnn.yaml"))
    assert "words: weight 127 -> 7; threshold 127 -> 7; v_floor -127 -> -7" in result.output
