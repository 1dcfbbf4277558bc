"""Files that mean harm, or look as if: they are refused quickly and clearly, or do no harm."""

from __future__ import annotations

import ast
import json
import os
import resource
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from bad_spec_kit import SPECS, Case, found, specs_of
from dynapspec.diagnostics import InputError
from dynapspec.emit.pipeline import outputs
from dynapspec.emit.torch.emitter import emit
from dynapspec.load import find_specs, read_text
from dynapspec.model import load_model
from dynapspec.model.reserved import GENERATED, in_code
from dynapspec.resolve import open_library

HEAD = "format: 1\nchip: mine\nversion: 1.0.0\nextends: speck2f\n"
MEGABYTES = 60  # that one bad file may cost


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shipped specs, in the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bad_spec_kit.HERE", tmp_path)
    return specs_of(Case(tmp_path / "case.yaml"), tmp_path)


def codes(root: Path) -> set[str]:
    """The codes of what is wrong; finding it takes neither long nor much."""
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    told = found(root)
    assert time.process_time() - started < 3
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEGABYTES * 1024
    return {line.split(" ")[0] for line in told}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"doc: \xff\xfe\n", "unreadable"),
        (HEAD.encode("utf-16"), "unreadable"),
        (b"doc: \x00\n", "yaml-syntax"),
        (b"\x00" * 100, "yaml-syntax"),
        (b"a: " + b"x" * 4_000_000, "yaml-size"),
        (b"a: '" + "é".encode() * 600_000 + b"'", "yaml-size"),
        (b"".join(b"k%d: 1\n" % i for i in range(100_000)), "yaml-size"),
        (HEAD.encode() + b"".join(b"k%d: 1\n" % i for i in range(20_000)), "too-many"),
        (b"a: " + b"[" * 100_000, "yaml-depth"),
        (b"a: " + b"{b: " * 5_000 + b"1" + b"}" * 5_000, "yaml-depth"),
        (b"- " * 50_000 + b"a", "yaml-depth"),
        (b"? " * 50_000 + b"a", "yaml-depth"),
        (b"a: &a [x]\n" + b"".join(b"b%d: &b%d [*a, *a]\n" % (i, i) for i in range(99)), "yaml-alias"),
        (HEAD.encode() + b"cores:\n  0..99999999: {kernel_words: 1}\n", "range-size"),
        (HEAD.encode() + b"cores:\n  0..999: {0..999: {0..999: {a: 1}}}\n", "range-size"),
        (HEAD.encode() + b"limits: {a: {max: " + b"9" * 100_000 + b", kind: count}}\n", "yaml-number"),
        (HEAD.encode() + b'"a\\nb": 1\n', "unknown-key"),
        (HEAD.encode() + b"{}: 1\n", "yaml-key"),
        (HEAD.encode() + b"true: 1\nnull: 2\n3: 4\n", "unknown-key"),
        (b"\xef\xbb\xbf" + HEAD.encode() + b"extra: 1\n", "unknown-key"),
        (HEAD.replace("\n", "\r\n").encode() + b"extra: 1\r\n", "unknown-key"),
    ],
)
def test_a_pathological_file_is_refused_quickly(root: Path, content: bytes, code: str) -> None:
    (root / "chips" / "mine.yaml").write_bytes(content)
    assert code in codes(root)


