"""The long lists of a binary are the same lists, whether C or Python finds them, and hold nothing but places."""

from __future__ import annotations

import leb128
import pytest

from pywasm_vm.binary.decode import decode_module
from pywasm_vm.errors import Malformed
from pywasm_vm.native import scan
from pywasm_vm.structure.module import Data, Datas, Func, References, SegmentMode


def section(number: int, content: bytes) -> bytes:
    return bytes([number]) + leb128.u.encode(len(content)) + content


def module(functions: int, segments: list[bytes], *, data_count: bool = False) -> bytes:
    """So many functions of type [] -> [], all of them in one element segment, and these data segments."""
    count = leb128.u.encode(functions)
    parts = [
        section(1, b"\1\x60\0\0"),
        section(3, count + b"\0" * functions),
        section(4, b"\1\x70\0" + count),
        section(5, b"\1\0\1"),
        section(9, b"\1\0\x41\0\x0b" + count + b"".join(map(leb128.u.encode, range(functions)))),
        section(12, leb128.u.encode(len(segments))) if data_count else b"",
        section(10, count + b"".join(b"\x05\1\1\x7f\1\x0b" if x % 2 else b"\2\0\x0b" for x in range(functions))),
        section(11, leb128.u.encode(len(segments)) + b"".join(segments)),
    ]
    return b"\0asm\1\0\0\0" + b"".join(parts)


def active(place: int, content: bytes) -> bytes:
    return b"\0\x41" + leb128.i.encode(place) + b"\x0b" + leb128.u.encode(len(content)) + content


PASSIVE = b"\1\3abc"
IN_MEMORY_0 = b"\2\0\x41\5\x0b\1z"


@pytest.fixture
def without_c(monkeypatch):
    def switch_off():
        monkeypatch.setattr(scan, "core", lambda: None)

    return switch_off


def test_lists_found_by_c_equal_those_found_by_python(without_c):
    data = module(300, [active(x, b"x" * (x % 5)) for x in range(-3, 90)] + [PASSIVE, IN_MEMORY_0], data_count=True)
    found = decode_module(data)
    assert isinstance(found.datas, Datas)

    without_c()

    known = decode_module(data)
    assert not isinstance(known.datas, Datas)
    assert found == known
    assert known == found
    assert [data.offset for data in found.datas] == [data.offset for data in known.datas]
    assert list(found.datas.contents()) == [data.content for data in known.datas]
    assert [func.offset for func in found.funcs] == [func.offset for func in known.funcs]
    assert [item[0][2] for item in found.elems[0].items] == [item[0][2] for item in known.elems[0].items]
    assert list(found.function_types()) == list(known.function_types())


def test_member_is_the_same_by_index_by_slice_and_in_turn():
    found = decode_module(module(40, [active(1, b"a"), PASSIVE] * 30))

    for members in (found.funcs, found.datas, found.elems[0].items):
        in_turn = list(members)
        assert [members[x] for x in range(len(members))] == in_turn
        assert members[-1] == in_turn[-1]
        assert members[3:9:2] == tuple(in_turn[3:9:2])
        assert members == tuple(in_turn)
        assert members != tuple(in_turn[:-1])
        with pytest.raises(IndexError):
            members[len(in_turn)]
    assert isinstance(found.funcs[0], Func)
    assert found.datas[1] == Data(b"abc", SegmentMode.PASSIVE)
    assert isinstance(found.elems[0].items, References)


def test_segments_say_together_what_they_are():
    only_active = decode_module(module(1, [active(1, b"a")] * 40)).datas
    mixed = decode_module(module(1, [active(1, b"a")] * 40 + [PASSIVE, b"\2\1\x42\5\x0b\0"])).datas

    assert (only_active.some_passive, only_active.some_i32, only_active.some_i64) == (False, True, False)
    assert only_active.first_memory_only
    assert (mixed.some_passive, mixed.some_i32, mixed.some_i64, mixed.first_memory_only) == (True, True, True, False)
    assert list(mixed.active()) == [*range(40), 41]


@pytest.mark.parametrize(
    "segment",
    [b"\0\x23\0\x0b\1a", b"\0\x41\1\x41\1\x6a\x0b\1a", b"\0\x42\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\x0b\1a"],
    ids=["a global", "a sum", "a number beyond 32 bits"],
)
def test_segments_with_other_places_are_read_one_by_one(segment):
    found = decode_module(module(1, [active(1, b"a")] * 40 + [segment])).datas

    assert isinstance(found, tuple)
    assert len(found) == 41


@pytest.mark.parametrize("cut", range(1, 12))
def test_section_that_is_cut_is_refused_in_the_same_words(cut, without_c):
    whole = module(40, [active(x, b"content") for x in range(40)])
    content = section(11, b"\x28" + b"".join(active(x, b"content") for x in range(40)))
    assert whole.endswith(content)
    shorter = content[3:-cut]
    data = whole[: -len(content)] + section(11, shorter)

    with pytest.raises(Malformed) as by_c:
        decode_module(data)
    without_c()
    with pytest.raises(Malformed) as by_python:
        decode_module(data)

    assert str(by_c.value) == str(by_python.value)


def test_writing_all_segments_at_once_is_all_or_nothing():
    datas = decode_module(module(1, [active(x, bytes([x])) for x in range(60)] + [PASSIVE])).datas
    memory, small = bytearray(64), bytearray(59)

    assert datas.write(memory)
    assert memory == bytes(range(60)) + bytes(4)
    assert not datas.write(small)
    assert small == bytes(59)
