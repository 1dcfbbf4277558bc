"""The implementation that is played: the generated package, unless the run names another one.

A package is played in the place of the generated one and has the same public names. Anything else is
an adapter, ``module:callable``: what that makes has ``name``, ``version``, ``capabilities()`` and ``run``.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from .package import Names, Package

_ADAPTER = ":"
_chosen: list[str] = []


def choose(name: str | None) -> None:
    """Names the implementation; raises what its module raises when it is imported."""
    _chosen[:] = [] if name is None else [name]
    if name is not None:
        import_module(name.partition(_ADAPTER)[0])


def is_adapter(name: str | None) -> bool:
    """Whether a name is that of an adapter, which has no functions of its own to be tested."""
    return name is not None and _ADAPTER in name


def module(name: str) -> Any:
    """A module of the generated package by its full name, or the same one of the chosen package."""
    package, dot, inner = name.partition(".")
    return import_module(f"{_chosen[0] if _chosen else package}{dot}{inner}")


def implementation(package: str, names: Names, layer: str) -> Any:
    """What answers the vectors."""
    if not _chosen:
        return Package(package, names, layer)
    if not is_adapter(_chosen[0]):
        return Package(_chosen[0], names, layer)
    home, _, attribute = _chosen[0].partition(_ADAPTER)
    return getattr(import_module(home), attribute)()
