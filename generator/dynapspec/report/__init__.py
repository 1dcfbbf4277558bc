"""Reports of what a network does on a chip: loads, warnings, and drawings to look at."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dynapspec.report.caution import cautions
    from dynapspec.report.counts import read_counts
    from dynapspec.report.load import Bandwidth, Load, loads
    from dynapspec.report.page import as_html, as_svg
    from dynapspec.report.rates import assumed
    from dynapspec.report.showing import Shown, shown
    from dynapspec.report.traffic import Traffic, recorded

__all__ = [
    "Bandwidth",
    "Load",
    "Shown",
    "Traffic",
    "as_html",
    "as_svg",
    "assumed",
    "cautions",
    "loads",
    "read_counts",
    "recorded",
    "shown",
]

_HOMES = {
    "Bandwidth": "load",
    "Load": "load",
    "Shown": "showing",
    "Traffic": "traffic",
    "as_html": "page",
    "as_svg": "page",
    "assumed": "rates",
    "cautions": "caution",
    "loads": "load",
    "read_counts": "counts",
    "recorded": "traffic",
    "shown": "showing",
}


def __getattr__(name: str) -> Any:
    """The public names, each imported when it is asked for."""
    if name in _HOMES:
        return getattr(import_module(f"dynapspec.report.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
