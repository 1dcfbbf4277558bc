"""The site: every link leads somewhere, each clause to its line and back, and nothing is overwritten."""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path

import pytest

from docs_kit import SPECS, copy_of_specs
from dynapspec.cli.main import COMMANDS
from dynapspec.codes import pages as codes
from site_kit import docs, page, site, target

pytest.importorskip("sphinx", reason="NOT TESTED: the site needs dynapspec[docs]")


@cache
def html() -> list[Path]:
    return sorted(site().rglob("*.html"))


def names() -> set[str]:
    return {path.relative_to(site()).as_posix() for path in html()}


def test_the_site_has_a_page_for_everything() -> None:
    specs = {
        path.relative_to(SPECS).as_posix() for kind in ("chips", "layers") for path in SPECS.glob(f"{kind}/*")
    }
    wanted = {f"files/{path.removesuffix('.yaml')}.html" for path in specs}
    wanted |= {
        "index.html",
        "codes.html",
        "commands.html",
        "evidence.html",
        "specs.html",
        "chips/speck2f.html",
    }
    assert wanted <= names()
    assert (site() / "chips" / "speck2f.svg").is_file()


def test_every_link_leads_somewhere() -> None:
    broken, followed = [], 0
    for path in html():
        for link in page(path).links:
            found = target(path, link)
            if found is None:
                continue
            file, place = found
            followed += 1
            if not file.is_file() or (place and place not in page(file).ids):
                broken.append(f"{path.relative_to(site())}: {link}")
    assert not broken
    assert followed > 3000


def test_every_place_has_one_name() -> None:
    for path in html():
        ids = page(path).ids
        assert not {each for each in ids if ids.count(each) > 1}, path


def test_pages_load_nothing_from_elsewhere() -> None:
    for path in html():
        for link in page(path).loaded:
            found = target(path, link)
            assert found is not None, f"{path} loads {link}"
            assert link.startswith("#") or found[0].is_file(), f"{path} loads {link}"
    styles = "".join(style.read_text() for style in site().rglob("*.css"))
    assert not re.findall(r"@import|url\(['\"]?(?:https?:)?//[^)]*\)", styles)


def clauses() -> list[tuple[Path, str, Path, str]]:
    """Page, clause, and the page and place of the line that a clause links to."""
    found = []
    for path in html():
        for clause, link in page(path).clauses:
            where = target(path, link)
            assert where is not None
            found.append((path, clause, *where))
    return found


def stands_in(step: str, line: str) -> bool:
    """Whether a line of a spec states an entry of that name, or a range of numbers that holds it."""
    if re.search(rf"(?:^|[{{,\s]){re.escape(step)}:", line):
        return True
    ranges = re.findall(r"(\d+)\.\.(\d+):", line)
    return step.isdecimal() and any(int(low) <= int(step) <= int(high) for low, high in ranges)


def test_every_clause_links_to_the_line_that_states_it() -> None:
    checked = 0
    for path, clause, file, place in clauses():
        relative = file.relative_to(site() / "files").with_suffix(".yaml")
        line = (SPECS / relative).read_text().splitlines()[int(place.removeprefix("L")) - 1]
        step = clause.rpartition("/")[2]
        assert stands_in(step, line), f"{path}: {clause} leads to {relative}:{place}, {line!r}"
        checked += 1
    assert checked > 500


def test_every_line_that_is_shown_links_back() -> None:
    for path, clause, file, place in clauses():
        row = file.read_text().partition(f'<tr id="{place}">')[2].partition("</tr>")[0]
        links = {target(file, link) for link in re.findall(r'href="([^"]*)"', row)}
        assert (path, clause) in links, f"{file}:{place} does not lead back to {clause}"


def test_a_value_that_was_replaced_leads_to_both_lines() -> None:
    text = (site() / "chips" / "speck2f.html").read_text()
    row = next(row for row in text.split("<tr") if 'id="speck2f@1.1.0#/limits/decimator"' in row)
    lines = re.findall(r'href="\.\./files/chips/(\w+)\.html#L(\d+)"', row)
    assert {name for name, _ in lines} == {"speck2", "family"}
    for name, number in lines:
        line = (SPECS / "chips" / f"{name}.yaml").read_text().splitlines()[int(number) - 1]
        assert line.startswith("  decimator: {one_of: [")


