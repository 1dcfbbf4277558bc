"""One save after the other: load, compare, generate, show."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dynapspec.diagnostics import InputError
from dynapspec.emit.replace import replace
from dynapspec.emit.tree import not_ours
from dynapspec.findings import as_text
from dynapspec.load.reader import display_name
from dynapspec.model import Model, load_model
from dynapspec.watch.behind import Behind
from dynapspec.watch.changed import Changed, coming_and_going, differing
from dynapspec.watch.files import Rewritten, rewritten
from dynapspec.watch.preview import previews
from dynapspec.watch.saves import QUIET_MS, Saved, Saves
from dynapspec.watch.screen import View
from dynapspec.watch.warm import Abandoned, Warm

NAMED = 5  # files of a save that are named
LOOK = 0.05  # seconds between two looks for another save, while witnesses are looked for


@dataclass(frozen=True, slots=True)
class Settings:
    """What the command line says: the specs, the output folder, and what may be done to it."""

    root: Path
    out: Path
    check: bool = False
    force: bool = False


def watch(settings: Settings, view: View) -> None:
    """Shows what each save means and makes of it what ``generate`` makes; a Ctrl-C ends it.

    Raises:
        InputError: the package that waits for saves is not installed.
    """
    saves = Saves(settings.root)
    session = Session(settings, saves, view)
    with suppress(KeyboardInterrupt):
        session.take([])
        for saved in saves.wait():
            session.take(saved)


class Session:
    """What is kept from one save to the next: the last sound state, and all that is warm."""

    def __init__(self, settings: Settings, saves: Saves, view: View) -> None:
        self.settings, self.saves, self.view = settings, saves, view
        self.warm = Warm()
        self.search: Callable[[Model, Model, Sequence[Changed]], Behind] = Behind
        self.good: Model | None = None  # the last sound state whose block was shown
        self.plain = True  # whether the last block was about sound specs, and ran to its end

    def take(self, saved: Sequence[Saved]) -> None:
        """One save, and those that come while it is worked on."""
        while True:
            try:
                self._block(saved, time.monotonic())
                return
            except Abandoned:
                self.view.end("saved again")
                self.plain = False
            time.sleep(QUIET_MS / 1000)
            saved = sorted({one.path: one for one in (*saved, *self.saves.take())}.values())

    def _block(self, saved: Sequence[Saved], start: float) -> None:
        self.view.begin(_head(saved) or [display_name(self.settings.root)])
        try:
            self._sound(load_model(self.settings.root), saved, start)
        except InputError as error:
            count = len(error.diagnostics)
            said = f"{count} finding{'' if count == 1 else 's'}"
            self.view.add("finding", "", [*as_text(error.diagnostics).split("\n"), said])
            self.view.add("note", "", ["nothing was written"])
            self.plain = False
        else:
            self.plain = True
        self.view.end(f"{time.monotonic() - start:.2f} s")

    def _sound(self, model: Model, saved: Sequence[Saved], start: float) -> None:
        """The specs are sound: what the save means, and what it makes."""
        if self.saves.pending():
            raise Abandoned  # what was read may be half of two saves
        old = model if self.good is None or self.settings.check else self.good
        changed = differing(old, model)
        self._tell(old, model, changed)
        behind = self.search(old, model, changed)
        try:
            texts = self.warm.build(model, partial(self._meanwhile, behind))
            self._files(texts, saved, meant=bool(changed or coming_and_going(old, model)), start=start)
            self.good = model
            while behind.searching and not self.saves.pending():
                self._show_answers(behind, LOOK)
        finally:
            behind.stop()

    def _meanwhile(self, behind: Behind) -> bool:
        """While files are made: shows what was found; whether another save makes all of it needless."""
        self._show_answers(behind, 0.0)
        return self.saves.pending()

    def _show_answers(self, behind: Behind, patience: float) -> None:
        for title, lines in behind.answers(patience):
            self.view.add("meaning", title, lines)

    def _tell(self, old: Model, new: Model, changed: Sequence[Changed]) -> None:
        """What is known at once."""
        if lines := coming_and_going(old, new):
            self.view.add("meaning", "", lines)
        formulas = list(previews(old, new))
        for group in changed:
            self.view.add("meaning", group.title, group.lines({one.path for one in formulas}))
        for preview in formulas:
            self.view.add("formula", preview.path, preview.lines())

    def _files(self, texts: dict[str, str], saved: Sequence[Saved], meant: bool, start: float) -> None:
        """Puts the files in place, unless somebody edited them or only a look was asked for."""
        out, told = self.settings.out, rewritten(self.settings.out, texts)
        if not told.paths:
            same = f"{len(texts)} files in {display_name(out)} are what the specs say"
            self.view.add("note", "", [f"{self._why(saved)}; {same}" if saved and not meant else same])
            return
        theirs = [] if self.settings.check or self.settings.force else not_ours(out, texts)
        if theirs:
            edited = [f"{display_name(out / path)} was edited by hand, or is not ours" for path in theirs]
            remedy = "nothing was written; move the edits into the specs, or overwrite them with --force"
            self.view.add("note", "", [*edited, remedy])
            return
        if not self.settings.check:
            replace(out, texts)
        if saved and not meant and told.only_source_map:
            rest = (
                "only the source map differs"
                if self.settings.check
                else "nothing to write but the source map"
            )
            self.view.add("note", "", [f"{self._why(saved)}; {rest}"])
            return
        self._written(told, len(texts), start)

    def _why(self, saved: Sequence[Saved]) -> str:
        """Why a save means nothing."""
        networks = str(self.settings.root / "networks")
        if all(one.path.startswith(display_name(Path(networks))) for one in saved):
            return "nothing is generated from networks"
        edits = all(one.kind == "changed" for one in saved) and self.plain
        return "only comments changed" if edits else "nothing changed in meaning"

    def _written(self, told: Rewritten, count: int, start: float) -> None:
        out, check = display_name(self.settings.out), self.settings.check
        size = f"{len(told.paths)} of {count} files in {out}"
        done = f"{size} differ" if check else f"wrote {size} after {time.monotonic() - start:.2f} s"
        if not told.before:
            self.view.add("note", "", [done])  # all of it is new, and nobody asks which
            return
        self.view.add("file", done, told.lines())
        if vectors := list(told.vectors()):
            self.view.add("vector", "conformance vectors", vectors)


def _head(saved: Sequence[Saved]) -> list[str]:
    """The files of a save; of many the first."""
    named = [f"{one.path} {one.kind}" for one in saved[:NAMED]]
    return [*named, f"{len(saved) - NAMED} more"] if len(saved) > NAMED else named
