"""What the tests of the site share: a site of the shipped specs, its pages as a reader of HTML sees them."""

from __future__ import annotations

import atexit
import os
import shutil
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote, urlsplit

import pytest
from click.testing import CliRunner, Result

from docs_kit import SPECS
from dynapspec.cli.main import cli

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
VARIABLE = "DYNAPSPEC_BROWSER"


def docs(*arguments: object) -> Result:
    """The command, as a user calls it."""
    return CliRunner().invoke(cli, ["docs", *map(str, arguments)])


@cache
def site() -> Path:
    """A site of the shipped specs, built once for each process that tests."""
    pytest.importorskip("sphinx", reason="NOT TESTED: the site needs dynapspec[docs]")
    kept = TemporaryDirectory(prefix="dynapspec-tested-site-")
    atexit.register(kept.cleanup)
    folder = Path(kept.name)
    result = docs("--specs", SPECS, "--out", folder)
    assert result.exit_code == 0, result.output
    assert "warning" not in result.output
    return folder


def browser() -> str:
    """The browser to test with; the tests that need one are skipped, loudly, where there is none."""
    named = os.environ.get(VARIABLE)
    if named:
        assert Path(named).is_file(), f"{VARIABLE} names {named}, and there is no such file"
        return named
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"NOT TESTED: no browser; install chromium, or name one with {VARIABLE}")
    return found


@dataclass
class Html(HTMLParser):
    """The places, links and files of a page."""

    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    clauses: list[tuple[str, str]] = field(default_factory=list)  # a clause and the link to its line

    def __post_init__(self) -> None:
        super().__init__()
        self._clause = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.ids += [named["id"]] if "id" in named else []
        if "clause" in named.get("class", "").split():
            self._clause = named["id"]
        if tag == "a" and "href" in named:
            self.links.append(named["href"])
            if "spec" in named.get("class", "").split() and self._clause and "title" in named:
                self.clauses.append((self._clause, named["href"]))
        elif "href" in named or "src" in named:
            self.loaded.append(named.get("src") or named["href"])


@cache
def page(path: Path) -> Html:
    """A page of a site."""
    reader = Html()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader


def target(path: Path, link: str) -> tuple[Path, str] | None:
    """The file and the place that a link of a page leads to; None for one that leaves the site."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    file = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    return file, unquote(parts.fragment)
