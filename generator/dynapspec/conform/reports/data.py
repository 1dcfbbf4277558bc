"""A run as JSON data."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from dynapspec.conform.outcome import Played, Report

FORMAT = 1


def as_data(report: Report) -> dict[str, Any]:
    """The run as plain data; cases that were right are counted only."""
    return {
        "format": FORMAT,
        "implementation": report.implementation,
        "version": report.version,
        "capabilities": list(report.capabilities),
        "fine": report.fine,
        "made_from": dict(report.made_from),
        "counts": report.counts,
        "topics": report.by_topic,
        "failures": [case_data(report, one) for one in report.failures],
        "known_failures": [case_data(report, one) for one in report.known_failures],
        "mended": [{"id": one.id, "was": one.known} for one in report.mended],
        "skipped": report.skips,
        "errors": list(report.errors),
        "notes": list(report.notes),
        "seconds": round(report.seconds, 3),
    }


def case_data(report: Report, played: Played) -> dict[str, Any]:
    """One case with what stands behind it."""
    chain = report.chains.get(played.id)
    return {
        "id": played.id,
        "topic": played.topic,
        "outcome": played.kind,
        "details": list(played.details),
        "flags": list(played.flags),
        "clause": played.clause,
        **({"spec": asdict(chain.clause), "limits": [asdict(one) for one in chain.limits]} if chain else {}),
        **({"known": played.known} if played.known is not None else {}),
    }


def as_json(report: Report) -> str:
    """The run as the text of a JSON file."""
    return json.dumps(as_data(report), indent=1) + "\n"
