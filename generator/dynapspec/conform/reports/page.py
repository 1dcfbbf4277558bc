"""A run as one HTML page that needs no other file, no script and no network."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dynapspec.conform.outcome import KINDS, Played, Report
from dynapspec.conform.reports.data import case_data

FOLDER = Path(__file__).resolve().parent.parent / "templates"


@lru_cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def as_html(report: Report) -> str:
    """The run as the text of an HTML file."""
    kinds = [kind for kind in KINDS if report.counts[kind] or kind == "right"]
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            kinds=kinds,
            judged=len(report.played) - report.counts["skipped"],
            failures=_grouped(report, report.failures),
            known=_grouped(report, report.known_failures),
            specs=list(dict.fromkeys(one.spec for one in report.played)),
        )
    )


def _grouped(report: Report, cases: list[Played]) -> list[Mapping[str, Any]]:
    """Cases by the clause that they test."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for one in cases:
        groups.setdefault(one.clause, []).append(case_data(report, one))
    return [
        {"clause": clause, "cases": group, "link": group[0].get("spec")} for clause, group in groups.items()
    ]
