"""Pages say which spec sets a value and what it replaced, what is waived, and which definitions they miss."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from docs_kit import SPECS, anchors, copy_of_specs, links, pages
from dynapspec.cli.main import cli
from dynapspec.emit.docs import chip_page
from dynapspec.emit.docs.coverage import gaps
from dynapspec.emit.docs.markup import Markup
from dynapspec.model import load_model

CHILD = """\
format: 1
chip: mine
version: 1.0.0
extends: speck2f
sources:
  LAB: {level: measured, title: our own bench}
devices: {speck2fmodule: null, speck2fdevkit: null}
cores:
  0: {kernel_words: 8192, source: LAB}
claims: {kernel-total: null}
limits:
  decimator: {one_of: [2, 4], source: LAB}
  stride: {one_of: [1, 2, 4, 8], source: LAB}
  ports: {max: 1, kind: count, source: LAB}
waive:
  ports-later: {code: unused-limit, at: limits.ports, reason: the rule is on its way, until: 2099-01-15}
"""
UP = "../../../specs/chips"


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = copy_of_specs(tmp_path_factory.mktemp("mine"))
    (root / "chips" / "mine.yaml").write_text(CHILD)
    return pages(root)


def row(page: str, clause: str) -> list[str]:
    """The cells of the row in which a clause has its place."""
    line = next(line for line in page.splitlines() if f'id="{clause}"' in line)
    return [cell.strip() for cell in line.strip("| ").split(" | ")]


def test_a_value_says_who_set_it_and_every_value_below(mine: dict[str, str]) -> None:
    last = row(mine["docs/chips/mine.md"], "mine@1.0.0#/limits/decimator")[-2:]
    assert last[0] == "measured, [LAB](#mine@1.0.0%23/sources/LAB)"
    assert last[1] == (
        f"[mine]({UP}/mine.yaml), over [speck2]({UP}/speck2.yaml): `[2, 4, 8, 16, 32, 128, 256, 512]`, "
        f"over [family]({UP}/family.yaml): `[]`"
    )


def test_one_of_several_values_is_named(mine: dict[str, str]) -> None:
    page = mine["docs/chips/mine.md"]
    assert row(page, "mine@1.0.0#/cores/0")[1:4] == ["8192", "65536", "1024"]
    replaced = f"[mine]({UP}/mine.yaml), over [nine-core]({UP}/nine-core.yaml): `kernel_words 16384`"
    assert row(page, "mine@1.0.0#/cores/0")[-1] == replaced
    assert row(page, "mine@1.0.0#/cores/1")[-1] == f"[nine-core]({UP}/nine-core.yaml)"
    assert row(page, "mine@1.0.0#/cores/1")[0].endswith("</a>1, 2")


def test_a_value_that_is_only_said_again_replaces_nothing(mine: dict[str, str]) -> None:
    assert row(mine["docs/chips/mine.md"], "mine@1.0.0#/limits/stride")[-1] == f"[mine]({UP}/mine.yaml)"


def test_pages_and_explain_agree(tmp_path: Path) -> None:
    root = copy_of_specs(tmp_path)
    (root / "chips" / "mine.yaml").write_text(CHILD)
    told = (
        CliRunner().invoke(cli, ["explain", "mine", "limits.decimator.one_of", "--specs", str(root)]).output
    )
    order = [part for part in ("mine.yaml", "speck2.yaml", "family.yaml") if part in told]
    assert sorted(order, key=told.index) == ["mine.yaml", "speck2.yaml", "family.yaml"]


def test_what_is_waived_is_shown(mine: dict[str, str]) -> None:
    page = mine["docs/chips/mine.md"]
    cells = row(page, "mine@1.0.0#/waive/ports-later")
    assert cells[1:] == [
        "[unused-limit](../codes.md#unused-limit)",
        "[limits.ports](#mine@1.0.0%23/limits/ports)",
        "the rule is on its way",
        "2099-01-15",
    ]
    assert "[1 finding that is waived](#waived)" in page
    assert ("", "waived") in links(page)
    assert "## Waived" not in mine["docs/chips/speck2f.md"]


def test_what_to_read_before_relying_on_a_chip_is_counted() -> None:
    page = pages()["docs/chips/speck2f.md"]
    errata = [place for place in anchors(page) if place.startswith("speck2f@1.1.0#/errata/")]
    assert f"[{len(errata)} errata](#errata)" in page
    # two claims about all cores, two rows of bandwidth, one erratum: each stated once
    assert "[7 facts that rest on assumption](../evidence.md#assumed)" in page


def test_every_definition_of_the_shipped_specs_is_shown() -> None:
    assert gaps(load_model(SPECS), pages()) == []


def test_generate_warns_of_a_definition_that_no_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chip_page, "_errata", lambda facts: Markup(""))
    root = copy_of_specs(tmp_path)
    result = CliRunner().invoke(cli, ["generate", "--specs", str(root), "--out", str(tmp_path / "out")])
    assert result.exit_code == 0
    lines = (root / "chips" / "speck2.yaml").read_text().splitlines()
    number = next(number for number, line in enumerate(lines, 1) if line.startswith("  readout-index:"))
    told = [line for line in result.stderr.splitlines() if "readout-index" in line]
    assert len(told) == 1  # two chips have it from one line
    assert told[0].startswith("warning: ")
    assert told[0].endswith(f"chips/speck2.yaml:{number}:3: no page of the docs shows errata.readout-index")


def test_the_first_page_leads_to_every_other() -> None:
    found = pages()
    linked = {f"docs/{file}" for file, _ in links(found["docs/index.md"])}
    assert {path for path in found if path.endswith(".md")} - linked == {"docs/index.md"}
