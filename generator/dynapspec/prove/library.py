"""z3, imported when a proof asks for it: everything else works without."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

MISSING = "not proven: install dynapspec[prove]"


class NoSolver(Exception):
    """z3 is not installed."""


def available() -> bool:
    """Whether proofs can be had here."""
    return find_spec("z3") is not None


def z3() -> Any:
    """The library.

    Raises:
        NoSolver: it is not installed.
    """
    try:
        return import_module("z3")
    except ImportError:
        raise NoSolver(MISSING) from None
