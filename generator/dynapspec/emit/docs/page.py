"""Renders a template of this folder. Values are escaped on their way in; templates only say where they go."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment

from dynapspec.emit.docs.markup import markup
from dynapspec.emit.render import environment

FOLDER = Path(__file__).parent
_GAP = re.compile(r"\n{3,}")


@lru_cache
def _markdown() -> Environment:
    return environment(FOLDER).overlay(finalize=markup)


@lru_cache
def _drawing() -> Environment:
    return environment(FOLDER).overlay(autoescape=True)


def page(template: str, **context: Any) -> str:
    """A Markdown page; blank lines that empty parts leave behind are closed up."""
    text = _markdown().get_template(template).render(context)
    return _GAP.sub("\n\n", text).strip("\n") + "\n"


def drawing(template: str, **context: Any) -> str:
    """An SVG file."""
    return _drawing().get_template(template).render(context)
