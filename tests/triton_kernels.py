"""Kernels for a GPU against plain torch and against the interpreter of the spec.

Run by test_triton.py in a process of its own: on a GPU where there is one, and on the processor in Triton's
interpreter (TRITON_INTERPRET=1), where programs of a few neurons are enough.
"""

from __future__ import annotations

import importlib
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import dynapcnn
from dynapcnn import (
    DynapcnnLayer,
    IAFSqueeze,
    MaxSpike,
    MembraneReset,
    MembraneSubtract,
    MultiSpike,
    SingleSpike,
    SumPool2d,
)
from dynapcnn.fast import using
from dynapspec.emit.torch.emitter import emit
from dynapspec.interpret import LayerInterpreter
from dynapspec.interpret.neurons import Dynamics, Neuron
from dynapspec.model import load_model
from exact import same

ROOT = Path(__file__).resolve().parents[1]
INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"
DEVICE = torch.device("cpu" if INTERPRETED else "cuda")
SPECIAL = [float("inf"), -float("inf"), float("nan"), -0.0, 1e-40, -1e-40, 3e38, -3e38]
SPIKE_FNS = [MultiSpike, SingleSpike, MaxSpike(), MaxSpike(2.5)]
RESET_FNS = [MembraneSubtract(), MembraneSubtract(0.3), MembraneReset(), MembraneReset(-0.2)]
BOUNDS = [(1.0, None), (0.7, -1.0), (3.0, 0.0), (1e-3, -0.3)]  # threshold and floor
SURROGATES = [
    dynapcnn.SingleExponential(),
    dynapcnn.PeriodicExponential(grad_width=0.7),
    dynapcnn.Heaviside(),
    dynapcnn.Gaussian(mu=0.1),
    dynapcnn.MultiGaussian(),
]


class Calls:
    """How often the kernels ran."""

    def __init__(self) -> None:
        self.forward, self.backward = 0, 0


def on_this_device(monkeypatch: pytest.MonkeyPatch, package: str) -> Calls:
    """Sends a package's neurons to the Triton kernels, and counts the calls."""
    parts = {
        name: importlib.import_module(f"{package}.fast.{name}") for name in ("choice", "gpu", "operators")
    }
    calls = Calls()

    def counted(name: str, kernel: Any) -> Any:
        def call(*arguments: Any) -> Any:
            setattr(calls, name, getattr(calls, name) + 1)
            return kernel(*arguments)

        return call

    for name in ("forward", "backward"):
        monkeypatch.setattr(parts["gpu"], name, counted(name, getattr(parts["gpu"], name)))
    if INTERPRETED:
        monkeypatch.setattr(parts["gpu"], "BLOCK", 16)
        monkeypatch.setattr(parts["choice"], "DEVICES", ("cpu",))
        monkeypatch.setattr(parts["choice"], "LITTLE", 0)  # small inputs too
        monkeypatch.setattr(importlib.import_module(f"{package}.fast"), "AVAILABLE", True)
        monkeypatch.setattr(parts["operators"], "backend", lambda x: parts["gpu"])
        own = importlib.import_module(f"{package}.neurons")
        monkeypatch.setattr(own, "operators", parts["operators"], raising=False)
    return calls


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    return on_this_device(monkeypatch, "dynapcnn")


def drawn(seed: int, *shape: int, special: bool = False) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(shape, generator=generator)
    if special:
        x.view(-1)[: len(SPECIAL)] = torch.tensor(SPECIAL)
    return x.to(DEVICE)


def alike(left: Tensor, right: Tensor) -> bool:
    """The same bits, and not a number in the same places."""
    return same(torch.nan_to_num(left, 12345.0), torch.nan_to_num(right, 12345.0))


def both(calls: Calls, inputs: list[Tensor], window: list[int], **options: Any) -> None:
    """Spikes of each call and the state at the end, on both ways."""
    found = []
    for path in ("plain", "auto"):
        spk = IAFSqueeze(**options).to(DEVICE)
        with using(path), torch.no_grad():
            found.append([*(spk.pooled(x, window) for x in inputs), spk.v_mem])
        assert calls.forward == (0 if path == "plain" else len(inputs))
    for one, other in zip(*found, strict=True):
        assert one.shape == other.shape
        assert alike(one, other)


