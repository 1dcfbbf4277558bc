"""Every planted mistake turns a generated test red; one process for each, so this runs with --long only."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from planted_mistake import Mistake
from planted_mistakes import MISTAKES

ROOT = Path(__file__).resolve().parents[1]
GENERATED = ROOT / "generated"
PACKAGE = "dynapcnn"


def planted(mistake: Mistake, folder: Path) -> None:
    """A copy of the generated folder with one mistake in it."""
    shutil.copytree(GENERATED, folder, ignore=shutil.ignore_patterns("__pycache__", "docs"))
    file = folder / PACKAGE / mistake.file
    text = file.read_text(encoding="utf-8")
    assert text.count(mistake.old) == 1, f"{mistake.name}: its text is not once in {mistake.file}"
    file.write_text(text.replace(mistake.old, mistake.new), encoding="utf-8")


def run_tests(folder: Path, plain: bool = False) -> subprocess.CompletedProcess[str]:
    """The generated tests of a copy, stopped at the first that fails."""
    command = [sys.executable, "-m", "pytest", "conformance/tests", "-c", str(ROOT / "pyproject.toml")]
    command += ["--rootdir", str(folder), "-x", "-q", "--no-header", "--tb=line", "-p", "no:randomly"]
    path = os.pathsep.join([str(folder), str(ROOT / "tests")])
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    if plain:  # the mistake is in what runs without the kernel
        environment["NUMBA_DISABLE_JIT"] = "1"
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_names_are_told_apart() -> None:
    assert len({mistake.name for mistake in MISTAKES}) == len(MISTAKES)


@pytest.mark.parametrize("mistake", MISTAKES, ids=[mistake.name for mistake in MISTAKES])
def test_the_mistake_still_applies(mistake: Mistake) -> None:
    """A mistake whose text is gone from the package would prove nothing."""
    text = (GENERATED / PACKAGE / mistake.file).read_text(encoding="utf-8")
    assert text.count(mistake.old) == 1


@pytest.mark.long
def test_without_a_mistake_all_is_green(tmp_path: Path) -> None:
    planted(Mistake("none", "memory.py", "from __future__", "from __future__"), tmp_path / "copy")
    done = run_tests(tmp_path / "copy")
    assert done.returncode == 0, done.stdout


@pytest.mark.long
@pytest.mark.parametrize("mistake", MISTAKES, ids=[mistake.name for mistake in MISTAKES])
def test_a_mistake_turns_a_test_red(mistake: Mistake, tmp_path: Path) -> None:
    planted(mistake, tmp_path / "copy")
    done = run_tests(tmp_path / "copy", plain=mistake.file == "simulation.py")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "failed" in done.stdout
