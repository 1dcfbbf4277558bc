"""The four classic edits, as a chip engineer would describe them, and the theorems between chips."""

from __future__ import annotations

from pathlib import Path

import pytest

from diff_kit import BITS, GROW, ROOT, ROUNDING, STRIDE, TOTAL, between, edited, report, run
from dynapspec.diff import Report
from dynapspec.model import load_model
from dynapspec.prove import available
from reference import memory, rules

needs_z3 = pytest.mark.skipif(not available(), reason="NOT TESTED: z3 is not installed")


def lines(found: Report, topic: str) -> tuple[str, ...]:
    (one,) = [known for known in found.topics() if known.name == topic]
    assert one.finding is not None
    return one.finding.lines


def breaks(found: Report) -> list[str]:
    assert "uncertain" not in found.classes().values()
    return [reader for reader, known in found.classes().items() if known == "breaking"]


# ── One core grows ──────────────────────────────────────────────────────────────────────────────


@needs_z3
def test_a_core_grows(tmp_path: Path) -> None:
    found = report(tmp_path, "speck2f", GROW, TOTAL)
    (topic,) = found.topics()
    assert [(change.shown, change.old, change.new, change.kind) for change in topic.changes] == [
        ("cores[3].kernel_words", 32768, 65536, "grown")
    ]
    assert lines(found, "cores") == (
        "now legal: conv 9->33 k6, input 9x14x22 (the smallest)",
        "  before, it broke fits-a-core; now it fits core 3",
        "every layer that was legal still is: proven",
        "every network that had a core for each layer still has: proven",
    )
    assert breaks(found) == ["vectors"]
    assert found.networks == ()
    assert (found.parts[0].version.due, found.parts[0].version.wanted) == ("minor", "1.2.0")


def test_the_layer_that_the_larger_core_lets_in() -> None:
    """36 taps take 64 places and 33 features too; 9x17 neurons take 16x32. No core of before had both."""
    dims = {"c": 9, "f": 33, "h": 14, "w": 22, "kh": 6, "kw": 6}
    assert memory.kernel_words(9, 33, 6, 6) == 9 * 64 * 64 == 36864
    assert memory.neuron_words(33, 9, 17) == 33 * 16 * 32 == 16896
    cores = list(rules.SPECK_2F)
    assert rules.legal(**dims) == {"fits-a-core"}  # type: ignore[arg-type]
    cores[3] = rules.Core(65536, 32768, 1024)
    assert rules.legal(**dims, cores=cores) == set()  # type: ignore[arg-type]


# ── The weights lose bits ───────────────────────────────────────────────────────────────────────


def test_weights_of_four_bits(tmp_path: Path) -> None:
    found = report(tmp_path, "dynapcnn", BITS)
    assert [change.shown for topic in found.topics() for change in topic.changes] == ["widths.weight.bits"]
    assert lines(found, "widths") == (  # a word of 8 bits ends at 127, one of 4 at 7
        "a layer with weight 1; threshold 1; v_floor -1",
        "  words: weight 127 -> 7; threshold 127 -> 7; v_floor -127 -> -7",
    )
    assert breaks(found) == ["weights", "vectors"]
    assert found.parts[0].version.wanted == "3.0.0"


# ── Rounding ────────────────────────────────────────────────────────────────────────────────────


def test_another_rounding(tmp_path: Path) -> None:
    found = report(tmp_path, "dynapcnn", ROUNDING)
    assert lines(found, "quantization") == (
        "0.5 at a scale of 1 becomes 0 before, 1 now",
        "a layer with weight 1 and -0.5; threshold 1; v_floor -1",
        "  words: weight 127 and -64 -> 127 and -63",  # -63.5 lies between them
    )
    assert breaks(found) == ["weights", "vectors"]


# ── Strides are taken away ──────────────────────────────────────────────────────────────────────


@needs_z3
def test_fewer_strides(tmp_path: Path) -> None:
    found = report(tmp_path, "speck2f", STRIDE)
    assert [(c.shown, c.kind) for topic in found.topics() for c in topic.changes] == [
        ("limits.stride", "narrowed")
    ]
    assert lines(found, "limits.stride") == (
        "no longer legal: conv 1->1 k1 s1x4, input 1x1x1 (the smallest)",
        "  before, it fitted cores 0-8; now it breaks stride",
        "nothing else becomes legal: proven",
    )
    assert breaks(found) == ["networks", "vectors"]
    assert [(n.network, n.kind, n.why) for n in found.networks] == [
        ("lens-example", "lost", "now it breaks stride")
    ]
    assert found.parts[0].version.wanted == "2.0.0"


# ── Other edits ─────────────────────────────────────────────────────────────────────────────────


@needs_z3
def test_a_formula_that_is_only_written_in_another_way(tmp_path: Path) -> None:
    edit = (
        "layers/dynapcnn.yaml",
        "is: c * pow2(ceil_log2(kh*kw) + ceil_log2(f))",
        "is: c * pow2(ceil_log2(f) + ceil_log2(kw*kh))",
    )
    found = report(tmp_path, "dynapcnn", edit)
    assert lines(found, "memory.kernel") == ("equal on the whole legal domain: proven",)
    assert set(found.classes().values()) == {"compatible"}
    assert found.parts[0].version.due == "patch"


@needs_z3
def test_a_memory_that_counts_otherwise(tmp_path: Path) -> None:
    edit = ("layers/dynapcnn.yaml", "is: f * pow2(ceil_log2(fy) + ceil_log2(fx))", "is: words(f * fy * fx)")
    found = report(tmp_path, "dynapcnn", edit)
    (line,) = lines(found, "memory.neuron")
    assert line == "conv 1->1 k1, input 1x1x3: neuron is 4 before, 3 now (the smallest)"
    assert breaks(found) == ["networks", "api", "vectors"]


