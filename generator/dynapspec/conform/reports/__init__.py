"""A run as text, JSON, JUnit and HTML; the ending of a file's name says which."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from dynapspec.conform.outcome import Report
from dynapspec.conform.reports.data import as_json
from dynapspec.conform.reports.junit import as_junit
from dynapspec.conform.reports.page import as_html
from dynapspec.conform.reports.text import as_text
from dynapspec.diagnostics import fail
from dynapspec.load.reader import display_name

FORMS: Mapping[str, Callable[[Report], str]] = {
    ".json": as_json,
    ".xml": as_junit,
    ".html": as_html,
    ".txt": lambda report: as_text(report, full=True),
}


def form_of(path: Path) -> Callable[[Report], str]:
    """The form of a report by the ending of its file; raises InputError for any other ending."""
    if path.suffix not in FORMS:
        message = f"{display_name(path)}: the ending of its name does not say what the report is"
        raise fail("report-form", message, hint=f"it is one of {', '.join(FORMS)}; .xml is JUnit")
    return FORMS[path.suffix]


def write(report: Report, path: Path) -> None:
    """Writes a report; raises InputError where no file can be written."""
    text = form_of(path)(report)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise fail("report-file", f"{display_name(path)} cannot be written: {error.strerror}") from None
