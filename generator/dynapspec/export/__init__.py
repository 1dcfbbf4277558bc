"""Configurations: a network on a chip as the vendor's library loads it, written and read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dynapspec.on_demand import on_demand

if TYPE_CHECKING:
    from dynapspec.export.configure import export
    from dynapspec.export.options import Options, Sensor
    from dynapspec.export.recover import Recovered, read_configuration

__all__ = ["Options", "Recovered", "Sensor", "export", "read_configuration"]

__getattr__ = on_demand(
    __name__,
    {
        "Options": "dynapspec.export.options",
        "Recovered": "dynapspec.export.recover",
        "Sensor": "dynapspec.export.options",
        "export": "dynapspec.export.configure",
        "read_configuration": "dynapspec.export.recover",
    },
)
