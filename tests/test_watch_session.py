"""The edit loop from inside: what each kind of save shows, and what it leaves in the output folder."""

from __future__ import annotations

import json
import multiprocessing
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from dynapspec.diagnostics import InputError
from dynapspec.emit import replace as replacing
from dynapspec.findings import as_text
from dynapspec.model import load_model
from dynapspec.watch import behind as behind_module
from dynapspec.watch.behind import Behind
from dynapspec.watch.changed import differing
from dynapspec.watch.files import Rewritten, group_of
from dynapspec.watch.loop import Settings, watch
from dynapspec.watch.saves import Saves
from watch_kit import (
    CHIP,
    KERNEL,
    LAYER,
    ROUNDING,
    STRIDE,
    TYPO,
    Inside,
    Recorder,
    cold,
    copy_specs,
    edit,
    files_of,
)


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    return copy_specs(tmp_path)


def undo(change: tuple[str, str]) -> tuple[str, str]:
    return change[1], change[0]


def test_a_chip_that_comes_and_goes_takes_its_files_along(specs: Path) -> None:
    loop = Inside(specs)
    before = files_of(loop.out)
    text = 'format: 1\nchip: mine\nversion: 1.0.0\nextends: speck2\ndoc: "Mine."\n'
    (specs / "chips" / "mine.yaml").write_text(text)
    assert loop.look()["meaning"] == ["chip mine is new"]
    assert "dynapcnn/chips/mine.py" in files_of(loop.out)
    (specs / "chips" / "mine.yaml").unlink()
    assert loop.look()["meaning"] == ["chip mine is gone"]
    assert files_of(loop.out) == before


def test_a_limit_that_narrows_is_told_with_who_breaks_and_a_witness(specs: Path) -> None:
    told = Inside(specs, witnesses=True).save(CHIP, *STRIDE)["meaning"]
    assert told[0] == "chip speck2f"
    assert told[1].startswith("limits.stride  1 or 2 or 4 or 8 -> 1 or 2 or 4  narrowed")
    assert "breaking for deployed networks, conformance vectors" in told
    assert any(line.startswith("no longer legal: conv 1->1 k1 s1x8") for line in told)


def test_specs_that_change_in_the_same_way_are_told_together(specs: Path) -> None:
    loop = Inside(specs)
    told = loop.save("chips/speck2.yaml", "{one_of: [2, 4, 8, 16,", "{one_of: [2, 4, 8,")["meaning"]
    titles = [line for line in told if line.startswith("chip")]
    assert set(titles) == {"chips speck2e, speck2f"}


def test_a_formula_is_shown_with_what_it_is_worth_for_real_layers(specs: Path) -> None:
    for path in (specs / "networks").iterdir():
        if path.stem != "sinabs-mnist":
            path.unlink()
    told = Inside(specs).save(LAYER, *KERNEL)["formula"]
    # conv 1->20 with 5x5: 2^ceil(log2 25) * 2^ceil(log2 20) = 32 * 32 before, 20 * 25 now;
    # 20->32: 20 * 32 * 32, and 20 * 32 * 25; 32->128 with 3x3: 32 * 16 * 128, and 32 * 128 * 9
    assert told == [
        "memory.kernel.is",
        "- c * pow2(ceil_log2(kh * kw) + ceil_log2(f))",
        "+ words(c * f * kh * kw)",
        "  conv 1->20 k5, pool 2, input 1x28x28: 1024 -> 500",
        "  conv 20->32 k5, pool 2, input 20x12x12: 20480 -> 16000",
        "  conv 32->128 k3, pool 2, input 32x4x4: 65536 -> 36864",
    ]


def test_a_rounding_is_shown_at_its_ties(specs: Path) -> None:
    told = Inside(specs).save(LAYER, *ROUNDING)["formula"]
    assert told[0] == "quantization.value"
    assert "  scale = 0.5, x = 1: 0 -> 1" in told  # a half goes to the even 0, or up to 1


def test_a_formula_that_means_the_same_says_so(specs: Path) -> None:
    told = Inside(specs).save(LAYER, KERNEL[0], KERNEL[0].replace("kh*kw", "kh * kw"))["formula"]
    assert told == ["memory.kernel.is", "the same formula, written in another way"]


def test_a_formula_with_the_same_values_says_so(specs: Path) -> None:
    told = Inside(specs).save(LAYER, "is: words(f) if has_bias", "is: words(f + 0) if has_bias")["formula"]
    assert told[-1].startswith("  the same for ")


@pytest.mark.parametrize(
    ("old", "new", "rest"),
    [
        ("# ── Memory ─", "# ── Memories ", "79 files in"),
        ("# ── Memory ─", "\n# ── Memory ─", "nothing to write but the source map"),
    ],
)
def test_a_comment_changes_nothing(specs: Path, old: str, new: str, rest: str) -> None:
    loop = Inside(specs)
    before = files_of(loop.out)
    told = loop.save(LAYER, old, new)
    assert set(told) == {"note"}
    assert told["note"][0].startswith("only comments changed; ")
    count = f"{len(before)} files in"
    assert rest.replace("79 files in", count) in told["note"][0]
    differing_files = {path for path, text in files_of(loop.out).items() if text != before[path]}
    assert differing_files <= {"sourcemap.json"}
    if differing_files:
        assert files_of(loop.out) == cold(specs)


