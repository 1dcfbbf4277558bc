"""Reports as files: what they hold, that nothing in them leads elsewhere, and how they are written."""

from __future__ import annotations

import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from click.testing import CliRunner
from rich.console import Console

from dynapspec.cli.main import cli
from dynapspec.network.loading import read_network
from dynapspec.network.network import Block
from dynapspec.report import as_html, as_svg, assumed, cautions
from dynapspec.report.flow import flow_drawing
from dynapspec.report.levels import arranged
from dynapspec.report.memory import memory_drawings
from dynapspec.report.terminal import core_bars
from golden import recorded as found
from report_kit import BRANCHES, SPECS, Chain, Edge, answer, layers, model, told, written

SVG = "{http://www.w3.org/2000/svg}"
GESTURE = str(SPECS / "networks" / "dvsgesturenet-8.yaml")
ADDRESS = re.compile(r"https?://|\bsrc=|@import|url\((?!#)|javascript:", re.IGNORECASE)


def run(*arguments: object) -> Any:
    return CliRunner().invoke(cli, ["fit", *map(str, arguments), "--specs", str(SPECS)])


class Tags(HTMLParser):
    """The elements of a page, and those that were left open or shut twice."""

    EMPTY = frozenset({"meta", "br", "hr", "img", "input", "link"})
    SHAPES = frozenset({"path", "rect", "line"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.ids: list[str] = []
        self.attributes: set[str] = set()
        self._open: list[str] = []
        self.wrong: list[str] = []
        self.feed(text)
        self.wrong += self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in self.EMPTY:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.wrong.append(f"/{tag}")


# ── The page ─────────────────────────────────────────────────────────────────────────────────────


def test_names_cannot_become_elements(tmp_path: Path) -> None:
    network = written(tmp_path, BRANCHES)
    page = as_html(told(network, traffic=assumed(network, ["1e5"])))
    tags = Tags(page)
    assert not tags.wrong
    assert not {"script", "img", "iframe", "object", "link"} & set(tags.found)
    assert not {name for name in tags.attributes if name.startswith("on")}
    assert "&lt;script&gt;alert(2)" in page
    assert "\x1b" not in page
    drawing = as_svg(told(network))
    names = {element.tag.removeprefix(SVG) for element in Xml.fromstring(drawing).iter()}
    assert names == {
        *("svg", "title", "desc", "style", "defs", "pattern", "marker"),
        *("g", "rect", "path", "line", "text", "tspan"),
    }


def test_pages_hold_all_that_they_show(tmp_path: Path) -> None:
    network = layers(tmp_path, "conv: {out_channels: 4, kernel_size: 3, bias: true}")
    shown = told(network, "all", assumed(network, ["1e5"]))
    page, drawing = as_html(shown), as_svg(told(network))
    assert not ADDRESS.search(page)
    assert not ADDRESS.search(drawing.replace("http://www.w3.org/2000/svg", ""))
    assert len(Tags(page).ids) == len(set(Tags(page).ids))


def test_the_same_network_gives_the_same_bytes(tmp_path: Path) -> None:
    texts = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        network = written(tmp_path / name, BRANCHES)
        shown = told(network, traffic=assumed(network, ["1e5"]))
        texts.append(as_html(shown) + as_svg(shown))
    assert texts[0] == texts[1]


def test_every_drawing_has_a_role_and_a_name(tmp_path: Path) -> None:
    page = as_html(told(written(tmp_path, BRANCHES)))
    drawings = re.findall(r"<svg [^>]*>\n<title>[^<]+</title>", page)
    assert len(drawings) == page.count("<svg") - 1 == 4  # network and three memories; one holds the patterns
    assert all('role="img"' in each and "aria-label=" in each for each in drawings)
    assert '<html lang="en">' in page
    root = Xml.fromstring(as_svg(told(written(tmp_path, BRANCHES))))
    assert root.get("role") == "img"
    assert "core 3, layer 3 right" in (root.findtext(f"{SVG}desc") or "")


def test_the_page_tells_violations_with_their_clauses(tmp_path: Path) -> None:
    shown = told(written(tmp_path, BRANCHES))
    page = as_html(shown)
    assert len(shown.chips[0].answer.violations) == 2
    for violation in shown.chips[0].answer.violations:
        assert violation.message in page
        assert f"<code>{violation.clause}</code>" in page
        assert violation.remedy in page


def test_weights_are_counted_in_words_of_the_chip() -> None:
    """Of the recorded network: 16 * 2 * 25 = 800 weights in the first layer, from -128 to 37."""
    pytest.importorskip("nir")
    from dynapspec.report.weights import weight_histograms

    path = found("DYNAPSPEC_SILICON", "silicon", "the recording of a chip") / "nmnist_scnn.nir"
    network = read_network(path, Chain(model()))
    counts = weight_histograms(network, answer(network)[1][0].quantizer)
    first = dict(counts[0])
    assert (min(first), max(first), sum(first.values())) == (-128, 37, 800)
    assert all(word == int(word) for word in first)
    assert [sum(dict(counts[i]).values()) for i in (1, 2)] == [16 * 16 * 9, 16 * 8 * 9]


def test_each_weight_is_in_the_bin_of_its_word() -> None:
    """One by one through the quantization of the layer, with a rescaling and a bias that sets the scale."""
    numpy = pytest.importorskip("numpy")
    from dataclasses import replace

    from dynapspec.network.network import Parameters
    from dynapspec.report.weights import weight_histograms

    weights = numpy.random.default_rng(3).normal(0, 0.4, (6, 1, 3, 3)).astype(numpy.float32)
    bias = numpy.array([3.0] * 6, numpy.float32)
    trained = Parameters(weights, bias, 1.0, -1.0, rescale=4)
    network = built_from(trained)
    quantizer = answer(network)[1][0].quantizer
    tensors = {"weight": weights.ravel().tolist(), "bias": [3.0], "threshold": [1.0], "v_floor": [-1.0]}
    words = quantizer.quantize(tensors, 4).values["weight"]
    expected = sorted({word + 0.0: words.count(word) for word in words}.items())
    assert list(weight_histograms(network, quantizer)[0]) == expected
    assert len(expected) > 3
    ready = replace(trained, weight=numpy.round(weights * 10), words=True)
    kept = dict(weight_histograms(built_from(ready), quantizer)[0])
    assert kept == {
        float(x): int(n) for x, n in zip(*numpy.unique(ready.weight, return_counts=True), strict=True)
    }


def built_from(trained: Any) -> Any:
    block = Block("layer 0", "conv", {"out_channels": 6, "kernel_size": 3, "bias": True}, parameters=trained)
    return Chain(model()).build("net", (1, 8, 8), [block])


# ── Memory maps ──────────────────────────────────────────────────────────────────────────────────


def test_bars_are_as_long_as_their_words(tmp_path: Path) -> None:
    """20 features of 24x24 are 11520 words in 20480, out of 65536 on core 0, which is the longest bar."""
    chip = told(layers(tmp_path, "conv: {out_channels: 20, kernel_size: 5}", shape="[1, 28, 28]")).chips[0]
    neuron = next(one for one in memory_drawings(chip) if one["name"] == "neuron")
    assert neuron["total"] == "11520 words used, 8960 wasted by padding, 307200 of 327680 free"
    first, *others = neuron["bars"]
    whole = float(first["width"])
    used, wasted = (float(part["width"]) for part in first["parts"])
    assert used / whole == pytest.approx(11520 / 65536, abs=0.001)
    assert wasted / whole == pytest.approx(8960 / 65536, abs=0.001)
    assert [float(bar["width"]) / whole for bar in others] == [1, 1, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25]
    assert not any(bar["parts"] for bar in others)
    told_row = "core 0, layer 0: conv 1→20 k5: 11520 words used, 8960 wasted by padding, 45056 free of 65536"
    assert first["told"] == told_row


def test_a_layer_without_a_core_has_a_bar_of_its_own(tmp_path: Path) -> None:
    chip = told(layers(tmp_path, "conv: {out_channels: 17, kernel_size: 1}", shape="[1, 64, 64]")).chips[0]
    neuron = next(one for one in memory_drawings(chip) if one["name"] == "neuron")
    assert len(neuron["bars"]) == 10
    last = neuron["bars"][-1]
    assert (last["name"], last["label"]) == ("no core", "68Ki / 64Ki")
    assert [part["class"] for part in last["parts"]] == ["used over-fill"]
    assert "needs 69632 words, the largest core has 65536" in last["told"]


# ── The network ──────────────────────────────────────────────────────────────────────────────────


def test_boxes_lie_apart_and_ways_run_down(tmp_path: Path) -> None:
    network = written(tmp_path, BRANCHES)
    drawing = flow_drawing(network, told(network).chips[0])
    places = [(box["x"], box["y"]) for box in drawing["boxes"]]
    size = drawing["boxes"][0]
    for at, (x, y) in enumerate(places):
        assert 0 <= x <= drawing["width"] - size["width"]
        for other_x, other_y in places[at + 1 :]:
            assert abs(x - other_x) >= size["width"] or abs(y - other_y) >= size["height"]
    level = [y for _, y in places]
    for edge in network.edges:
        source = 0 if edge.source is None else edge.source + 1
        target = len(network.layers) + 1 if edge.target is None else edge.target + 1
        assert level[source] < level[target]
    assert [box["joined"] for box in drawing["boxes"]][5:7] == ["add", "concat"]
    assert sorted(way["label"] for way in drawing["ways"] if way["label"]) == [
        "pool 2",
        "pool 2, features +200",
    ]


def test_a_way_past_a_level_has_a_place_in_it() -> None:
    """Input to 0, 0 to 1 to 2, and 0 to 2: on the level of 1 both it and the way past it have room."""
    edges = [Edge(None, 0, 0), Edge(0, 1, 0), Edge(0, 2, 0), Edge(1, 2, 0), Edge(2, None, None)]
    levels = arranged(3, edges, 100, 10, 5)
    assert [level for _, level in levels.places] == [0, 1, 2, 3, 4]
    past = levels.ways[2].points
    assert [level for _, level in past] == [1, 2, 3]
    left = levels.places[2][0]
    assert not left <= past[1][0] <= left + 100
    assert levels.width == 115


def test_a_deep_network_is_drawn(tmp_path: Path) -> None:
    network = layers(tmp_path, *["conv: {out_channels: 1, kernel_size: 1}"] * 60)
    assert len(flow_drawing(network, told(network).chips[0])["boxes"]) == 62


# ── In a terminal ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("width", [60, 80, 140])
def test_bars_of_a_terminal_add_up(tmp_path: Path, width: int) -> None:
    chip = told(layers(tmp_path, "conv: {out_channels: 20, kernel_size: 5}", shape="[1, 28, 28]")).chips[0]
    with open(os.devnull, "w") as nowhere:
        console = Console(file=nowhere, width=width, record=True, color_system=None)
        console.print(core_bars(chip, width, ascii_only=True))
    lines = console.export_text().splitlines()
    assert max(map(len, lines)) <= width
    bars = [re.findall(r"[#+.]{4,}", line) for line in lines[2:11]]
    assert len({len(bar) for row in bars for bar in row}) == 1
    assert set("".join(bars[8])) == {"."}
    assert bars[0][1].startswith("#")
    assert "+" in bars[0][1]


def test_bars_are_for_terminals_and_who_asks() -> None:
    assert "wasted by padding" not in run(GESTURE, "--chip", "speck2f").stdout
    asked = run(GESTURE, "--chip", "speck2f", "--bars").stdout
    assert "wasted by padding" in asked
    assert "\x1b" not in asked


# ── Warnings ─────────────────────────────────────────────────────────────────────────────────────


def test_warnings_name_layer_number_clause_and_remedy(tmp_path: Path) -> None:
    conv, nine = "{conv: {out_channels: 3, kernel_size: 1", "neurons: {spike_threshold: 9"
    network = layers(
        tmp_path,
        f"{conv}, bias: true}}, {nine}, min_v_mem: -9}}}}",
        f"{conv}}}, {nine}, min_v_mem: null}}}}",
        f"{conv}, weight: {{min: -20, max: 10}}}}, {nine}}}}}",
        f"{conv}, weight: {{min: -20, max: 9}}}}, {nine}}}}}",
    )
    found = cautions(network, answer(network)[1][0])
    assert [(one.rule, one.layer, one.actual, one.limit) for one in found] == [
        ("bias-at-the-clock", 0, 3, None),
        ("no-floor", 1, None, -32768),
        ("weight-above-threshold", 2, 10, 9),
    ]
    assert [one.clause.partition("#")[2] for one in found] == [
        "/dynamics/event/leak",
        "/quantization/absent/v_floor",
        "/dynamics/event/steps",
    ]
    assert all(one.remedy and one.provenance for one in found)


def test_a_floor_of_zero_is_a_violation_and_told_once(tmp_path: Path) -> None:
    network = layers(tmp_path, "{conv: {out_channels: 1, kernel_size: 1}, neurons: {min_v_mem: 0}}")
    report, chips = answer(network)
    assert [one.rule for one in report.chips[0].violations] == ["floor-below-zero"]
    assert cautions(network, chips[0]) == ()


# ── Files ────────────────────────────────────────────────────────────────────────────────────────


def test_both_files_are_written(tmp_path: Path) -> None:
    html, svg = tmp_path / "a.html", tmp_path / "a.svg"
    assert run(GESTURE, "--chip", "speck2f", "--html", html, "--svg", svg).exit_code == 0
    assert html.read_text().startswith("<!doctype html>")
    assert Xml.fromstring(svg.read_text()).tag == f"{SVG}svg"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.html", "a.svg"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--svg", "a.svg"], "--svg draws one chip"),
        (["--chip", "speck2f", "--html", "x", "--svg", "x"], "name the same file"),
        (["--chip", "speck2f", "--html", "none/a.html"], "cannot be written"),
        (["--chip", "speck2f", "--html", "."], "cannot be written"),
        (["--chip", "speck2f", "--html", "a\0b"], "a"),
    ],
)
def test_bad_usage(
    arguments: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    from dynapspec.cli import main as entry

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["dynapspec", "fit", GESTURE, *arguments, "--specs", str(SPECS)])
    with pytest.raises(SystemExit) as caught:
        entry.main()
    told = capsys.readouterr()
    assert (caught.value.code, told.out) == (2, "")
    assert says in told.err
    assert "Traceback" not in told.err
    assert not list(tmp_path.iterdir())
