"""Text of a spec as part of Python code: nothing that a spec says can break out of its quotes."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable

from dynapspec.model.check_layer import PLACEHOLDER

WIDTH = 105  # of a paragraph in a docstring


def literal(text: str) -> str:
    """A string literal in double quotes."""
    return json.dumps(text, ensure_ascii=False)


def inline(text: str) -> str:
    """Text inside a docstring: one line, and no quotes that could end it."""
    return re.sub(r"\s+", " ", text).replace("\\", "\\\\").replace('"', "'").strip()


def docstring(text: str) -> str:
    """Text that begins a docstring: as :func:`inline`, with a capital letter."""
    plain = inline(text)
    return plain[:1].upper() + plain[1:]


def wrapped(text: str, indent: int, first: str) -> str:
    """Text as a paragraph of a docstring, its first line after ``first``, the others indented like it."""
    margin = " " * indent
    hanging = margin + " " * len(first)
    lines = textwrap.wrap(inline(text), WIDTH, initial_indent=margin + first, subsequent_indent=hanging)
    return "\n".join(lines)


def sentence(text: str) -> str:
    """Text inside a docstring, as a sentence."""
    plain = docstring(text).rstrip(".")
    return f"{plain}." if plain else ""


def template(text: str, rename: Callable[[str], str]) -> str:
    """A message with {names} as an f-string."""
    parts = re.split(PLACEHOLDER, text)
    if len(parts) == 1:
        return literal(text)
    shown = [  # Python 3.11 has no double quotes inside the braces
        "{" + rename(part).replace('"', "'") + "}"
        if index % 2
        else literal(part)[1:-1].replace("{", "{{").replace("}", "}}")
        for index, part in enumerate(parts)
    ]
    return 'f"' + "".join(shown) + '"'


def tuple_code(items: list[str]) -> str:
    """A tuple display of code."""
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"


def set_code(names: list[str]) -> str:
    """A set of strings."""
    return "{" + ", ".join(literal(name) for name in names) + "}"