def test_every_code_and_every_command_is_a_place() -> None:
    assert set(codes()) <= set(page(site() / "codes.html").ids)
    assert set(COMMANDS) <= set(page(site() / "commands.html").ids)


def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("two years of work")
    result = docs("--specs", SPECS, "--out", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
    assert result.exit_code != 0
    finding = result.exception.diagnostics[0]  # type: ignore[union-attr]
    assert finding.message == f"{tmp_path} has files that are no part of a site: thesis.tex"
    assert finding.hint == "name an empty folder with --out, or move these files away"


@pytest.mark.parametrize("inside", ["site", "specs/site", "specs", ".", "generated/docs"])
def test_a_site_is_kept_out_of_the_tree_of_the_specs(tmp_path: Path, inside: str) -> None:
    root = copy_of_specs(tmp_path)
    (tmp_path / ".git").mkdir()
    before = sorted(tmp_path.rglob("*"))
    result = docs("--specs", root, "--out", tmp_path / inside)
    assert result.exception.diagnostics[0].code == "output-folder"  # type: ignore[union-attr]
    assert sorted(tmp_path.rglob("*")) == before


def test_the_same_specs_give_the_same_site_and_an_old_one_is_replaced(tmp_path: Path) -> None:
    out = tmp_path / "site"
    out.mkdir()
    for name in ("old.html", "index.html"):
        (out / name).write_text("by an older version")
    (out / ".dynapspec-site.json").write_text('["index.html", "old.html"]')
    assert docs("--specs", copy_of_specs(tmp_path), "--out", out).exit_code == 0
    files = {path.relative_to(site()) for path in site().rglob("*") if path.is_file()}
    assert {path.relative_to(out) for path in out.rglob("*") if path.is_file()} == files
    for path in files:
        assert (out / path).read_bytes() == (site() / path).read_bytes(), path


NASTY = "<script>alert(1)</script> {math}`x` %c +++ (t)= <b onclick=x> $$y$$ [l](javascript:z)"


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of specs in which a line was added, and a text made to look like markup."""
    folder = tmp_path_factory.mktemp("edited")
    root = copy_of_specs(folder)
    file = root / "chips" / "speck2f.yaml"
    text = re.sub(r"^doc: .*$", lambda _: f'doc: "{NASTY}"', file.read_text(), flags=re.MULTILINE)
    file.write_text(f"# {NASTY}\n{text}")
    result = docs("--specs", root, "--out", folder / "site")
    assert result.exit_code == 0, result.output
    assert "warning" not in result.output
    return folder / "site"


def test_a_comment_moves_the_lines_that_the_site_shows(edited: Path) -> None:
    lines = (SPECS / "chips" / "speck2f.yaml").read_text().splitlines()
    before = next(number for number, line in enumerate(lines, 1) if "speck2fmodule:" in line)
    for folder, line in ((site(), before), (edited, before + 1)):
        text = (folder / "chips" / "speck2f.html").read_text()
        assert f'title="chips/speck2f.yaml, line {line}"' in text


@pytest.mark.parametrize("name", ["chips/speck2f", "files/chips/speck2f"])
def test_text_of_a_spec_stays_text(edited: Path, name: str) -> None:
    ours, theirs = page(edited / f"{name}.html"), page(site() / f"{name}.html")
    for tag in ("script", "b", "math"):
        assert ours.tags.count(tag) == theirs.tags.count(tag)
    assert not [link for link in ours.links if link.startswith("javascript")]
    assert "&lt;script&gt;alert(1)" in (edited / f"{name}.html").read_text()


@pytest.mark.parametrize("module", ["sphinx.application", "furo", "myst_parser"])
def test_the_extra_is_named_when_it_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    finding = docs("--specs", SPECS, "--out", tmp_path / "site").exception.diagnostics[0]  # type: ignore[union-attr]
    assert (finding.code, finding.hint) == ("missing-extra", "pip install 'dynapspec[docs]'")
    assert not (tmp_path / "site").exists()
