"""Finds sinabs and lends it to one block of code; afterwards nothing of it is left in the interpreter.

The environment variable DYNAPSPEC_SINABS names a folder that holds the package; without it an installed
sinabs is taken. Its module ``sinabs.backend.dynapcnn`` imports samna, the vendor's driver, which the layer
itself never calls: modules without any content stand in for it.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dynapspec.bench.peer import StandIn

VARIABLE = "DYNAPSPEC_SINABS"
VERSIONS = "2.0.0 to 3.0.4"
ROOTS = ("sinabs", "samna", "samnagui")
_loaded: dict[str, ModuleType] = {}


@dataclass(frozen=True)
class Peer:
    """The parts of sinabs that are compared with; ``Layer`` is its DynapcnnLayer."""

    version: str
    layers: Any
    activation: Any
    discretize: Any
    Layer: Any


@contextmanager
def loaded() -> Iterator[Peer]:
    """Sinabs, importable inside the block alone; skips or fails, with the reason, where there is none."""
    path, finders, found = list(sys.path), list(sys.meta_path), set(sys.modules)
    named = os.environ.get(VARIABLE)
    if named:
        sys.path.insert(0, named)
    sys.meta_path.insert(0, StandIn())  # first: the samna of the package index runs pip when imported
    sys.modules.update(_loaded)
    try:
        yield _import(named)
    finally:
        sys.path[:], sys.meta_path[:] = path, finders
        for name in set(sys.modules) - found:
            if name.split(".")[0] in ROOTS:
                _loaded[name] = sys.modules.pop(name)


def _import(named: str | None) -> Peer:
    try:
        root = importlib.import_module("sinabs")
        layer = importlib.import_module("sinabs.backend.dynapcnn.dynapcnn_layer")
    except ImportError as error:
        if named:
            pytest.fail(f"{VARIABLE} names {named}, and sinabs cannot be imported from it: {error}")
        pytest.skip(
            f"NOT TESTED: sinabs cannot be imported ({error}); set {VARIABLE} to a folder that holds "
            f"sinabs {VERSIONS}, as `pip install --no-deps --target FOLDER sinabs==3.0.4` makes it, "
            "and install pbr, nir, nirtorch and matplotlib"
        )
    if named and Path(named).resolve() not in Path(str(root.__file__)).resolve().parents:
        pytest.fail(f"{VARIABLE} names {named}, and the sinabs that was imported is {root.__file__}")
    version = str(root.__version__)
    if not (2, 0, 0) <= tuple(map(int, version.split(".")[:3])) <= (3, 0, 4):
        pytest.skip(f"NOT TESTED: sinabs is {version}, and the layers are compared with {VERSIONS}")
    return Peer(
        version,
        importlib.import_module("sinabs.layers"),
        importlib.import_module("sinabs.activation"),
        importlib.import_module("sinabs.backend.dynapcnn.discretize"),
        layer.DynapcnnLayer,
    )
