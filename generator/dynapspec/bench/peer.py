"""Finds sinabs where it is installed; its vendor module, which needs hardware drivers, is stood in for."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from inspect import signature
from types import ModuleType
from typing import Any

VENDOR = ("samna", "samnagui")


class _Empty(type):
    """A class in which every name exists and is another such class."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Empty(name, (), {})


class _Inert(ModuleType):
    """A module in which every name exists and does nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Empty(name, (), {})


class StandIn(MetaPathFinder, Loader):
    """Answers every import of the vendor modules and its parts with an inert module."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Takes the vendor's names and leaves all others."""
        if fullname.split(".")[0] not in VENDOR:
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """An inert module."""
        return _Inert(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing to run."""


@dataclass(frozen=True, slots=True)
class Peer:
    """An installed sinabs.

    Attributes:
        name: with its version.
        neurons: its class of neurons.
        activation: its module of spike, reset and surrogate functions.
    """

    name: str
    neurons: Any
    activation: Any
    backend: Any

    def layer(self, conv: Any, neurons: Any, shape: Any, pool: int = 1, discretize: bool = True) -> Any:
        """Its layer; the API of version 3.1 wants a list of windows, that before it a module or nothing."""
        kind = self.backend.DynapcnnLayer
        if "List" in str(signature(kind).parameters["pool"].annotation):
            return kind(conv, neurons, shape, [(pool, pool)], discretize)
        window = import_module("sinabs.layers").SumPool2d((pool, pool)) if pool > 1 else None
        return kind(conv, neurons, shape, window, discretize)


def sinabs() -> Peer | None:
    """The installed sinabs, or None."""
    names = ("sinabs", "sinabs.layers", "sinabs.activation", "sinabs.backend.dynapcnn.dynapcnn_layer")
    found = _modules(*names)
    if found is None or not hasattr(found[-1], "DynapcnnLayer"):
        return None
    return Peer(f"sinabs {found[0].__version__}", found[1].IAFSqueeze, found[2], found[3])


def sinabs_mapping() -> Any | None:
    """The module of an installed sinabs that gives layers their cores, or None."""
    found = _modules("sinabs.backend.dynapcnn.mapping")
    return found[0] if found and hasattr(found[0], "get_valid_mapping") else None


def _modules(*names: str) -> list[Any] | None:
    """Modules of the peer, with its vendor stood in for."""
    finder = StandIn()
    sys.meta_path.insert(0, finder)  # first: a placeholder of the vendor installs packages when imported
    try:
        return [import_module(name) for name in names]
    except Exception:  # whatever a foreign package raises while it is imported: then there is no peer
        return None
    finally:
        sys.meta_path.remove(finder)
