"""What the tests of the docs share: pages, a copy of the specs to edit, and a look at rendered Markdown."""

from __future__ import annotations

import os
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

from markdown_it import MarkdownIt

from dynapspec.emit.docs.emitter import emit
from dynapspec.model import load_model

SPECS = Path(__file__).resolve().parents[1] / "specs"
ANCHOR = re.compile(r'<a id="([^"]*)"></a>')
LINK = re.compile(r"\]\(([^)\s]*)\)")


def pages(root: Path = SPECS) -> dict[str, str]:
    """Every file of the docs by its path."""
    return {output.path: output.text for output in emit(load_model(root))}


def copy_of_specs(folder: Path) -> Path:
    """A copy of the specs that a test may change."""
    return Path(shutil.copytree(SPECS, folder / "specs"))


def leads_to_specs(page: str, file: str) -> Path | None:
    """The spec file that a link of a page leads to when what is generated stands beside the specs."""
    whole = os.path.normpath(os.path.join("generated", os.path.dirname(page), file))
    return SPECS / whole.removeprefix("specs/") if whole.startswith("specs/") else None


def anchors(page: str) -> set[str]:
    """The places of a page that a link can lead to: clause ids, and headings as GitHub names them."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", page, flags=re.DOTALL), re.MULTILINE)
    bare = [re.sub(r"<[^>]*>|`", "", heading) for heading in headings]
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in bare}
    return slugs | set(ANCHOR.findall(page))


def links(page: str) -> list[tuple[str, str]]:
    """File and place of every link of a page."""
    found = LINK.findall(re.sub(r"```.*?```", "", page, flags=re.DOTALL))
    return [(target.partition("#")[0], unquote(target.partition("#")[2])) for target in found]


def blocks(page: str, language: str) -> list[str]:
    """The code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.targets: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.targets += [value or "" for name, value in attrs if name == "href"]
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def rendered(page: str) -> _Reader:
    """The tags, link targets and visible text of a page as a browser gets it."""
    reader = _Reader()
    reader.feed(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(page))
    return reader
