"""What else can be compared: bases, layer specs, revisions; the schema; the matrix by brute force."""

from __future__ import annotations

import json
import random
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from diff_kit import ROOT, STRIDE, between, edit, edited, git, report, repository, run
from dynapspec.diff.formats import as_markdown
from dynapspec.diff.matrix import matrix
from dynapspec.diff.schema import diff_schema
from dynapspec.model import Chip, load_model
from dynapspec.prove import Refuted, available
from reference import rules

needs_z3 = pytest.mark.skipif(not available(), reason="NOT TESTED: z3 is not installed")
SPECS = ROOT / "specs"
LAYER = "layers/dynapcnn.yaml"


# ── Bases ───────────────────────────────────────────────────────────────────────────────────────


@needs_z3
def test_two_bases() -> None:
    """Nine cores against five: the five hold biases on two cores alone, and four cores are gone."""
    found = between("nine-core", "five-core", SPECS)
    (part,) = found.parts
    assert (part.kind, part.old, part.new) == ("chip", "nine-core", "five-core")
    assert (part.version.due, part.bumps) == (None, ())
    cores = next(topic for topic in part.topics if topic.name == "cores")
    assert {c.path[1] for c in cores.changes if c.kind == "removed"} == {5, 6, 7, 8}
    assert cores.finding is not None
    assert cores.finding.lines[0] == "no longer legal: conv 1->17 k1, input 1x17x17, bias (the smallest)"
    assert {n.network for n in found.networks if n.kind == "lost"} >= {"dvsgesturenet-8", "sinabs-gesture"}


def test_a_base_that_says_too_little_to_run() -> None:
    found = between("family", "nine-core", SPECS)
    assert {change.kind for topic in found.topics() for change in topic.changes} == {"added"}
    assert found.networks == ()


@needs_z3
def test_a_base_is_asked_about_through_the_chips_that_extend_it(tmp_path: Path) -> None:
    fewer = ("chips/speck2.yaml", "128, 256, 512], source: DS", "128, 256], source: DS")
    found = report(tmp_path, "speck2", fewer)
    (topic,) = found.topics()
    assert topic.finding is not None
    assert topic.finding.lines == (
        "no longer legal: conv 1->1 k1, input 1x1x1, decimation 512 (the smallest)",
        "  before, it fitted cores 0-8; now it breaks decimation",
        "nothing else becomes legal: proven",
    )
    assert found.chips == ("speck2e", "speck2f")
    assert [(bump.name, bump.version.wanted) for bump in found.parts[0].bumps] == [("speck2", "2.0.0")]


@needs_z3
def test_networks_of_several_chips_are_told_together(tmp_path: Path) -> None:
    old, new = edited(tmp_path, STRIDE)
    output = run(*(str(root / "chips/family.yaml") for root in (old, new)), columns=200).output
    assert "networks  lens-example loses its fit on all 7 chips: now it breaks stride\n" in output


# ── Layer specs ─────────────────────────────────────────────────────────────────────────────────


def test_a_layer_spec_and_one_that_extends_it() -> None:
    """Another class for the same core: calls break, layers that were legal run as before."""
    found = between("dynapcnn", "dynapcnn_v31", SPECS)
    assert found.classes()["api"] == "breaking"
    assert found.classes()["networks"] == "compatible"
    assert found.networks == ()
    assert len(found.chips) == 7
    assert {topic.name for topic in found.topics()} >= {"package", "api", "quantization"}


@needs_z3
@pytest.mark.parametrize(
    ("before", "after", "lines", "breaking", "due"),
    [
        (
            "must: kh == kw\n",
            "must: kh <= kw\n",
            (
                "now legal: conv 1->1 k1x2, input 1x1x2 (the smallest)",
                "  before, it broke kernel-square; now it fits cores 0-8",
                "every layer that was legal still is: proven",
            ),
            {"vectors"},
            "minor",
        ),
        (
            "is: (h + 2*py - dy*(kh - 1) - 1) // sy + 1",
            "is: (h + 2*py - dy*(kh - 1)) // sy + 1",
            ("conv 1->1 k1, input 1x1x1: fy is 1 before, 2 now (the smallest)",),
            {"networks", "weights", "api", "vectors"},
            "major",
        ),
        (
            "order: [row, column, feature]",
            "order: [feature, row, column]",
            (
                "of two neurons that one event makes fire, row 0 feature 1 was before row 1 feature 0, "
                "and is after it now: deeper layers see their spikes in another order",
            ),
            {"networks", "weights", "vectors"},
            "major",
        ),
        (
            "sy: {kind: ratio, domain: 1..65536",
            "sy: {kind: ratio, domain: 1..32768",
            ("the same layers are legal: proven",),
            {"api", "vectors"},
            "major",
        ),
        (
            "discretize: {role: discretize, default: true",
            "discretize: {role: discretize, default: false",
            ("a call without discretize means false now, not true",),
            {"api"},
            "major",
        ),
    ],
    ids=["wider rule", "off by one", "visit", "domain", "default"],
)
def test_edits_of_a_layer_spec(
    tmp_path: Path, before: str, after: str, lines: tuple[str, ...], breaking: set[str], due: str
) -> None:
    found = report(tmp_path, "dynapcnn", (LAYER, before, after))
    (topic,) = found.topics()
    assert topic.finding is not None
    assert topic.finding.lines == lines
    assert {reader for reader, known in found.classes().items() if known == "breaking"} == breaking
    assert "uncertain" not in found.classes().values()
    assert found.parts[0].version.due == due


