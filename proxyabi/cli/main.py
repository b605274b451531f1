"""The command `proxyabi`: its subcommands, loaded when they are asked for.

Lives here: the table of commands, and how an error of ours becomes one paragraph and an exit code.
Not here: what a command does; each has a file of its own in this folder.

A command's module is imported only when the command runs, so that `proxyabi --help` answers at once. That is why the one-line
descriptions stand in this table.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

from proxyabi.errors import ProxyAbiError

__all__ = ["COMMANDS", "cli"]

COMMANDS: dict[str, tuple[str, str]] = {
    # command   (module with a click command named `command`, one line for --help)
    "demo": ("proxyabi.cli.demo", "See a shipped filter at work: a proxy, an upstream, and what to curl."),
    "inspect": ("proxyabi.cli.inspect", "Show what a filter is made of, and what Envoy would refuse about it."),
    "run": ("proxyabi.cli.run", "Send one request through filters and read the whole conversation."),
    "serve": ("proxyabi.cli.serve", "Run filters in a proxy on this machine."),
}


class LazyCommands(click.Group):
    """A group whose commands are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the table's order."""
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in --help, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error of ours ends it with one paragraph on stderr and exit code 1."""
        try:
            return super().invoke(ctx)
        except ProxyAbiError as error:
            raise click.ClickException(str(error)) from error
        except BrokenPipeError:
            # Whoever read our output has seen enough, which says nothing against the filter. What is still to be flushed when
            # Python ends goes nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise click.exceptions.Exit(0) from None


@click.group(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="proxyabi", prog_name="proxyabi")
def cli() -> None:
    """Run, test and study Proxy-Wasm filters: the plugins of Envoy and Istio."""
