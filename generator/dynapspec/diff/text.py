"""Step five for a terminal: what changed, what it means for whom, a witness, networks, versions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from dynapspec.diff import summary
from dynapspec.diff.report import Report, Topic

COLOURS = {"compatible": "green", "uncertain": "yellow", "breaking": "bold red"}
FAINT = "dim"


def show(report: Report, console: Console) -> None:
    """Prints the report; without colours and trailing spaces where it goes into a file."""
    with console.capture() as capture:
        console.print(Group(*_parts(report, console.width)), highlight=False)
    text = capture.get()
    if not console.is_terminal:
        text = "\n".join(line.rstrip() for line in text.split("\n"))
    console.file.write(text)


def _parts(report: Report, width: int) -> Iterator[RenderableType]:
    for part in report.parts:
        yield Text(summary.title(report, part), "bold")
        if part is report.parts[0]:
            worst, line = summary.headline(report)
            yield Text(line, COLOURS[worst])
        yield ""
        for topic in part.topics:
            yield _topic(topic, width)
            yield ""
    if texts := summary.documentation(report.parts):
        yield from (Text(texts, FAINT), "")
    if any(report.topics()):
        yield _meanings(report)
        yield ""
    yield _hanging(_closing(report))


def _topic(topic: Topic, width: int) -> RenderableType:
    lines: list[RenderableType] = []
    for row in summary.rows(topic.changes):
        lines += _row(row, width)
    for line in topic.finding.lines if topic.finding else ():
        lines.append(_hung(Text(line.lstrip()), 2 + len(line) - len(line.lstrip())))
    return Group(*lines)


def _row(row: summary.Row, width: int) -> Iterator[RenderableType]:
    """A change on one line where it fits; otherwise its values below it, and its place."""
    line = f"{row.path}  {row.values}  {row.kind}"
    short = len(line) <= width and not row.long
    head = Text(line if short else f"{row.path}  {row.kind}")
    beside = row.place and len(head) + 2 + len(row.place) <= width
    yield _hung(head.append(f"  {row.place}", FAINT) if beside else head, 0)
    if row.place and not beside:
        yield _hung(Text(row.place, FAINT), 2)
    for sign, value in (("-", row.old), ("+", row.new)):
        if value and not short:
            yield _hung(Text(f"{sign} {value}"), 2)


def _hung(text: Text, indent: int) -> RenderableType:
    """Text that wraps within its own columns."""
    grid = Table.grid()
    grid.add_column(overflow="fold")
    text.overflow = "fold"
    grid.add_row(text)
    return Padding(grid, (0, 0, 0, indent))


def _meanings(report: Report) -> RenderableType:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold", style=FAINT)
    for reader, worst, causes in summary.meanings(report):
        grid.add_row(reader, Text(worst, COLOURS[worst]), causes)
    return grid


def _closing(report: Report) -> Iterator[tuple[str, str]]:
    for index, line in enumerate(summary.networks(report)):
        yield ("networks" if index == 0 else "", line)
    for index, line in enumerate(summary.versions(report)):
        yield ("version" if index == 0 else "", line)


def _hanging(rows: Iterable[tuple[str, str]]) -> RenderableType:
    """Lines that begin below each other, each behind its label."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, style=FAINT)
    grid.add_column(overflow="fold")
    for label, line in rows:
        grid.add_row(label, line)
    return grid
