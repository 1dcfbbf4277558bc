"""The site in a real browser: nothing overflows, everything can be read, and no network is asked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from docs_kit import blocks, pages
from site_kit import browser, site

playwright = pytest.importorskip(
    "playwright.sync_api", reason="NOT TESTED: install playwright to test the site"
)

WIDTHS = {"phone": (390, 844), "desktop": (1440, 900)}
SCHEMES = ("light", "dark")
FEW = ("index.html", "chips/speck2f.html", "layers/dynapcnn.html", "files/chips/family.html", "codes.html")
LEGIBLE = 4.5  # WCAG 2.2, contrast of text, level AA
LOOK = (Path(__file__).parent / "look.js").read_text()


@dataclass
class Visit:
    """What a browser saw of one page."""

    name: str
    width: str
    scheme: str
    seen: dict[str, Any] = field(repr=False)
    errors: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.name} on a {self.width}, {self.scheme}"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with playwright.sync_playwright() as tool:
        yield tool.chromium.launch(executable_path=browser(), args=options)


def visited(chromium: Any, width: str, scheme: str, paths: list[Path], script: str) -> Iterator[Visit]:
    """Opens pages from the folder, as somebody does who has unpacked the site."""
    w, h = WIDTHS[width]
    context = chromium.new_context(viewport={"width": w, "height": h}, color_scheme=scheme)
    tab = context.new_page()
    for path in paths:
        visit = Visit(path.relative_to(site()).as_posix(), width, scheme, {})

        def note(request: Any, visit: Visit = visit) -> None:
            if not request.url.startswith((f"file://{site()}/", "data:")):
                visit.strangers.append(request.url)

        def complain(message: Any, visit: Visit = visit) -> None:
            if getattr(message, "type", "error") in ("error", "warning"):
                visit.errors.append(str(getattr(message, "text", message)))

        handlers = {"request": note, "console": complain, "pageerror": complain}
        for event, handler in handlers.items():
            tab.on(event, handler)
        tab.goto(path.as_uri())
        visit.seen = tab.evaluate(script)
        for event, handler in handlers.items():
            tab.remove_listener(event, handler)
        yield visit
    context.close()


@pytest.fixture(scope="module")
def visits(chromium: Any) -> list[Visit]:
    """Every page on a phone in the dark and on a desktop in the light, and a few the other way round too."""
    paths = sorted(site().rglob("*.html"))
    few = [site() / name for name in FEW]
    turns = [
        ("phone", "dark", paths),
        ("desktop", "light", paths),
        ("phone", "light", few),
        ("desktop", "dark", few),
    ]
    found = [
        visit
        for width, scheme, chosen in turns
        for visit in visited(chromium, width, scheme, chosen, f"({LOOK})()")
    ]
    assert len(found) == 2 * len(paths) + 2 * len(few) > 60
    return found


def test_no_page_is_wider_than_its_window(visits: list[Visit]) -> None:
    for visit in visits:
        assert visit.seen["scrolled"] <= visit.seen["window"], visit
        assert not visit.seen["cut"], f"{visit}: {visit.seen['cut']}"


def test_a_table_that_is_too_wide_scrolls_in_a_box_of_its_own(visits: list[Visit]) -> None:
    phone = next(v for v in visits if (v.name, v.width) == ("chips/speck2f.html", "phone"))
    assert phone.seen["scrolling"] > 5


def test_no_error_and_no_request_elsewhere(visits: list[Visit]) -> None:
    for visit in visits:
        assert not visit.errors, f"{visit}: {visit.errors}"
        assert not visit.strangers, f"{visit}: {visit.strangers}"


def test_all_text_can_be_read_in_light_and_dark(visits: list[Visit]) -> None:
    for visit in visits:
        assert visit.seen["texts"] > 5, visit
        low = [text for text in visit.seen["contrast"] if text["ratio"] < LEGIBLE]
        assert not low, f"{visit}: {low[:5]}"


def test_dark_is_dark_and_light_is_light(visits: list[Visit]) -> None:
    for visit in visits:
        assert (visit.seen["background"] < 0.1) == (visit.scheme == "dark"), visit
        assert (visit.seen["background"] > 0.8) == (visit.scheme == "light"), visit


def test_drawings_are_shown(visits: list[Visit]) -> None:
    drawn = [image for visit in visits for image in visit.seen["images"]]
    assert len(drawn) == 7 * 2 + 2  # that of one chip four times
    assert all(image["shown"] and image["alt"] for image in drawn)


@cache
def formulas() -> dict[str, int]:
    """The formulas of each page, as the Markdown has them."""
    return {
        path.removeprefix("docs/").replace(".md", ".html"): len(blocks(text, "math"))
        for path, text in pages().items()
        if path.endswith(".md")
    }


def test_formulas_are_shown_as_formulas(visits: list[Visit]) -> None:
    assert formulas()["layers/dynapcnn.html"] > 20
    for visit in visits:
        assert visit.seen["formulas"] == formulas().get(visit.name, 0), visit
        assert visit.seen["stacked"] == 0, visit
        assert visit.seen["flat"] == [], visit
        assert not visit.seen["latex"], visit


@pytest.mark.parametrize("scheme", SCHEMES)
def test_text_in_drawings_can_be_read(chromium: Any, scheme: str) -> None:
    script = (Path(__file__).parent / "look_at_drawing.js").read_text()
    paths = sorted(site().rglob("chips/*.svg"))
    assert len(paths) == 7
    for visit in visited(chromium, "desktop", scheme, paths, f"({script})()"):
        assert len(visit.seen["texts"]) > 20
        low = [text for text in visit.seen["texts"] if text["ratio"] < LEGIBLE]
        assert not low, f"{visit}: {low[:5]}"
        assert (visit.seen["background"] < 0.1) == (scheme == "dark")


def test_the_search_needs_no_server(chromium: Any) -> None:
    tab = chromium.new_page()
    tab.goto((site() / "search.html").as_uri() + "?q=decimator")
    tab.wait_for_selector("#search-results li a", timeout=10_000)
    found = tab.eval_on_selector_all("#search-results li a", "links => links.map(link => link.href)")
    assert any("chips/speck2e.html" in link for link in found)
    tab.close()


def test_a_clause_of_a_link_comes_into_view(chromium: Any) -> None:
    tab = chromium.new_page()
    tab.goto((site() / "chips" / "speck2f.html").as_uri() + "#speck2f@1.1.0%23/limits/decimator")
    tab.wait_for_timeout(300)  # the page may scroll smoothly
    box = tab.locator('[id="speck2f@1.1.0#/limits/decimator"]').bounding_box()
    assert 0 <= box["y"] < tab.viewport_size["height"]
    link = tab.locator('[id="speck2f@1.1.0#/limits/decimator"] a.spec')
    link.click()
    assert "/files/chips/speck2.html#L" in tab.url
    assert "decimator" in tab.locator(f"#{tab.url.rpartition('#')[2]}").inner_text()
    tab.close()
