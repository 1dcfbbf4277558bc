"""What a person is told when an input is wrong: a stable code, a place, and a remedy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of one line of a file; line and columns count from 1, ``end`` is exclusive."""

    file: str
    line: int
    column: int
    end: int

    def within(self, start: int, stop: int) -> Span:
        """The part of this span from offset ``start`` to ``stop``, for a place inside a formula."""
        first = min(self.column + start, self.end - 1)  # quotes and escapes make both lengths differ
        return Span(self.file, self.line, first, max(first + 1, min(self.column + stop, self.end)))

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


NOWHERE = Span("", 0, 0, 0)  # sorts before every place


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding about one place of an input.

    ``code`` never changes its meaning; ``hint`` says what would mend the finding.
    """

    code: str
    message: str
    span: Span | None = None
    hint: str = ""

    def render(self) -> str:
        """The finding as text: place, message, source line with a caret, hint."""
        lines = [visible(f"{self.span or 'input'}: error[{self.code}]: {self.message}")]
        if self.span is not None:
            lines += _snippet(self.span)
        if self.hint:
            lines.append(visible(f"  hint: {self.hint}"))
        return "\n".join(lines)


def visible(text: str) -> str:
    """The text with its control characters as escapes, so that a name cannot steer a terminal."""
    return "".join(
        char if char.isprintable() or char in "\n\t" else char.encode("unicode_escape").decode()
        for char in text
    )


MAX_SHOWN = 4_000_000  # bytes of a file of which a line is shown
WIDE = 160  # characters of a line that are shown at most


def _snippet(span: Span) -> list[str]:
    """The source line of a span and the carets below it; nothing when the file cannot be shown."""
    text = _line(span)
    if text is None:
        return []
    skipped = max(0, span.column - WIDE // 2) if len(text) > WIDE else 0
    line = text[skipped : skipped + WIDE]
    shown = "".join(char if char.isprintable() or char == "\t" else "?" for char in line)  # each a column
    gutter = f"{span.line:>5} | "
    carets = "^" * max(1, min(span.end - skipped, len(shown) + 1) - (span.column - skipped))
    return [gutter + shown, " " * (len(gutter) - 2) + "| " + " " * (span.column - 1 - skipped) + carets]


def whole_line(file: str, line: int) -> Span:
    """All of a line but the spaces around it; its first column where the file cannot be shown."""
    text = _line(Span(file, line, 1, 2)) or ""
    start = len(text) - len(text.lstrip()) + 1
    return Span(file, line, start, max(start, len(text.rstrip())) + 1)


def _line(span: Span) -> str | None:
    """A line of a file; None where there is no such line, and for pipes and devices, which never end."""
    path = Path(span.file)
    try:
        if not path.is_file() or path.stat().st_size > MAX_SHOWN:
            return None
        return path.read_text(encoding="utf-8-sig").splitlines()[span.line - 1]
    except (OSError, IndexError, UnicodeDecodeError):
        return None


class InputError(Exception):
    """An input that cannot be used; carries every finding about it, in the order of its places."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        unique = dict.fromkeys(diagnostics)
        self.diagnostics = sorted(unique, key=lambda d: (d.span or NOWHERE, d.code, d.message))
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        return "\n".join(d.render() for d in self.diagnostics)


def fail(code: str, message: str, span: Span | None = None, hint: str = "") -> InputError:
    """An :class:`InputError` with a single finding, to be raised."""
    return InputError([Diagnostic(code, message, span, hint)])


def closest(name: str, known: Iterable[str]) -> str:
    """The known name that a name is nearly, or nothing."""
    close = get_close_matches(name, sorted(known), n=1, cutoff=0.5 if len(name) < 4 else 0.6)
    return close[0] if close else ""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint that names the closest known name, or lists the known names when none is close."""
    names = sorted(known)
    if close := closest(name, names):
        return f"did you mean {close}?"
    return f"known: {', '.join(names)}" if names else ""