def test_unsound_specs_are_told_as_check_tells_them_and_nothing_is_written(specs: Path) -> None:
    loop = Inside(specs)
    before = files_of(loop.out)
    loop.save(CHIP, *STRIDE)
    after = files_of(loop.out)
    edit(specs, CHIP, *TYPO)
    told = loop.save("chips/speck2e.yaml", "doc:", "docs:")
    with pytest.raises(InputError) as caught:
        load_model(specs)
    assert len(caught.value.diagnostics) >= 2
    assert "\n".join(told["finding"]).startswith(as_text(caught.value.diagnostics))
    assert told["finding"][-1] == f"{len(caught.value.diagnostics)} findings"
    assert told["note"] == ["nothing was written"]
    assert files_of(loop.out) == after
    edit(specs, CHIP, *undo(TYPO))
    edit(specs, CHIP, *undo(STRIDE))
    mended = loop.save("chips/speck2e.yaml", "docs:", "doc:")  # compared with the last sound state
    assert mended["meaning"][1].startswith("limits.stride  1 or 2 or 4 -> 1 or 2 or 4 or 8  widened")
    assert files_of(loop.out) == before


def test_back_to_the_last_sound_state_is_no_edit_of_comments(specs: Path) -> None:
    loop = Inside(specs)
    loop.save(CHIP, *TYPO)
    assert loop.save(CHIP, *undo(TYPO))["note"][0].startswith("nothing changed in meaning; ")


def test_a_network_is_no_input_of_what_is_generated(specs: Path) -> None:
    loop = Inside(specs)
    told = loop.save("networks/sinabs-mnist.yaml", "name: sinabs-mnist", "name: another-name")
    assert told["note"][0].startswith("nothing is generated from networks; ")


def test_files_that_were_edited_by_hand_are_kept(specs: Path) -> None:
    loop = Inside(specs)
    file = loop.out / "dynapcnn" / "memory.py"
    ours = file.read_text()
    file.write_text(ours + "\n# mine\n")
    before = files_of(loop.out)
    told = loop.save(LAYER, *KERNEL)["note"]
    assert told[0].endswith("memory.py was edited by hand, or is not ours")
    assert told[1].startswith("nothing was written; ")
    assert files_of(loop.out) == before
    file.write_text(ours)
    loop.save(LAYER, "# ── Memory", "# ── The memory")
    assert files_of(loop.out) == cold(specs)


def test_with_force_they_are_overwritten(specs: Path) -> None:
    Inside(specs)
    file = specs.parent / "generated" / "dynapcnn" / "memory.py"
    file.write_text("# mine\n")
    loop = Inside(specs, force=True)
    assert files_of(loop.out) == cold(specs)


def test_with_check_nothing_is_written_and_the_drift_is_shown(specs: Path) -> None:
    Inside(specs)
    loop = Inside(specs, check=True)
    before = files_of(loop.out)
    assert "are what the specs say" in loop.view.last["note"][0]
    told = loop.save(LAYER, *KERNEL)
    assert set(told) == {"file", "vector"}
    assert told["file"][0].endswith(" differ")
    (package,) = (line for line in told["file"] if line.startswith("package"))
    assert "dynapcnn/memory.py" in package
    assert files_of(loop.out) == before


# ── Vectors and files ───────────────────────────────────────────────────────────────────────────


def vectors(**cases: int) -> str:
    return json.dumps({"cases": [{"id": k, "input": {}, "expected": {"n": n}} for k, n in cases.items()]})


def test_vectors_that_come_go_and_expect_something_else() -> None:
    path = "conformance/vectors/a/shapes.json"
    told = Rewritten({path: vectors(a=1, b=2, c=3)}, {path: vectors(a=1, b=5, d=4)})
    assert list(told.vectors()) == ["1 added", "  d", "1 removed", "  c", "1 with another answer", "  b"]


def test_vectors_that_somebody_broke_are_all_new() -> None:
    path = "conformance/vectors/a/shapes.json"
    for broken in ("{", "[]", '{"cases": 3}', '{"cases": [3]}'):
        assert list(Rewritten({path: broken}, {path: vectors(a=1)}).vectors()) == ["1 added", "  a"]


@pytest.mark.parametrize(
    ("path", "group"),
    [
        ("dynapcnn/chips/speck2f.py", "package"),
        ("docs/chips/speck2f.md", "docs"),
        ("conformance/vectors/speck2f/rules.json", "vectors"),
        ("conformance/tests/test_x.py", "tests"),
        ("schemas/chip.json", "others"),
        ("sourcemap.json", "others"),
    ],
)
def test_files_by_kind(path: str, group: str) -> None:
    assert group_of(path) == group


