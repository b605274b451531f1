"""`proxyabi serve`: filters in a proxy on this machine.

Lives here: the options of a proxy, its trace file, and the one line on stdout that scripts read.
Not here: the proxy (serve), options that speak of filters (filters.py), what is said on stderr (report.py).
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from proxyabi.abi.kinds import HTTP_FILTER, KINDS, NETWORK_FILTER
from proxyabi.cli.filters import PER_FILTER_HELP, SECONDS, FilterOptions, filter_options
from proxyabi.cli.report import filter_lines, needs_h11, outcome_line, say, size, state_lines, stopping
from proxyabi.errors import ConfigError
from proxyabi.formats.proxy import ProxyConfig
from proxyabi.trace import Record, Trace

if TYPE_CHECKING:
    from proxyabi.serve.places import Address

__all__ = ["command"]


@click.command(
    epilog=PER_FILTER_HELP
    + "\n\nExit codes: 0 ended by Ctrl-C or SIGTERM, 1 it could not start or connections had to be cut, 2 wrong usage."
)
@click.argument("filter_paths", metavar="FILTER.wasm...", nargs=-1)
@click.option("--envoy", "envoy_path", metavar="FILE", help="Run the listeners of Envoy's configuration file (YAML or JSON).")
@click.option(
    "--listen",
    default="127.0.0.1:10000",
    show_default=True,
    metavar="HOST:PORT",
    help="Where to listen. Port 0 takes a free one; the first line on stdout says which.",
)
@click.option(
    "--upstream",
    metavar="URL|HOST:PORT",
    help="The server behind the filters: a URL (default: a built-in echo), or HOST:PORT behind network filters.",
)
@click.option(
    "--upstream-timeout",
    type=SECONDS,
    default=15.0,
    show_default=True,
    metavar="SECONDS",
    help="How long the upstream may take for a response, before the client gets 504; 0 for no bound.",
)
@click.option("--plain-headers", is_flag=True, help="Leave out the headers that Envoy adds by itself (server, date, x-envoy-…).")
@click.option(
    "--trace", "trace_path", metavar="FILE", help="Write one JSON object a line for every call between host and filter."
)
@filter_options
def command(
    filters: FilterOptions,
    filter_paths: tuple[str, ...],
    envoy_path: str | None,
    listen: str,
    upstream: str | None,
    upstream_timeout: float,
    plain_headers: bool,
    trace_path: str | None,
) -> None:
    """Run FILTER.wasm in a proxy on this machine, in front of --upstream or of a built-in echo.

    Ctrl-C ends it: requests under way come to their end; a second Ctrl-C cuts them.
    """
    if filter_paths and envoy_path is not None:
        raise click.UsageError("Give filters or --envoy, not both: the file names its filters itself.")
    if not filter_paths and envoy_path is None:
        raise click.UsageError("Give filters (proxyabi serve FILTER.wasm) or a configuration file (proxyabi serve --envoy FILE).")
    needs_h11()
    from proxyabi.serve.places import Address, Origin
    from proxyabi.serve.server import Server, Setup

    address = Address.parse(listen, "--listen")
    connections = envoy_path is None and _of_connections(filters)
    origin = Origin.parse(upstream, "--upstream") if upstream is not None and not connections else None
    tcp_upstream = _tcp_upstream(upstream) if connections else None
    clusters = {name: Origin.parse(url, f"--cluster {name}") for name, url in filters.clusters().items()}
    if envoy_path is None:
        config = ProxyConfig(filters.plugins(filter_paths))
    else:
        filters.check_tier()
        config = _runnable(filters.loaded(envoy_path, only=True), envoy_path)
        first = config.listeners[0]
        if first.tcp_cluster:
            address = Address(first.host, first.port)
            endpoint = config.clusters[first.tcp_cluster].endpoints[0]
            tcp_upstream = Address(endpoint.host, endpoint.port)
    plugins = config.plugins
    for note in config.notes:
        say(note)
    services = filters.services()
    if config.node:
        services.node = config.node
    with _trace(trace_path) as trace:
        for plugin in plugins:
            say(f"loading {plugin.code_path}, {size(len(plugin.code))} …")
        server = Server(
            Setup(
                plugins,
                listen=address,
                upstream=origin,
                clusters=clusters,
                tier=filters.tier,
                services=services,
                trace=trace,
                upstream_timeout=upstream_timeout or None,
                envoy_headers=not plain_headers,
                listeners=config.listeners,
                routed=config.clusters,
                tcp_upstream=tcp_upstream,
            ),
            report=say,
        )
        filter_lines(server.host.plugins)

        def ready(where: Address, behind: Origin | Address) -> None:
            click.echo(f"listening on {'tcp' if tcp_upstream is not None else 'http'}://{where}")
            if envoy_path is None or tcp_upstream is not None:
                built_in = origin is None and tcp_upstream is None
                say(f"upstream: {behind}{' (built-in echo)' if built_in else ''}. Ctrl-C ends.")

        outcome = server.run(ready, stopping)
    state_lines(server.plugin_reports)
    outcome_line(outcome)
    if outcome.cut_off:
        raise click.exceptions.Exit(1)


def _runnable(config: ProxyConfig, path: str) -> ProxyConfig:
    """*config*, when this proxy can run all of it.

    raises: ConfigError, naming what it cannot.
    """
    if not config.listeners:
        raise ConfigError(path, "there is no listener in this file; filters alone run by: proxyabi serve FILE")
    tcp = [listener for listener in config.listeners if listener.tcp_cluster]
    if tcp and len(config.listeners) > 1:
        name = tcp[0].name or f"{tcp[0].host}:{tcp[0].port}"
        raise ConfigError(path, f"the TCP listener {name} has to be the only one of its file here: serve it by itself")
    if tcp and len(config.clusters[tcp[0].tcp_cluster].endpoints) > 1:
        raise ConfigError(path, f"the cluster {tcp[0].tcp_cluster} of a TCP listener may have one endpoint here")
    if tcp and config.clusters[tcp[0].tcp_cluster].tls is not None:
        raise ConfigError(path, f"the cluster {tcp[0].tcp_cluster} of a TCP listener cannot be spoken to by TLS here")
    return config


def _of_connections(filters: FilterOptions) -> bool:
    """Whether the proxy is one of connections: there is a network filter among its plugins, and no filter of requests.

    raises: click.UsageError, when there are both.
    """
    worked_on = {KINDS[kind].works_on for kind in filters.kind or (HTTP_FILTER.name,)} - {""}
    if len(worked_on) > 1:
        raise click.UsageError("--kind: one proxy has filters of requests or of connections, not both. Serve them apart.")
    return worked_on == {NETWORK_FILTER.works_on}


def _tcp_upstream(text: str | None) -> Address:
    from proxyabi.serve.places import Address

    if text is None:
        raise click.UsageError("--upstream HOST:PORT is needed behind network filters: there is no built-in server for them.")
    return Address.parse(text, "--upstream")


@contextlib.contextmanager
def _trace(path: str | None) -> Iterator[Trace | None]:
    """A trace that writes its records to *path*, one JSON object a line; None without a path."""
    if path is None:
        yield None
        return
    try:
        file = open(path, "w", encoding="utf-8", buffering=1)  # noqa: SIM115 - closed below; the error must not cover the body
    except OSError as error:
        raise ConfigError("--trace", f"cannot write {path}: {error.strerror or error}. Choose another file.") from error

    def write(record: Record) -> None:
        file.write(json.dumps(record, ensure_ascii=False) + "\n")

    with file:
        yield Trace(write)
