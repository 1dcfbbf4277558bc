"""Reports of what a network does on a chip: loads, warnings, and drawings to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dynapspec.on_demand import on_demand

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

__getattr__ = on_demand(
    __name__,
    {
        "Bandwidth": "dynapspec.report.load",
        "Load": "dynapspec.report.load",
        "Shown": "dynapspec.report.showing",
        "Traffic": "dynapspec.report.traffic",
        "as_html": "dynapspec.report.page",
        "as_svg": "dynapspec.report.page",
        "assumed": "dynapspec.report.rates",
        "cautions": "dynapspec.report.caution",
        "loads": "dynapspec.report.load",
        "read_counts": "dynapspec.report.counts",
        "recorded": "dynapspec.report.traffic",
        "shown": "dynapspec.report.showing",
    },
)
