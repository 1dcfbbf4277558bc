"""What the person sees: one block for each save, on a screen that stays calm, or as lines for a pipe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import click
from rich.console import Console
from rich.text import Text

from dynapspec.diagnostics import visible

ORDER = ("finding", "meaning", "formula", "file", "vector", "note")  # from top to bottom
STYLES = (("- ", "red"), ("+ ", "green"), ("breaking", "bold red"), ("uncertain", "yellow"))
HOME, ERASE_LINE, ERASE_BELOW = "\x1b[H", "\x1b[K", "\x1b[J"
WORKING, WAITING = "working", "waiting for the next save; Ctrl-C ends"


class View(Protocol):
    """Shows blocks; a block has parts that may come in any order and grow."""

    def begin(self, head: Sequence[str]) -> None:
        """A new block."""

    def add(self, kind: str, title: str, lines: Iterable[str]) -> None:
        """More of the block: a part of one of the kinds of ``ORDER``, or more lines of one."""

    def end(self, said: str) -> None:
        """Nothing more comes in this block."""


class Lines:
    """Appends everything as it comes, so that it can be piped."""

    def __init__(self) -> None:
        self._last = ("", "")

    def begin(self, head: Sequence[str]) -> None:
        """A new block, below its files."""
        self._last = ("", "")
        for line in head:
            _echo(f"== {line}")

    def add(self, kind: str, title: str, lines: Iterable[str]) -> None:
        """More of the block, below its title."""
        if title and (kind, title) != self._last:
            _echo(title)
        self._last = kind, title
        for line in lines:
            _echo(f"  {line}" if title else line)

    def end(self, said: str) -> None:
        """The last line of the block."""
        _echo(f"-- {said}")


class Screen:
    """Shows the latest block alone, each part at its place, and no more of it than the screen holds.

    A frame is written at once over the one before, without an empty screen in between, so it does not
    flicker.
    """

    def __init__(self, head: str, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self._head = head
        self._files: Sequence[str] = ()
        self._parts: dict[tuple[str, str], list[str]] = {}

    def begin(self, head: Sequence[str]) -> None:
        """A new block in the place of the last."""
        self._files, self._parts = head, {}
        self._show(WORKING)

    def add(self, kind: str, title: str, lines: Iterable[str]) -> None:
        """More of the block; the screen is shown anew."""
        self._parts.setdefault((kind, title), []).extend(lines)
        self._show(WORKING)

    def end(self, said: str) -> None:
        """The block is complete."""
        self._show(f"{said}; {WAITING}")

    def _show(self, status: str) -> None:
        lines = [Text(self._head, "dim"), Text(), *(Text(visible(line), "bold") for line in self._files)]
        for (_, title), part in sorted(self._parts.items(), key=lambda item: ORDER.index(item[0][0])):
            lines += [Text(), Text(visible(title), "bold")] if title else [Text()]
            lines += [_styled(f"  {line}" if title else line) for line in part]
        self._draw([*lines, Text()], Text(status, "dim"))

    def _draw(self, lines: Sequence[Text], status: Text) -> None:
        """The frame; what is left out of it stands at the end, where the least important lines are."""
        rows, end = [row for line in lines for row in self._rows(line)], self._rows(status)
        room = self.console.height - len(end) - 1  # the cursor stands below
        if len(rows) > room:
            left = f"... {len(rows) - room + 2} more lines"
            rows = [*rows[: room - 2], *self._rows(Text(left, "dim")), ""]
        frame = "".join(f"{row}{ERASE_LINE}\n" for row in (*rows, *end))
        self.console.file.write(f"{HOME}{frame}{ERASE_BELOW}")
        self.console.file.flush()

    def _rows(self, line: Text) -> list[str]:
        """A line as rows of the screen."""
        with self.console.capture() as captured:
            self.console.print(line)
        return captured.get().removesuffix("\n").split("\n")


def _styled(line: str) -> Text:
    style = next((style for start, style in STYLES if line.lstrip().startswith(start)), "")
    return Text(visible(line), style)


def _echo(line: str) -> None:
    click.echo(visible(line))
