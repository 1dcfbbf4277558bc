"""The kernels follow the spec: other dynamics in YAML are other kernels, with no edit of code."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dynapspec.emit.torch.fast import fast
from dynapspec.emit.torch.formulas import Formulas
from dynapspec.formula import parse
from dynapspec.formula.code import Printer
from dynapspec.formula.derivative import NotDifferentiableError, derivative
from dynapspec.formula.f32 import SIGNIFICAND, f32
from dynapspec.formula.numba import Kind, NumbaPrinter, UnprintableError
from dynapspec.formula.tree import Tree
from dynapspec.model import load_model
from dynapspec.model.values import Step

ROOT = Path(__file__).resolve().parents[1]
KINDS: dict[str, Kind] = {"v": "f32", "n": "f32", "threshold": "f32", "p": "exact", "q": "exact"}


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("v + 1", "v + np.float32(1)"),
        ("0.1 * v", "np.float32(0.10000000149011612) * v"),
        ("v * (n == 0)", "v * np.float32(n == np.float32(0))"),
        ("(1 + p) * v", "np.float32(1.0 + p) * v"),
        ("v - n * p / 2", "v - n * np.float32(p) / np.float32(2)"),
        ("v - p / q", "v - np.float32(p / q)"),
        ("max(v - p, 0) + p", "positive(v - np.float32(p)) + np.float32(p)"),
        ("min(v, n, p)", "minimum(minimum(v, n), np.float32(p))"),
        ("v if v > 0 and p > q else 0", "v if v > np.float32(0) and p > q else np.float32(0)"),
        ("normal(v, p, p * q)", "normal(v, p, p * q)"),
        ("trunc(v / threshold)", "np.trunc(v / threshold)"),
        ("p > q", "np.float32(p > q)"),
    ],
)
def test_every_operand_of_an_f32_is_an_f32(written: str, printed: str) -> None:
    assert NumbaPrinter(KINDS).value(parse(written)) == printed


@pytest.mark.parametrize("written", ["v // n", "v % 2", "normal(v, n, p)", "min(v)", "ceil_log2(v)"])
def test_what_has_no_scalar_code_says_so(written: str) -> None:
    with pytest.raises(UnprintableError):
        NumbaPrinter(KINDS).value(parse(written))


@pytest.mark.parametrize(
    ("written", "slope"),
    [
        ("v * v", "v + v"),
        ("v - n * p", "1"),
        ("n / v", "-(n / (v * v))"),
        ("v * (v > 0)", "v > 0"),
        ("trunc(v / threshold)", "0"),
        ("exp(-v)", "-1 * exp(-v)"),
        ("max(v - p, 0) + p", "1 if not v - p <= 0 else 0"),
        ("abs(v)", "1 if v > 0 else -1 if v < 0 else 0"),
        ("v if n > 0 else 2 * v", "1 if n > 0 else 2"),
        ("min(v, p)", "1 if v < p else 0 if p < v else 0.5"),
    ],
)
def test_derivatives(written: str, slope: str) -> None:
    found: Tree = derivative(parse(written), "v")
    assert Printer().show(found) == slope


def test_what_has_no_derivative_says_so() -> None:
    with pytest.raises(NotDifferentiableError):
        derivative(parse("normal(v, 0, 1)"), "v")


def test_the_significand_is_that_of_f32() -> None:
    top = 2**SIGNIFICAND
    assert f32(float(top - 1)) == top - 1
    assert f32(float(top + 1)) != top + 1


def test_dynamics_without_scalar_code_are_left_to_torch() -> None:
    layer = load_model(ROOT / "specs").layers["dynapcnn"]
    clocked = layer.spec.dynamics.clocked.model_copy(update={"steps": (Step("v = v % 3 + input"),)})
    dynamics = layer.spec.dynamics.model_copy(update={"clocked": clocked})
    spec: Any = layer.spec.model_copy(update={"dynamics": dynamics})
    changed = replace(layer, spec=spec)
    assert fast(Formulas(layer))["complete"]
    assert not fast(Formulas(changed))["complete"]


OTHER = {  # another floor, another order, a leak of the potential; other functions
    "floor: max(v - v_floor, 0) + v_floor": "floor: max(v, v_floor)",
    "steps: [v = v + input, n = spike_fn, v = reset_fn, v = floor]\n  event": (
        "steps: [v = 0.75 * v + input, v = floor, n = spike_fn, v = v - 0.125 * n, v = reset_fn]\n  event"
    ),
    "is: v - threshold >= 0": "is: 2 * (v > threshold)",
    "is: v * (n == 0) + reset_value * (n != 0)": "is: v / 2 if n > 0 else v + reset_value",
    "is: (v >= threshold - window) / threshold": "is: 1 / (window + abs(v - threshold))",
}
SAME = """
import torch
from dynapcnn import Heaviside, IAFSqueeze, MembraneReset, MembraneSubtract, MultiSpike, SingleSpike
from dynapcnn import fast
from dynapcnn.fast import run
calls, before = [], run.forward
run.forward = lambda *a: calls.append(1) or before(*a)
for spike_fn in (MultiSpike, SingleSpike):
    for reset_fn in (MembraneSubtract(), MembraneReset(0.25)):
        found = []
        for path in ("plain", "dense"):
            torch.manual_seed(0)
            x = torch.randn(40, 50).requires_grad_()
            functions = {"spike_fn": spike_fn, "reset_fn": reset_fn, "surrogate_grad_fn": Heaviside()}
            with fast.using(path):
                spk = IAFSqueeze(batch_size=2, min_v_mem=-0.5, **functions)
                y = spk(x)
                ((y * x.detach()).sum() + spk.v_mem.sum()).backward()
            found.append((y.detach(), spk.v_mem.detach(), x.grad))
        (y, v, g), (y2, v2, g2) = found
        assert y.abs().sum() > 0 and torch.equal(y, y2) and torch.equal(v, v2)
        torch.testing.assert_close(g2, g, rtol=1e-4, atol=1e-5)
assert len(calls) == 4
print("fine")
"""


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("other")
    shutil.copytree(ROOT / "specs", folder / "specs")
    path = folder / "specs" / "layers" / "dynapcnn.yaml"
    text = path.read_text()
    for old, new in OTHER.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path.write_text(text)
    command = ["generate", "--specs", str(folder / "specs"), "--out", str(folder / "generated")]
    done = subprocess.run(
        [sys.executable, "-m", "dynapspec", *command],
        env={**os.environ, "PYTHONPATH": str(ROOT / "generator")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder / "generated"


def test_another_dynamics_is_another_kernel(changed: Path) -> None:
    pytest.importorskip("numba", reason="NOT TESTED: numba is not installed")
    environment = {**os.environ, "PYTHONPATH": str(changed)}
    done = subprocess.run(
        [sys.executable, "-c", SAME], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "fine", done.stderr
