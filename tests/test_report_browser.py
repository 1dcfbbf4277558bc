"""Reports in a real browser: nothing overflows, everything can be read, and nothing is asked of a network."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dynapspec.report import as_html, as_svg, assumed
from report_kit import BRANCHES, layers, told, written
from site_kit import browser

playwright = pytest.importorskip(
    "playwright.sync_api", reason="NOT TESTED: install playwright to test reports in a browser"
)

HERE = Path(__file__).parent
LOOK = (HERE / "look.js").read_text()
WIDTHS = {"phone": (390, 844), "desktop": (1440, 900)}
LEGIBLE = 4.5  # WCAG 2.2, contrast of text, level AA
# what look.js says of a page, for the drawings inside it: the contrast of each text with the shape below it
INSIDE = """() => [...document.querySelectorAll('svg text')].map((each) => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number).slice(0, 3);
  const light = (rgb) => { const [r, g, b] = rgb.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92
    : ((v + 0.055) / 1.055) ** 2.4)); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const box = each.getBoundingClientRect(), x = box.left + 2, y = (box.top + box.bottom) / 2;
  const under = [...each.ownerSVGElement.querySelectorAll('rect')].filter((one) => {
    const r = one.getBoundingClientRect();
    return !one.closest('defs') && r.left <= x && x <= r.right && r.top <= y && y <= r.bottom; });
  const fill = under.length ? getComputedStyle(under[under.length - 1]).fill
    : getComputedStyle(document.body).backgroundColor;
  const pair = [light(parse(getComputedStyle(each).fill)), light(parse(fill))].sort((a, b) => a - b);
  const view = each.ownerSVGElement.getBoundingClientRect();
  return { text: each.textContent, ratio: (pair[1] + 0.05) / (pair[0] + 0.05),
    inside: box.left >= view.left - 1 && box.right <= view.right + 1 && box.bottom <= view.bottom + 1 };
})"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with playwright.sync_playwright() as tool:
        yield tool.chromium.launch(executable_path=browser(), args=options)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A network that breaks two rules on one chip, and one of many chips of which some take it."""
    folder = tmp_path_factory.mktemp("reports")
    branches = written(folder, BRANCHES)
    one = told(branches, traffic=assumed(branches, ["2e6", "30/neuron@all"]))
    biased = layers(folder, *["conv: {out_channels: 1, kernel_size: 1, bias: true}"] * 3)
    texts = {
        "one.html": as_html(one),
        "all.html": as_html(told(biased, "all", assumed(biased, ["1e5"]))),
        "one.svg": as_svg(one),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return {name: folder / name for name in texts}


def seen(
    chromium: Any, path: Path, width: str, scheme: str, script: str, unfold: bool = False
) -> tuple[Any, list[str]]:
    """What a script says of a page, and every request and complaint on the way."""
    w, h = WIDTHS[width]
    context = chromium.new_context(viewport={"width": w, "height": h}, color_scheme=scheme)
    tab = context.new_page()
    strange: list[str] = []
    tab.on("request", lambda request: strange.append(request.url) if request.url != path.as_uri() else None)
    tab.on("console", lambda message: strange.append(message.text))
    tab.on("pageerror", lambda error: strange.append(str(error)))
    tab.on("dialog", lambda dialog: strange.append(dialog.message))
    tab.goto(path.as_uri())
    if unfold:
        tab.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    told = tab.evaluate(f"({script})()")
    context.close()
    return told, strange


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["one.html", "all.html"])
def test_a_page_fits_and_can_be_read(
    chromium: Any, files: dict[str, Path], name: str, width: str, scheme: str
) -> None:
    found, strange = seen(chromium, files[name], width, scheme, LOOK, unfold=True)
    assert not strange
    assert found["scrolled"] <= found["window"]
    assert not found["cut"]
    assert found["texts"] > 50
    assert not [text for text in found["contrast"] if text["ratio"] < LEGIBLE]
    assert (found["background"] < 0.1) == (scheme == "dark")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_drawings_inside_a_page_can_be_read(chromium: Any, files: dict[str, Path], scheme: str) -> None:
    texts, _ = seen(chromium, files["one.html"], "desktop", scheme, INSIDE)
    assert len(texts) > 50
    assert not [text for text in texts if text["ratio"] < LEGIBLE]
    assert not [text for text in texts if not text["inside"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_drawing_can_be_read(chromium: Any, files: dict[str, Path], scheme: str) -> None:
    found, strange = seen(chromium, files["one.svg"], "desktop", scheme, INSIDE_DRAWING)
    assert not strange
    assert len(found) > 50
    assert not [text for text in found if text["ratio"] < LEGIBLE]
    assert not [text for text in found if not text["inside"]]


INSIDE_DRAWING = INSIDE.replace(
    "getComputedStyle(document.body).backgroundColor", "'rgb(255, 255, 255)'"
).replace(
    "each.ownerSVGElement.getBoundingClientRect()", "document.querySelector('.sheet').getBoundingClientRect()"
)


def test_a_chip_of_the_list_opens_its_part(chromium: Any, files: dict[str, Path]) -> None:
    tab = chromium.new_page()
    tab.goto(files["all.html"].as_uri())
    assert tab.locator("details[open]").count() == 1
    tab.locator("#chip-speck2cmini").click()
    assert tab.locator("details[open]").count() == 2
    assert tab.get_by_role("img", name="kernel memory of speck2cmini").is_visible()
    tab.close()
