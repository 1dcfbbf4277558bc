"""The implementations by name: those that ship, and those that other packages register."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from dynapspec.conform.implementation import GROUP, Implementation
from dynapspec.diagnostics import did_you_mean, fail

SHIPPED = {  # module and callable, which are imported in the process of the adapter alone
    "dynapcnn": ("dynapspec.conform.adapters.generated", "dynapcnn"),
    "dynapcnn_v31": ("dynapspec.conform.adapters.generated", "dynapcnn_v31"),
    "interpreter": ("dynapspec.conform.adapters.interpreter", "interpreter"),
    "sinabs": ("dynapspec.conform.adapters.sinabs", "sinabs"),
    "sinabs-3.0.4": ("dynapspec.conform.adapters.sinabs", "sinabs_3_0_4"),
    "sinabs-3.1.3": ("dynapspec.conform.adapters.sinabs", "sinabs_3_1_3"),
}
DEFAULT = "dynapcnn"


def names() -> list[str]:
    """Every name that :func:`make` knows."""
    return list(dict.fromkeys([*SHIPPED, *sorted(point.name for point in entry_points(group=GROUP))]))


def known(name: str) -> str:
    """The name of an implementation.

    Raises:
        InputError: there is none of that name.
    """
    if ":" not in name and name not in names():
        message = f"there is no implementation {name}"
        raise fail("unknown-implementation", message, hint=did_you_mean(name, names()))
    return name


def make(name: str) -> Implementation:
    """The adapter of that name, or ``module:callable``; raises what its module raises."""
    if name in SHIPPED:
        module, attribute = SHIPPED[name]
        factory: Callable[[], Any] = getattr(import_module(module), attribute)
    elif ":" in name:
        module, _, attribute = name.partition(":")
        factory = getattr(import_module(module), attribute)
    else:
        factory = next(point for point in entry_points(group=GROUP) if point.name == name).load()
    made: Implementation = factory()
    return made
