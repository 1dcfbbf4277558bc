"""What a planted mistake is: a text of the generated package, and what takes its place."""

from __future__ import annotations

from typing import NamedTuple


class Mistake(NamedTuple):
    """One mistake. ``old`` occurs exactly once in the file, which is named from the package's folder."""

    name: str
    file: str
    old: str
    new: str