@needs_z3
def test_a_chip_is_told_what_its_layer_spec_changed(tmp_path: Path) -> None:
    found = report(tmp_path, "speck2f", ROUNDING)
    assert [(part.kind, part.new) for part in found.parts] == [("chip", "speck2f"), ("layer", "dynapcnn")]
    assert breaks(found) == ["weights", "vectors"]


@needs_z3
def test_a_limit_that_binds_nothing_is_equal(tmp_path: Path) -> None:
    """No stride of 16 fits anything else: a layer that is legal for it needs another rule to give way."""
    edit = ("chips/family.yaml", "features: {max: 1024", "features: {min: 1, max: 1024")
    found = report(tmp_path, "speck2f", edit)
    assert lines(found, "limits.features") == ("the same layers are legal: proven",)
    assert set(found.classes().values()) == {"compatible"}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("is: v - threshold >= 0", "is: v - threshold > 0", "clocked: threshold 1, no floor, SingleSpike"),
        ("floor: max(v - v_floor, 0) + v_floor", "floor: max(v, 0)", "clocked: threshold 1, floor -1"),
        ("is: v - n * subtract_value", "is: v - subtract_value", "clocked: threshold 1, no floor"),
    ],
)
def test_other_neurons(tmp_path: Path, before: str, after: str, said: str) -> None:
    found = report(tmp_path, "dynapcnn", ("layers/dynapcnn.yaml", before, after))
    (topic,) = found.topics()
    assert lines(found, topic.name)[0].startswith(said)
    assert breaks(found) == ["networks", "weights", "vectors"]


def test_evidence_alone_asks_for_a_patch(tmp_path: Path) -> None:
    edit = (
        "chips/family.yaml",
        "padding: {max: 7, kind: pixel, source: DS 2.4}",
        "padding: {max: 7, kind: pixel, source: SW}",
    )
    found = report(tmp_path, "speck2f", edit)
    assert list(found.topics()) == []
    assert [change.shown for change in found.parts[0].documentation] == ["limits.padding"]
    assert found.parts[0].version.due == "patch"


def test_a_bump_that_was_made(tmp_path: Path) -> None:
    edit = ("layers/dynapcnn.yaml", "version: 2.1.0", "version: 3.0.0")
    found = report(tmp_path, "dynapcnn", BITS, edit)
    assert found.parts[0].version.enough


def test_an_argument_without_a_default_breaks_the_api(tmp_path: Path) -> None:
    before = "    discretize: {role: discretize, default: true,"
    found = report(tmp_path, "dynapcnn", ("layers/dynapcnn.yaml", before, before.replace("true", "false")))
    assert breaks(found) == ["api"]


# ── Between chips ───────────────────────────────────────────────────────────────────────────────


def test_speck2e_and_speck2f_differ_in_their_boards_alone() -> None:
    """And in where the vendor's library keeps the class of their configuration."""
    found = between("speck2e", "speck2f", ROOT / "specs")
    changes = [(topic.name, change.path) for topic in found.topics() for change in topic.changes]
    assert {name for name, _ in changes} == {"configuration", "devices"}
    assert [path for name, path in changes if name == "configuration"] == [("configuration", "object")]
    assert found.classes()["networks"] == found.classes()["weights"] == "compatible"
    assert found.parts[0].version.due is None
    assert "equal: the same layers are legal" in run("speck2e", "speck2f").output


@needs_z3
def test_every_network_of_a_mini_runs_on_a_speck2e() -> None:
    found = between("speck2cmini", "speck2e", ROOT / "specs")
    assert lines(found, "cores")[-2:] == (
        "every layer that was legal still is: proven",
        "every network that had a core for each layer still has: proven",
    )
    assert found.classes()["networks"] == "compatible"
    assert not [change for change in found.networks if change.kind == "lost"]


@needs_z3
def test_the_way_back_loses_networks() -> None:
    found = between("speck2e", "speck2cmini", ROOT / "specs")
    assert found.classes()["networks"] == "breaking"
    lost = {change.network for change in found.networks if change.kind == "lost"}
    assert "dvsgesturenet-8" in lost
    assert lines(found, "cores")[-1].startswith("not every core has one in its place")


def test_one_core_less_loses_no_layer_and_some_networks(tmp_path: Path) -> None:
    """Cores 7 and 8 are alike: a layer finds the other one, nine full layers do not."""
    old, new = edited(
        tmp_path,
        ("chips/nine-core.yaml", "  7..8: {kernel_words", "  7: {kernel_words"),
        ("chips/nine-core.yaml", "sum(kernel_words) == 278528", "sum(kernel_words) == 262144"),
        ("chips/nine-core.yaml", "sum(neuron_words) == 327680", "sum(neuron_words) == 311296"),
        ("chips/nine-core.yaml", "  1..8: {synops", "  1..7: {synops"),
    )
    found = between(str(old / "chips/speck2f.yaml"), str(new / "chips/speck2f.yaml"))
    assert found.classes()["networks"] == "breaking" if available() else "uncertain"
    assert lines(found, "cores")[-1].startswith("not every core has one in its place")


def test_the_model_is_not_touched() -> None:
    before = {name: chip.digest for name, chip in load_model(ROOT / "specs").chips.items()}
    run("speck2b", "speck2e")
    assert before == {name: chip.digest for name, chip in load_model(ROOT / "specs").chips.items()}
