"""The pages of the codes, which are data: ``pages.yaml`` beside this module."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from dynapspec.diagnostics import did_you_mean, fail

PAGES = Path(__file__).with_name("pages.yaml")
WAIVABLE = (
    "It can be waived in the spec, with a reason and a last day: see `waive` in the schema of the spec."
)
NOT_WAIVABLE = "It cannot be waived."


@dataclass(frozen=True, slots=True)
class Page:
    """What is told about one code; ``right`` stands in the shipped ``file``, ``wrong`` must not."""

    code: str
    means: str
    mend: str
    file: str = ""
    wrong: str = ""
    right: str = ""
    shown: str = ""

    def text(self) -> str:
        """The page as a terminal shows it."""
        return "\n\n".join(
            [f"{self.code}: {self.means}", *self._example(), f"To mend it: {self.mend}", _waiving(self.code)]
        )

    def _example(self) -> list[str]:
        if not self.file:
            return [f"For example: {self.shown}"] if self.shown else []
        return [f"Wrong, in {self.file}:\n{_indented(self.wrong)}", f"Right:\n{_indented(self.right)}"]


def _waiving(code: str) -> str:
    from dynapspec.model.waivers import WAIVABLE as CODES

    return WAIVABLE if code in CODES else NOT_WAIVABLE


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


@cache
def pages() -> dict[str, Page]:
    """Every page by its code, sorted."""
    data: dict[str, dict[str, Any]] = yaml.safe_load(PAGES.read_text(encoding="utf-8"))
    return {code: Page(code, **data[code]) for code in sorted(data)}


def explain(code: str) -> str:
    """The page of a code as text; raises InputError with the closest code when there is none."""
    if code not in pages():
        raise fail("unknown-code", f"no finding has the code {code}", hint=did_you_mean(code, pages()))
    return pages()[code].text()
