"""`proxyabi demo`: the shipped filter at work, shown live.

Lives here: what to curl, and the live picture of what host and filter say to each other.
Not here: the filter (proxyabi/demo), the proxy (serve), the look of a crossing (conversation.py).
"""

from __future__ import annotations

import asyncio
import http.client
import os
import socket
from importlib import resources
from typing import TYPE_CHECKING

import click

from proxyabi.cli.conversation import crossing_lines
from proxyabi.cli.filters import TIER_HELP, FilterOptions
from proxyabi.cli.report import needs_h11, outcome_line, say, size, stopping
from proxyabi.config import PluginConfig
from proxyabi.services.log import OFF, Log
from proxyabi.services.services import Services
from proxyabi.trace import Record, Trace

if TYPE_CHECKING:
    from proxyabi.serve.places import Address

__all__ = ["command"]

PATHS = {
    "/hello": "a header is added to the request, and one to the response",
    "/secret": "the filter answers by itself: 403, the upstream hears nothing",
    "/shout": "the body of the response comes in capitals",
    "/ask": "the request waits for an HTTP call that the filter makes",
}


@click.command(epilog="Exit codes: 0 ended by Ctrl-C or after --once, 1 it could not start, 2 wrong usage.")
@click.option("--listen", metavar="HOST:PORT", help="Where to listen. Default: 127.0.0.1:10000, or a free port if that is taken.")
@click.option("--greeting", metavar="TEXT", default="", help="The filter's configuration: what it greets the upstream with.")
@click.option("--tier", default="auto", show_default=True, metavar="TIER", help=TIER_HELP)
@click.option("--once", is_flag=True, help="Make one request without being asked, show it, and end.")
def command(listen: str | None, greeting: str, tier: str, once: bool) -> None:
    """See a filter at work: it runs between you and an upstream that echoes your request."""
    FilterOptions(tier=tier).check_tier()
    needs_h11()
    from proxyabi.serve.places import Address, Origin
    from proxyabi.serve.server import Server, Setup

    address = Address.parse(listen, "--listen") if listen is not None else _usual_or_free()
    folder = resources.files("proxyabi") / "demo"
    code = (folder / "demo.wasm").read_bytes()
    picture = _Picture()
    status = 200
    server = Server(
        Setup(
            [PluginConfig(code=code, name="demo", configuration=os.fsencode(greeting), code_path="demo.wasm")],
            listen=address,
            clusters={"oracle": None},
            tier=tier,
            services=Services(log=Log(OFF)),
            trace=Trace(picture.show),
        ),
        report=say,
    )
    plugin = server.host.plugins[0]

    def ready(where: Address, _: Origin | Address) -> None:
        click.echo(
            f"A filter of {size(len(code))} (ABI {plugin.version}, tier {plugin.tier}, ready in {plugin.start_seconds:.2f} s) "
            f"runs between you and an upstream that echoes.\nIts source: {folder / 'demo.c'}"
        )
        if not once:
            click.echo("\nTry in another terminal:\n")
            for path, meaning in PATHS.items():
                click.echo(f"  {click.style(f'curl http://{where}{path}', bold=True):<60}{meaning}")
            click.echo("\nWhat host and filter say to each other shows below. Ctrl-C ends.")
        click.echo()
        picture.begin()

    async def one_request(where: Address) -> None:
        nonlocal status
        click.echo(f"\nGET http://{where}/hello")
        status, text = await asyncio.to_thread(_get, where, "/hello")
        click.echo("\n" + text)

    outcome = server.run(ready, stopping, one_request if once else None)
    outcome_line(outcome)
    if status != 200:
        raise click.exceptions.Exit(1)


class _Picture:
    """Prints crossings as they come, but not before `begin`: what belongs to the start waits until people know what they see."""

    def __init__(self) -> None:
        self._early: list[Record] | None = []

    def show(self, record: Record) -> None:
        """Print one crossing; the first one of a request stands apart."""
        if self._early is not None:
            self._early.append(record)
            return
        if record.get("name") == "proxy_on_request_headers":
            click.echo()
        for line in crossing_lines([record]):
            click.echo(line)

    def begin(self) -> None:
        """Print what waited, and wait no more."""
        early, self._early = self._early or [], None
        for record in early:
            self.show(record)


def _usual_or_free() -> Address:
    """The usual address when nobody listens there, else a free port. The choice shows in what is printed."""
    from proxyabi.serve.places import Address

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", 10000))
        except OSError:
            return Address("127.0.0.1", 0)
    return Address("127.0.0.1", 10000)


def _get(where: Address, path: str) -> tuple[int, str]:
    """Status of the response to a GET, and all of it as text."""
    connection = http.client.HTTPConnection(where.host, where.port, timeout=30)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read().decode("utf-8", "backslashreplace")
    finally:
        connection.close()
    lines = [f"{name}: {value}" for name, value in response.getheaders()]
    return response.status, "\n  ".join([f"{response.status} {response.reason}", *lines, "", *body.splitlines()])