@pytest.mark.parametrize("spike_fn", SPIKE_FNS, ids=["multi", "single", "max", "max-2.5"])
@pytest.mark.parametrize("index", range(len(BOUNDS)))
def test_spikes_and_states_have_the_same_bits(calls: Calls, spike_fn: Any, index: int) -> None:
    """Over two calls, one with one time bin; 21 neurons are a full block of the tests and a part of one."""
    threshold, floor = BOUNDS[index]
    reset = RESET_FNS[(index + SPIKE_FNS.index(spike_fn)) % len(RESET_FNS)]
    inputs = [drawn(7, 2 * 3, 3, 7, special=True) * (1 + threshold), drawn(8, 2 * 1, 3, 7) * 2]
    chosen = {"spike_fn": spike_fn, "reset_fn": reset, "spike_threshold": threshold, "min_v_mem": floor}
    both(calls, inputs, [], batch_size=2, **chosen)


def test_every_quotient_is_that_of_ieee(calls: Calls) -> None:
    """Potentials at and beside multiples of thresholds that are no binary fractions."""
    for threshold in (0.1, 0.7):
        whole = torch.arange(1, 33, dtype=torch.float32) * torch.tensor(threshold)
        x = torch.cat([torch.nextafter(whole, torch.tensor(to)) for to in (0.0, 1e9)] + [whole]).to(DEVICE)
        calls.forward = 0
        both(calls, [x[None]], [], batch_size=1, spike_threshold=threshold)


@pytest.mark.parametrize("window", [[2, 3], [3, 2], [5, 1]])
def test_pooled_spikes_have_the_same_bits(calls: Calls, window: list[int]) -> None:
    """Windows that leave out rows and columns."""
    both(calls, [drawn(3, 2 * 2, 2, 5, 7) * 3], window, batch_size=2)


def gradients(path: str, window: list[int], inputs: list[Tensor], **options: Any) -> list[Tensor]:
    spk = IAFSqueeze(batch_size=2, **options).to(DEVICE)
    with using(path):
        leaves = [x.clone().requires_grad_() for x in inputs]
        loss = torch.zeros((), device=DEVICE)
        for leaf in leaves:
            out = spk.pooled(leaf, window)
            loss = loss + (out * drawn(5, *out.shape)).sum()
        torch.autograd.backward(loss + (spk.v_mem**2).sum())
    return [leaf.grad for leaf in leaves if leaf.grad is not None]


@pytest.mark.parametrize("index", range(len(SURROGATES)), ids=[type(one).__name__ for one in SURROGATES])
def test_gradients_are_the_same(calls: Calls, index: int) -> None:
    """Of spikes and of the state, through two calls; each reset, a floor and pooling in turn."""
    surrogate, window = SURROGATES[index], [[], [2, 3]][index % 2]
    inputs = [drawn(1, 2 * 2, 1, 5, 4), drawn(2, 2 * 1, 1, 5, 4)]
    chosen = {
        "surrogate_grad_fn": surrogate,
        "reset_fn": RESET_FNS[index % len(RESET_FNS)],
        "spike_fn": SPIKE_FNS[index % len(SPIKE_FNS)],
        "spike_threshold": 0.7,
        "min_v_mem": [-0.4, -0.4, None][index % 3],
    }
    plain, fast = (gradients(path, window, inputs, **chosen) for path in ("plain", "auto"))
    assert (calls.forward, calls.backward) == (2, 2)
    assert len(plain) == len(fast) == 2
    for one, other in zip(plain, fast, strict=True):
        assert float(one.abs().max()) > 0
        torch.testing.assert_close(other, one, rtol=1e-4, atol=1e-5 * max(1.0, float(one.abs().max())))


