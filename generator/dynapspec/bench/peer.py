"""Finds sinabs where it is installed; its vendor module, which needs hardware drivers, is stood in for."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
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


def sinabs_layer() -> tuple[str, Any, Any] | None:
    """Version, layer class and neuron class of an installed sinabs with the version 2 API, or None."""
    found = _modules("sinabs", "sinabs.layers", "sinabs.backend.dynapcnn.dynapcnn_layer")
    if found is None or not hasattr(found[2], "DynapcnnLayer"):
        return None
    sinabs, layers, backend = found
    return str(sinabs.__version__), backend.DynapcnnLayer, layers.IAFSqueeze


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
