"""The adapters that ship: generated packages and interpreter conform, sinabs does what was recorded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conform_kit import CHIP, SPECS, legal, model
from docs_kit import copy_of_specs
from dynapspec.conform import Case, Refused, Skip
from dynapspec.conform.known import read_known
from dynapspec.conform.outcome import Report
from dynapspec.conform.run import Plan, conform
from dynapspec.conform.worker import reply
from dynapspec.model.build import assemble
from dynapspec.resolve import open_library

SINABS = {"3.0.4": "DYNAPSPEC_SINABS", "3.1.3": "DYNAPSPEC_SINABS31"}
LEAST = {"dynapcnn": 650, "dynapcnn_v31": 650, "interpreter": 700}  # cases that are judged on one chip


@pytest.mark.parametrize("name", LEAST)
def test_what_ships_conforms(name: str) -> None:
    report = conform(model(), Plan(implementation=name, chip=CHIP, floor=LEAST[name]))
    assert report.fine, [(one.id, one.details) for one in report.failures] + list(report.errors)
    assert report.implementation == name


def recorded(version: str) -> Report:
    folder = os.environ.get(SINABS[version])
    if not folder:
        pytest.skip(
            f"NOT TESTED: set {SINABS[version]} to a folder that holds sinabs {version}, as "
            f"`pip install --no-deps --target FOLDER sinabs=={version}` makes it"
        )
    known = read_known(SPECS / "evidence" / f"sinabs-{version}.json")
    return conform(model(), Plan(implementation=f"sinabs-{version}", known=known, path=Path(folder)))


@pytest.mark.parametrize("version", SINABS)
def test_sinabs_does_what_was_recorded(version: str) -> None:
    report = recorded(version)
    assert (report.implementation, report.version) == ("sinabs", version)
    assert report.failures == []
    assert report.mended == []
    assert report.errors == []
    assert report.notes == []
    assert len(report.known_failures) > 30


def test_another_version_than_the_one_asked_for_is_refused() -> None:
    folder = os.environ.get(SINABS["3.0.4"])
    if not folder:
        pytest.skip(f"NOT TESTED: {SINABS['3.0.4']} is not set")
    command = [sys.executable, "-m", "dynapspec.conform.worker", "sinabs-3.1.3"]
    env = {**os.environ, "DYNAPSPEC_CONFORM_PATH": folder, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, input="", capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 1
    assert "sinabs is 3.0.4, and 3.1.3 is asked for" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_command_needs_no_torch(tmp_path: Path) -> None:
    """A run against a program imports nothing of the generated packages and no torch."""
    code = (
        "import sys; sys.modules['torch'] = sys.modules['numpy'] = None; from pathlib import Path;"
        "from dynapspec.model import load_model; from dynapspec.conform.run import Plan, conform;"
        "conform(load_model(Path(sys.argv[1])), Plan(command=sys.argv[2], topics=['memory']));"
        "assert not any(name.startswith('dynapcnn') for name in sys.modules)"
    )
    answer = '{"message":"start","protocol":1,"name":"x","version":"1","capabilities":[]}'
    script = tmp_path / "program.py"
    script.write_text(f"print({answer!r}, flush=True); input()")
    program = f"{sys.executable} {script}"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code, str(SPECS), program], capture_output=True, text=True,
                          env=env, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr


class Adapter:
    """An adapter of these tests; what it does is in the name of the memory that it is asked for."""

    name, version = "adapter", "0.1"

    def capabilities(self) -> list[str]:
        return ["memory"]

    def run(self, case: Case) -> dict[str, Any]:
        if case.id == "refuse":
            raise Refused("too large")
        if case.id == "skip":
            raise Skip("later")
        if case.id == "break":
            raise IndexError("no such row")
        return {"words": 1}


@pytest.mark.parametrize(
    ("case", "answer"),
    [
        ("answer", {"message": "case", "result": {"words": 1}}),
        ("refuse", {"message": "case", "refused": "too large"}),
        ("skip", {"message": "skip", "reason": "later"}),
        ("break", {"message": "case", "error": "IndexError: no such row"}),
    ],
)
def test_what_an_adapter_raises_becomes_a_message(case: str, answer: dict[str, Any]) -> None:
    about = {"topic": "memory", "spec": "dynapcnn@2.1.0", "layer": "dynapcnn@2.1.0"}
    assert reply(Adapter(), {"message": "case", "id": case, **about, "input": {}}) == {"id": case, **answer}
    start = reply(Adapter(), {"message": "start", "protocol": 1, "files": []})
    assert start == {
        "message": "start",
        "protocol": 1,
        "name": "adapter",
        "version": "0.1",
        "capabilities": ["memory"],
    }


MISTAKEN = '''
from dynapspec.conform.adapters.generated import Generated

class Noisy(Generated):
    """Prints, and dies in one case."""

    def run(self, case):
        print("this is no message")
        if case.id == {case!r}:
            import os
            os._exit(9)
        return super().run(case)

def noisy():
    return Noisy("dynapcnn")
'''


def test_an_adapter_may_print_and_die(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = legal()[2]["id"]
    (tmp_path / "noisy_adapter.py").write_text(MISTAKEN.format(case=case))
    monkeypatch.syspath_prepend(str(tmp_path))
    report = conform(model(), Plan(implementation="noisy_adapter:noisy", topics=["memory"]))
    (failure,) = report.failures
    assert (failure.id, failure.kind) == (case, "crashed")
    assert report.counts["right"] == len(report.played) - 1


def test_the_interpreter_answers_for_the_specs_of_the_run(tmp_path: Path) -> None:
    """Another memory formula gives other vectors, and the interpreter meets those too."""
    root = copy_of_specs(tmp_path)
    path = root / "layers" / "dynapcnn.yaml"
    formula = "is: c * pow2(ceil_log2(kh*kw) + ceil_log2(f))"
    text = path.read_text()
    assert formula in text
    path.write_text(text.replace(formula, "is: c * kh * kw * pow2(ceil_log2(f))"))
    other = assemble(open_library(root))
    plan = Plan(implementation="interpreter", topics=["memory"])
    assert conform(other, plan).fine
    assert not conform(other, Plan(implementation="dynapcnn", topics=["memory"])).fine
