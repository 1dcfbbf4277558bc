"""The page of the commands, from their own help texts."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from dynapspec.cli.main import COMMANDS, cli


def commands_page() -> str:
    """The page as Markdown."""
    context = click.Context(cli, info_name="dynapspec")
    parts = [_command(context, name) for name in COMMANDS]
    head = [
        "# The commands",
        "Commands that read specs take `--specs DIR`, or the variable `DYNAPSPEC_SPECS`; without them the",
        "nearest `specs/` upward counts, and then the specs that came with the package. Exit code 0 is fine,",
        "1 tells of findings, 2 of wrong usage or an input that cannot be read.",
    ]
    return "\n".join([head[0], "", *head[1:], "", *parts])


def _command(parent: click.Context, name: str) -> str:
    command = cli.get_command(parent, name)
    assert command is not None
    context = click.Context(command, info_name=name, parent=parent)
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    rows = [f"| `{left}` | {_escaped(right)} |" for left, right in _options(command, context)]
    table = ["| option | meaning |", "| --- | --- |", *rows] if rows else []
    lines = [
        f"## {name}",
        "",
        _escaped(inspect.cleandoc(command.help or "")),
        "",
        f"```sh\n{usage}\n```",
        "",
        *table,
    ]
    return "\n".join(lines) + "\n"


def _options(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and record[1] and "--help" not in record[0]:
            yield record


def _escaped(text: str) -> str:
    return text.replace("|", "&#124;").replace("<", "&lt;").replace("[", "&#91;").replace("*", "&#42;")
