"""A stand-in for the vendor's library that sinabs's own tests can be run with.

Its configurations keep what they are given, its validator accepts every one of them, and no board is
connected. The real validator is closed, so what it would refuse is not seen.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from torch import Tensor

from dynapspec.bench.peer import StandIn

CORES, DESTINATIONS = 9, 2  # of the largest chip that sinabs knows


class Record:
    """Keeps what is written to it, dictionaries as further records and tensors as plain numbers."""

    def __init__(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, dict):
            value = Record(**value)
        elif isinstance(value, Tensor):
            value = value.tolist()
        object.__setattr__(self, name, value)


def configuration() -> Record:
    """An empty configuration of a chip."""
    return Record(cnn_layers=[_core() for _ in range(CORES)], dvs_layer=_sensor(), to_json=_nothing)


def _sensor() -> Record:
    return Record(
        destinations=_destinations(), monitor_enable=False, pooling=Record(x=1, y=1), to_json=_nothing
    )


def _nothing() -> str:
    return "{}"


def _core() -> Record:
    return Record(destinations=_destinations(), monitor_enable=False, neurons_initial_value=[])


def _destinations() -> list[Record]:
    return [Record(enable=False, layer=0, pooling=1) for _ in range(DESTINATIONS)]


KNOWN: dict[str, Callable[..., Any]] = {
    "SpeckConfiguration": configuration,
    "DynapcnnConfiguration": configuration,
    "validate_configuration": lambda _: (True, ""),
    "get_all_devices": list,
    "get_unopened_devices": list,
}


class _Names(type):
    """A class in which every name exists."""

    def __getattr__(cls, name: str) -> Any:
        return _named(name)


class _Vendor(ModuleType):
    """A module in which every name exists."""

    def __getattr__(self, name: str) -> Any:
        return _named(name)


def _named(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return KNOWN.get(name) or _Names(name, (), {})


class Vendor(StandIn):
    """Answers every import of the vendor's library."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """A module in which every name exists."""
        return _Vendor(spec.name)
