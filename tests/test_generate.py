"""``dynapspec generate`` as a person meets it: reproducible, all or nothing, and careful with their edits."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dynapspec.cli.main import cli
from dynapspec.diagnostics import InputError
from dynapspec.emit import replace as replacing

ROOT = Path(__file__).resolve().parents[1]
LAYER = Path("layers") / "dynapcnn.yaml"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the specs in a folder of their own."""
    shutil.copytree(ROOT / "specs", tmp_path / "specs")
    return tmp_path


def run(project: Path, *args: str) -> Result:
    return CliRunner().invoke(cli, ["generate", "--specs", str(project / "specs"), *args])


def snapshot(folder: Path) -> dict[str, str]:
    """Hashes of all files of a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


def edit(project: Path, old: str, new: str, path: Path = LAYER) -> None:
    file = project / "specs" / path
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


@pytest.fixture
def generated(project: Path) -> Iterator[Path]:
    assert run(project).exit_code == 0
    yield project / "generated"
    assert not [path for path in project.iterdir() if path.name.startswith(".")], "staging was left behind"


def test_what_is_committed_is_what_the_specs_say() -> None:
    result = CliRunner().invoke(cli, ["generate", "--check", "--specs", str(ROOT / "specs")])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("seed", ["0", "1", "4711"])
def test_same_bytes_under_any_hash_seed_and_from_any_folder(
    project: Path, generated: Path, seed: str
) -> None:
    elsewhere = project / f"elsewhere-{seed}"
    elsewhere.mkdir()
    env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT / "generator")}
    command = [sys.executable, "-m", "dynapspec", "generate", "--specs", "../specs", "--out", "made"]
    subprocess.run(command, cwd=elsewhere, env=env, check=True, capture_output=True)
    assert snapshot(elsewhere / "made") == snapshot(generated)


def test_nothing_to_do_is_said_and_touches_nothing(project: Path, generated: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in generated.rglob("*")}
    assert "up to date" in run(project).output
    assert {path: path.stat().st_mtime_ns for path in generated.rglob("*")} == before


def test_a_comment_changes_nothing_but_the_source_map(project: Path, generated: Path) -> None:
    before = snapshot(generated)
    edit(project, "# ── Rules", "# a remark\n# ── Rules")
    assert run(project).exit_code == 0
    after = snapshot(generated)
    assert {path for path in after if after[path] != before[path]} == {"sourcemap.json"}


def test_the_source_map_leads_from_a_clause_to_its_line(project: Path, generated: Path) -> None:
    places = json.loads((generated / "sourcemap.json").read_text())
    file, line = places["dynapcnn@2.1.0#/rules/kernel-size"]
    assert file == "layers/dynapcnn.yaml"
    assert (project / "specs" / file).read_text().splitlines()[line - 1] == "  kernel-size:"
    inherited, line = places["speck2f@1.1.0#/limits/stride"]
    assert inherited == "chips/family.yaml"
    assert (project / "specs" / inherited).read_text().splitlines()[line - 1].startswith("  stride: {one_of")


def test_another_chip_leaves_the_vectors_of_all_others_alone(project: Path, generated: Path) -> None:
    before = snapshot(generated / "conformance" / "vectors")
    head = "format: 1\nchip: hexcore\nversion: 1.0.0\nextends: speck2f\n"
    (project / "specs" / "chips" / "hexcore.yaml").write_text(
        head + "limits:\n  output_map: {max: 32, kind: pixel}\n"
    )
    assert run(project).exit_code == 0
    after = snapshot(generated / "conformance" / "vectors")
    assert {path: after[path] for path in before} == before
    assert {path.split("/")[0] for path in after.keys() - before.keys()} == {"hexcore"}


def test_check_tells_drift_with_a_diff_and_the_command_that_mends_it(project: Path, generated: Path) -> None:
    assert run(project, "--check").exit_code == 0
    edit(project, "kernel_size: {max: 16", "kernel_size: {max: 11", Path("chips") / "family.yaml")
    before = snapshot(generated)
    result = run(project, "--check")
    assert result.exit_code == 1
    assert '-        "kernel_size": Limit("pixel", most=16),' in result.output
    assert '+        "kernel_size": Limit("pixel", most=11),' in result.output
    assert f"mend it with: dynapspec generate --specs {project}" in result.output
    assert snapshot(generated) == before
    assert run(project).exit_code == 0
    assert run(project, "--check").exit_code == 0


@pytest.mark.parametrize("change_spec", [False, True])
def test_an_edit_by_hand_is_noticed_and_kept(project: Path, generated: Path, change_spec: bool) -> None:
    memory = generated / "dynapcnn" / "memory.py"
    memory.write_text(memory.read_text() + "# mine\n")
    if change_spec:
        edit(project, "is: words(f) if has_bias else words(0)", "is: words(f)")
    before = snapshot(generated)
    result = run(project)
    assert result.exit_code == 1
    assert "memory.py was edited by hand, or is not ours" in result.output
    assert snapshot(generated) == before
    assert run(project, "--check").exit_code == 1
    assert run(project, "--force").exit_code == 0
    assert "# mine" not in memory.read_text()


def test_a_lost_file_comes_back(project: Path, generated: Path) -> None:
    (generated / "dynapcnn" / "memory.py").unlink()
    assert run(project).exit_code == 0
    assert (generated / "dynapcnn" / "memory.py").exists()


def test_files_of_others_stay_and_stale_ones_go(project: Path, generated: Path) -> None:
    (generated / "notes.txt").write_text("mine")
    (project / "specs" / "chips" / "speck2e.yaml").unlink()
    assert run(project).exit_code == 0
    assert (generated / "notes.txt").read_text() == "mine"
    assert not (generated / "dynapcnn" / "chips" / "speck2e.py").exists()


def test_a_bad_spec_writes_nothing_and_exits_2(project: Path, generated: Path) -> None:
    before = snapshot(generated)
    edit(project, "ceil_log2(f)", "ceil_log2(features)")
    command = [sys.executable, "-m", "dynapspec", "generate", "--specs", str(project / "specs")]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "generator")}
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 2
    assert "error[unknown-name]: features is not known here" in done.stderr
    assert "Traceback" not in done.stderr
    assert snapshot(generated) == before


@pytest.mark.parametrize("error", [OSError(28, "No space left on device", "x"), KeyboardInterrupt()])
@pytest.mark.parametrize("after", [0, 1, 5, 30])
def test_a_failure_halfway_leaves_the_folder_as_it_was(
    project: Path, generated: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, after: int
) -> None:
    before = snapshot(generated)
    edit(project, "kernel_size: {max: 16", "kernel_size: {max: 11", Path("chips") / "family.yaml")
    (project / "specs" / "chips" / "speck2e.yaml").unlink()
    moved = count()
    original = replacing._move

    def full(source: Path, target: Path, undo: list[replacing.Move]) -> None:
        if next(moved) == after:
            raise error
        original(source, target, undo)

    monkeypatch.setattr(replacing, "_move", full)
    assert run(project).exit_code != 0
    assert snapshot(generated) == before
    monkeypatch.undo()
    assert run(project).exit_code == 0
    assert run(project, "--check").exit_code == 0


KILLED = """
import os, sys
from pathlib import Path
from dynapspec.emit import replace
original, moved = replace._move, []
def dying(source, target, undo):
    original(source, target, undo)
    moved.append(target)
    if len(moved) == 7:
        os.kill(os.getpid(), 9)
