"""The screen of the edit loop: one block, in its order, no longer than the screen, without flicker."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from rich.console import Console

from dynapspec.watch.screen import Screen

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """A screen of a few lines, and what was written to it."""

    def __init__(self, height: int = 20, width: int = 60) -> None:
        self.written = StringIO()
        console = Console(file=self.written, force_terminal=True, width=width, height=height, highlight=False)
        self.screen = Screen("watching", console)

    @property
    def frames(self) -> list[list[str]]:
        """The lines of each frame as they are read, blank ones at the end included."""
        texts = self.written.getvalue().split("\x1b[H")[1:]
        return [ESCAPE.sub("", text).removesuffix("\n").split("\n") for text in texts]


def test_parts_stand_in_their_order_whatever_came_first() -> None:
    terminal = Terminal()
    terminal.screen.begin(["a.yaml changed"])
    terminal.screen.add("vector", "vectors", ["1 added"])
    terminal.screen.add("meaning", "chip a", ["limits.x  1 -> 2"])
    terminal.screen.add("meaning", "chip a", ["breaking for networks"])
    terminal.screen.end("0.1 s")
    assert terminal.frames[-1] == [
        *("watching", "", "a.yaml changed", ""),
        *("chip a", "  limits.x  1 -> 2", "  breaking for networks", ""),
        *("vectors", "  1 added", ""),
        "0.1 s; waiting for the next save; Ctrl-C ends",
    ]


@pytest.mark.parametrize("width", [20, 60])  # the narrow one breaks the status into three rows
def test_a_frame_fits_the_screen_and_ends_with_its_status(width: int) -> None:
    terminal = Terminal(height=12, width=width)
    terminal.screen.begin(["a.yaml changed"])
    terminal.screen.add("finding", "", [f"line {number}" for number in range(30)])
    terminal.screen.end("0.1 s")
    frame = terminal.frames[-1]
    status = 1 if width == 60 else 3
    assert len(frame) == 11  # and the cursor below
    assert frame[4] == "line 0"
    assert re.fullmatch(r"\.\.\. \d+ more lines", frame[-2 - status])
    assert frame[-1 - status] == ""
    assert " ".join(row.strip() for row in frame[-status:]) == "0.1 s; waiting for the next save; Ctrl-C ends"


def test_a_frame_is_laid_over_the_last_and_leaves_nothing_of_it() -> None:
    terminal = Terminal()
    terminal.screen.begin(["a.yaml changed", "b.yaml changed"])
    terminal.screen.begin(["c.yaml changed"])
    written = terminal.written.getvalue()
    assert "\x1b[2J" not in written  # an empty screen in between would flicker
    last = written.split("\x1b[H")[-1]
    assert last.endswith("\x1b[J")
    assert all(line.endswith("\x1b[K") for line in last.removesuffix("\x1b[J").split("\n")[:-1])


def test_what_a_spec_says_controls_no_terminal() -> None:
    terminal = Terminal()
    terminal.screen.begin(["a\x1b[31m.yaml changed"])
    assert "\x1b[31m" not in terminal.written.getvalue()
