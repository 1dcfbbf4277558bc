"""Kernels are shared among the threads of torch, and among plain threads where these are out of reach."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from dynapcnn import DynapcnnLayer, IAFSqueeze, fast
from dynapcnn.fast import pieces, threads, using
from exact import same

GENERATED = Path(threads.__file__).resolve().parents[2]
needs_numba = pytest.mark.skipif(not fast.AVAILABLE, reason="NOT TESTED: numba is not installed")


@pytest.fixture(params=["threads of torch", "plain threads"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways, with two threads whatever the machine has."""
    if request.param == "plain threads":
        monkeypatch.setattr(threads, "_parallel", [None])
    elif threads._parallel[0] is None:
        pytest.skip("NOT TESTED: torch was built with threads of another library")
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    return str(request.param)


@pytest.mark.parametrize("items", [1, 2, 7, 100])
def test_every_item_is_taken_once(way: str, items: int) -> None:
    taken: list[int] = []

    def kernel(first: int, last: int, more: list[int]) -> None:
        more.extend(range(first, last))

    threads.share(kernel, items, False, taken)
    assert sorted(taken) == list(range(items))


def test_what_a_kernel_raises_arrives(way: str) -> None:
    """Also where it is raised on another thread, below code that knows no exceptions."""

    def kernel(first: int, last: int) -> None:
        if last == 100:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        threads.share(kernel, 100, False)


FORKED = """
import os, signal, torch, dynapcnn
torch.set_num_threads(2)
spk = dynapcnn.IAFSqueeze(batch_size=2, min_v_mem=-1.0)
x = torch.randn(400, 1, 16, 16)
with torch.no_grad(), dynapcnn.fast.using("dense"):
    before = spk(x).numpy().tobytes()
    child = os.fork()
    signal.alarm(60)  # what hangs ends, the child too
    spk.reset_states()
    after = spk(x).numpy().tobytes()
    if child == 0:
        os._exit(0 if after == before else 1)
assert os.waitpid(child, 0)[1] == 0 and after == before
print("fine")
"""


@needs_numba
@pytest.mark.skipif(not hasattr(os, "fork"), reason="NOT TESTED: this system has no fork")
def test_a_process_that_was_forked_has_threads_of_its_own() -> None:
    environment = {**os.environ, "PYTHONPATH": str(GENERATED)}
    command = [sys.executable, "-W", "ignore", "-c", FORKED]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "fine", done.stderr


def convolutions(layer: Any, x: Tensor, monkeypatch: pytest.MonkeyPatch) -> tuple[list[int], list[Tensor]]:
    """How many images each convolution takes, and what leaves the layer with its state."""
    images: list[int] = []
    made = torch.conv2d

    def counted(x: Tensor, *rest: Any) -> Tensor:
        images.append(len(x))
        return made(x, *rest)

    with monkeypatch.context() as patch, using("dense"), torch.no_grad():
        patch.setattr(torch, "conv2d", counted)
        layer.spk_layer.reset_states()
        found = [layer(x), layer(x), layer.spk_layer.v_mem]
    return images[: len(images) // 2], found


@needs_numba
@pytest.mark.parametrize(
    ("images", "taken"), [(1, [1] * 15), (3, [3, 2] * 3), (10, [10, 5]), (15, [15])], ids=str
)
def test_an_exact_convolution_is_made_by_pieces(
    images: int, taken: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three samples of five time bins: parts of a sample, whole samples, or all at once; the bits stay."""
    torch.manual_seed(0)
    conv = nn.Conv2d(2, 3, 3)
    layer = DynapcnnLayer(conv, IAFSqueeze(batch_size=3, min_v_mem=-1.0), (2, 9, 8), 2)
    x = torch.randint(-2, 4, (15, 2, 9, 8)).float()
    with using("plain"), torch.no_grad():
        plain = [layer(x), layer(x), layer.spk_layer.v_mem]
    monkeypatch.setattr(pieces, "PIECE", images * layer.spk_layer.v_mem[0].numel())
    found = convolutions(layer, x, monkeypatch)
    assert found[0] == taken
    assert all(same(one, other) for one, other in zip(plain, found[1], strict=True))


@needs_numba
@pytest.mark.parametrize("value", [0.5, float(2**24), float("nan")])
def test_any_other_convolution_is_made_at_once(value: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "PIECE", 1)
    layer = DynapcnnLayer(nn.Conv2d(2, 3, 3), IAFSqueeze(batch_size=3, min_v_mem=-1.0), (2, 9, 8))
    x = torch.ones(15, 2, 9, 8)
    assert convolutions(layer, x, monkeypatch)[0] == [1] * 15
    x[14, 1, 8, 7] = value
    assert convolutions(layer, x, monkeypatch)[0] == [15]
