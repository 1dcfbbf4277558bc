"""Somebody else's implementation under the generated tests: red where it is wrong, with the clause."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dynapspec.emit.conformance.emitter import emit as vectors
from dynapspec.emit.pipeline import build
from dynapspec.emit.reference_tests.emitter import emit as generated_tests
from dynapspec.emit.torch.emitter import emit as package
from dynapspec.model import load_model

ROOT = Path(__file__).resolve().parents[1]

ALL = "conformance"
VECTORS = "conformance/tests/test_dynapcnn_vectors.py"
ADAPTER = '''
"""Counts the words of biases right where there are some."""

from conformance_ask import Refused, Skip


class Mine:
    name, version = "mine", "1.0"

    def capabilities(self):
        return ["memory"]

    def run(self, case):
        given = case.input
        if given["of"] == "kernel":
            raise Skip("kernels are not counted")
        if given["of"] == "neuron":
            raise Refused("no neurons at all")
        return {"words": given["f"]}
'''


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a third party copies: the folder of the vectors and tests. And packages of their own beside it."""
    root = tmp_path_factory.mktemp("third-party")
    texts = build(load_model(ROOT / "specs"), [package, vectors, generated_tests], lambda made: made)
    for path, text in texts.items():
        if path.startswith(("conformance/", "dynapcnn/")):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
    for name in ("good_snn", "wrong_snn"):
        shutil.copytree(root / "dynapcnn", root / name)
        for file in (root / name).rglob("*.py"):
            file.write_text(
                file.read_text().replace("dynapcnn.", f"{name}.").replace("from dynapcnn", f"from {name}")
            )
    wrong = root / "wrong_snn" / "memory.py"
    formula = "c * pow2(ceil_log2(kh * kw) + ceil_log2(f))"
    assert formula in wrong.read_text()
    wrong.write_text(wrong.read_text().replace(formula, "c * kh * kw * pow2(ceil_log2(f))"))
    shutil.rmtree(root / "dynapcnn")
    (root / "adapter.py").write_text(ADAPTER)
    return root


def play(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The generated tests in a folder without dynapspec and without the generated package."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "conformance",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
    ]
    blocked = folder / "blocked"
    blocked.mkdir(exist_ok=True)
    (blocked / "dynapspec.py").write_text("raise ImportError('dynapspec is not there')\n")
    path = os.pathsep.join([str(blocked), str(ROOT / "tests")])  # tests: for the reference model
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [*command, *arguments, "-c", os.devnull, "--rootdir", str(folder)],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_right_package_is_green(folder: Path) -> None:
    done = play(
        folder, "--implementation", "good_snn", "--chip", "speck2f", "-k", "vectors or functions or memory"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 passed" not in done.stdout
    assert "test_dynapcnn_v31" not in done.stdout


def test_a_wrong_package_is_told_the_clause(folder: Path) -> None:
    """By the vectors, and by the property against the reference."""
    done = play(folder, ALL, "--implementation", "wrong_snn", "-k", "test_memory or test_kernel")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "clause: dynapcnn@2.1.0#/memory/kernel" in done.stdout
    assert "mistakes that it catches: " in done.stdout
    assert "test_dynapcnn_reference_memory.py::test_kernel_memory" in done.stdout
    assert "test_memory[dynapcnn/memory/neuron" not in done.stdout  # what is right stays green


def test_an_adapter_answers_the_vectors_alone(folder: Path) -> None:
    done = play(folder, ALL, "--implementation", "adapter:Mine", "--chip", "speck2f", "-rs")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "reference" not in done.stdout
    assert "kernels are not counted" in done.stdout
    assert "rules is not among its capabilities" in done.stdout
    assert "refused: no neurons at all" in done.stdout
    assert "clause: dynapcnn@2.1.0#/memory/bias" in done.stdout
    assert "speck2b/" not in done.stdout


def test_the_variable_names_it_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFORMANCE_IMPLEMENTATION", "wrong_snn")
    assert play(folder, VECTORS, "-k", "test_memory").returncode == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--implementation", "no_such_package"], "--implementation no_such_package cannot be imported"),
        (["--chip", "speck9"], "--chip speck9: there are no vectors of this name"),
        (["--layer", "dynapcnn_v9"], "dynapcnn_v31"),
    ],
)
def test_what_cannot_be_used(folder: Path, arguments: list[str], told: str) -> None:
    done = play(folder, VECTORS, *arguments)
    assert done.returncode == 4
    assert told in done.stderr
    assert "Traceback" not in done.stderr