replace._move = dying
from dynapspec.cli.main import main
sys.argv = ["dynapspec", "generate", "--specs", sys.argv[1]]
main()
"""


def test_the_next_run_finishes_what_a_killed_one_began(project: Path, generated: Path) -> None:
    (generated / "notes.txt").write_text("mine")
    edit(project, "kernel_size: {max: 16", "kernel_size: {max: 11", Path("chips") / "family.yaml")
    env = {**os.environ, "PYTHONPATH": str(ROOT / "generator")}
    done = subprocess.run([sys.executable, "-c", KILLED, str(project / "specs")], env=env, check=False)
    assert done.returncode == -9
    assert run(project, "--check").exit_code == 1
    assert run(project).exit_code == 0
    assert run(project, "--check").exit_code == 0
    assert (generated / "notes.txt").read_text() == "mine"
    assert {path.name for path in generated.iterdir() if path.name.startswith(".")} == set()


def test_a_folder_that_is_a_git_checkout_stays_one(project: Path, generated: Path) -> None:
    (generated / ".git" / "refs" / "heads").mkdir(parents=True)
    (generated / "link").symlink_to("manifest.json")
    edit(project, "kernel_size: {max: 16", "kernel_size: {max: 11", Path("chips") / "family.yaml")
    assert run(project).exit_code == 0
    assert (generated / ".git" / "refs" / "heads").is_dir()
    assert (generated / "link").is_symlink()


def test_a_linked_output_folder_is_followed(project: Path) -> None:
    (project / "real").mkdir()
    (project / "link").symlink_to("real")
    assert run(project, "--out", str(project / "link")).exit_code == 0
    assert (project / "link").is_symlink()
    assert (project / "real" / "manifest.json").is_file()


def lose_the_manifest(generated: Path) -> None:
    (generated / "manifest.json").unlink()
    with (generated / "dynapcnn" / "layer.py").open("a") as file:
        file.write("# mine\n")


def write_no_text(generated: Path) -> None:
    with (generated / "dynapcnn" / "layer.py").open("ab") as file:
        file.write(b"\xff mine")


def change_line_endings(generated: Path) -> None:
    layer = generated / "dynapcnn" / "layer.py"
    layer.write_bytes(layer.read_bytes().replace(b"\n", b"\r\n"))


def put_a_link(generated: Path) -> None:
    (generated / "dynapcnn" / "layer.py").rename(generated / "mine.py")
    (generated / "dynapcnn" / "layer.py").symlink_to("../mine.py")


def put_a_folder(generated: Path) -> None:
    (generated / "dynapcnn" / "layer.py").unlink()
    (generated / "dynapcnn" / "layer.py").mkdir()


@pytest.mark.parametrize(
    "touch", [lose_the_manifest, write_no_text, change_line_endings, put_a_link, put_a_folder]
)
def test_whatever_is_not_ours_is_noticed(
    project: Path, generated: Path, touch: Callable[[Path], None]
) -> None:
    touch(generated)
    before = snapshot(generated)
    assert run(project, "--check").exit_code == 1
    result = run(project)
    assert result.exit_code == 1
    assert "layer.py was edited by hand, or is not ours" in result.output
    assert snapshot(generated) == before
    assert run(project, "--force").exit_code == 0
    assert run(project, "--check").exit_code == 0


@pytest.mark.parametrize(
    "manifest", ["[]", "null", "{", "{}", '{"command": "dynapspec generate", "files": []}']
)
def test_a_manifest_that_is_none_is_not_trusted(project: Path, generated: Path, manifest: str) -> None:
    (generated / "manifest.json").write_text(manifest)
    assert run(project, "--check").exit_code == 1
    assert run(project).exit_code == 1
    assert run(project, "--force").exit_code == 0


def test_a_manifest_cannot_reach_outside_its_folder(project: Path, generated: Path) -> None:
    (project / "precious.txt").write_text("mine")
    manifest = json.loads((generated / "manifest.json").read_text())
    manifest["files"]["../precious.txt"] = hashlib.sha256(b"mine").hexdigest()
    (generated / "manifest.json").write_text(json.dumps(manifest))
    assert run(project, "--force").exit_code == 0
    assert (project / "precious.txt").read_text() == "mine"


@pytest.mark.parametrize("out", ["/", "specs", "specs/chips", "a" * 300])
def test_folders_that_cannot_be_the_output(project: Path, out: str) -> None:
    result = run(project, "--out", str(project / out))
    assert isinstance(result.exception, InputError)
    assert result.exception.diagnostics[0].code == "output-folder"


def test_it_never_writes_among_installed_packages(project: Path) -> None:
    result = run(project, "--out", str(project / "lib" / "site-packages" / "generated"))
    assert "lies among installed packages" in str(result.exception)
    assert not (project / "lib").exists()


def test_every_file_is_in_the_manifest(generated: Path) -> None:
    manifest = json.loads((generated / "manifest.json").read_text())
    assert manifest["files"].keys() | {"manifest.json", "sourcemap.json"} == snapshot(generated).keys()
    assert manifest["command"] == "dynapspec generate"
    assert "dynapcnn@2.1.0" in manifest["inputs"]["specs"]


def test_headers_name_the_specs_and_no_time(generated: Path) -> None:
    head = (generated / "dynapcnn" / "chips" / "speck2f.py").read_text().splitlines()[:2]
    assert head[0].startswith("# Generated by `dynapspec generate` from speck2f 1.1.0 (")
    assert head[1] == "# Do not edit: change the spec and generate again."
