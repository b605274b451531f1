"""The headers that Envoy writes by itself, and why: one table.

Lives here: which header, at which of the five places a message passes, under which condition.
Not here: headers that HTTP/1 itself needs (serve/http1.py), what filters change, and who passes the places (serve, testing).

Seen on a real Envoy 1.40 with a filter that logs every map, an upstream and a client that print raw bytes; the HTTP
connection manager had its defaults, `generate_request_id` off. A message passes the table after HTTP/1 is taken off (hop-by-hop
headers gone) and before it is put on again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from enum import Enum, auto
from time import time
from typing import NamedTuple

from proxyabi.context.header_map import HeaderMap

__all__ = ["ENVOY_HEADERS", "Facts", "Place", "apply"]


class Place(Enum):
    """Where a message is."""

    REQUEST_ARRIVES = auto()
    """From the client, before the first filter."""
    REQUEST_LEAVES = auto()
    """To the upstream, behind the last filter."""
    RESPONSE_ARRIVES = auto()
    """From the upstream, before the first filter. Local responses do not pass here."""
    RESPONSE_LEAVES = auto()
    """To the client, behind the last filter. Local responses pass here too."""
    CALL_LEAVES = auto()
    """An HTTP call of a filter, to its cluster."""


@dataclass(slots=True)
class Facts:
    """What the values are made of. Seconds; None for a time that is not known or not limited."""

    timeout: float | None = None
    upstream_took: float | None = None


class Rule(NamedTuple):
    """One header at one place. *replaces*: the value overwrites one that is there, else it only fills a gap."""

    place: Place
    name: bytes
    value: Callable[[Facts], bytes | None]
    replaces: bool
    why: str


_THIS_SECOND: dict[int, bytes] = {}


def _today(_: Facts) -> bytes:
    """The date, made anew once a second."""
    moment = int(time())
    text = _THIS_SECOND.get(moment)
    if text is None:
        _THIS_SECOND.clear()
        text = _THIS_SECOND[moment] = formatdate(moment, usegmt=True).encode()
    return text


def _milliseconds(seconds: float | None) -> bytes | None:
    return None if seconds is None else b"%d" % (seconds * 1000)


ENVOY_HEADERS = (
    Rule(Place.REQUEST_ARRIVES, b"x-forwarded-proto", lambda _: b"http", False,
         "tells upstreams behind the proxy how the client came; filters count it in num_headers"),
    Rule(Place.REQUEST_LEAVES, b"x-envoy-expected-rq-timeout-ms", lambda facts: _milliseconds(facts.timeout), True,
         "the router tells the upstream how long it will wait; absent when it waits without end"),
    Rule(Place.RESPONSE_ARRIVES, b"x-envoy-upstream-service-time", lambda facts: _milliseconds(facts.upstream_took), True,
         "the router's measurement, from the end of the request; absent when the upstream answers before that"),
    Rule(Place.RESPONSE_LEAVES, b"date", _today, False,
         "a server with a clock must send one (RFC 9110); an upstream's own date stays"),
    Rule(Place.RESPONSE_LEAVES, b"server", lambda _: b"envoy", True,
         "the connection manager's server name overwrites the upstream's, in the place where that stood"),
    Rule(Place.CALL_LEAVES, b"x-envoy-internal", lambda _: b"true", True,
         "calls of filters count as requests from inside"),
    Rule(Place.CALL_LEAVES, b"x-envoy-expected-rq-timeout-ms", lambda facts: _milliseconds(facts.timeout), True,
         "as for any request that the router sends"),
)  # fmt: skip

DROPPED = frozenset(
    b"""
    x-envoy-expected-rq-timeout-ms x-envoy-force-trace x-envoy-hedge-on-per-try-timeout x-envoy-internal x-envoy-ip-tags
    x-envoy-max-retries x-envoy-original-url x-envoy-retriable-header-names x-envoy-retriable-status-codes x-envoy-retry-grpc-on
    x-envoy-retry-on x-envoy-upstream-alt-stat-name x-envoy-upstream-rq-per-try-timeout-ms
    x-envoy-upstream-rq-timeout-alt-response x-envoy-upstream-rq-timeout-ms
    x-envoy-upstream-stream-duration-ms x-forwarded-client-cert
    """.split()
)
"""What a client may not say to an Envoy that stands at the edge: it is taken away before the first filter."""

OF_THE_OTHER_CONNECTION = frozenset((b"connection", b"transfer-encoding"))
"""What an upstream said of its own connection: filters see it in the response, the client does not."""

_DROPPED_AT = {Place.REQUEST_ARRIVES: DROPPED, Place.RESPONSE_LEAVES: OF_THE_OTHER_CONNECTION}

_AT = {place: tuple(rule for rule in ENVOY_HEADERS if rule.place is place) for place in Place}


def apply(place: Place, headers: HeaderMap, facts: Facts) -> None:
    """Write Envoy's own headers for *place* into *headers*, and take away what may not pass it."""
    for name in [name for name, _ in headers.pairs() if name in _DROPPED_AT.get(place, ())]:
        headers.remove(name)
    for rule in _AT[place]:
        there = headers.get(rule.name)
        if there is not None and not rule.replaces:
            continue
        value = rule.value(facts)
        if value is None:
            continue
        if there is None:
            headers.add(rule.name, value)
        else:
            headers.assign((name, value if name == rule.name else old) for name, old in headers.pairs())
