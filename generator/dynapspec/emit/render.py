"""Jinja as the templates use it: no arithmetic, no imports, and an unknown name is an error."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined


@lru_cache
def environment(folder: Path) -> Environment:
    """The template environment of one emitter's folder."""
    return Environment(
        loader=FileSystemLoader(folder / "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
        auto_reload=False,
    )


def render(folder: Path, template: str, **context: Any) -> str:
    """One template of an emitter, rendered."""
    return environment(folder).get_template(template).render(**context)
