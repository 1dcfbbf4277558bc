"""Text for drawings and pages: control characters as escapes, and as much of it as there is room for."""

from __future__ import annotations

from dynapspec.diagnostics import visible

LETTER = 7.2  # width of an average letter of 12 pixels
MOST = 400  # characters of any name that a page shows


def plain(text: object, most: int = MOST) -> str:
    """A text on one line without anything that steers; what is longer ends in dots."""
    line = " ".join(visible(str(text)).split()).replace("->", "→")  # which no line breaks
    return line if len(line) <= most else f"{line[: max(1, most - 1)]}…"


def fitting(text: object, width: float) -> str:
    """As much of a text as a width in pixels holds."""
    return plain(text, max(2, int(width / LETTER)))
