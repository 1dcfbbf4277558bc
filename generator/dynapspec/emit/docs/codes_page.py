"""The page of the codes of findings: what each means, an example, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dynapspec.codes import Page, pages
from dynapspec.emit.docs.markup import Markup, code, fenced, link, markup, table
from dynapspec.emit.docs.page import page
from dynapspec.model.waivers import WAIVABLE


def codes_page() -> str:
    """The page as Markdown; the headings are the codes themselves, so that each is its own anchor."""
    known = pages()
    rows = [[link(each.code, f"#{each.code}"), prose(each.means)] for each in known.values()]
    return page(
        "codes.md.j2",
        overview=table(["code", "meaning"], rows),
        codes=[_code(each) for each in known.values()],
    )


def _code(about: Page) -> Mapping[str, Any]:
    return {
        "name": about.code,
        "means": prose(about.means),
        "mend": prose(about.mend),
        "file": code(about.file),
        "wrong": fenced("yaml", about.wrong) if about.file else "",
        "right": fenced("yaml", about.right) if about.file else "",
        "shown": prose(about.shown),
        "waivable": about.code in WAIVABLE,
    }


def prose(text: str) -> Markup:
    """A text in which backticks mark code, as the pages of the codes have it."""
    return Markup("".join(code(part) if odd else _plain(part) for part, odd in _pieces(text)))


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    return ((part, index % 2 == 1) for index, part in enumerate(text.split("`")))


def _plain(part: str) -> str:
    """A piece between two spans of code; the spaces at its ends part it from them."""
    left = " " if part[:1] == " " else ""
    right = " " if part[-1:] == " " and part.strip() else ""
    return f"{left}{markup(part)}{right}"
