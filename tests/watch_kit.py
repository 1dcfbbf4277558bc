"""What the tests of the edit loop share: copies of the specs, edits, the loop from inside and outside."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dynapspec.emit.pipeline import build
from dynapspec.model import load_model
from dynapspec.watch.behind import Behind
from dynapspec.watch.loop import Session, Settings
from dynapspec.watch.saves import Saves
from dynapspec.watch.warm import Warm

ROOT = Path(__file__).resolve().parents[1]
LAYER, CHIP = "layers/dynapcnn.yaml", "chips/speck2f.yaml"
WARM = Warm()  # most tests begin with the same specs
COLD: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
PATIENCE = 240.0  # seconds; only a loop that hangs takes so long
KERNEL = ("is: c * pow2(ceil_log2(kh*kw) + ceil_log2(f))", "is: words(c * f * kh * kw)")
STRIDE = ('doc: "Speck 2f."', 'doc: "Speck 2f."\nlimits: {stride: {one_of: [1, 2, 4]}}')
ROUNDING = ("value: round_half_even(x * scale)", "value: round_half_up(x * scale)")
TYPO = ("extends: speck2", "extends: spek2")


def copy_specs(folder: Path) -> Path:
    """The specs in a folder of their own, beside an empty output folder."""
    shutil.copytree(ROOT / "specs", folder / "specs")
    return folder / "specs"


def edit(specs: Path, name: str, old: str, new: str) -> None:
    """One save, as most programs write a file."""
    file = specs / name
    text = file.read_text(encoding="utf-8")
    assert text.count(old) >= 1, old
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def files_of(folder: Path) -> dict[str, str]:
    """Every file of a folder as text."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in found}


def cold(specs: Path) -> dict[str, str]:
    """What a run that remembers nothing makes of the specs; each text of the specs is asked for once."""
    held = tuple(sorted(files_of(specs).items()))
    if held not in COLD:
        COLD[held] = build(load_model(specs))
    return COLD[held]


@dataclass
class Recorder:
    """A view that keeps what it is told: for each block its head, its parts and its end."""

    heads: list[list[str]] = field(default_factory=list)
    parts: list[dict[str, list[str]]] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)

    def begin(self, head: Sequence[str]) -> None:
        self.heads.append(list(head))
        self.parts.append({})

    def add(self, kind: str, title: str, lines: Iterable[str]) -> None:
        self.parts[-1].setdefault(kind, []).extend([*filter(None, [title]), *lines])

    def end(self, said: str) -> None:
        self.ends.append(said)

    @property
    def last(self) -> dict[str, list[str]]:
        return self.parts[-1]


class Inside:
    """The loop without its waiting: ``save`` is what happens once a save was noticed.

    Witnesses are looked for only where a test asks for them: that takes longer than all the rest.
    """

    def __init__(
        self,
        specs: Path,
        warm: Warm = WARM,
        *,
        check: bool = False,
        force: bool = False,
        witnesses: bool = False,
    ) -> None:
        self.specs, self.out, self.view = specs, specs.parent / "generated", Recorder()
        self.saves = Saves(specs)
        self.session = Session(Settings(specs, self.out, check, force), self.saves, self.view)
        self.session.warm = warm
        if not witnesses:
            self.session.search = lambda old, new, changed: Behind(old, new, ())
        self.session.take([])

    def save(self, name: str, old: str, new: str) -> dict[str, list[str]]:
        """An edit, and the block that it gives."""
        edit(self.specs, name, old, new)
        return self.look()

    def look(self) -> dict[str, list[str]]:
        """The block for whatever was saved."""
        self.session.take(self.saves.take())
        return self.view.last


class Outside:
    """The loop as a process with a pipe."""

    def __init__(self, specs: Path, *args: str) -> None:
        command = [sys.executable, "-m", "dynapspec", "generate", "--watch", "--specs", "specs", *args]
        env = {**os.environ, "PYTHONPATH": str(ROOT / "generator")}
        self.process = subprocess.Popen(
            command,
            cwd=specs.parent,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put("-- ended")

    def block(self) -> list[str]:
        """The lines of the next block, its end included."""
        lines: list[str] = []
        while not lines or not lines[-1].startswith("-- "):
            lines.append(self._lines.get(timeout=PATIENCE))
        return lines

    def complete(self) -> list[str]:
        """The next block that was not overtaken by another save."""
        while True:
            lines = self.block()
            if lines[-1] != "-- saved again":
                return lines

    def interrupt(self) -> int:
        """A Ctrl-C; the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=PATIENCE)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
