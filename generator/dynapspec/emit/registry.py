"""The emitters: those that ship, and those that other packages register."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points

from dynapspec.emit.output import Emitter

GROUP = "dynapspec.emitters"
SHIPPED = ("torch", "reference_tests", "conformance", "docs", "schema")


def emitters() -> dict[str, Emitter]:
    """Every emitter by name: the shipped ones first, then those of the entry point group."""
    found: dict[str, Emitter] = {}
    for name in SHIPPED:
        found[name] = import_module(f"dynapspec.emit.{name}.emitter").emit
    for point in sorted(entry_points(group=GROUP), key=lambda p: p.name):
        found.setdefault(point.name, point.load())
    return found
