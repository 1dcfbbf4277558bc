"""Neurons on a GPU: the kernels in Triton's interpreter, as compiled code, and on a GPU where there is one.

Triton decides when it is imported whether it interprets, so each of the three runs in a process of its own.
The tests of what the kernels compute are in triton_kernels.py, those of what they are compiled to in
triton_code.py.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

from dynapspec.formula import parse
from dynapspec.formula.numba import UnprintableError
from dynapspec.formula.triton import TritonPrinter

HERE = Path(__file__).parent
needs_triton = pytest.mark.skipif(
    find_spec("triton") is None, reason="NOT TESTED: triton is not installed (the extra gpu, on Linux)"
)
PRINTER = TritonPrinter({"v": "f32", "n": "f32", "threshold": "f32", "w": "exact"})


def passes(tmp_path: Path, file: str, interpret: str) -> str:
    """Runs the tests of a file in a process of its own; returns their summary."""
    cache = {"TRITON_INTERPRET": interpret, "TRITON_CACHE_DIR": str(tmp_path)}
    paths = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", str(HERE / file)]
    done = subprocess.run(
        command,
        env={**os.environ, **cache, **paths},
        capture_output=True,
        text=True,
        check=False,
        cwd=HERE.parent,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@needs_triton
def test_kernels_in_the_interpreter_have_the_bits_of_plain_torch(tmp_path: Path) -> None:
    assert "skipped" not in passes(tmp_path, "triton_kernels.py", "1")


@needs_triton
def test_kernels_are_compiled_to_exact_operations(tmp_path: Path) -> None:
    assert "skipped" not in passes(tmp_path, "triton_code.py", "0")


@needs_triton
@pytest.mark.skipif(not torch.cuda.is_available(), reason="NOT TESTED on a GPU: there is none")
def test_kernels_on_the_gpu_have_the_bits_of_plain_torch(tmp_path: Path) -> None:
    assert "skipped" not in passes(tmp_path, "triton_kernels.py", "0")


@pytest.mark.parametrize(
    ("formula", "code"),
    [
        ("v / threshold", "tl.div_rn(v, threshold)"),
        ("-v", "-1.0 * v"),  # 0 - v would turn -0.0 into 0.0
        ("v * (w / 3)", "v * tl.cast(w / 3.0, tl.float32)"),  # in double precision, rounded once
        (
            "w * (n == 0)",
            "tl.cast(w, tl.float32) * tl.cast(n == 0.0, tl.float32)",
        ),  # f32 at once, as in torch
        (
            "v if v > 1 and not n > 2 else 0.1",
            "tl.where((v > 1.0) & ((n > 2.0) == 0), v, 0.10000000149011612)",
        ),
        ("max(v, 0)", "positive(v)"),
        ("min(v, n, w)", "minimum(minimum(v, n), tl.cast(w, tl.float32))"),
    ],
)
def test_formulas_in_triton(formula: str, code: str) -> None:
    assert PRINTER.value(parse(formula)) == code


def test_what_has_no_code_is_left_to_plain_torch() -> None:
    with pytest.raises(UnprintableError):
        PRINTER.value(parse("v % 2"))
