"""What the tests of conformance runs share: runs against programs that behave as a test wants."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from dynapspec.conform.outcome import Report
from dynapspec.conform.run import Plan, conform
from dynapspec.emit.conformance.vector_set import VectorFile, vector_files
from dynapspec.model import Model, load_model

ROOT = Path(__file__).resolve().parents[1]
SPECS = ROOT / "specs"
CHIP = "speck2f"
C_SOURCE = Path(__file__).parent / "implementation_c" / "implementation.c"

# A program that answers every case rightly, out of a table; `deviate` changes the answer to some.
PROGRAM = """
import json, os, sys, time
answers = json.load(open({table!r}))
{deviate}
for line in sys.stdin:
    message = json.loads(line)
    if message["message"] == "stop":
        break
    if message["message"] == "start":
        about = {{"name": "program", "version": "1", "capabilities": ["memory"]}}
        answer = {{"message": "start", "protocol": 1, **about}}
    else:
        result = answers[message["id"]]
        answer = deviate(message, {{"message": "case", "id": message["id"], "result": result}})
    print(json.dumps(answer) if isinstance(answer, dict) else answer, flush=True)
"""


@cache
def model() -> Model:
    return load_model(SPECS)


@cache
def files() -> list[VectorFile]:
    return vector_files(model())


def cases(topic: str) -> list[dict[str, Any]]:
    """The cases of a topic of the first layer spec."""
    return next(file for file in files() if file.name == f"dynapcnn/{topic}").cases


def legal(topic: str = "memory") -> list[dict[str, Any]]:
    return [case for case in cases(topic) if "refused" not in case["expected"]]


def program(folder: Path, deviate: str = "def deviate(message, answer): return answer") -> str:
    """The command of a program; ``deviate`` is the source of a function of that name."""
    table = folder / "answers.json"
    table.write_text(json.dumps({case["id"]: case["expected"] for case in cases("memory")}))
    path = folder / "program.py"
    path.write_text(PROGRAM.format(table=str(table), deviate=deviate))
    return f"{sys.executable} {path}"


def run(command: str, **options: Any) -> Report:
    """A run over the memories alone, unless it is said otherwise."""
    return conform(model(), Plan(command=command, **{"topics": ["memory"], **options}))


def outcomes(report: Report) -> dict[str, str]:
    return {one.id: one.kind for one in report.played}


def compiled(folder: Path, mistake: int = 0) -> str:
    """The implementation in C, with one planted mistake or none."""
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("NOT TESTED: gcc is not installed, so the implementation in C cannot be built")
    target = folder / f"implementation-{mistake}"
    options = ["-std=gnu11", "-O1", "-ffp-contract=off", "-Wall", "-Wextra", f"-DMISTAKE={mistake}"]
    done = subprocess.run(
        [compiler, *options, "-o", str(target), str(C_SOURCE), "-lm"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return str(target)
