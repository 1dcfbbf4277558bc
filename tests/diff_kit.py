"""Edits of the shipped specs, and what ``diff`` says about them."""

from __future__ import annotations

import shutil
from pathlib import Path

from click.testing import CliRunner, Result

from dynapspec.cli.main import cli
from dynapspec.diff import Report, compare, open_spec

ROOT = Path(__file__).resolve().parents[1]
GROW = (
    "chips/nine-core.yaml",
    "  3..4: {kernel_words: 32768, neuron_words: 32768, bias_words: 1024, source: DS Table 1}",
    "  3: {kernel_words: 65536, neuron_words: 32768, bias_words: 1024, source: DS Table 1}\n"
    "  4: {kernel_words: 32768, neuron_words: 32768, bias_words: 1024, source: DS Table 1}",
)
TOTAL = ("chips/nine-core.yaml", "sum(kernel_words) == 278528", "sum(kernel_words) == 311296")
BITS = (
    "layers/dynapcnn.yaml",
    "weight: {bits: 8, source: DS Table 3}",
    "weight: {bits: 4, source: DS Table 3}",
)
ROUNDING = ("layers/dynapcnn.yaml", "round_half_even(x * scale)", "round_half_up(x * scale)")
STRIDE = ("chips/family.yaml", "stride: {one_of: [1, 2, 4, 8]", "stride: {one_of: [1, 2]")


def edited(folder: Path, *edits: tuple[str, str, str]) -> tuple[Path, Path]:
    """The shipped specs, and a copy in which each text was replaced by another."""
    shutil.copytree(ROOT / "specs", folder / "specs", ignore=shutil.ignore_patterns("*.pyc"))
    for name, before, after in edits:
        path = folder / "specs" / name
        text = path.read_text()
        assert text.count(before) == 1, (name, before)
        path.write_text(text.replace(before, after))
    return ROOT / "specs", folder / "specs"


def report(folder: Path, name: str, *edits: tuple[str, str, str]) -> Report:
    """What changes for one spec."""
    old, new = edited(folder, *edits)
    kind = "layers" if name == "dynapcnn" else "chips"
    return compare(*(open_spec(str(root / kind / f"{name}.yaml")) for root in (old, new)))


def run(*args: str, specs: Path = ROOT / "specs", columns: int = 100) -> Result:
    return CliRunner().invoke(cli, ["diff", *args, "--specs", str(specs)], env={"COLUMNS": str(columns)})
