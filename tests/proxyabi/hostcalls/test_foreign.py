"""Foreign functions, and the way results of theirs come back."""

from __future__ import annotations

import sys
import zlib
from typing import Any

import pytest

from proxyabi import Fail, foreign_function
from proxyabi.abi.types import Status
from proxyabi.hostcalls import foreign
from proxyabi.hostcalls.foreign import FOREIGN

INPUTS, RESULTS, HEAP = 0x100, 0x8000, 0x9000
POISON = 0xA5A5A5A5


def field(number: int, value: bytes | int) -> bytes:
    if isinstance(value, int):
        return bytes([number << 3, value])
    return bytes([number << 3 | 2, len(value)]) + value


def test_compress_and_uncompress_undo_each_other(world: Any) -> None:
    packed = world.call("proxy_call_foreign_function", b"compress", b"hello " * 100)

    assert zlib.decompress(packed) == b"hello " * 100
    assert world.call("proxy_call_foreign_function", b"uncompress", packed) == b"hello " * 100


@pytest.mark.parametrize("garbage", [b"", b"not zlib", zlib.compress(b"hello")[:-3]])
def test_uncompress_refuses_what_is_no_zlib_stream(world: Any, garbage: bytes) -> None:
    assert world.call("proxy_call_foreign_function", b"uncompress", garbage) == Status.SERIALIZATION_FAILURE


def test_uncompress_stops_at_its_limit(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign, "LARGEST_RESULT", 1000)

    bomb = zlib.compress(bytes(1001))
    assert world.call("proxy_call_foreign_function", b"uncompress", bomb) == Status.SERIALIZATION_FAILURE
    assert world.call("proxy_call_foreign_function", b"uncompress", zlib.compress(bytes(1000))) == bytes(1000)


@pytest.mark.parametrize("name", [b"nothing", b"", b"COMPRESS", b"compress\0"])
def test_an_unknown_name_is_not_found_and_nothing_is_written(world: Any, name: bytes) -> None:
    assert world.call("proxy_call_foreign_function", name, b"") == Status.NOT_FOUND
    assert (world.word(RESULTS), world.word(RESULTS + 8)) == (POISON, POISON)


def test_a_function_that_fails_leaves_zeros(world: Any) -> None:
    assert world.call("proxy_call_foreign_function", b"uncompress", b"garbage") == Status.SERIALIZATION_FAILURE
    assert (world.word(RESULTS), world.word(RESULTS + 8)) == (0, 0)


def test_either_address_for_the_result_may_be_0(world: Any) -> None:
    world.guest.write(INPUTS, b"compress")

    assert world.raw("proxy_call_foreign_function", INPUTS, 8, 0, 0, 0, RESULTS) == Status.OK
    assert world.guest.asked == []
    assert world.word(RESULTS) == len(zlib.compress(b""))
    assert world.raw("proxy_call_foreign_function", INPUTS, 8, 0, 0, RESULTS + 8, 0) == Status.OK
    assert world.word(RESULTS + 8) == HEAP


def test_an_empty_block_is_allocated_too(world: Any) -> None:
    assert world.call("proxy_call_foreign_function", b"uncompress", zlib.compress(b"")) == b""
    assert world.guest.asked == [0]


def test_a_function_without_result_gives_zeros(world: Any) -> None:
    assert world.call("proxy_call_foreign_function", b"clear_route_cache", b"") == b""
    assert world.guest.asked == []


def test_an_allocator_that_gives_nothing(world: Any) -> None:
    world.guest.exhausted = True

    assert world.call("proxy_call_foreign_function", b"compress", b"x") == Status.INVALID_MEMORY_ACCESS


def test_a_property_that_the_plugin_declares_read_only_is_set_once(world: Any) -> None:
    declaration = field(1, b"once") + field(2, 1)
    world.vm.current = world.root
    assert world.call("proxy_call_foreign_function", b"declare_property", declaration) == b""
    assert world.call("proxy_call_foreign_function", b"declare_property", declaration) == Status.BAD_ARGUMENT
    world.vm.current = world.stream

    assert world.call("proxy_set_property", b"once", b"1") == Status.OK
    assert world.call("proxy_set_property", b"once", b"2") == Status.BAD_ARGUMENT
    assert world.call("proxy_get_property", b"once") == b"1"


def test_what_a_stream_declares_counts_for_nothing(world: Any) -> None:
    declaration = field(1, b"once") + field(2, 1)
    assert world.call("proxy_call_foreign_function", b"declare_property", declaration) == b""
    assert world.call("proxy_call_foreign_function", b"declare_property", declaration) == Status.BAD_ARGUMENT

    assert world.call("proxy_set_property", b"once", b"1") == Status.OK
    assert world.call("proxy_set_property", b"once", b"2") == Status.OK


def test_users_register_functions_of_their_own(world: Any) -> None:
    @foreign_function("reverse")
    def reverse(context: Any, arguments: bytes) -> bytes | None:
        if not arguments:
            raise Fail(Status.BAD_ARGUMENT, "nothing to reverse")
        return arguments[::-1]

    try:
        assert world.call("proxy_call_foreign_function", b"reverse", b"abc") == b"cba"
        assert world.call("proxy_call_foreign_function", b"reverse", b"") == Status.BAD_ARGUMENT
    finally:
        del FOREIGN[b"reverse"]
    assert world.call("proxy_call_foreign_function", b"reverse", b"abc") == Status.NOT_FOUND


@pytest.mark.parametrize(
    ("module", "name"),
    [("celpy", b"expr_create"), ("cryptography.hazmat.primitives", b"sign")],
)
def test_without_its_extra_a_function_is_unknown(world: Any, monkeypatch: Any, module: str, name: bytes) -> None:
    monkeypatch.setitem(sys.modules, module, None)

    assert world.call("proxy_call_foreign_function", name, field(1, b"sha256") + field(2, b"key")) == Status.NOT_FOUND


@pytest.mark.parametrize("name", [b"declare_property", b"set_envoy_filter_state"])
@pytest.mark.parametrize("garbage", [b"\xff", b"\x0a\x7f", b"\x0b"])
def test_arguments_that_are_no_message_are_bad_arguments(world: Any, name: bytes, garbage: bytes) -> None:
    assert world.call("proxy_call_foreign_function", name, garbage) == Status.BAD_ARGUMENT


def test_filter_state_that_somebody_can_make_is_stored(world: Any) -> None:
    known = field(1, b"envoy.tcp_proxy.cluster") + field(2, b"blue")
    unknown = field(1, b"nobody.knows") + field(2, b"x")

    assert world.call("proxy_call_foreign_function", b"set_envoy_filter_state", known) == b""
    assert world.call("proxy_get_property", b"filter_state\0envoy.tcp_proxy.cluster") == b"blue"
    assert world.call("proxy_call_foreign_function", b"set_envoy_filter_state", unknown) == Status.NOT_FOUND
    world.context = world.root
    assert world.call("proxy_call_foreign_function", b"set_envoy_filter_state", known) == Status.NOT_FOUND
