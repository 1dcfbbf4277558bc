"""Placeholder until the fit report is there."""

from __future__ import annotations

from typing import Any


def fit_schema() -> dict[str, Any]:
    """An empty schema."""
    return {}
