"""Writes many chips, each a small file that extends a shipped one, to measure how work grows with them."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dynapspec.load import plain
from dynapspec.resolve import Library, open_library
from dynapspec.resolve.library import FORMAT

FOLDERS = ("layers", "chips", "mixins")  # of a folder of specs, what generating reads
FACTORS = (1, 2, 3, 4)  # of the words of a memory, in halves


def write_variants(specs: Path, target: Path, count: int) -> None:
    """Copies the specs and adds ``count`` chips to them; the same number gives the same chip.

    Each has the name of no other chip, the cores, limits or set of values of a shipped one changed, and
    the claims taken out that its table of cores no longer meets.
    """
    for folder in FOLDERS:
        if (specs / folder).is_dir():
            shutil.copytree(specs / folder, target / folder)
    library = open_library(specs)
    bases = [name for name in library.names("chip") if library.documents["chip", name].path.stem == name]
    for number in range(count):
        name = f"made-{number:05d}"
        text = "\n".join(_lines(library, bases[number % len(bases)], name, number)) + "\n"
        (target / "chips" / f"{name}.yaml").write_text(text, encoding="utf-8")


def _lines(library: Library, base: str, name: str, number: int) -> Iterator[str]:
    rng, spec = random.Random(number), plain(library.resolve("chip", base))
    yield f"format: {FORMAT}"
    yield f"chip: {name}"
    yield "version: 1.0.0"
    yield f"extends: {base}"
    yield f'doc: "Made chip number {number}."'
    cores = dict(_cores(rng, spec["cores"])) if number % 4 else {}
    if cores:
        yield from _section("cores", cores)
        yield from _section("claims", dict.fromkeys(spec.get("claims", {})))
    yield from _section("limits", dict(_limits(rng, spec["limits"])) if number % 3 or not cores else {})


def _section(name: str, parts: dict[Any, Any]) -> Iterator[str]:
    """A section of the spec, one part to a line."""
    if parts:
        yield f"{name}:"
        yield from (f"  {key}: {json.dumps(part)}" for key, part in parts.items())


def _cores(rng: random.Random, cores: dict[int, dict[str, Any]]) -> Iterator[tuple[int, dict[str, int]]]:
    """Some cores, with larger or smaller memories."""
    for number in sorted(rng.sample(sorted(cores), rng.randint(1, min(3, len(cores))))):
        words = {key: value for key, value in cores[number].items() if key.endswith("_words")}
        yield number, {key: max(1, value * rng.choice(FACTORS) // 2) for key, value in words.items()}


def _limits(rng: random.Random, limits: dict[str, dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Some limits, each a little narrower: a lower maximum, or a set without one of its members."""
    for name in rng.sample(sorted(limits), min(3, len(limits))):
        most, members = limits[name].get("max"), limits[name].get("one_of") or ()
        if most is not None and most > 1:
            yield name, {"max": rng.randint((most + 1) // 2, most)}
        elif len(members) > 1:
            out = rng.randrange(1, len(members))
            yield name, {"one_of": [*members[:out], *members[out + 1 :]]}
