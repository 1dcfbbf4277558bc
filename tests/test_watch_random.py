"""What stays warm between saves never goes stale: edits of all kinds, there and back in random order."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dynapspec.emit.conformance.emitter import emit
from dynapspec.model import load_model
from dynapspec.watch.reads import Memory
from dynapspec.watch.warm import Warm
from watch_kit import CHIP, KERNEL, LAYER, ROUNDING, STRIDE, Inside, cold, copy_specs, edit, files_of

V31, CHIP_2E, BASE, FAMILY = (
    "layers/dynapcnn_v31.yaml",
    "chips/speck2e.yaml",
    "chips/speck2.yaml",
    "chips/family.yaml",
)
ROWS = (
    "  sy: {kind: ratio, domain: 1..65536, from: synapses.stride.y, default: 1, doc: vertical stride}\n",
    "  sx: {kind: ratio, domain: 1..65536, from: synapses.stride.x, default: 1, doc: horizontal stride}\n",
)
UNKNOWN = 'doc: "Speck 2e."\nunknown: {supply: what happens below the lowest voltage}'
EDITS: list[tuple[str, str, str]] = [  # each is undone when it comes again, and any go together
    (LAYER, *KERNEL),
    (LAYER, *ROUNDING),
    (LAYER, "is: words(f) if has_bias", "is: words(f + 0) if has_bias"),
    (LAYER, "floor: max(v - v_floor, 0) + v_floor", "floor: max(v, v_floor)"),
    (LAYER, "visit: {order: [row, column, feature]", "visit: {order: [column, row, feature]"),
    (LAYER, "".join(ROWS), "".join(reversed(ROWS))),  # the same dimensions in another order
    (LAYER, "doc: kernel height", "doc: rows of the kernel"),
    (LAYER, "# ── Memory ─", "\n# ── Memory ─"),
    (V31, "rescale: weight * rescale", "rescale: rescale * weight"),
    (CHIP, *STRIDE),
    (CHIP_2E, 'doc: "Speck 2e."', UNKNOWN),
    (BASE, "{one_of: [2, 4, 8, 16,", "{one_of: [2, 4, 8,"),
    (FAMILY, "features: {max: 1024,", "features: {max: 512,"),
]
VERSIONS = (LAYER, V31, FAMILY)  # the last number grows


class Editor:
    """Somebody who saves one edit after the other."""

    def __init__(self, specs: Path, seed: int) -> None:
        self.specs, self.dice = specs, random.Random(seed)
        self.made: set[int] = set()

    def save(self) -> str:
        """One edit, undone if it was made before; now and then a version instead."""
        index = self.dice.randrange(len(EDITS) + 1)
        if index == len(EDITS):
            return self._version(self.dice.choice(VERSIONS))
        name, old, new = EDITS[index]
        edit(self.specs, name, *((new, old) if index in self.made else (old, new)))
        self.made ^= {index}
        return f"{name}: {new}"

    def _version(self, name: str) -> str:
        text = (self.specs / name).read_text(encoding="utf-8")
        line = next(line for line in text.split("\n") if line.startswith("version:"))
        start, _, last = line.rpartition(".")
        edit(self.specs, name, line, f"{start}.{int(last) + 1}")
        return f"{name}: {line}"


def never_stale(specs: Path, seed: int, saves: int, every: int) -> None:
    """After so many random saves, and now and then between them, the files are those of a cold run."""
    loop, editor, told = Inside(specs, Warm()), Editor(specs, seed), []
    assert files_of(loop.out) == cold(specs)
    for number in range(1, saves + 1):
        told.append(editor.save())
        assert "finding" not in loop.look(), told
        if number % every == 0:
            assert files_of(loop.out) == cold(specs), told


def test_what_stays_warm_never_goes_stale(tmp_path: Path) -> None:
    never_stale(copy_specs(tmp_path), seed=1, saves=12, every=4)


@pytest.mark.long
@pytest.mark.parametrize("seed", [2, 3])
def test_nor_does_it_in_a_long_session(tmp_path: Path, seed: int) -> None:
    never_stale(copy_specs(tmp_path), seed, saves=40, every=1)


# ── What a save makes anew ──────────────────────────────────────────────────────────────────────


class Made:
    """The vectors that each look makes, and no memory has."""

    def __init__(self, specs: Path) -> None:
        self.specs, self.memory, self.paths = specs, Memory(), list[str]()
        self.look()

    def look(self) -> set[str]:
        """The files that had to be made, as spec and topic."""
        self.paths = []
        self.memory.begin()
        for _ in emit(load_model(self.specs), self._text):
            pass
        return {path.removeprefix("conformance/vectors/").removesuffix(".json") for path in self.paths}

    def _text(self, path: str, scope: str, specs: tuple[Any, ...], make: Callable[..., str]) -> str:
        def noted(*given: Any) -> str:
            self.paths.append(path)
            return make(*given)

        return self.memory.text(path, scope, specs, noted)


def test_a_save_makes_anew_what_was_read_from_what_it_changed(tmp_path: Path) -> None:
    specs = copy_specs(tmp_path)
    made = Made(specs)
    assert made.look() == set()
    edit(specs, LAYER, 'doc: "One DYNAP-CNN core', 'doc: "A DYNAP-CNN core')
    edit(specs, CHIP_2E, "# yaml-language-server", "# a comment\n# yaml-language-server")
    assert made.look() == set()
    edit(specs, LAYER, *KERNEL)  # of all layer topics only these ask for words of memories
    found = made.look()
    assert {one for one in found if one.startswith("dynapcnn")} >= {"dynapcnn/memory", "dynapcnn/layer"}
    assert not found & {f"dynapcnn/{topic}" for topic in ("shapes", "quantization", "clocked", "event")}
    assert not [one for one in found if one.endswith("/facts")]
    edit(specs, LAYER, KERNEL[1], KERNEL[0])
    assert made.look() == set()  # the way back is remembered
    edit(specs, CHIP, *STRIDE)
    names = ("rules", "placement", "facts", "configuration")  # a placed network is judged by the limits
    assert made.look() == {f"speck2f/{name}" for name in names}
    edit(specs, LAYER, "".join(ROWS), "".join(reversed(ROWS)))  # the order of a part counts
    assert "dynapcnn/shapes" in made.look()
