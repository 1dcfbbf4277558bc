"""How checking and generating grow with the number of chips, as whole commands."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from dynapspec.bench.commands import times
from dynapspec.bench.turns import Pace
from dynapspec.bench.variants import write_variants


@dataclass(frozen=True, slots=True)
class Growth:
    """One command on specs with ``count`` chips more; ``without`` is the same command without them."""

    command: str
    count: int
    seconds: tuple[float, ...]
    without: tuple[float, ...]

    @property
    def name(self) -> str:
        """What was measured."""
        return f"{self.command}, {self.count} chips more"

    @property
    def median(self) -> float:
        """The median run, in seconds."""
        return median(self.seconds)

    @property
    def each(self) -> float:
        """Seconds that one chip adds."""
        return (self.median - median(self.without)) / self.count


def growth_figures(specs: Path, counts: Sequence[int], pace: Pace) -> Iterator[Growth]:
    """``check`` and ``generate`` from nothing, for each number of made chips."""
    if not counts:
        return
    alone = dict(_both(specs, 0, pace))
    for count in counts:
        for command, seconds in _both(specs, count, pace):
            yield Growth(command, count, seconds, alone[command])


def _both(specs: Path, count: int, pace: Pace) -> Iterator[tuple[str, tuple[float, ...]]]:
    with tempfile.TemporaryDirectory(prefix="dynapspec-bench-") as name:
        folder, out = Path(name) / "specs", Path(name) / "generated"
        write_variants(specs, folder, count)
        yield "check", times(["check", "--specs", str(folder)], pace)
        generate = ["generate", "--specs", str(folder), "--out", str(out)]
        yield "generate", times(generate, pace, lambda: shutil.rmtree(out, ignore_errors=True))
