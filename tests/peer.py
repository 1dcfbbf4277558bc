"""Finds sinabs and lends it to one block of code; afterwards nothing of it is left in the interpreter.

The environment variables DYNAPSPEC_SINABS and DYNAPSPEC_SINABS31 name folders that hold the package with the
version 2 API and with the version 3.1 API; without them an installed sinabs is taken. Its module
``sinabs.backend.dynapcnn`` imports samna, the vendor's driver, which the layer itself never calls: modules
without any content stand in for it.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dynapspec.bench.peer import StandIn

ROOTS = ("sinabs", "samna", "samnagui")


@dataclass(frozen=True)
class Generation:
    """Versions of sinabs whose layer has the same API; ``modules`` are those that were loaded before."""

    variable: str
    first: str
    last: str
    modules: dict[str, ModuleType] = field(default_factory=dict, repr=False)

    @property
    def versions(self) -> str:
        """The range in words."""
        return f"{self.first} to {self.last}"

    def holds(self, version: str) -> bool:
        """Whether a version is one of them."""
        return _numbers(self.first) <= _numbers(version) <= _numbers(self.last)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")[:3]))


V2 = Generation("DYNAPSPEC_SINABS", "2.0.0", "3.0.4")
V31 = Generation("DYNAPSPEC_SINABS31", "3.1.0", "3.1.3")


@dataclass(frozen=True)
class Peer:
    """The parts of sinabs that are compared with; ``Layer`` is its DynapcnnLayer."""

    version: str
    layers: Any
    activation: Any
    discretize: Any
    Layer: Any


@contextmanager
def loaded(generation: Generation = V2) -> Iterator[Peer]:
    """Sinabs, importable inside the block alone; skips or fails, with the reason, where there is none."""
    path, finders, before = list(sys.path), list(sys.meta_path), _taken_out()
    named = os.environ.get(generation.variable)
    if named:
        sys.path.insert(0, named)
    sys.meta_path.insert(0, StandIn())  # first: the samna of the package index runs pip when imported
    sys.modules.update(generation.modules)
    try:
        yield _import(generation, named)
    finally:
        sys.path[:], sys.meta_path[:] = path, finders
        generation.modules.update(_taken_out())
        sys.modules.update(before)


def _taken_out() -> dict[str, ModuleType]:
    """The modules of sinabs that are loaded; none of them is any more."""
    names = [name for name in sys.modules if name.split(".")[0] in ROOTS]
    return {name: sys.modules.pop(name) for name in names}


def _import(generation: Generation, named: str | None) -> Peer:
    variable, versions = generation.variable, generation.versions
    try:
        root = importlib.import_module("sinabs")
        layer = importlib.import_module("sinabs.backend.dynapcnn.dynapcnn_layer")
    except ImportError as error:
        if named:
            pytest.fail(f"{variable} names {named}, and sinabs cannot be imported from it: {error}")
        pytest.skip(
            f"NOT TESTED: sinabs cannot be imported ({error}); set {variable} to a folder that holds "
            f"sinabs {versions}, as `pip install --no-deps --target FOLDER sinabs=={generation.last}` "
            "makes it, and install pbr, nir, nirtorch and matplotlib"
        )
    if named and Path(named).resolve() not in Path(str(root.__file__)).resolve().parents:
        pytest.fail(f"{variable} names {named}, and the sinabs that was imported is {root.__file__}")
    version = str(root.__version__)
    if not generation.holds(version):
        pytest.skip(f"NOT TESTED: sinabs is {version}, and the layers are compared with {versions}")
    return Peer(
        version,
        importlib.import_module("sinabs.layers"),
        importlib.import_module("sinabs.activation"),
        importlib.import_module("sinabs.backend.dynapcnn.discretize"),
        layer.DynapcnnLayer,
    )