def test_an_alias_is_never_followed() -> None:
    """A bomb of a thousand million words is refused at its first anchor."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)]
    started = time.process_time()
    with pytest.raises(InputError) as caught:
        read_text("\n".join(lines), "bomb.yaml")
    assert time.process_time() - started < 0.1
    assert [d.code for d in caught.value.diagnostics] == ["yaml-alias"]


def test_what_is_no_file_is_told(root: Path) -> None:
    chips = root / "chips"
    (chips / "folder.yaml").mkdir()
    (chips / "loop.yaml").symlink_to(chips / "loop.yaml")
    (chips / "gone.yaml").symlink_to(chips / "nowhere.yaml")
    (chips / "device.yaml").symlink_to("/dev/zero")
    os.mkfifo(chips / "pipe.yaml")
    told = found(root)
    assert len(told) == 5
    assert {line.split(" ")[0] for line in told} == {"unreadable"}


def test_a_folder_that_holds_itself_is_read_once(root: Path) -> None:
    (root / "chips" / "again").symlink_to(root / "chips")
    assert codes(root) <= {"spec-clash"}


@pytest.mark.skipif(os.geteuid() == 0, reason="NOT TESTED: the superuser can read every file")
def test_a_file_that_may_not_be_read_is_told(root: Path) -> None:
    (root / "chips" / "speck2f.yaml").chmod(0)
    assert codes(root) == {"unreadable"}


def test_a_folder_without_specs_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        open_library(tmp_path)
    assert [d.code for d in caught.value.diagnostics] == ["specs-empty"]
    with pytest.raises(InputError) as missing:
        find_specs(tmp_path / "nowhere")
    assert [d.code for d in missing.value.diagnostics] == ["specs-missing"]


PROSE = {"doc", "title", "text", "remedy", "note", "sinabs", "here", "why", "vendor_name", "date", "say"}
HOSTILE = (
    '"""\nimport os\n"""',
    "'''; raise SystemExit #",
    "\\",
    '\\"""\\',
    '"; exit(); "',
    "{{ 1 + 1 }} {% for x in y %} {# z #}",
    "{ } }{ {{ }} {{{",
    "\n\n\ndef f(): pass\n\t\x0c\x0b\x85\u2028\u2029",
    "%s %(x)s {0} $x `x` \N{RIGHT-TO-LEFT OVERRIDE}\ufeff\x1a\x07",
    "# noqa\r# type: ignore\r\n",
)


def reworded(value: Any, words: str) -> Any:
    """A document with other words in every place that is meant for people."""
    if isinstance(value, dict):
        return {
            str(key): words if key in PROSE and isinstance(part, str) and part else reworded(part, words)
            for key, part in value.items()
        }
    return [reworded(part, words) for part in value] if isinstance(value, list) else value


def statements(text: str) -> str:
    """The code of a module without its words."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


def code_with(root: Path, words: str) -> dict[str, str]:
    for file in root.glob("*/*.yaml"):
        shipped = (SPECS / file.relative_to(root)).read_text()
        file.write_text(json.dumps(reworded(yaml.safe_load(shipped), words), default=str))
    made = outputs(load_model(root), [emit])
    return {output.path: statements(output.text) for output in made if output.path.endswith(".py")}


@pytest.mark.parametrize("words", HOSTILE)
def test_words_never_become_code(root: Path, words: str) -> None:
    """Every module has the statements that it has with harmless words."""
    if "{" in words:  # braces in messages name values, and are refused
        assert codes_after(root, words) == {"unknown-name"}
        words = words.replace("{", "").replace("}", "")
    assert code_with(root, words) == code_with(root, "harmless")


def codes_after(root: Path, words: str) -> set[str]:
    try:
        code_with(root, words)
    except InputError as error:
        return {finding.code for finding in error.diagnostics}
    return set()


def test_names_of_generated_code_are_reserved() -> None:
    """Every name that the generated package uses for itself is one that a spec cannot give."""
    model = load_model(SPECS)
    spec = model.layers["dynapcnn"].spec
    ours = {*spec.dims, *spec.destination_dims, *spec.shapes, *spec.destination_shapes, *spec.functions}
    ours |= {spec.api.class_, *spec.api.arguments, *model.chips, *spec.memory}
    for api in (layer.spec.api for layer in model.layers.values()):
        ours |= {argument.attribute or "" for argument in api.arguments.values()} | api.properties.keys()
    for slot in ("spike_fn", "reset_fn", "surrogate_grad_fn"):
        for name, one in getattr(spec.dynamics, slot).items():
            ours |= {name, *one.parameters, *one.where}
    ours |= {name for function in spec.functions.values() for name in function.of}
    ours |= {f"{name}_{what}" for name in spec.memory for what in ("words", "used")}
    names = {name for output in outputs(model, [emit]) for name in bound_in(output.path, output.text)}
    free = {name for name in names - ours if not name.startswith(("_", "check_")) and not in_code(name)}
    assert not free, "add these to GENERATED in generator/dynapspec/model/reserved.py"
    assert len(names & GENERATED) > 150


def bound_in(path: str, text: str) -> set[str]:
    """The variables, parameters, functions, classes and imports of a module."""
    if not path.endswith(".py"):
        return set()
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.alias():
                found.add((node.asname or node.name).split(".")[0])
    return found