def test_steps_in_another_order_are_undecided_where_no_run_differs(tmp_path: Path) -> None:
    rest = "n = SingleSpike, v = reset_fn"
    floor_first = (LAYER, f"v + weight, {rest}, v = floor]", f"v + weight, v = floor, {rest}]")
    found = report(tmp_path, "dynapcnn", floor_first)
    (topic,) = found.topics()
    assert topic.finding is not None
    assert topic.finding.lines == ("no run of one neuron was found that differs, which is no proof",)
    assert found.classes()["networks"] == "uncertain"


# ── Old revisions ───────────────────────────────────────────────────────────────────────────────


def test_places_in_a_revision_are_told_as_git_tells_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    specs = repository(tmp_path)
    edit(specs, STRIDE)
    git(tmp_path, "commit", "-q", "-a", "-m", "fewer strides")
    monkeypatch.chdir(tmp_path)
    found = between("HEAD~1:family", "HEAD:family", specs)
    (change,) = next(found.topics()).changes
    assert change.place == "HEAD:specs/chips/family.yaml:22:3"


# ── Formats ─────────────────────────────────────────────────────────────────────────────────────


def test_the_schema_is_shipped_and_refuses_what_is_no_report() -> None:
    shipped: dict[str, Any] = json.loads((ROOT / "generated/schemas/diff.json").read_text())
    assert shipped == diff_schema()
    Draft202012Validator.check_schema(shipped)
    data = json.loads(run("speck2e", "speck2f", "--format", "json").output)
    checker = Draft202012Validator(shipped)
    assert checker.is_valid(data)
    data["classes"]["api"] = "harmless"
    assert not checker.is_valid(data)
    assert not checker.is_valid({key: value for key, value in data.items() if key != "networks"})


@needs_z3
def test_a_comment_for_a_pull_request(tmp_path: Path) -> None:
    text = as_markdown(report(tmp_path, "family", STRIDE))
    assert text.startswith("### chip family 2.0.0, ")
    assert "\n**breaking for deployed networks and conformance vectors**\n\n" in text
    assert "- **`limits.stride`** narrowed: `1 or 2 or 4 or 8` → `1 or 2`\n" in text
    assert "- networks: lens-example loses its fit on all 7 chips: now it breaks stride\n" in text
    assert "- version: family 2.0.0: a major bump is due, to 3.0.0; it was not bumped\n" in text


def test_nothing_of_a_spec_becomes_markup(tmp_path: Path) -> None:
    """A name in backquotes, a tag, a table cell: all are text in a comment."""
    board = 'devices:\n  board: {vendor_name: "a`<img>|[x](y)*_", source: SW}\n'
    text = as_markdown(report(tmp_path, "speck2f", ("chips/speck2f.yaml", "devices:\n", board)))
    assert "- **`devices.board`** added: `` vendor_name: a`<img>|[x](y)*_ ``\n" in text


# ── The matrix against brute force ──────────────────────────────────────────────────────────────


def layers(count: int) -> list[dict[str, Any]]:
    """Layers of sizes at, below and above powers of two, where memories fill."""
    near = sorted({max(1, 2**power + step) for power in range(11) for step in (-1, 0, 1)})
    rng = random.Random(5)
    found: list[dict[str, Any]] = []
    for _ in range(count):
        kernel, side = rng.choice((1, 2, 3, 5, 8, 16)), rng.choice([n for n in near if n <= 128])
        size = {"kh": kernel, "kw": kernel, "h": side, "w": rng.choice((side, min(128, 2 * side)))}
        found.append({"c": rng.choice(near), "f": rng.choice(near), **size, "has_bias": rng.random() < 0.5})
    return found


def tables(chip: Chip) -> tuple[rules.Core, ...]:
    memories = ("kernel_words", "neuron_words", "bias_words")
    return tuple(rules.Core(*(core.words[name] for name in memories)) for core in chip.spec.cores.values())


def runs(tried: list[dict[str, Any]], cores: tuple[rules.Core, ...]) -> set[int]:
    """Which of these layers a chip with these cores runs."""
    return {number for number, layer in enumerate(tried) if not rules.legal(**layer, cores=cores)}


@needs_z3
def test_the_matrix_holds_for_layers_that_are_tried() -> None:
    """The reference rules know cores and biases; decimation, which they do not know, is listed by hand."""
    model = load_model(SPECS)
    found = matrix(model)
    cores = {name: tables(chip) for name, chip in model.chips.items()}
    tried = layers(3000)
    legal = {table: runs(tried, table) for table in cores.values()}
    assert all(len(numbers) > 100 for numbers in legal.values())
    for one, other in product(found.names, repeat=2):
        lost = legal[cores[one]] - legal[cores[other]]
        verdict = found.verdicts[one, other]
        if lost:
            assert isinstance(verdict, Refuted), (one, other)
        if isinstance(verdict, Refuted):
            assert lost or list(verdict.witness.after) == ["decimation"]
    assert legal[cores["speck2b"]] - legal[cores["speck2cmini"]]
    decimating = {name for name in found.names if "2" in str(model.chips[name].spec.limits["decimator"])}
    assert decimating == {"speck2e", "speck2f"}
