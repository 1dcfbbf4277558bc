"""Runs every emitter, puts headers on, formats, and adds the source map and the manifest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dynapspec import __version__
from dynapspec.diagnostics import fail
from dynapspec.emit.conformance.evidence import evidence_digests
from dynapspec.emit.formatting import format_python
from dynapspec.emit.output import COMMAND, Emitter, Entry, Output
from dynapspec.emit.registry import emitters
from dynapspec.emit.sourcemap import source_map
from dynapspec.load.collecting import without_collecting
from dynapspec.model import Model

MANIFEST = "manifest.json"
SOURCE_MAP = "sourcemap.json"
SOURCES = Path(__file__).resolve().parent.parent  # the generator itself


def outputs(model: Model, chosen: Iterable[Emitter] | None = None) -> list[Output]:
    """What the emitters make of a model, before headers and formatting, sorted by path.

    Raises:
        InputError: two emitters want the same file, or one wants a file outside the output folder.
    """
    found: dict[str, Output] = {}
    for emit in chosen if chosen is not None else emitters().values():
        for output in emit(model):
            if output.path in found:
                raise fail("output-clash", f"two emitters write {output.path}")
            if not inside(output.path):
                raise fail("output-path", f"{output.path!r} is no path inside the output folder")
            found[output.path] = output
    return [found[path] for path in sorted(found)]


def inside(path: str) -> bool:
    """Whether a path stays below the folder that it is relative to."""
    parts = path.split("/")
    return path.isprintable() and "\\" not in path and all(p not in ("", ".", "..") for p in parts)


def build(
    model: Model,
    chosen: Iterable[Emitter] | None = None,
    laid_out: Callable[[dict[str, str]], dict[str, str]] = format_python,
) -> dict[str, str]:
    """Every generated file by path: formatted, with header, source map and manifest."""
    with without_collecting():
        texts = {output.path: output.with_header() for output in outputs(model, chosen)}
        texts |= laid_out({path: text for path, text in texts.items() if path.endswith(".py")})
        texts[SOURCE_MAP] = source_map(model)
        texts[MANIFEST] = manifest(model, texts)
        return dict(sorted(texts.items()))


def manifest(model: Model, texts: dict[str, str]) -> str:
    """What was made from what."""
    data = {
        "command": COMMAND,
        "inputs": inputs(model),
        "files": {path: digest(text.encode()) for path, text in sorted(texts.items()) if path != SOURCE_MAP},
    }
    return json.dumps(data, indent=2) + "\n"


def inputs(model: Model) -> dict[str, Any]:
    """Everything that the outputs depend on, as hashes and versions."""
    entries: list[Entry] = [*model.layers.values(), *model.chips.values()]
    return {
        "generator": {"dynapspec": __version__, "ruff": version("ruff"), "sha256": generator_digest()},
        "specs": {entry.title: entry.digest for entry in sorted(entries, key=lambda e: e.name)},
        "evidence": evidence_digests(model),
    }


@cache
def generator_digest() -> str:
    """SHA-256 of the generator's code, templates and pages."""
    total = hashlib.sha256()
    for path in sorted(SOURCES.rglob("*"), key=lambda p: p.relative_to(SOURCES).as_posix()):
        if path.suffix in (".py", ".j2", ".yaml") and "__pycache__" not in path.parts:
            total.update(path.relative_to(SOURCES).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def digest(data: bytes) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(data).hexdigest()
