"""Findings for those who read them: people, programs, code-scanning services and CI logs.

Notes are no findings: they say what a check could not find out.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any, Protocol

from dynapspec import __version__
from dynapspec.codes import pages
from dynapspec.diagnostics import Diagnostic

DOCS = "DYNAPSPEC_DOCS"  # variable: where the site of the docs is published, if it is
SARIF = "https://json.schemastore.org/sarif-2.1.0.json"


def as_text(findings: Sequence[Diagnostic], notes: Sequence[str] = ()) -> str:
    """With source line and caret, as a compiler prints them."""
    return "\n".join([*(finding.render() for finding in findings), *notes])


def as_json(findings: Sequence[Diagnostic], notes: Sequence[str] = ()) -> str:
    """A list of objects; a finding without a place has null in its stead, a note says that it is one."""
    told = [{"level": "note", "message": note} for note in notes]
    return json.dumps([*map(_object, findings), *told], indent=2)


def _object(finding: Diagnostic) -> dict[str, Any]:
    span = finding.span
    place = span and {"file": span.file, "line": span.line, "column": span.column, "end_column": span.end}
    return {"code": finding.code, "message": finding.message, "place": place, "hint": finding.hint}


def as_sarif(findings: Sequence[Diagnostic], notes: Sequence[str] = ()) -> str:
    """SARIF 2.1.0, as code-scanning services take it."""
    rules = [_rule(code) for code in sorted({finding.code for finding in findings})]
    driver = {"name": "dynapspec", "version": __version__, "rules": rules}
    run: dict[str, Any] = {"tool": {"driver": driver}, "results": [_result(finding) for finding in findings]}
    if notes:
        told = [{"level": "note", "message": {"text": note}} for note in notes]
        run["invocations"] = [{"executionSuccessful": True, "toolExecutionNotifications": told}]
    return json.dumps({"$schema": SARIF, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(code: str) -> dict[str, Any]:
    """A code with its page, and the address of that page where the docs have one."""
    rule: dict[str, Any] = {"id": code}
    page, site = pages().get(code), os.environ.get(DOCS, "")
    if page is not None:
        rule |= {"fullDescription": {"text": page.means}, "help": {"text": page.text()}}
    if page is not None and site.startswith(("https://", "http://")):
        rule["helpUri"] = f"{site.rstrip('/')}/codes.html#{code}"
    return rule


def _result(finding: Diagnostic) -> dict[str, Any]:
    text = f"{finding.message}. {finding.hint}" if finding.hint else finding.message
    result: dict[str, Any] = {"ruleId": finding.code, "level": "error", "message": {"text": text}}
    span = finding.span
    if span is not None:
        region = {"startLine": span.line, "startColumn": span.column, "endColumn": span.end}
        place = {"artifactLocation": {"uri": span.file.replace("\\", "/")}, "region": region}
        result["locations"] = [{"physicalLocation": place}]
    return result


def as_github(findings: Sequence[Diagnostic], notes: Sequence[str] = ()) -> str:
    """Workflow commands, which GitHub shows beside the line in question."""
    told = [f"::notice title=dynapspec::{_escaped(note)}" for note in notes]
    return "\n".join([*map(_command, findings), *told])


def _command(finding: Diagnostic) -> str:
    span = finding.span
    text = f"{finding.message}; {finding.hint}" if finding.hint else finding.message
    where = (
        f"file={_escaped(span.file, ':,')},line={span.line},col={span.column},endColumn={span.end},"
        if span
        else ""
    )
    return f"::error {where}title={_escaped(finding.code, ':,')}::{_escaped(text)}"


def _escaped(text: str, also: str = "") -> str:
    """Text that cannot end a workflow command or one of its properties."""
    for char in "%\r\n" + also:
        text = text.replace(char, f"%{ord(char):02X}")
    return text


class Format(Protocol):
    """Findings and notes as text."""

    def __call__(self, findings: Sequence[Diagnostic], notes: Sequence[str] = ()) -> str:
        """The text that is printed."""


FORMATS: dict[str, Format] = {
    "text": as_text,
    "json": as_json,
    "sarif": as_sarif,
    "github": as_github,
}
