"""The pages: complete, linked, the same on every machine."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

import pytest

from docs_kit import SPECS, anchors, blocks, copy_of_specs, leads_to_specs, links, pages, rendered
from dynapspec.load import Mapping
from dynapspec.model import ChipSpec, LayerSpec, load_model

SVG = "{http://www.w3.org/2000/svg}"


@cache
def docs() -> dict[str, str]:
    return pages()


def page(path: str) -> str:
    return docs()[f"docs/{path}"]


MARKDOWN = sorted(path for path in docs() if path.endswith(".md"))
DRAWINGS = sorted(path for path in docs() if path.endswith(".svg"))
CHIP_DRAWINGS = [path for path in DRAWINGS if path.startswith("docs/chips/")]


def test_there_is_a_page_for_everything() -> None:
    chips = ["dynapcnndevkit", "speck2b", "speck2btiny", "speck2cmini", "speck2dmini", "speck2e", "speck2f"]
    wanted = {"index.md", "codes.md", "evidence.md", "specs.md", "configuration.md"}
    wanted |= {"conformance.md", "implementations.md", "strength.md", "networks.md", "explore.md", "speed.md"}
    wanted |= {"speed.svg"} if (SPECS / "evidence" / "speed.json").is_file() else set()
    wanted |= {f"layers/{path.stem}.md" for path in (SPECS / "layers").iterdir()}
    wanted |= {f"chips/{chip}.{kind}" for chip in chips for kind in ("md", "svg")}
    assert set(docs()) == {f"docs/{path}" for path in wanted}


# Sections whose entries need a place on a page, and those that have a page or a sentence of their own.
LAYER_SECTIONS = [
    *("sources", "widths", "functions", "dims", "destination_dims", "shapes", "destination_shapes"),
    *("outputs", "memory", "rules", "differences", "claims"),
]
LAYER_PARTS = [
    ("api", "arguments"),
    ("quantization", "groups"),
    ("quantization", "refuse"),
    ("dynamics", "spike_fn"),
    ("dynamics", "reset_fn"),
    ("dynamics", "surrogate_grad_fn"),
    ("dynamics", "defaults"),
]
CHIP_SECTIONS = [
    *("sources", "devices", "cores", "claims", "limits", "widths", "features", "bandwidth"),
    *("placement", "readout", "dvs", "configuration", "errata", "unknown"),
]
# Said at the top of a page or file, or in its list of files; no shipped spec waives anything.
HEAD = {
    "waive",
    "mixins",
    "format",
    "layer",
    "chip",
    "version",
    "package",
    "abstract",
    "extends",
    "doc",
    "layers",
}


def test_no_section_of_a_spec_is_forgotten() -> None:
    """A new section of a spec has to be listed here, and so has to be shown."""
    shown = {*LAYER_SECTIONS, *(part[0] for part in LAYER_PARTS)}
    assert set(LayerSpec.model_fields) == shown | (HEAD - {"chip", "layers"})
    assert set(ChipSpec.model_fields) == set(CHIP_SECTIONS) | (HEAD - {"layer", "package"})


def test_every_definition_of_a_layer_is_shown() -> None:
    layer = load_model(SPECS).layers["dynapcnn"]
    shown = anchors(page("layers/dynapcnn.md"))
    for path in [*((section,) for section in LAYER_SECTIONS), *LAYER_PARTS]:
        part = layer.resolved
        for step in path:
            part = part[step]
        missing = [key for key in part if layer.clause(*path, key) not in shown]
        assert not missing, f"no page shows {missing} of {path}"


@pytest.mark.parametrize("name", load_model(SPECS).chips)
def test_every_definition_of_a_chip_is_shown(name: str) -> None:
    chip = load_model(SPECS).chips[name]
    shown = anchors(page(f"chips/{name}.md"))
    for section in CHIP_SECTIONS:
        keys = [key for key in chip.resolved.get(section, {}) if key not in ("source", "doc", "note")]
        missing = [key for key in keys if chip.clause(section, key) not in shown]
        assert not missing, f"no page shows {missing} of {section}"


@pytest.mark.parametrize("path", MARKDOWN)
def test_links_lead_somewhere(path: str) -> None:
    folder = PurePosixPath(path).parent
    for file, place in links(docs()[path]):
        target = os.path.normpath(folder / file) if file else path
        spec = leads_to_specs(path, file)
        if spec is not None:
            assert spec.is_file(), f"{path} links to {file}"
            continue
        assert target in docs(), f"{path} links to {file}"
        assert not place or place in anchors(docs()[target]), f"{path} links to {place} of {target}"


@pytest.mark.parametrize("path", MARKDOWN)
def test_tables_have_as_many_cells_in_each_row(path: str) -> None:
    lines = docs()[path].splitlines()
    for line, before in zip(lines[1:], lines, strict=False):
        if line.startswith("| ") and before.startswith("| "):
            assert line.count(" | ") == before.count(" | "), line


@pytest.mark.parametrize("path", MARKDOWN)
def test_pages_render_as_what_they_are(path: str) -> None:
    tags = rendered(docs()[path]).tags
    assert tags.count("h1") == 1
    assert not {"script", "em", "del", "hr", "style"} & set(tags)


@pytest.mark.parametrize("path", MARKDOWN)
def test_pages_hold_no_trace_of_a_value_that_is_missing(path: str) -> None:
    text = " ".join(rendered(docs()[path]).text)
    for trace in ("Undefined", "object at 0x", "built-in method", "Evidence: .", "  None"):
        assert trace not in text


def test_worked_examples_of_the_first_layer_of_the_tutorial() -> None:
    layer = page("layers/dynapcnn.md")
    assert (
        r"1 \cdot 2^{\lceil \log_2 (5 \cdot 5) \rceil + \lceil \log_2 20 \rceil} = 1024\ \mathrm{words}"
        in layer
    )
    assert r"20 \cdot 2^{\lceil \log_2 24 \rceil + \lceil \log_2 24 \rceil} = 20480\ \mathrm{words}" in layer
    assert "500 of these words hold something, 524 are padding." in layer
    assert "11520 of these words hold something, 8960 are padding." in layer


def test_worked_example_of_the_quantization() -> None:
    words = next(
        line for line in page("layers/dynapcnn.md").splitlines() if line.startswith("| `weight` | 0.5")
    )
    assert words.endswith("| 127, -64, 25 |")  # -63.5 is a tie


def test_the_floor_is_not_a_maximum() -> None:
    assert "a potential of 0.100000001 becomes\n0.100000024" in page("layers/dynapcnn.md")


def test_index_sums_up_the_chips() -> None:
    assert "| [speck2f](chips/speck2f.md) | 9 | 278528 | 327680 | 9216 |" in page("index.md")
    assert "| [speck2cmini](chips/speck2cmini.md) | 5 | 163840 | 163840 | 2048 |" in page("index.md")


def test_a_chip_says_where_values_come_from() -> None:
    speck2f = page("chips/speck2f.md")
    decimator = next(line for line in speck2f.splitlines() if "#/limits/decimator" in line)
    assert decimator.endswith(
        "| [speck2](../../../specs/chips/speck2.yaml), "
        "over [family](../../../specs/chips/family.yaml): `[]` |"
    )
    assert "| limits decimator | `one_of: [2, 4, 8, 16, 32, 128, 256, 512]` | `one_of: []` |" in speck2f
    assert "| devices speck2b | taken out | `vendor_name: Speck2bTestboard` |" in page("chips/speck2btiny.md")
    assert "| cores 0 to 2 | `kernel_words: 16384" in speck2f


def test_what_rests_on_assumption() -> None:
    assumed = page("evidence.md").partition("## assumed")[2].partition("## ")[0]
    assert "dynamics event visit" in assumed
    assert "| [bandwidth 1 to 8](" in assumed
    assert "limits stride" not in assumed


def test_a_rule_says_what_each_chip_takes() -> None:
    decimation = page("layers/dynapcnn.md").partition("</a>decimation\n")[2].partition("###")[0]
    assert "is none on [`dynapcnndevkit`]" in decimation
    assert (
        "512 on [`speck2e`](../chips/speck2e.md#speck2e@1.1.0%23/limits/decimator), [`speck2f`]" in decimation
    )


@pytest.mark.parametrize("path", MARKDOWN)
def test_python_on_the_pages_is_python(path: str) -> None:
    for number, block in enumerate(blocks(docs()[path], "python")):
        compile(block, f"{path} block {number}", "exec")


def test_the_examples_of_the_layer() -> None:
    built, refused = blocks(page("layers/dynapcnn.md"), "python")
    assert "assert layer.memory_summary() == {'kernel': 1024, 'neuron': 20480, 'bias': 0}" in built
    assert "assert [violation.rule for violation in speck2f.check(layer)] == ['stride']" in refused


@pytest.mark.parametrize("path", CHIP_DRAWINGS)
def test_drawings_are_to_scale_and_stay_inside(path: str) -> None:
    chip = load_model(SPECS).chips[PurePosixPath(path).stem]
    root = ElementTree.fromstring(docs()[path])
    bars = [bar for bar in root.iter(f"{SVG}rect") if bar.get("class") != "page"]
    memories = list(next(iter(chip.spec.cores.values())).words)
    words = [core.words[memory] for memory in memories for core in chip.spec.cores.values()]
    widths = [float(bar.get("width", "0")) for bar in bars]
    scale = max(widths) / max(words)
    assert widths == pytest.approx([count * scale for count in words], abs=0.06)
    for part in [*bars, *root.iter(f"{SVG}text")]:
        assert 0 <= float(part.get("x", "0")) + float(part.get("width", "0")) <= float(root.get("width", "0"))
        assert 0 <= float(part.get("y", "0")) <= float(root.get("height", "0"))


@pytest.mark.parametrize("path", DRAWINGS)
def test_drawings_are_for_light_and_dark_and_need_nothing_else(path: str) -> None:
    text = docs()[path]
    assert "@media (prefers-color-scheme: dark)" in text
    assert text.count("http") == 1  # the name space
    assert ElementTree.fromstring(text).find(f"{SVG}title") is not None


def test_a_comment_changes_nothing(tmp_path: Path) -> None:
    root = copy_of_specs(tmp_path)
    for file in root.glob("*/*.yaml"):
        file.write_text("# a comment\n\n" + file.read_text() + "\n# another\n")
    assert pages(root) == docs()


def test_pages_do_not_depend_on_the_place_or_the_run(tmp_path: Path) -> None:
    root = copy_of_specs(tmp_path)
    code = (
        "import hashlib, sys; from pathlib import Path; from docs_kit import pages;"
        "print(hashlib.sha256(repr(pages(Path(sys.argv[1]))).encode()).hexdigest())"
    )
    found = set()
    for seed, folder in (("1", tmp_path), ("2", root)):
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        run = subprocess.run(
            [sys.executable, "-c", code, root], env=env, cwd=folder, capture_output=True, check=True
        )
        found.add(run.stdout)
    assert len(found) == 1


def test_a_mapping_has_an_order() -> None:
    """The pages keep the order of the specs, so the specs must have one."""
    node = load_model(SPECS).layers["dynapcnn"].node
    assert isinstance(node, Mapping)
    rules = list(load_model(SPECS).layers["dynapcnn"].spec.rules)
    text = page("layers/dynapcnn.md")
    places = [text.index(f'#/rules/{rule}"') for rule in rules]
    assert places == sorted(places)


def test_a_layer_without_a_chip_has_a_page_too(tmp_path: Path) -> None:
    root = copy_of_specs(tmp_path)
    for file in (root / "chips").iterdir():
        file.unlink()
    alone = pages(root)
    layers = {path for path in alone if path.startswith("docs/layers/")}
    assert "docs/layers/dynapcnn.md" in layers
    general = {"index", "codes", "evidence", "conformance", "implementations", "strength", "speed"}
    assert set(alone) - layers - {"docs/speed.svg"} == {f"docs/{name}.md" for name in general}
    assert not [
        file for path in alone for file, _ in links(alone[path]) if "specs.md" in file or "chips" in file
    ]
