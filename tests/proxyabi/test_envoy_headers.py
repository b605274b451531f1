"""The table of headers that Envoy writes by itself."""

from __future__ import annotations

import re

import pytest

from proxyabi.context.header_map import HeaderMap
from proxyabi.envoy_headers import ENVOY_HEADERS, Facts, Place, apply


def after(place: Place, pairs: list[tuple[bytes, bytes]], facts: Facts | None = None) -> list[tuple[bytes, bytes]]:
    headers = HeaderMap(pairs)
    apply(place, headers, facts or Facts())
    return headers.pairs()


def test_forwarded_proto_of_a_proxy_in_front_stays() -> None:
    assert after(Place.REQUEST_ARRIVES, []) == [(b"x-forwarded-proto", b"http")]
    assert after(Place.REQUEST_ARRIVES, [(b"x-forwarded-proto", b"https")]) == [(b"x-forwarded-proto", b"https")]


def test_expected_timeout_is_the_proxys_whatever_the_client_said() -> None:
    given = [(b"x-envoy-expected-rq-timeout-ms", b"1"), (b"x-a", b"b")]

    assert after(Place.REQUEST_LEAVES, given, Facts(timeout=15)) == [
        (b"x-envoy-expected-rq-timeout-ms", b"15000"),
        (b"x-a", b"b"),
    ]
    assert after(Place.REQUEST_LEAVES, [], Facts(timeout=None)) == []


def test_service_time_is_in_whole_milliseconds() -> None:
    assert after(Place.RESPONSE_ARRIVES, [], Facts(upstream_took=0.2019)) == [(b"x-envoy-upstream-service-time", b"201")]
    assert after(Place.RESPONSE_ARRIVES, []) == []


def test_server_is_overwritten_in_its_place_and_date_only_added() -> None:
    given = [(b"server", b"mine"), (b"date", b"then"), (b"x-a", b"b")]

    assert after(Place.RESPONSE_LEAVES, given) == [(b"server", b"envoy"), (b"date", b"then"), (b"x-a", b"b")]
    (date, when), server = after(Place.RESPONSE_LEAVES, [])
    assert date == b"date"
    assert re.fullmatch(rb"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", when)
    assert server == (b"server", b"envoy")


def test_calls_of_filters_are_internal() -> None:
    assert after(Place.CALL_LEAVES, [], Facts(timeout=0.5)) == [
        (b"x-envoy-internal", b"true"),
        (b"x-envoy-expected-rq-timeout-ms", b"500"),
    ]


@pytest.mark.parametrize("rule", ENVOY_HEADERS, ids=lambda rule: f"{rule.place.name} {rule.name.decode()}")
def test_every_row_gives_its_reason(rule: object) -> None:
    assert len(rule.why.split()) > 5  # type: ignore[attr-defined]


def test_what_an_upstream_says_of_its_own_connection_is_kept_from_the_client():
    headers = HeaderMap([(b":status", b"200"), (b"transfer-encoding", b"chunked"), (b"connection", b"close")])

    apply(Place.RESPONSE_LEAVES, headers, Facts())

    assert [name for name, _ in headers.pairs()] == [b":status", b"date", b"server"]
