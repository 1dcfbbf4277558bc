"""What the tests of reports share: networks, their answers, and reports on them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from dynapspec.model import Model, load_model
from dynapspec.network.chain import Chain
from dynapspec.network.fit import FitReport, Fitter, fit, fitters
from dynapspec.network.loading import read_network
from dynapspec.network.network import Edge, Network
from dynapspec.report import Load, Shown, Traffic, loads, shown

__all__ = [
    "BRANCHES",
    "HOSTILE",
    "SPECS",
    "Chain",
    "Edge",
    "answer",
    "layers",
    "loads_of",
    "model",
    "told",
    "written",
]

ROOT = Path(__file__).resolve().parents[1]
SPECS = ROOT / "specs"
HOSTILE = "<img src=x onerror=alert(1)> \" ' & </style><script>alert(2)</script> \\e[31m"
BRANCHES = f"""\
name: "{HOSTILE.replace('"', chr(92) + '"')}"
source: "{HOSTILE.replace('"', chr(92) + '"')}"
input_shape: [2, 64, 64]
layers:
  - id: "{HOSTILE.replace('"', chr(92) + '"')}"
    conv: {{out_channels: 8, kernel_size: 3, stride: 2, padding: 1}}
  - id: left
    conv: {{out_channels: 8, kernel_size: 3, padding: 1}}
  - id: deep
    conv: {{out_channels: 8, kernel_size: 3, padding: 1}}
  - id: right
    inputs: "{HOSTILE.replace('"', chr(92) + '"')}"
    conv: {{out_channels: 16, kernel_size: 3, padding: 1, bias: true}}
  - id: sum
    inputs: [left, deep]
    merge: add
    conv: {{out_channels: 200, kernel_size: 3, padding: 1}}
  - inputs: [{{from: sum, pool: 2}}, {{from: right, pool: 2}}]
    merge: concat
    conv: {{out_channels: 4, kernel_size: 1, stride: 3}}
    neurons: {{spike_threshold: 10, min_v_mem: null}}
"""


@cache
def model() -> Model:
    return load_model(SPECS)


def written(folder: Path, text: str) -> Network:
    path = folder / "net.yaml"
    path.write_text(text, encoding="utf-8")
    return read_network(path, Chain(model()))


def layers(folder: Path, *lines: str, shape: str = "[1, 8, 8]") -> Network:
    text = "".join(f"  - {line}\n" for line in lines)
    return written(folder, f"name: net\ninput_shape: {shape}\nlayers:\n{text}")


def answer(network: Network, chip: str = "speck2f") -> tuple[FitReport, list[Fitter]]:
    chips = fitters(model(), chip)
    return fit(network, chips), chips


def loads_of(network: Network, traffic: Traffic, chip: str = "speck2f") -> tuple[Load, ...]:
    report, chips = answer(network, chip)
    return loads(network, report.chips[0], chips[0].chip, traffic)


def told(network: Network, chip: str = "speck2f", traffic: Traffic | None = None) -> Shown:
    report, chips = answer(network, chip)
    return shown(report, chips, traffic)
