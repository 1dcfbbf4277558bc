"""Code that makes a model: where it stands, what it may do, and how its failures are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from dynapspec.diagnostics import InputError
from dynapspec.model import load_model
from dynapspec.network.chain import Chain
from dynapspec.network.loading import read_network
from dynapspec.network.network import Network

pytest.importorskip("torch")

SPECS = Path(__file__).resolve().parents[1] / "specs"


@pytest.fixture(scope="module")
def chain() -> Chain:
    return Chain(load_model(SPECS))


def labels(network: Network) -> list[str]:
    return [layer.label for layer in network.layers]


CODE = """\
from __future__ import annotations
from dataclasses import dataclass
import helper
from torch import nn
print("noise")

@dataclass
class Size:
    features: int = 4

def build():
    import helper_of_the_call
    return nn.Sequential(nn.Conv2d(2, Size().features, 3), nn.ReLU())

def fails():
    raise ValueError("no data here")

def nothing():
    return None

number = 3
net = build()
"""


@pytest.fixture
def code(tmp_path: Path) -> Path:
    (tmp_path / "helper.py").write_text("")
    (tmp_path / "helper_of_the_call.py").write_text("")
    path = tmp_path / "json.py"  # hides no module of that name
    path.write_text(CODE)
    return path


@pytest.mark.parametrize("name", ["build", "net"])
def test_code_in_a_file(chain: Chain, code: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    network = read_network(f"{code}:{name}", chain, (2, 6, 6))
    assert network.name == name
    assert labels(network) == ["conv 2->4 k3"]
    assert capsys.readouterr().out == ""


def test_code_in_a_module(chain: Chain, code: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code.rename(code.with_name("model_of_this_test.py"))
    monkeypatch.chdir(code.parent)
    assert labels(read_network("model_of_this_test:build", chain, (2, 6, 6))) == ["conv 2->4 k3"]


@pytest.mark.parametrize(
    ("name", "message", "line"),
    [
        ("fails", "ValueError: no data here", 16),
        ("nothing", "returns nothing, and no torch module", None),
        ("number", "is an int, and no function", None),
        ("bulid", "did you mean build", None),
    ],
)
def test_code_that_makes_no_model(
    chain: Chain, code: Path, name: str, message: str, line: int | None
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_network(f"{code}:{name}", chain, (2, 6, 6))
    (finding,) = caught.value.diagnostics
    assert (finding.span.line if finding.span else None) == line


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("x = 1\ndef f(:\n", "SyntaxError", (2, 7)),
        ("import sys\nsys.exit(3)\n", "SystemExit: 3", (2, 1)),
        ("import nothing_of_that_name\n", "ModuleNotFoundError", (1, 1)),
    ],
)
def test_code_that_fails(
    chain: Chain, tmp_path: Path, text: str, message: str, place: tuple[int, int]
) -> None:
    path = tmp_path / "broken.py"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        read_network(f"{path}:f", chain, (2, 6, 6))
    (finding,) = caught.value.diagnostics
    assert finding.span is not None
    assert (finding.span.line, finding.span.column) == place


def test_python_file_without_a_name(chain: Chain, code: Path) -> None:
    with pytest.raises(InputError, match=r"json\.py:build"):
        read_network(code, chain)
