"""`proxyabi run`: one exchange through filters, without a proxy, as a conversation.

Lives here: the options that describe a request, in curl's words, and the two forms of the answer (text, `--json`).
Not here: driving the host (testing/harness.py), the conversation's look (conversation.py), answering HTTP calls (targets.py).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import click

from proxyabi.abi.types import LogLevel
from proxyabi.cli.conversation import conversation, crossing_lines
from proxyabi.cli.filters import LOG_LEVELS, PER_FILTER_HELP, FilterOptions, filter_options, read_text
from proxyabi.cli.targets import canned, http_target
from proxyabi.errors import ProxyAbiError
from proxyabi.services.log import Log
from proxyabi.services.services import Services
from proxyabi.testing.harness import Exchange, Harness, Target
from proxyabi.trace import Record, Trace
from proxyabi.upstream import as_json, echo

__all__ = ["command"]

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""What HTTP lets methods and names of headers be made of."""
_UNSENDABLE = re.compile(r"[\r\n\0]")
"""What no value of a header can hold: the next header would begin there."""
_UNWRITTEN = re.compile(r"[^!-~\u0080-\ud7ff\ue000-\U0010ffff]")
"""What a path is not written with, such as a blank, and bytes of the command line that are no UTF-8."""


@click.command(
    epilog=PER_FILTER_HELP
    + " Exit codes: 0 the client got a response, 1 the filters could not be run or the client got none, 2 wrong usage."
)
@click.argument("filter_paths", metavar="FILTER.wasm... PATH", nargs=-1, required=True)
@click.option("-X", "--request", "method", metavar="METHOD", help="Method. Default: GET, with -d POST.")
@click.option("-H", "--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="A request header. Repeatable.")
@click.option(
    "-d", "--data", "data", multiple=True, metavar="TEXT|@FILE", help="Request body. Several are joined with &, as in curl."
)
@click.option("--trailer", "trailers", multiple=True, metavar="'NAME: VALUE'", help="A request trailer. Repeatable.")
@click.option(
    "--answer",
    "answers",
    multiple=True,
    metavar="[CLUSTER=]STATUS[:BODY]",
    help="A fixed answer of the upstream (default: it echoes the request) or of a cluster that HTTP calls ask. Repeatable.",
)
@click.option("--plain-headers", is_flag=True, help="Leave out the headers that Envoy adds by itself (server, date, x-envoy-…).")
@click.option("--json", "as_data", is_flag=True, help="Print one JSON object: calls, logs, upstream, client, contexts_left.")
@filter_options
def command(
    filters: FilterOptions,
    filter_paths: tuple[str, ...],
    method: str | None,
    headers: tuple[str, ...],
    data: tuple[str, ...],
    trailers: tuple[str, ...],
    answers: tuple[str, ...],
    plain_headers: bool,
    as_data: bool,
) -> None:
    """Send one request through FILTER.wasm and print the whole conversation.

    The last argument is the path of the request, or a whole URL: proxyabi run filter.wasm /hello -H 'x-id: 7'.
    No proxy is started. The upstream is built in; HTTP calls of the filter go to --cluster or --answer.
    """
    if len(filter_paths) < 2:
        raise click.UsageError("Give a filter and the path to ask for: proxyabi run FILTER.wasm /path")
    *paths, url = filter_paths
    if method and not _TOKEN.fullmatch(method):
        raise click.UsageError(f"-X {method!r}: a method is one word, such as GET.")
    authority, path, scheme = _target(url)
    upstream, targets = _answers(answers, filters.clusters())
    body = b"&".join(read_text(text, "-d") for text in data)
    pairs, authority = _request_headers(headers, authority, body=body if data else None)
    records: list[Record] = []
    remarks: list[str] = []
    level = LOG_LEVELS[filters.log_level]
    try:
        harness = Harness(
            filters.plugins(paths),
            upstream=upstream,
            targets=targets,
            services=Services(log=_Remarks(level, remarks)),
            tier=filters.tier,
            trace=Trace(lambda record: records.append(record) if _is_logged(record, level) else None),
            envoy_headers=not plain_headers,
        )
    except ProxyAbiError:
        # What the filters have said until then tells why, and nobody else shows it.
        for line in crossing_lines(records):
            click.echo(line, err=True)
        raise
    exchange = harness.request(
        method or ("POST" if data else "GET"),
        path,
        pairs,
        body,
        _pairs("--trailer", trailers),
        authority=authority,
        scheme=scheme,
    )
    contexts_left = harness.host.contexts_left
    harness.close()
    if as_data:
        shown = {**_data(exchange, records), "remarks": remarks, "contexts_left": contexts_left}
        click.echo(json.dumps(shown, indent=2, ensure_ascii=False))
    else:
        for line in conversation(exchange, records, remarks):
            click.echo(line)
    if exchange.client is None:
        raise click.exceptions.Exit(1)


def _is_logged(record: Record, level: int) -> bool:
    """Whether *record* is shown: all but the lines that the log would leave out."""
    return "log" not in record or LOG_LEVELS[str(record["log"])] >= level


def _target(url: str) -> tuple[str, str, str]:
    """Authority, path with query, and scheme that *url* asks for; a bare path asks localhost over http."""
    if unwritten := _UNWRITTEN.search(url):
        byte = os.fsencode(unwritten[0])[0]
        raise click.UsageError(f"{url!r}: in a path {unwritten[0]!r} is written %{byte:02X}.")
    if url.startswith("/") or url == "*":
        return "localhost", url, "http"
    try:
        parts = urlsplit(url)
        _ = parts.port  # which says when it is none
    except ValueError as error:
        raise click.UsageError(f"{url!r} is no URL: {error}") from None
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise click.UsageError(f"{url!r} is no path and no http URL. A path begins with a slash: /hello?name=value")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.netloc, path, parts.scheme


def _request_headers(lines: Sequence[str], authority: str, *, body: bytes | None) -> tuple[list[tuple[bytes, bytes]], str]:
    """The headers a client like curl would send, and the authority, which a Host header overrides."""
    given = _pairs("-H", lines)
    names = {name for name, _ in given}
    for name, value in given:
        if name == b"host":
            authority = value.decode("latin-1")
    defaults = [(b"user-agent", b"proxyabi"), (b"accept", b"*/*")]
    if body is not None:
        defaults.append((b"content-length", str(len(body)).encode()))
        defaults.append((b"content-type", b"application/x-www-form-urlencoded"))
    pairs = [pair for pair in defaults if pair[0] not in names]
    return pairs + [pair for pair in given if pair[0] != b"host"], authority


def _pairs(option: str, lines: Sequence[str]) -> list[tuple[bytes, bytes]]:
    pairs = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise click.UsageError(f"{option} {line!r}: expected 'NAME: VALUE'.")
        if not _TOKEN.fullmatch(name.strip()):
            raise click.UsageError(f"{option} {line!r}: {name.strip()!r} cannot be the name of a header.")
        if _UNSENDABLE.search(value.strip()):
            raise click.UsageError(f"{option} {line!r}: a value holds no line breaks and no NUL.")
        pairs.append((name.strip().lower().encode(), os.fsencode(value.strip())))
    return pairs


def _answers(answers: Sequence[str], clusters: dict[str, str]) -> tuple[Target, dict[str, Target]]:
    """What answers for the upstream, and for each cluster."""
    upstream: Target = echo
    targets: dict[str, Target] = {name: http_target(name, url) for name, url in clusters.items()}
    for text in answers:
        name, equals, rest = text.partition("=")
        if not equals or ":" in name:
            name, rest = "", text
        status, _, body = rest.partition(":")
        if not re.fullmatch("[1-9][0-9]{2}", status):
            raise click.UsageError(f"--answer {text!r}: expected STATUS, STATUS:BODY or CLUSTER=STATUS:BODY.")
        target = canned(int(status), os.fsencode(body))
        if name:
            targets[name] = target
        else:
            upstream = target
    return upstream, targets


class _Remarks(Log):
    """A log that keeps what the host itself has to say. Guests' lines are in the trace already."""

    def __init__(self, level: int, remarks: list[str]) -> None:
        super().__init__(level)
        self._remarks = remarks

    def guest(self, level: LogLevel, prefix: str, message: str) -> None:
        """Nothing."""

    def host(self, level: LogLevel, message: str) -> None:
        """Keep *message*, when it is a warning or worse."""
        if level >= LogLevel.WARN:
            self._remarks.append(message)


def _data(exchange: Exchange, records: Sequence[Record]) -> dict[str, Any]:
    return {
        "calls": [record for record in records if "log" not in record],
        "logs": [record for record in records if "log" in record],
        "upstream": [] if exchange.upstream is None else [{**as_json(exchange.upstream), "complete": exchange.upstream_complete}],
        "client": None if exchange.client is None else as_json(exchange.client),
        "reset": exchange.reset,
        "stalled": exchange.stalled,
    }
