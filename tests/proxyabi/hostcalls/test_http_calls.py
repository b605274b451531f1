"""HTTP calls that a plugin makes."""

from __future__ import annotations

from typing import Any

import pytest

from proxyabi.abi.types import Status
from proxyabi.wire.pairs import encode_pairs

HEAD = [(b":method", b"POST"), (b":path", b"/check"), (b":authority", b"auth")]


def test_a_call_becomes_a_command_and_its_id_counts_in_fours(world: Any) -> None:
    assert world.call("proxy_http_call", b"backend", encode_pairs([*HEAD, (b"X-A", b"1")]), b"", b"", 0) == 4
    assert world.call("proxy_http_call", b"backend", encode_pairs(HEAD), b"body", encode_pairs([(b"t", b"1")]), 250) == 8

    first, second = world.vm.commands
    assert (first.call_id, first.upstream, first.timeout) == (4, "backend", None)
    assert first.headers.pairs() == [*HEAD, (b"x-a", b"1")]
    assert (second.body, second.timeout, second.trailers.pairs()) == (b"body", 0.25, [(b"t", b"1")])


def test_a_body_sets_the_content_length_whatever_the_guest_said(world: Any) -> None:
    world.call("proxy_http_call", b"backend", encode_pairs([*HEAD, (b"content-length", b"99")]), b"body", b"", 0)

    assert world.vm.commands[0].headers.get_all(b"content-length") == [b"4"]


def test_host_fills_the_authority(world: Any) -> None:
    head = [(b":method", b"GET"), (b":path", b"/"), (b"Host", b"auth")]

    assert world.call("proxy_http_call", b"backend", encode_pairs(head), b"", b"", 0) == 4
    assert world.vm.commands[0].headers.get(b":authority") == b"auth"
    assert world.vm.commands[0].headers.get(b"host") is None


@pytest.mark.parametrize(
    ("upstream", "head", "timeout"),
    [
        (b"nowhere", HEAD, 0),
        (b"", HEAD, 0),
        (b"backend", HEAD[1:], 0),
        (b"backend", HEAD[:2], 0),
        (b"backend", [HEAD[0], HEAD[2]], 0),
        (b"backend", HEAD, 1 << 31),
        (b"backend", HEAD, -1),
    ],
)
def test_a_call_that_cannot_be_made_is_a_bad_argument(world: Any, upstream: bytes, head: Any, timeout: int) -> None:
    assert world.call("proxy_http_call", upstream, encode_pairs(head), b"", b"", timeout) == Status.BAD_ARGUMENT
    assert world.vm.commands == []


def test_a_stream_calls_for_its_plugin(world: Any) -> None:
    world.call("proxy_http_call", b"backend", encode_pairs(HEAD), b"", b"", 0)

    assert world.vm.calls.take(world.root.id, 4)
