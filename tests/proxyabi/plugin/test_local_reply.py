"""Headers and bodies of local responses, abi 11.7."""

from __future__ import annotations

import pytest

from proxyabi.context.context import LocalReply
from proxyabi.context.header_map import HeaderMap
from proxyabi.plugin.local_reply import is_grpc, prepare


def plain(reply: LocalReply, *, is_head: bool = False) -> tuple[list[tuple[bytes, bytes]], bytes]:
    headers, body = prepare(reply, is_head=is_head, is_grpc=False)
    return headers.pairs(), body


def grpc(reply: LocalReply, *, is_head: bool = False) -> dict[bytes, bytes]:
    headers, body = prepare(reply, is_head=is_head, is_grpc=True)
    assert body == b""
    return dict(headers.pairs())


def test_a_text_has_a_length_and_a_type():
    pairs = [(b":status", b"403"), (b"content-length", b"2"), (b"content-type", b"text/plain")]

    assert plain(LocalReply(403, b"no")) == (pairs, b"no")


def test_headers_of_the_filter_come_first_and_its_length_is_corrected():
    headers = HeaderMap([(b"content-type", b"x/y"), (b"x-a", b"1"), (b"x-a", b"2"), (b"content-length", b"7")])

    assert plain(LocalReply(403, b"no", headers)) == (
        [(b":status", b"403"), (b"content-type", b"x/y"), (b"x-a", b"1"), (b"x-a", b"2"), (b"content-length", b"2")],
        b"no",
    )


def test_headers_that_allow_one_entry_are_joined():
    headers = HeaderMap([(b"location", b"/a"), (b"location", b"/b")])

    assert plain(LocalReply(302, b"", headers))[0] == [(b":status", b"302"), (b"location", b"/a,/b")]


def test_without_a_body_neither_length_nor_type_is_left():
    headers = HeaderMap([(b"content-type", b"x/y"), (b"content-length", b"7")])

    assert plain(LocalReply(204, b"", headers)) == ([(b":status", b"204")], b"")


def test_head_gets_the_headers_of_the_body_it_does_not_get():
    assert plain(LocalReply(403, b"no"), is_head=True) == (plain(LocalReply(403, b"no"))[0], b"")


def test_a_grpc_client_gets_200_and_the_text_as_a_message():
    headers = HeaderMap([(b"content-type", b"x/y"), (b"content-length", b"7")])

    assert grpc(LocalReply(403, b"n\xc3o %\n~", headers)) == {
        b":status": b"200",
        b"content-type": b"application/grpc",
        b"grpc-status": b"7",
        b"grpc-message": b"n%C3o %25%0A~",
    }


@pytest.mark.parametrize(
    ("code", "status"),
    [(400, 13), (401, 16), (403, 7), (404, 12), (429, 14), (502, 14), (503, 14), (504, 14), (200, 2), (500, 2), (418, 2)],
)
def test_a_grpc_status_follows_from_the_code(code, status):
    assert grpc(LocalReply(code))[b"grpc-status"] == str(status).encode()


@pytest.mark.parametrize(("given", "status"), [(0, 0), (16, 16), (17, 7), (None, 7)])
def test_a_grpc_status_that_is_given_counts_when_it_exists(given, status):
    assert grpc(LocalReply(403, grpc_status=given))[b"grpc-status"] == str(status).encode()


def test_a_grpc_status_among_the_headers_counts_before_all():
    assert grpc(LocalReply(403, headers=HeaderMap([(b"grpc-status", b"9")]), grpc_status=3))[b"grpc-status"] == b"9"


def test_head_gets_no_grpc_message():
    assert b"grpc-message" not in grpc(LocalReply(403, b"no"), is_head=True)


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        (b"application/grpc", True),
        (b"application/grpc+proto", True),
        (b"application/grpc; charset=x", True),
        (b"application/grpc-web", False),
        (b"application/json", False),
    ],
)
def test_a_grpc_request_tells_by_its_content_type(content_type, expected):
    assert is_grpc(HeaderMap([(b"content-type", content_type)])) is expected


def test_a_request_without_a_content_type_is_not_grpc():
    assert not is_grpc(HeaderMap())
