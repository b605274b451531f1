"""The map itself, apart from who may touch it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from proxyabi.context.header_map import HeaderMap, decimal

NAMES = st.sampled_from([b":path", b":method", b"x-a", b"X-A", b"x-b", b"cookie"])
PAIRS = st.lists(st.tuples(NAMES, st.binary(max_size=4)), max_size=12)


def test_names_become_lower_case_and_pseudo_headers_stand_in_front() -> None:
    headers = HeaderMap([(b"X-A", b"1"), (b":path", b"/"), (b"x-b", b"2"), (b":method", b"GET")])

    assert headers.pairs() == [(b":path", b"/"), (b":method", b"GET"), (b"x-a", b"1"), (b"x-b", b"2")]


def test_a_pseudo_header_that_is_added_joins_the_others_in_front() -> None:
    headers = HeaderMap([(b":path", b"/"), (b"x-a", b"1")])
    headers.add(b":method", b"GET")
    headers.replace(b":path", b"/new")

    assert headers.pairs() == [(b":method", b"GET"), (b":path", b"/new"), (b"x-a", b"1")]


def test_joining_touches_the_first_value_and_adds_when_there_is_none() -> None:
    headers = HeaderMap([(b"x-a", b"1"), (b"x-a", b"2")])
    headers.join(b"X-A", b"3")
    headers.join(b"x-b", b"4")

    assert headers.pairs() == [(b"x-a", b"1,3"), (b"x-a", b"2"), (b"x-b", b"4")]


def test_a_copy_and_the_list_of_pairs_are_the_callers_own() -> None:
    headers = HeaderMap([(b"x-a", b"1")])
    headers.copy().add(b"x-b", b"2")
    headers.pairs().clear()

    assert headers == HeaderMap([(b"x-a", b"1")])
    assert headers != HeaderMap()
    assert headers != [(b"x-a", b"1")]


def test_iterating_bears_changes() -> None:
    headers = HeaderMap([(b"x-a", b"1"), (b"x-b", b"2")])
    for name, _ in headers:
        headers.remove(name)

    assert len(headers) == 0


@given(PAIRS)
def test_reading_agrees_with_the_list_of_pairs(pairs: list[tuple[bytes, bytes]]) -> None:
    headers = HeaderMap(pairs)

    assert sorted(headers.pairs()) == sorted((name.lower(), value) for name, value in pairs)
    assert len(headers) == len(pairs)
    for name, _ in pairs:
        values = [value for key, value in pairs if key.lower() == name.lower()]
        assert (headers.get_all(name), headers.get(name), name in headers) == (values, values[0], True)
    assert headers.get(b"x-none") is None


@given(PAIRS, NAMES, st.binary(max_size=4))
def test_after_replacing_there_is_one(pairs: list[tuple[bytes, bytes]], name: bytes, value: bytes) -> None:
    headers = HeaderMap(pairs)
    headers.replace(name, value)

    assert headers.get_all(name) == [value]
    assert headers == HeaderMap(headers.pairs()), "pseudo headers stay in front"
    assert headers.remove(name)
    assert not headers.remove(name)


def test_a_decimal_has_64_bits_at_most_and_any_number_of_zeros() -> None:
    largest = b"%d" % ((1 << 63) - 1)
    assert [decimal(text) for text in (b"0", b"200", b"0" * 5000 + b"7", largest)] == [0, 200, 7, (1 << 63) - 1]
    for text in (None, b"", b"-1", b"+1", b"1.0", b" 1", b"\xb2", b"%d" % (1 << 63), b"9" * 5000):
        assert decimal(text) is None
