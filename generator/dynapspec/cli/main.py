"""The command ``dynapspec``. Commands are loaded when they are called, so that each starts fast."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from dynapspec import __version__
from dynapspec.diagnostics import InputError

COMMANDS = {
    "generate": "Generate everything from the specs, or check that nothing has drifted.",
    "check": "Check specs and say what is wrong with them.",
    "diff": "Show what changed between two specs, for whom, and a layer that shows it.",
    "explain": "Show where each value of a chip comes from.",
    "fit": "Say whether a network fits a chip, and why not.",
    "explore": "Say which networks of a search space fit which chips.",
    "quantize": "Say what quantization does to each layer of a network.",
    "simulate": "Show a recording of events to a network, as the chip would take it.",
    "export": "Write a network as the configuration that the vendor's library loads.",
    "conform": "Play the conformance vectors against an implementation.",
    "mutate": "Measure how strong the conformance vectors are.",
    "docs": "Build the documentation as a site that needs no network.",
    "new": "Write a starter for another chip.",
    "bench": "Measure how fast the commands and the layer are here.",
}
UNUSABLE = 2  # exit codes; 1 is for findings
CLOSED_PIPE = 141  # as the shell tells a program that its reader went away
DEBUG = "DYNAPSPEC_DEBUG"


class Commands(click.Group):
    """A group that knows the names and summaries of its commands, and imports one when it runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the help text."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"dynapspec.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dynapspec")
def cli() -> None:
    """YAML specs of DYNAP-CNN and Speck chips, and everything that is generated from them."""


def main() -> None:
    """Entry point: wrong input ends with its diagnostics and exit code 2, never with a traceback."""
    try:
        cli(standalone_mode=True)
    except InputError as error:
        click.echo(str(error), err=True)
        sys.exit(UNUSABLE)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(CLOSED_PIPE)
    except Exception as error:  # a mistake of ours, told without a page of code
        if os.environ.get(DEBUG):
            raise
        click.echo(f"dynapspec: internal error, {type(error).__name__}: {error}", err=True)
        click.echo(f"  hint: {DEBUG}=1 shows where; please report it with your specs", err=True)
        sys.exit(UNUSABLE)


if __name__ == "__main__":
    main()
