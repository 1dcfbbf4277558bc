"""A violation leads to the lines that say so: the limit of the chip, what it replaced, and the rule."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dynapspec.cli.main import cli

SPECS = Path(__file__).resolve().parents[1] / "specs"
NETWORK = """name: net
input_shape: [1, 64, 64]
layers:
"""
STRIDE = "  - conv: {out_channels: 2, kernel_size: 3, stride: 3}\n"
DECIMATED = "  - {conv: {out_channels: 2, kernel_size: 3}, decimate: 3}\n"
LARGE = "  - conv: {out_channels: 1024, kernel_size: 16}\n"
ZERO = "  - {conv: {out_channels: 2, kernel_size: 3}, neurons: {spike_threshold: 0}}\n"
BIG = "  - conv: {out_channels: 8, kernel_size: 3, padding: 1}\n"


def violations(folder: Path, layers: str, chip: str = "speck2f") -> list[dict[str, Any]]:
    (folder / "net.yaml").write_text(NETWORK + layers)
    args = ["fit", str(folder / "net.yaml"), "--chip", chip, "--specs", str(SPECS), "--format", "json"]
    data = json.loads(CliRunner().invoke(cli, args).output)
    found: list[dict[str, Any]] = data["chips"][0]["violations"]
    return found


def text(folder: Path, layers: str, chip: str) -> str:
    (folder / "net.yaml").write_text(NETWORK + layers)
    args = ["fit", str(folder / "net.yaml"), "--chip", chip, "--specs", str(SPECS)]
    return " ".join(CliRunner().invoke(cli, args, env={"COLUMNS": "400"}).output.split())


def line_of(file: str, start: str) -> int:
    lines = (SPECS / file).read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.startswith(start))


def places(violation: dict[str, Any]) -> list[tuple[str, str, int, bool]]:
    names = ("path", "spec", "line", "replaced")
    return [tuple(origin[name] for name in names) for origin in violation["provenance"]]


def rule(name: str) -> int:
    return line_of("layers/dynapcnn.yaml", f"  {name}:") + 1


def test_a_limit_and_the_rule(tmp_path: Path) -> None:
    (found,) = violations(tmp_path, STRIDE)
    assert places(found) == [
        ("limits.stride.one_of", "family", line_of("chips/family.yaml", "  stride:"), False),
        ("rules.stride.must", "dynapcnn", rule("stride"), False),
    ]
    assert found["provenance"][0]["file"].endswith("specs/chips/family.yaml")


def test_a_limit_that_replaces_another(tmp_path: Path) -> None:
    (found,) = violations(tmp_path, DECIMATED)
    limits = [place for place in places(found) if place[0] == "limits.decimator.one_of"]
    assert limits == [
        ("limits.decimator.one_of", "speck2", line_of("chips/speck2.yaml", "  decimator:"), False),
        ("limits.decimator.one_of", "family", line_of("chips/family.yaml", "  decimator:"), True),
    ]


def test_a_memory_leads_to_the_largest_core(tmp_path: Path) -> None:
    found = {one["rule"]: one for one in violations(tmp_path, LARGE)}
    where = line_of("chips/nine-core.yaml", "  5..6:")
    assert places(found["kernel-memory"])[0] == ("cores[5].kernel_words", "nine-core", where, False)


def test_what_quantization_refuses_leads_to_the_layer(tmp_path: Path) -> None:
    (found,) = violations(tmp_path, ZERO)
    ((path, spec, line, replaced),) = places(found)
    assert (path, spec, replaced) == ("quantization.refuse.threshold-vanished.when", "dynapcnn", False)
    assert line == line_of("layers/dynapcnn.yaml", "    threshold-vanished:") + 1


def test_layers_that_compete_lead_to_the_cores(tmp_path: Path) -> None:
    (found,) = violations(tmp_path, BIG * 10)
    assert found["rule"] == "placement"
    lines = {place[2] for place in places(found)}
    assert lines <= {line_of("chips/nine-core.yaml", f"  {key}:") for key in ("0..2", "3..4", "5..6", "7..8")}
    assert lines


def test_the_text_says_who_keeps_a_limit_and_what_it_replaced(tmp_path: Path) -> None:
    stride = text(tmp_path, STRIDE, "speck2f")
    where = line_of("chips/family.yaml", "  stride:")
    assert f"specs/chips/family.yaml:{where}, kept by nine-core, speck2, speck2f; " in stride
    decimated = text(tmp_path, DECIMATED, "speck2f")
    new, old = (line_of(f"chips/{name}.yaml", "  decimator:") for name in ("speck2", "family"))
    assert f"specs/chips/speck2.yaml:{new}, kept by speck2f, instead of " in decimated
    assert f"specs/chips/family.yaml:{old}; " in decimated


def test_several_chips_show_the_lines_of_all_of_them(tmp_path: Path) -> None:
    told = text(tmp_path, LARGE, "all")
    for name, key in (("nine-core", "  5..6:"), ("five-core", "  3:")):
        assert f"specs/chips/{name}.yaml:{line_of(f'chips/{name}.yaml', key)}" in told
    assert "kept by" not in told


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("nine-core", "nine-core is a base that chips extend, and no chip", "chips over it: dynapcnndevkit,"),
        ("half", "half is a part of specs, and no chip", ""),
        ("nine-cor", "there is no chip 'nine-cor'", "hint"),
    ],
)
def test_what_is_no_chip_cannot_be_asked(tmp_path: Path, name: str, message: str, hint: str) -> None:
    specs = Path(shutil.copytree(SPECS, tmp_path / "specs"))
    (specs / "mixins").mkdir()
    (specs / "mixins" / "half.yaml").write_text("format: 1\nmixin: half\nfor: chip\nversion: 1.0.0\n")
    (tmp_path / "net.yaml").write_text(NETWORK + STRIDE)
    args = ["fit", str(tmp_path / "net.yaml"), "--chip", name, "--specs", str(specs)]
    told = str(CliRunner().invoke(cli, args).exception)
    assert message in told
    assert hint in told