# ── A save while another is worked on, and a Ctrl-C ─────────────────────────────────────────────


@pytest.mark.parametrize("moment", [1, 2, 3])
def test_a_save_meanwhile_abandons_the_work_and_is_told_instead(
    specs: Path, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    loop, looks = Inside(specs), [0]
    real = loop.saves.pending
    before = files_of(loop.out)

    def pending() -> bool:
        looks[0] += 1
        if looks[0] == moment:  # after loading, and twice while files are made
            edit(specs, CHIP, *STRIDE)
        return real()

    monkeypatch.setattr(loop.saves, "pending", pending)
    loop.save(LAYER, *KERNEL)
    first, second = loop.view.heads[-2:]
    assert [line.split("/")[-1] for line in first] == ["dynapcnn.yaml changed"]
    assert [line.split("/")[-1] for line in second] == ["speck2f.yaml changed", "dynapcnn.yaml changed"]
    assert loop.view.ends[-2] == "saved again"
    assert "file" not in loop.view.parts[-2]
    told = loop.view.last["meaning"]
    assert any(line.startswith("memory.kernel.is  changed") for line in told)
    assert any(line.startswith("limits.stride  ") for line in told)
    assert files_of(loop.out) == cold(specs) != before


def interrupted(monkeypatch: pytest.MonkeyPatch, moment: int) -> None:
    """A Ctrl-C while files are put in place."""
    real: Callable[..., None] = replacing._install
    count = [0]

    def install(*args: object) -> None:
        count[0] += 1
        if count[0] == moment:
            raise KeyboardInterrupt
        real(*args)

    monkeypatch.setattr(replacing, "_install", install)


@pytest.mark.parametrize("moment", [1, 2, 9])
def test_a_ctrl_c_leaves_no_half_of_a_generation(
    specs: Path, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    Inside(specs)
    out = specs.parent / "generated"
    before = files_of(out)
    edit(specs, LAYER, *KERNEL)
    interrupted(monkeypatch, moment)
    view = Recorder()
    watch(Settings(specs, out), view)  # it ends, and as if nothing were the matter
    assert len(view.heads) == 1
    assert files_of(out) == before


def test_a_search_for_witnesses_can_be_ended_and_gives_up(
    specs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = load_model(specs)
    edit(specs, LAYER, *KERNEL)
    new = load_model(specs)
    search = Behind(old, new, differing(old, new))
    process = search._process
    assert process.is_alive()
    search.stop()
    assert process.exitcode == -signal.SIGKILL  # ended, not waited for
    assert not search.searching
    assert list(search.answers(0.0)) == []
    monkeypatch.setattr(behind_module, "PATIENCE", -1.0)
    late = Behind(old, new, differing(old, new))
    told = [line for _, lines in late.answers(0.0) for line in lines]
    assert not late.searching
    assert any("no more was found" in line for line in told)


def test_where_no_process_can_be_copied_the_search_comes_last(
    specs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    told = Inside(specs, witnesses=True).save(CHIP, *STRIDE)["meaning"]
    assert "breaking for deployed networks, conformance vectors" in told


# ── What counts as a save ───────────────────────────────────────────────────────────────────────


def names(saves: Saves) -> list[tuple[str, str]]:
    return [(Path(one.path).name, one.kind) for one in saves.take()]


def test_saves_are_told_by_content(specs: Path) -> None:
    saves, chip = Saves(specs), specs / CHIP
    (specs / "chips" / ".speck2f.yaml.swp").write_text("x")
    (specs / "chips" / "4913").write_text("")
    chip.touch()
    assert names(saves) == []
    fresh = chip.with_suffix(".yaml~")
    fresh.write_text(chip.read_text() + "# more\n")
    fresh.replace(chip)  # as editors save: written beside it, then renamed
    assert saves.pending()
    assert names(saves) == [("speck2f.yaml", "changed")]
    assert not saves.pending()
    chip.rename(chip.with_name("speck9.yaml"))
    assert names(saves) == [("speck2f.yaml", "gone"), ("speck9.yaml", "new")]


def test_folders_may_come_and_go(specs: Path) -> None:
    saves = Saves(specs)
    (specs / "chips" / "new").mkdir()
    (specs / "chips" / "new" / "mine.yaml").write_text("a: 1\n")
    assert names(saves) == [("mine.yaml", "new")]
    shutil.rmtree(specs / "chips" / "new")
    assert names(saves) == [("mine.yaml", "gone")]
    specs.rename(specs.with_name("away"))
    assert ("speck2f.yaml", "gone") in names(saves)
    specs.with_name("away").rename(specs)
    assert ("speck2f.yaml", "new") in names(saves)


def test_what_cannot_be_read_is_no_save_of_ours(specs: Path) -> None:
    (specs / "chips" / "nowhere.yaml").symlink_to("missing.yaml")
    (specs / "chips" / "folder.yaml").mkdir()
    saves = Saves(specs)
    assert names(saves) == []
