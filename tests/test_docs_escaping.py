"""Words of a spec are shown as they are, whatever they look like."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from docs_kit import copy_of_specs, pages, rendered
from dynapspec.emit.docs.markup import Markup, code, link, markup, numbers, sentence, table

PROSE = {"doc", "title", "text", "remedy", "note", "sinabs", "here", "why", "vendor_name", "date", "say"}
HOSTILE = (
    "|</td></table><script>alert(1)</script> `a` ``` *b* __c__ [d](javascript:e) ![f](g) &amp; $h$ ~~i~~ "
    "\n\n# j\n- k\n1. l\n| m | n |\n--- <!-- o \\| \\`p\\` ]]> \x07\u202e http://q.r </a>"
)


def reworded(value: Any, words: str) -> Any:
    """A document with other words in every place that is meant for people."""
    if isinstance(value, dict):
        return {
            str(key): words
            if (key in PROSE and isinstance(part, str) and part)
            else dict.fromkeys(part, words)
            if key == "unknown"
            else reworded(part, words)
            for key, part in value.items()
        }
    return [reworded(part, words) for part in value] if isinstance(value, list) else value


def docs_with(words: str, folder: Path) -> dict[str, str]:
    root = copy_of_specs(folder)
    for file in root.glob("*/*.yaml"):
        document = yaml.load(file.read_text(), Loader=yaml.CBaseLoader)
        typed = yaml.safe_load(file.read_text())
        assert set(map(str, typed)) == set(document)
        file.write_text(json.dumps(reworded(typed, words), default=str, ensure_ascii=True))
    return pages(root)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return docs_with(HOSTILE, tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return docs_with("plain", tmp_path_factory.mktemp("harmless"))


def test_hostile_words_make_no_markup(hostile: dict[str, str], harmless: dict[str, str]) -> None:
    """Every page has the same structure as with harmless words, tag by tag, and links to the same places."""
    assert hostile.keys() == harmless.keys()
    for path in hostile:
        if path.endswith(".md"):
            bad, good = rendered(hostile[path]), rendered(harmless[path])
            assert [tag for tag in bad.tags if tag != "code"] == [
                tag for tag in good.tags if tag != "code"
            ], path
            assert bad.targets == good.targets, path


def test_hostile_words_can_be_read(hostile: dict[str, str]) -> None:
    text = "".join(rendered(hostile["docs/chips/speck2f.md"]).text)
    assert "|</td></table><script>alert(1)</script> `a` ``` *b* __c__ [d](javascript:e)" in text
    assert "\\| \\`p\\` ]]> http://q.r </a>" in text


def test_drawings_stay_drawings(hostile: dict[str, str]) -> None:
    for path, text in hostile.items():
        if path.endswith(".svg"):
            ElementTree.fromstring(text)


@given(st.text(max_size=30))
def test_any_text_is_shown_as_it_is(words: str) -> None:
    """In a cell, in a paragraph and as code: no tag appears, and the words do."""
    bare = " ".join("".join(char if char.isprintable() else " " for char in words).split())
    for shown in (markup(words), code(words)):
        for page in (table(["head"], [[shown]]), Markup(shown)):
            reader = rendered(page)
            assert set(reader.tags) <= {"table", "thead", "tbody", "tr", "th", "td", "p", "code"}
            assert "".join("".join(reader.text).split()) in (
                "".join(bare.split()),
                "head" + "".join(bare.split()),
            )


def test_markup_by_hand() -> None:
    assert markup("has_bias and _x_") == "has_bias and &#95;x&#95;"
    assert markup("1. first") == "1&#46; first"
    assert markup("1.5 V") == "1.5 V"
    assert markup("- 5") == "&#45; 5"
    assert markup("-5") == "-5"
    assert code("a | b") == "<code>a &#124; b</code>"
    assert code("a\nb") == "`a b`"
    assert link("a]b", "x.md#y z") == "[a&#93;b](x.md#y%20z)"
    assert sentence("ends here") == "Ends here."
    assert sentence("min_v_mem ends!") == "min_v_mem ends!"


def test_a_table_leaves_empty_columns_out() -> None:
    assert (
        table(["a", "b", "c"], [[1, None, ""], [2, "", "x"]])
        == "| a | c |\n| --- | --- |\n| 1 |  |\n| 2 | x |"
    )
    assert table(["a"], []) == ""


def test_numbers_that_follow_each_other_are_a_range() -> None:
    assert numbers([0, 1, 2, 5, 7, 8]) == "0 to 2, 5, 7, 8"
    assert numbers(["a", "b"]) == "a, b"
