"""The page of a spec file: each line with its number, and links to where the docs show it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape

from pygments.lexers import YamlLexer
from pygments.token import STANDARD_TYPES

from dynapspec.site.links import Shown, fragment, relative
from dynapspec.site.source import SpecFile

ONE_LINE = 1  # more places than this fold


def spec_page(file: SpecFile, shown: Mapping[int, Iterable[Shown]]) -> str:
    """The page as Markdown with HTML in it."""
    rows = [
        _row(file, number, line, list(shown.get(number, ())))
        for number, line in enumerate(_highlighted(file.text), 1)
    ]
    head = [
        f"# {file.title}",
        "",
        "The spec as it is written. A line that the docs show links to the place on the right; the",
        "number of a line is a link to it.",
        "",
    ]
    return (
        "\n".join([*head, '<div class="highlight lines" tabindex="0"><table>', *rows, "</table></div>"])
        + "\n"
    )


def _row(file: SpecFile, number: int, code: str, places: list[Shown]) -> str:
    anchors = "".join(f'<span id="{escape(each)}"></span>' for each in file.pointers.get(number, ()))
    link = f'<a href="#L{number}">{number}</a>'
    back = _back(file.page, places)
    # an empty cell would end the block of HTML where its line is blank
    return (
        f'<tr id="L{number}"><td class="number">{link}{anchors}</td>'
        f'<td class="code"><code>{code or "&#8203;"}</code></td><td class="back">{back}</td></tr>'
    )


def _back(page: str, places: list[Shown]) -> str:
    links = [
        f'<a href="{escape(relative(page, place.page.removesuffix(".md") + ".html"))}'
        f'{escape("#" + fragment(place.anchor) if place.anchor else "")}">{escape(_name(place))}</a>'
        for place in places
    ]
    if len(links) <= ONE_LINE:
        return "".join(links)
    return f"<details><summary>{len(links)} places</summary>{' '.join(links)}</details>"


def _name(place: Shown) -> str:
    return place.page.removesuffix(".md").rpartition("/")[2]


def _highlighted(text: str) -> list[str]:
    """The lines of a YAML file as HTML."""
    lines = [""]
    for token, value in YamlLexer(stripnl=False, ensurenl=False).get_tokens(text):
        style = STANDARD_TYPES.get(token) or STANDARD_TYPES.get(token.parent, "")
        for index, part in enumerate(value.split("\n")):
            if index:
                lines.append("")
            lines[-1] += _span(style, part)
    return lines[:-1] if lines[-1] == "" else lines


def _span(style: str, part: str) -> str:
    if not part:
        return ""
    return f'<span class="{style}">{escape(part)}</span>' if style else escape(part)


def inherited(
    shown: Mapping[tuple[str, int], Iterable[Shown]],
    lines: Mapping[str, tuple[str, int]],
    pages: Mapping[str, str],
) -> Iterator[tuple[tuple[str, int], Shown]]:
    """For lines inside a part that the docs show as one: the place of that part, or the page of the spec."""
    anchors = {place.anchor: place for places in shown.values() for place in places}
    for clause, where in lines.items():
        if where in shown:
            continue
        entry, _, pointer = clause.partition("#")
        place = _around(entry, pointer, anchors) or _page(entry.partition("@")[0], pages)
        if place:
            yield where, place


def _around(entry: str, pointer: str, anchors: Mapping[str, Shown]) -> Shown | None:
    while pointer.strip("/"):
        pointer = pointer.rpartition("/")[0]
        if f"{entry}#{pointer}" in anchors:
            return anchors[f"{entry}#{pointer}"]
    return None


def _page(name: str, pages: Mapping[str, str]) -> Shown | None:
    found = next((path for path in pages if path.endswith(f"/{name}.md")), None)
    return Shown(found, "") if found else None
