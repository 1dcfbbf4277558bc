"""Networks: read from files, graphs and Python, fitted to chips, converted to generated layers."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dynapspec.network.conversion import convert
    from dynapspec.network.loading import load
    from dynapspec.network.network import Network
    from dynapspec.network.nir_write import write_nir
    from dynapspec.quantize import quantization_report

__all__ = ["Network", "convert", "load", "quantization_report", "write_nir"]

_HOMES = {
    "Network": "dynapspec.network.network",
    "convert": "dynapspec.network.conversion",
    "load": "dynapspec.network.loading",
    "quantization_report": "dynapspec.quantize",
    "write_nir": "dynapspec.network.nir_write",
}


def __getattr__(name: str) -> Any:
    """The public names, each imported when it is asked for: files can be read without torch."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
