"""Configurations: a network on a chip as the vendor's library loads it, written and read back."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dynapspec.export.configure import export
    from dynapspec.export.options import Options, Sensor
    from dynapspec.export.recover import Recovered, read_configuration

__all__ = ["Options", "Recovered", "Sensor", "export", "read_configuration"]

_HOMES = {
    "Options": "options",
    "Recovered": "recover",
    "Sensor": "options",
    "export": "configure",
    "read_configuration": "recover",
}


def __getattr__(name: str) -> Any:
    """The public names, each imported when it is asked for."""
    if name in _HOMES:
        return getattr(import_module(f"dynapspec.export.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
