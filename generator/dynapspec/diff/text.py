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
        console.print(Group(*_parts(report)), highlight=False)
    text = capture.get()
    if not console.is_terminal:
        text = "\n".join(line.rstrip() for line in text.split("\n"))
    console.file.write(text)


def _parts(report: Report) -> Iterator[RenderableType]:
    for part in report.parts:
        yield Text(summary.title(report, part), "bold")
        yield ""
        for topic in part.topics:
            yield _topic(topic)
            yield ""
    if texts := summary.documentation(report.parts):
        yield from (Text(texts, FAINT), "")
    if not any(part.topics or part.documentation for part in report.parts):
        yield from ("nothing differs", "")
    if any(report.topics()):
        yield _meanings(report)
        yield ""
    yield _hanging(_closing(report))


def _topic(topic: Topic) -> RenderableType:
    lines: list[RenderableType] = []
    for row in summary.rows(topic.changes):
        head = Text(row.path)
        head.append(f"  {row.kind}" if row.long else f"  {row.values}  {row.kind}", "")
        if row.place:
            head.append(f"  {row.place}", FAINT)
        lines.append(_hung(head, 0))
        if row.long:
            lines += [
                _hung(Text(f"{sign} {value}"), 2) for sign, value in (("-", row.old), ("+", row.new)) if value
            ]
    for line in topic.finding.lines if topic.finding else ():
        lines.append(_hung(Text(line.lstrip()), 2 + len(line) - len(line.lstrip())))
    return Group(*lines)


def _hung(text: Text, indent: int) -> RenderableType:
    """Text whose further lines stand two columns further in."""
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