def test_a_layer_runs_them_behind_its_convolution(calls: Calls) -> None:
    found = []
    for path in ("plain", "auto"):
        torch.manual_seed(0)
        layer = DynapcnnLayer(
            nn.Conv2d(2, 3, 3),
            IAFSqueeze(batch_size=1, min_v_mem=-1.0),
            (2, 6, 6),
            SumPool2d(2),
            discretize=True,
        ).to(DEVICE)
        x = (torch.rand(3, 2, 6, 6) < 0.5).float().to(DEVICE).requires_grad_()
        with using(path):
            out = layer(x)
            out.sum().backward()
        found.append([out.detach(), layer.spk_layer.v_mem.detach(), x.grad])
    assert (calls.forward, calls.backward) == (1, 1)
    assert found[0][0].sum() > 0
    assert all(alike(one, other) for one, other in zip(found[0][:2], found[1][:2], strict=True))
    torch.testing.assert_close(found[1][2], found[0][2], rtol=1e-4, atol=1e-5)


def test_other_dtypes_and_recordings_go_the_plain_way(calls: Calls) -> None:
    IAFSqueeze(1).to(DEVICE)(drawn(0, 2, 3).double())
    IAFSqueeze(1, record_states=True).to(DEVICE)(drawn(0, 2, 3))
    assert calls.forward == 0
    IAFSqueeze(1).to(DEVICE)(drawn(0, 2, 3))
    assert calls.forward == 1


FLOOR = -1.3
CHANGES = {
    "sums": [
        ("is: v - n * subtract_value", "is: (v - n * subtract_value) * (v > 1 or n == 0) - 0.1"),
        ("floor: max(v - v_floor, 0) + v_floor", "floor: max(v, v_floor)"),
    ],
    "choices": [
        ("is: (v > 0) * trunc(v / threshold)", "is: (v > 0) * round_half_even(v / threshold)"),
        ("is: v - n * subtract_value", "is: v / 3 if n > 1 else v - n * round_up(-v)"),
        ("steps: [v = v + input, n", "steps: [v = v * 0.9 + input, n"),
    ],
}


@pytest.mark.parametrize("change", CHANGES)
def test_another_formula_is_another_kernel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: Calls, change: str
) -> None:
    """Nothing but the spec is edited: the kernels follow, with the bits of the interpreter of the spec."""
    package = f"changed_{change}"
    model = load_model(changed(tmp_path / "specs", package, CHANGES[change]))
    for output in emit(model):
        if output.path.startswith(f"{package}/"):
            path = tmp_path / output.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(output.text)
    monkeypatch.syspath_prepend(str(tmp_path))
    counted = on_this_device(monkeypatch, package)
    own = importlib.import_module(package)
    x = (drawn(4, 6, 15) * 2).to(DEVICE)
    mine, shipped = (one(batch_size=1, min_v_mem=FLOOR).to(DEVICE) for one in (own.IAFSqueeze, IAFSqueeze))
    with torch.no_grad():
        spikes, other = mine(x), shipped(x)
    assert counted.forward == 1
    dynamics = Dynamics(LayerInterpreter(model.layers["dynapcnn"]))
    neuron = Neuron(threshold=1.0, v_floor=FLOOR)
    expected = [dynamics.clocked(x[:, i].tolist(), neuron) for i in range(x.shape[1])]
    with using("plain"), torch.no_grad():
        plain = own.IAFSqueeze(batch_size=1, min_v_mem=FLOOR).to(DEVICE)(x)
    assert same(spikes, plain)
    assert same(spikes.cpu(), torch.tensor([one[0] for one in expected]).T)
    assert same(mine.v_mem.cpu()[0], torch.tensor([one[1][-1] for one in expected]))
    assert not (same(spikes, other) and same(mine.v_mem, shipped.v_mem))


def changed(root: Path, package: str, changes: list[tuple[str, str]]) -> Path:
    """The shipped specs with other formulas, for a package of its own."""
    for kind in ("layers", "chips"):
        shutil.copytree(ROOT / "specs" / kind, root / kind)
    (root / "layers" / "dynapcnn_v31.yaml").unlink()
    file = root / "layers" / "dynapcnn.yaml"
    text = file.read_text()
    for old, new in [*changes, ("package: dynapcnn", f"package: {package}")]:
        assert text.count(old) == 1
        text = text.replace(old, new)
    file.write_text(text)
    return root
