"""The guide to the spec language does what it says."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from docs_kit import SPECS, blocks, copy_of_specs, pages
from dynapspec.diagnostics import InputError
from dynapspec.emit.docs import vocabulary
from dynapspec.emit.docs.evidence_page import LEVEL_MEANING
from dynapspec.emit.schema.parts import parts_of
from dynapspec.formula.operators import ARITY
from dynapspec.interpret import Description, Judge, LayerInterpreter
from dynapspec.interpret.quantize import Quantizer
from dynapspec.model import ChipSpec, LayerSpec, Model, load_model
from dynapspec.model.values import Kind, Level


@cache
def guide() -> str:
    return pages()["docs/specs.md"]


def yaml_block(start: str) -> str:
    return next(block for block in blocks(guide(), "yaml") if start in block)


def layer_file(root: Path) -> Path:
    return root / "layers" / "dynapcnn.yaml"


def add_to_section(file: Path, block: str) -> None:
    """Puts the entries of a block first into the section of that name."""
    section, entries = block.split("\n", 1)
    text = file.read_text()
    assert text.count(f"\n{section}") == 1
    head, tail = re.split(rf"\n{section}[^\n]*\n", text)
    file.write_text(f"{head}\n{section}\n{entries.rstrip()}\n{tail}")


def test_the_new_chip_loads_and_differs_as_it_says(tmp_path: Path) -> None:
    root = copy_of_specs(tmp_path)
    (root / "chips" / "mychip.yaml").write_text(yaml_block("chip: mychip"))
    model = load_model(root)
    mine, base = model.chips["mychip"].spec, model.chips["speck2f"].spec
    assert list(mine.cores) == [0, 1, 2, 3, 4, 5, 6, 7]
    assert mine.cores[0].words == {"kernel_words": 32768, "neuron_words": 65536, "bias_words": 1024}
    assert mine.limits["input_map"].max == 127
    assert mine.limits["stride"] == base.limits["stride"]
    assert list(mine.devices) == ["mychipdevkit"]
    assert "docs/chips/mychip.md" in pages(root)


def test_the_new_chip_needs_each_of_its_lines(tmp_path: Path) -> None:
    """Without the lines that take out what hangs on the missing core, the chip is refused."""
    root = copy_of_specs(tmp_path)
    text = yaml_block("chip: mychip")
    (root / "chips" / "mychip.yaml").write_text(text.replace("bandwidth:\n  8: null\n", ""))
    with pytest.raises(InputError, match="no core 8"):
        load_model(root)


def test_the_new_mixin_halves_a_limit_of_a_chip_that_takes_it(tmp_path: Path) -> None:
    root = copy_of_specs(tmp_path)
    (root / "mixins").mkdir(exist_ok=True)
    (root / "mixins" / "half-map.yaml").write_text(yaml_block("mixin: half-map"))
    text = "format: 1\nchip: mychip\nversion: 1.0.0\nextends: speck2\nmixins: [half-map]\n"
    assert "`mixins: [half-map]`" in guide()
    (root / "chips" / "mychip.yaml").write_text(text)
    model = load_model(root)
    assert model.chips["mychip"].spec.limits["input_map"].max == 64
    assert model.chips["speck2f"].spec.limits["input_map"].max == 128


def with_new_dimension(folder: Path) -> Model:
    root = copy_of_specs(folder)
    add_to_section(layer_file(root), yaml_block("dims:"))
    add_to_section(layer_file(root), yaml_block("output-padding:"))
    return load_model(root)


@pytest.mark.parametrize(
    ("padding", "messages"),
    [(2, ["2 rows of output padding, and the chip adds none"]), ((1, 0), ["1 rows"]), (0, []), (None, [])],
)
def test_the_new_dimension_is_judged(tmp_path: Path, padding: object, messages: list[str]) -> None:
    model = with_new_dimension(tmp_path)
    judge = Judge(model.chips["speck2f"], LayerInterpreter(model.layers["dynapcnn"]))
    synapses = {"in_channels": 1, "out_channels": 2, "kernel_size": 3}
    given = synapses if padding is None else {**synapses, "output_padding": padding}
    verdict = judge.judge(Description((1, 8, 8), given))
    assert len(verdict.violations) == len(messages)
    for violation, message in zip(verdict.violations, messages, strict=True):
        assert violation.rule == "output-padding"
        assert violation.message.startswith(message)


@pytest.mark.parametrize("section", ["dims:\n", "rules:\n"])
def test_a_snippet_begins_with_the_section_that_it_belongs_to(section: str) -> None:
    assert any(block.startswith(section) for block in blocks(guide(), "yaml"))


def changed(folder: Path, where: str) -> Model:
    """The model after one change of the table of formulas."""
    row = next(line for line in guide().splitlines() if line.startswith(f"| the {where}"))
    now, then = re.findall(r"`((?:is|value): [^`]*)`", row)
    root = copy_of_specs(folder)
    text = layer_file(root).read_text()
    assert text.count(now) == 1
    layer_file(root).write_text(text.replace(now, then))
    return load_model(root)


def test_the_memory_formula_can_be_changed(tmp_path: Path) -> None:
    values = {"c": 1, "f": 20, "kh": 5, "kw": 5}
    before = LayerInterpreter(load_model(SPECS).layers["dynapcnn"]).memory("kernel", values)
    after = LayerInterpreter(changed(tmp_path, "`kernel` memory").layers["dynapcnn"]).memory("kernel", values)
    assert (before, after) == (1024, 500)


def test_the_rounding_can_be_changed(tmp_path: Path) -> None:
    tensors = {"weight": [0.5, -0.25], "threshold": [1.0], "v_floor": [-1.0]}
    before = Quantizer(LayerInterpreter(load_model(SPECS).layers["dynapcnn"])).quantize(tensors)
    after = Quantizer(LayerInterpreter(changed(tmp_path, "rounding").layers["dynapcnn"])).quantize(tensors)
    assert (before.values["weight"], after.values["weight"]) == ([127, -64], [127, -63])


def test_every_word_of_the_language_is_explained() -> None:
    assert vocabulary.KIND_MEANING.keys() == set(get_args(Kind))
    assert vocabulary.FUNCTION_MEANING.keys() == ARITY.keys()
    assert LEVEL_MEANING.keys() == set(get_args(Level))


@pytest.mark.parametrize("spec", [LayerSpec, ChipSpec])
def test_every_key_of_every_part_is_listed(spec: type[LayerSpec] | type[ChipSpec]) -> None:
    for name, part in parts_of(spec).items():
        section = guide().partition(f'<a id="part-{name}">')[2].partition("\n### ")[0]
        fact = "`source`, `doc` and `note`" in section
        for key, field in part.model_fields.items():
            listed = f"| `{field.alias or key}` |" in section
            assert listed or (fact and key in ("source", "doc", "note")), f"{key} of {name}"


def test_arity_is_that_of_the_code() -> None:
    assert "| `normal` | 3 |" in guide()
    assert "| `max` | 1 to 8 |" in guide()
