"""One mutant in a process of its own: emitted, put into sinabs's place, and given to both suites."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from dynapspec.conform.adapters.generated import Generated
from dynapspec.conform.implementation import Implementation
from dynapspec.conform.play import judge
from dynapspec.conform.worker import reply
from dynapspec.emit.conformance.protocol import case_message
from dynapspec.emit.conformance.vector_set import VectorFile
from dynapspec.emit.torch.emitter import emit
from dynapspec.model import Layer, Model
from peer_stead import SERVING, TAKEN, Stead
from peer_vendor import Vendor

LOADED = ("layers", "activation", "backend.dynapcnn", "backend.dynapcnn.mapping")


@dataclass(frozen=True)
class Ground:
    """Where everything is: sinabs, its tests, and the frozen vectors of a layer spec and one chip."""

    sinabs: Path
    tests: Path
    vectors: Sequence[VectorFile]


# ── The package ──────────────────────────────────────────────────────────────────────────────────


def written(model: Model, layer: Layer, place: Path) -> Path:
    """Writes the package of a layer spec; returns its folder."""
    for output in emit(Model(model.root, {layer.name: layer}, model.chips)):
        path = place / output.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(output.text, encoding="utf-8")
    return place / layer.spec.package


def code_of(folder: Path) -> dict[str, str]:
    """The code that has a counterpart in sinabs or serves one, in parts and without its documentation.

    A function goes by ``module.function``. What stands outside of functions goes by the name of its
    module, and in a module that merely serves others by ``module:name`` for what it defines.
    """
    found: dict[str, str] = {}
    for name in (*TAKEN, *SERVING):
        tree = ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))
        found |= {f"{name}.{function}": text for function, text in _functions(tree, "")}
        rest = _Outside().visit(tree).body
        if name in TAKEN:
            found[name] = "".join(map(ast.dump, rest))
        else:
            found |= {f"{name}:{_defined(part)}": ast.dump(part) for part in rest}
    return found


def _defined(part: ast.stmt) -> str:
    """What a statement of a module defines; an import or the like goes by its text."""
    match part:
        case ast.ClassDef(name=name):
            return name
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
    return ast.dump(part)


def touched(code: Mapping[str, str], differs: set[str]) -> set[str] | None:
    """The functions in which a difference can show; None where that may be anywhere."""
    if any("(" in one or not {".", ":"} & set(one) for one in differs):
        return None
    found, names = {one for one in differs if "." in one}, [one for one in differs if ":" in one]
    for one in names:  # grows while it is walked
        module, _, name = one.partition(":")
        for part, text in code.items():
            if f"'{name}'" in text or part.startswith(f"{module}.{name}."):
                if "." in part:
                    found.add(part)
                elif ":" not in part:
                    return None
                elif part not in names:
                    names.append(part)
    return found


def _functions(node: ast.AST, prefix: str) -> Iterator[tuple[str, str]]:
    for part in getattr(node, "body", []):
        if isinstance(part, ast.ClassDef):
            yield from _functions(part, f"{prefix}{part.name}.")
        elif isinstance(part, ast.FunctionDef):
            _undocumented(part)
            yield f"{prefix}{part.name}", ast.dump(part)


class _Outside(ast.NodeTransformer):
    """Leaves the functions and the documentation out."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Gone."""

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Without its documentation."""
        _undocumented(node)
        return self.generic_visit(node)

    def visit_Module(self, node: ast.Module) -> ast.AST:
        """Without its documentation."""
        _undocumented(node)
        return self.generic_visit(node)


def _undocumented(node: ast.Module | ast.ClassDef | ast.FunctionDef) -> None:
    if ast.get_docstring(node) is not None:
        del node.body[0]


# ── In the process of a mutant ───────────────────────────────────────────────────────────────────


def silenced() -> None:
    """Nothing that a test prints is shown."""
    null = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(null, stream)


def put(ground: Ground, place: Path | None) -> None:
    """Makes sinabs importable, with the package in ``place`` in the stead of its parts."""
    sys.path[:0] = [str(ground.sinabs), *([] if place is None else [str(place)])]
    sys.meta_path.insert(0, Vendor())  # first: the samna of the package index runs pip when imported
    if place is not None:
        sys.meta_path.insert(0, Stead("dynapcnn"))
    for part in LOADED:
        import_module(f"sinabs.{part}")


def peer() -> Implementation:
    """Sinabs as an implementation, with whatever stands in its place."""
    from dynapspec.conform.adapters.sinabs import Sinabs

    return Sinabs()


def generated() -> Implementation:
    """The package by itself."""
    return Generated("dynapcnn")


def told(
    implementation: Implementation, files: Iterable[tuple[VectorFile, Mapping[str, Any]]]
) -> Iterator[tuple[str, str]]:
    """The vectors that are not answered rightly, each with what came instead."""
    capable = implementation.capabilities()
    for file, case in files:
        kind = "skipped"
        if file.topic in capable:
            answer = reply(implementation, case_message(file.head, case))
            kind, _, _ = judge(file.topic, case, answer)
        if kind != "right":
            yield case["id"], kind
