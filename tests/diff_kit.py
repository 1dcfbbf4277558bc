"""Edits of the shipped specs, and what ``diff`` says about them."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from dynapspec.cli.main import cli
from dynapspec.diff import Report, compare, open_spec
from dynapspec.diff.formats import as_json
from dynapspec.diff.schema import diff_schema

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
    edit(folder / "specs", *edits)
    return ROOT / "specs", folder / "specs"


def report(folder: Path, name: str, *edits: tuple[str, str, str]) -> Report:
    """What changes for one spec."""
    old, new = edited(folder, *edits)
    kind = "layers" if name.startswith("dynapcnn") and name != "dynapcnndevkit" else "chips"
    return between(str(old / kind / f"{name}.yaml"), str(new / kind / f"{name}.yaml"))


def between(old: str, new: str, specs: Path | None = None) -> Report:
    """What changes from one spec to another; as JSON it follows the schema, whatever it says."""
    found = compare(open_spec(old, specs), open_spec(new, specs))
    assert valid(json.loads(as_json(found)))
    return found


def valid(data: Any) -> bool:
    """Whether an answer follows the schema; fails with what is wrong."""
    errors = [error.message for error in Draft202012Validator(diff_schema()).iter_errors(data)]
    assert errors == []
    return True


def git(folder: Path, *args: str) -> str:
    """What git prints in a folder."""
    name = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *name, *args], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


def repository(folder: Path) -> Path:
    """A repository whose one commit has the shipped specs; returns their folder."""
    _, specs = edited(folder)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "as shipped")
    return specs


def edit(specs: Path, *edits: tuple[str, str, str]) -> None:
    """Replaces each text by another."""
    for name, before, after in edits:
        path = specs / name
        text = path.read_text()
        assert text.count(before) == 1, (name, before)
        path.write_text(text.replace(before, after))


def run(*args: str, specs: Path = ROOT / "specs", columns: int = 100) -> Result:
    return CliRunner().invoke(cli, ["diff", *args, "--specs", str(specs)], env={"COLUMNS": str(columns)})
