"""Where something stands in the user's own code, as messages name it: ``module head, Conv2d (net.py:12)``."""

from __future__ import annotations

import re

from dynapspec.diagnostics import Span, whole_line

_LINE = re.compile(r" \((?P<file>[^()]+):(?P<line>[0-9]+)\)$")


def span_in(place: str) -> Span | None:
    """The line that a place names, if it names one."""
    found = _LINE.search(place)
    return whole_line(found["file"], int(found["line"])) if found else None
