"""Networks: read from files, graphs and Python, fitted to chips, converted to generated layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dynapspec.on_demand import on_demand

if TYPE_CHECKING:
    from dynapspec.network.conversion import convert
    from dynapspec.network.loading import load
    from dynapspec.network.network import Network
    from dynapspec.network.nir_write import write_nir
    from dynapspec.quantize import quantization_report

__all__ = ["Network", "convert", "load", "quantization_report", "write_nir"]

__getattr__ = on_demand(
    __name__,
    {
        "Network": "dynapspec.network.network",
        "convert": "dynapspec.network.conversion",
        "load": "dynapspec.network.loading",
        "quantization_report": "dynapspec.quantize",
        "write_nir": "dynapspec.network.nir_write",
    },
)
