"""Markdown from plain text: everything is escaped unless it is markup that this module made.

Values come from specs, and a pipe, a bracket or a newline in one must not break a table or become
markup. Character references cannot form Markdown, so they stand for each sign that could.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from html import escape as html_escape
from urllib.parse import quote

from dynapspec.formula import Tree
from dynapspec.formula.latex import latex, symbol
from dynapspec.formula.text import text as formula_text

_SIGNS = frozenset("\\`*[]<>|~$&")  # what Markdown, HTML and GitHub's math give a meaning anywhere
_LEADING = frozenset("#-+=")  # what they give a meaning at the start of a line, unless a number follows
ANCHOR = re.compile(r'<a id="([^"]*)"></a>')  # as `anchor` makes it
_HARMLESS = re.compile(r"(?:[A-Za-z][A-Za-z0-9 ,;:.()/'=+-]*)?")


class Markup(str):
    """Text that is Markdown already."""

    __slots__ = ()


def markup(value: object) -> Markup:
    """Any value as Markdown of one line that shows it as it is."""
    if isinstance(value, Markup):
        return value
    return _escaped(str(value))


@lru_cache(maxsize=4096)
def _escaped(text: str) -> Markup:
    """Chips say the same of many things."""
    line = one_line(text)
    if _HARMLESS.fullmatch(line):
        return Markup(line)
    return Markup("".join(_reference(line, at) for at in range(len(line))))


def one_line(text: str) -> str:
    """The text without line breaks and control characters."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _reference(line: str, at: int) -> str:
    char = line[at]
    risky = char in _SIGNS or (char == "_" and not _inside_word(line, at))
    leads = at == 0 and char in _LEADING and not line[1:2].isdecimal()
    leads = leads or (char in ".)" and _numbers_a_list(line, at))
    return f"&#{ord(char)};" if risky or leads else char


def _numbers_a_list(line: str, at: int) -> bool:
    """Whether a stop follows a number at the start of the line, as in ``1. first``."""
    return line[:at].isdecimal() and line[at + 1 : at + 2] in ("", " ")


def _inside_word(line: str, at: int) -> bool:
    """Whether the underscore at ``at`` joins two letters, as in a name: it is no emphasis then."""
    return 0 < at < len(line) - 1 and line[at - 1].isalnum() and line[at + 1].isalnum()


def code(value: object) -> Markup:
    """A value in a code span."""
    line = one_line(str(value))
    if not line:
        return Markup("")
    if any(char in line for char in "`|\\"):  # which a span in a table cannot hold in every renderer
        inner = "".join(char if char.isalnum() or char == " " else f"&#{ord(char)};" for char in line)
        return Markup(f"<code>{inner}</code>")
    return Markup(f"`{line}`")


def formula(tree: Tree) -> Markup:
    """A formula in a code span, as normalised text."""
    return code(formula_text(tree))


def math(*lines: str) -> Markup:
    """A block of LaTeX, one formula to a line."""
    return Markup("\n\n".join(f"```math\n{line}\n```" for line in lines))


def named_math(name: str, tree: Tree) -> Markup:
    """A block that defines a name by a formula."""
    return math(f"{symbol(name)} = {latex(tree)}")


def fenced(language: str, text: str) -> Markup:
    """A block of code that this generator wrote itself."""
    return Markup(f"```{language}\n{text.rstrip()}\n```")


def anchor(clause: str) -> Markup:
    """The place that a clause id leads to."""
    return Markup(f'<a id="{html_escape(clause)}"></a>')


def link(text: object, target: str) -> Markup:
    """A link to a file of the docs, or to a place in one."""
    return Markup(f"[{markup(text)}]({quote(target, safe='/.@#%-_')})")


def to_clause(text: object, clause: str, page: str = "") -> Markup:
    """A link to the place of a clause; ``page`` is empty for one on the same page."""
    spec, _, pointer = clause.partition("#")  # each without a sign to quote, as a rule: that is fast
    return link(text, f"{page}#{quote(spec, safe='/@.-_')}%23{quote(pointer, safe='/@.-_')}")


def join(parts: Iterable[object], separator: str = ", ") -> Markup:
    """Several values in one text."""
    return Markup(separator.join(markup(part) for part in parts))


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Markup:
    """A table without the columns that are empty in every row; nothing at all without a column."""
    cells = [[_cell(value) for value in row] for row in rows]
    kept = [index for index in range(len(head)) if any(row[index] for row in cells)]
    lines = [[_cell(head[i]) for i in kept], ["---"] * len(kept), *([row[i] for i in kept] for row in cells)]
    return Markup("\n".join(f"| {' | '.join(line)} |" for line in lines) if kept else "")


def _cell(value: object) -> str:
    return "" if value is None else str(markup(value)).replace("|", "&#124;")


def numbers(items: Iterable[object]) -> str:
    """Names in one text; whole numbers that follow each other are a range: ``0, 2 to 4``."""
    runs: list[list[object]] = []
    for item in items:
        last = runs[-1][-1] if runs else None
        if isinstance(item, int) and isinstance(last, int) and item == last + 1:
            runs[-1].append(item)
        else:
            runs.append([item])
    return ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)


def bullets(items: Iterable[object]) -> Markup:
    """A list."""
    return Markup("\n".join(f"- {markup(item)}" for item in items))


def sentence(text: object) -> Markup:
    """A text as a sentence: with a capital letter, unless it starts with a name, and a full stop."""
    line = one_line(str(text))
    if not line:
        return Markup("")
    start = line[0] if "_" in line.split(" ")[0] else line[0].upper()
    return Markup(markup(start + line[1:]) + ("" if line[-1] in ".!?" else "."))
