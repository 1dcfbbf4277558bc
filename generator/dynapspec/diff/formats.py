"""Step five for programs and for pull requests: JSON and Markdown."""

from __future__ import annotations

import json
import re
from typing import Any

from dynapspec.diff import summary
from dynapspec.diff.match import ABSENT
from dynapspec.diff.report import Change, Part, Report, Topic, Version


def as_json(report: Report) -> str:
    """Everything that is known, with stable keys."""
    data = {
        "old": report.old,
        "new": report.new,
        "classes": report.classes(),
        "parts": [_part(part) for part in report.parts],
        "networks": {
            "checked": report.checked,
            "changes": [
                {"network": n.network, "chip": n.chip, "kind": n.kind, "why": n.why} for n in report.networks
            ],
        },
    }
    return json.dumps(data, indent=1, default=str)


def _part(part: Part) -> dict[str, Any]:
    return {
        "kind": part.kind,
        "old": part.old,
        "new": part.new,
        "topics": [_topic(topic) for topic in part.topics],
        "documentation": [_change(change) for change in part.documentation],
        "version": _version(part.version),
        "bumps": [
            {"kind": bump.kind, "name": bump.name, "version": _version(bump.version)} for bump in part.bumps
        ],
    }


def _version(version: Version) -> dict[str, Any]:
    return {
        "old": version.old,
        "new": version.new,
        "due": version.due,
        "wanted": version.wanted,
        "enough": version.enough,
    }


def _topic(topic: Topic) -> dict[str, Any]:
    finding = topic.finding
    return {
        "topic": topic.name,
        "changes": [_change(change) for change in topic.changes],
        "classes": dict(topic.classes),
        "finding": finding and {"status": finding.status, "text": list(finding.lines), **finding.data},
    }


def _change(change: Change) -> dict[str, Any]:
    values = {
        side: value for side, value in (("old", change.old), ("new", change.new)) if value is not ABSENT
    }
    return {"path": change.shown, "kind": change.kind, **values, "place": change.place or None}


def as_markdown(report: Report) -> str:
    """A comment for a pull request."""
    lines: list[str] = []
    for part in report.parts:
        lines += [f"### {_cell(summary.title(report, part))}", ""]
        if part is report.parts[0]:
            lines += [f"**{summary.headline(report)[1]}**", ""]
        for topic in part.topics:
            lines += [*_bullets(topic), ""]
    if texts := summary.documentation(report.parts):
        lines += [texts, ""]
    if any(report.topics()):
        lines += ["| for | it is | because of |", "| --- | --- | --- |"]
        lines += [
            f"| {reader} | **{found}** | {_cell(why)} |" for reader, found, why in summary.meanings(report)
        ]
        lines.append("")
    lines += [f"- networks: {_cell(line)}" for line in summary.networks(report)]
    lines += [f"- version: {line}" for line in summary.versions(report)]
    return "\n".join(lines).rstrip() + "\n"


def _bullets(topic: Topic) -> list[str]:
    lines = []
    for row in summary.rows(topic.changes):
        values = [_code(value) for value in (row.old, row.new) if value]
        lines.append(f"- **`{row.path}`** {row.kind}: {' → '.join(values)}")
    return [
        *lines,
        *(f"  - {_cell(line.strip())}" for line in (topic.finding.lines if topic.finding else ())),
    ]


def _code(text: str) -> str:
    """Text as code, between more backquotes than it has in a row."""
    if "`" not in text:
        return f"`{text}`"
    fence = "`" * (1 + max(len(run) for run in re.findall("`+", text)))
    return f"{fence} {text} {fence}"


def _cell(text: str) -> str:
    """Text that cannot end a cell, begin a tag or name a heading."""
    return text.replace("|", r"\|").replace("<", "&lt;").replace("*", r"\*").replace("_", r"\_")
