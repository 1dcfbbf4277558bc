"""The shape of the project: imports run one way, packaging is complete, facts stay in specs."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from dynapspec.model import load_model

ROOT = Path(__file__).resolve().parents[1]
GENERATOR = ROOT / "generator" / "dynapspec"
# Each package may import those before it.
ORDER = [
    "on_demand",
    "diagnostics",
    "codes",
    "findings",
    "json_schema",
    "whole_files",
    "formula",
    "runtime",
    "load",
    "resolve",
    "model",
    "interpret",
    "prove",
    "emit",
    "site",
    "network",
    "events",
    "simulate",
    "quantize",
    "report",
    "explore",
    "export",
    "diff",
    "watch",
    "bench",
    "conform",
    "mutate",
    "cli",
]
TOP_LEVEL = {"pyproject.toml", "README.md", "LICENSE", "specs", "generator", "generated", "tests"}


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(GENERATOR.rglob("*.py")):
        yield path, ast.parse(path.read_text())


def package_of(path: Path) -> str:
    return path.relative_to(GENERATOR).parts[0].removesuffix(".py")


def imported(tree: ast.Module) -> Iterator[str]:
    """The packages of the generator that a module imports at its top level, type checking aside."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dynapspec."):
            yield str(node.module).split(".")[1]


def test_imports_run_one_way() -> None:
    for path, tree in modules():
        own = package_of(path)
        if own in ORDER:
            for other in imported(tree):
                assert ORDER.index(other) <= ORDER.index(own), f"{path}: {own} imports {other}"


def test_the_wheel_has_every_package() -> None:
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    packages = [layer.spec.package for layer in load_model(ROOT / "specs").layers.values()]
    roots = {"dynapspec": GENERATOR} | {name: ROOT / "generated" / name for name in packages}
    found = {
        ".".join([name, *path.parent.relative_to(root).parts])
        for name, root in roots.items()
        for path in root.rglob("__init__.py")
    }
    assert listed == found | {"dynapspec.specs"}


def test_files_and_functions_are_small() -> None:
    sizes = []
    for path, tree in modules():
        assert path.read_text().count("\n") <= 400, path
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                size = (node.end_lineno or node.lineno) - node.lineno + 1
                assert size <= 60, f"{path}:{node.lineno} {node.name} has {size} lines"
                sizes.append(size)
    assert sorted(sizes)[len(sizes) // 2] <= 10


@pytest.mark.parametrize("number", ["1024", "16384", "32768", "65536", "32767", "127"])
def test_facts_of_chips_stay_in_specs(number: str) -> None:
    for path in [*GENERATOR.rglob("*.py"), *GENERATOR.rglob("*.j2")]:
        lines = [
            line for line in path.read_text().splitlines() if re.search(rf"(?<![\w.]){number}(?![\w.])", line)
        ]
        assert not [line for line in lines if not is_prose(line)], path


def is_prose(line: str) -> bool:
    """Examples in messages and comments, and bounds that keep the generator itself from harm."""
    return '"' in line or line.lstrip().startswith("#") or "MAX_" in line


def test_no_data_is_run_as_code() -> None:
    for path, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("eval", "exec", "compile"), f"{path}:{node.lineno}"


def tracked() -> list[str]:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("NOT TESTED: this is no git checkout")
    return done.stdout.splitlines()


def test_the_top_level_is_as_agreed() -> None:
    names = {path.split("/")[0] for path in tracked()}
    assert {name for name in names if not name.startswith(".")} == TOP_LEVEL
