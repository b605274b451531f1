"""What the commands that serve tell people on stderr.

Lives here: lines about filters, the end of a server, and a missing library.
Not here: the guests' own log lines (services.log), and what goes to stdout.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import click

if TYPE_CHECKING:
    from proxyabi.serve.server import Outcome

__all__ = ["Loaded", "filter_lines", "needs_h11", "outcome_line", "say", "size", "state_lines", "stopping"]


class Loaded(Protocol):
    """A filter that is up; `plugin.host.Plugin` is one."""

    @property
    def name(self) -> str:
        """What messages call it."""

    @property
    def tier(self) -> str:
        """The tier that runs it."""

    @property
    def version(self) -> str:
        """The version of the ABI it speaks."""

    start_seconds: float
    """What it took to load, start and configure it."""


def say(message: str) -> None:
    """One line of ours on stderr."""
    click.echo(f"proxyabi: {message}", err=True)


def size(count: int) -> str:
    """*count* bytes for people."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def filter_lines(plugins: Sequence[Loaded]) -> None:
    """Say of each filter which ABI it speaks, how it runs, and how long it took to bring it up."""
    for plugin in plugins:
        say(f"filter {plugin.name}: ABI {plugin.version}, tier {plugin.tier}, ready in {plugin.start_seconds:.2f} s")


def state_lines(reports: Sequence[Mapping[str, Any]]) -> None:
    """Say of each filter that has failed, or was made anew, what has become of it."""
    for report in reports:
        made = f", made anew {report['vm_reload_success']} times" if report["vm_reload_success"] else ""
        vain = f", in vain {report['vm_reload_failure']} times" if report["vm_reload_failure"] else ""
        if report["failure"] or made or vain:
            say(f"filter {report['name']}: state {report['state']}{made}{vain}")


def stopping(busy: int) -> None:
    """Say what the end waits for."""
    if busy:
        say(f"stopping: waiting for {busy} request{'s' if busy != 1 else ''} under way. Ctrl-C again cuts them off.")


def outcome_line(done: Outcome) -> None:
    """Say what a server did, as its last line."""
    say(
        f"{done.requests} requests, {done.responses} responses, {done.resets} resets, {done.refusals} refused, "
        f"{done.upstream_failures} upstream failures, {done.contexts_left} contexts left"
    )


def needs_h11() -> None:
    """Say what to install, and end, when the library for HTTP/1.1 is not there."""
    if importlib.util.find_spec("h11") is None:
        raise click.ClickException('this command needs h11. Install it with: pip install "proxyabi[proxy]"')
