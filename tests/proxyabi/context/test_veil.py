"""Hidden headers cannot be read, counted or changed; all others are as they were."""

from __future__ import annotations

import pytest

from proxyabi.context.header_map import HeaderMap
from proxyabi.context.veil import Veil, VeiledHeaders

NOTES: list[str] = []


@pytest.fixture
def real() -> HeaderMap:
    return HeaderMap([(b":path", b"/"), (b"authorization", b"Bearer x"), (b"x-id", b"1"), (b"x-forwarded-for", b"10.0.0.1")])


@pytest.fixture
def seen(real: HeaderMap) -> HeaderMap:
    NOTES.clear()
    return Veil({"authorization"}, NOTES.append).over(real)


def test_a_hidden_header_is_not_there(seen: HeaderMap) -> None:
    assert seen.get(b"Authorization") is None
    assert seen.get_all(b"authorization") == []
    assert b"authorization" not in seen
    assert len(seen) == 3
    assert list(seen) == seen.pairs() == seen.copy().pairs()
    assert b"authorization" not in dict(seen)


def test_its_bytes_are_not_counted(real: HeaderMap, seen: HeaderMap) -> None:
    assert real.byte_size() - seen.byte_size() == len(b"authorizationBearer x")


@pytest.mark.parametrize(
    "change",
    [
        lambda headers: headers.add(b"Authorization", b"mine"),
        lambda headers: headers.join(b"authorization", b"mine"),
        lambda headers: headers.replace(b"authorization", b"mine"),
        lambda headers: headers.remove(b"authorization"),
    ],
)
def test_a_change_of_it_has_no_effect_and_is_noted(real: HeaderMap, seen: HeaderMap, change: object) -> None:
    change(seen)  # type: ignore[operator]
    assert real.get_all(b"authorization") == [b"Bearer x"]
    assert len(NOTES) == 1


def test_replacing_everything_leaves_it(real: HeaderMap, seen: HeaderMap) -> None:
    seen.assign([(b":path", b"/other"), (b"authorization", b"mine")])
    assert real.pairs() == [(b":path", b"/other"), (b"authorization", b"Bearer x")]


def test_other_changes_reach_the_map(real: HeaderMap, seen: HeaderMap) -> None:
    seen.replace(b"x-id", b"2")
    seen.add(b"x-more", b"3")
    seen.join(b"x-more", b"4")
    assert seen.remove(b"x-forwarded-for")
    assert [real.get(name) for name in (b"x-id", b"x-more", b"x-forwarded-for")] == [b"2", b"3,4", None]


def test_a_clients_address_takes_the_headers_that_tell_it(real: HeaderMap) -> None:
    veil = Veil({"client-address"}, NOTES.append)
    assert veil.address
    assert veil.over(real) == HeaderMap([(b":path", b"/"), (b"authorization", b"Bearer x"), (b"x-id", b"1")])
    assert isinstance(veil.over(real), VeiledHeaders)
