"""Markdown of the docs as the site needs it: links to pages of the site, and from each clause to its line.

The committed pages hold no line numbers. Here, where a page and the specs are at hand, every anchor of a
clause gets a link to the line that states it, and every link to a spec file leads to the line in question.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape, unescape
from urllib.parse import quote, unquote

from dynapspec.site.source import FOLDER, SpecFile

ANCHOR = re.compile(r'<a id="([^"]*)"></a>')
HEADING = re.compile(r'^(#+) <a id="([^"]*)"></a>(.*)$')
LINK = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]*)\)")
DRAWING = re.compile(r"^!\[([^\]]*)\]\(([^)\s]*\.svg)\)$")
CONTENTS = re.compile(
    r"^- \[[^\]]*\]\(#[^)]*\)$"
)  # a page's own list of sections, which the site has beside it
FENCE = re.compile(r"^(`{3,}|~{3,})")
SPECS = "specs/"  # where committed pages find the spec files


@dataclass(frozen=True, slots=True)
class Shown:
    """A place of the docs that shows something of a spec."""

    page: str
    anchor: str


@dataclass
class Linker:
    """Rewrites the pages; ``shown`` gathers which lines of which files they speak of."""

    pages: Mapping[str, str]
    files: Mapping[str, SpecFile]
    lines: Mapping[str, tuple[str, int]]  # clause to file and line, as sourcemap.json has it
    shown: dict[tuple[str, int], dict[Shown, None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.anchors = {
            path: {unescape(name) for name in ANCHOR.findall(text)} for path, text in self.pages.items()
        }

    def rewritten(self, path: str) -> str:
        """A page of the docs for the site."""
        return "\n".join(self._lines(path, self.pages[path])) + "\n"

    def _lines(self, path: str, text: str) -> Iterator[str]:
        fence = ""
        for line in text.splitlines():
            mark = FENCE.match(line)
            if fence:
                fence = "" if line.strip() == fence else fence
                yield line
            elif mark:
                fence = mark[1]
                yield line.replace("```math", "```{math}") if line == "```math" else line
            elif not CONTENTS.match(line):
                yield from self._line(path, line)

    def _line(self, path: str, line: str) -> Iterator[str]:
        drawing, heading = DRAWING.match(line), HEADING.match(line)
        if drawing:
            yield '<div class="drawing" tabindex="0">'
            yield f'<img src="{drawing[2]}" alt="{drawing[1]}">'
            yield "</div>"
        elif heading:
            clause = unescape(heading[2])
            yield f'<div id="{heading[2]}" class="clause"></div>\n'
            yield f"{heading[1]} {heading[3]}"
            if clause in self.lines:
                yield f'\n<p class="stated">{self._stated(path, clause, self._place(clause))}</p>\n'
        else:
            yield self._inline(path, line)

    def _inline(self, path: str, line: str) -> str:
        names = [unescape(name) for name in ANCHOR.findall(line)]
        clause = names[0] if names else ""
        line = LINK.sub(lambda match: self._link(path, clause, match[1], match[2]), line)
        told: set[tuple[str, int]] = set()
        return ANCHOR.sub(lambda match: self._anchored(path, match[1], told), line)

    def _anchored(self, path: str, name: str, told: set[tuple[str, int]]) -> str:
        """An anchor, and the link to its line unless an anchor beside it has told that line already."""
        clause = unescape(name)
        where = self.lines.get(clause)
        if where is None:
            return f'<a id="{name}"></a>'
        link = self._stated(path, clause, "☰")
        known = where in told
        told.add(where)
        return f'<span id="{name}" class="clause">{"" if known else link}</span>'

    def _stated(self, path: str, clause: str, text: str) -> str:
        """The link from a clause to the line that states it."""
        file, line = self.lines[clause]
        self._show(path, clause, file, line)
        place = escape(self._place(clause))
        target = escape(self._to_file(path, file, line))
        return f'<a class="spec" href="{target}" title="{place}" aria-label="{place}">{escape(text)}</a>'

    def _place(self, clause: str) -> str:
        file, line = self.lines[clause]
        return f"{file}, line {line}"

    def _link(self, path: str, clause: str, text: str, target: str) -> str:
        """A link of the page as one of the site; places that are no headings have names of their own."""
        file, _, place = target.partition("#")
        anchor, whole = unquote(place), resolved(path, file)
        if whole not in self.pages and SPECS in whole:
            return self._spec_link(path, clause, text, whole.rpartition(SPECS)[2])
        if whole.endswith(".md") and anchor in self.anchors.get(whole, ()):
            page = file.removesuffix(".md") + ".html" if file else ""
            return f'<a href="{escape(f"{page}#{fragment(anchor)}")}">{text}</a>'
        if anchor in self.lines:  # a definition that no page shows; its line does
            return f'<a href="{escape(self._to_file(path, *self.lines[anchor]))}">{text}</a>'
        return f"[{text}]({target})"

    def _spec_link(self, path: str, clause: str, text: str, file: str) -> str:
        known = self.files.get(file)
        if known is None:
            return text
        line = known.line_of(clause.partition("#")[2]) if clause else None
        if line is not None:
            self._show(path, clause, file, line)
        return f'<a class="spec" href="{escape(self._to_file(path, file, line))}">{text}</a>'

    def _to_file(self, path: str, file: str, line: int | None) -> str:
        page = relative(path, f"{FOLDER}/{file.removesuffix('.yaml')}.html")
        return page if line is None else f"{page}#L{line}"

    def _show(self, path: str, clause: str, file: str, line: int) -> None:
        self.shown.setdefault((file, line), {})[Shown(path, clause)] = None


def resolved(page: str, file: str) -> str:
    """A relative link of a page as a path of the site; a link within the page is the page."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(file))) if file else page


def relative(page: str, target: str) -> str:
    """The way from one page of the site to another."""
    return quote(posixpath.relpath(target, posixpath.dirname(page) or "."))


def fragment(anchor: str) -> str:
    """An anchor as it stands in a link."""
    return quote(anchor, safe="/@.-_")


def places(source_map: str) -> dict[str, tuple[str, int]]:
    """The source map as data."""
    return {clause: (file, line) for clause, (file, line) in json.loads(source_map).items()}
