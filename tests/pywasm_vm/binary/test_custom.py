"""Custom sections: what can be read of them, however broken."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from pywasm_vm.binary.custom import read_names, read_producers, read_target_features
from pywasm_vm.binary.decode import decode_module
from pywasm_vm.structure.module import Custom


def vec(*items: bytes) -> bytes:
    return bytes([len(items)]) + b"".join(items)


def name(text: str) -> bytes:
    content = text.encode()
    return bytes([len(content)]) + content


def part(kind: int, content: bytes) -> bytes:
    return bytes([kind, len(content)]) + content


NAMES = (
    part(0, name("my module"))
    + part(1, vec(b"\0" + name("first"), b"\5" + name("sixth")))
    + part(2, vec(b"\5" + vec(b"\0" + name("x"), b"\1" + name("y"))))
    + part(7, vec(b"\0" + name("stack pointer")))
    + part(9, b"whatever")
)


def test_names_of_module_functions_locals_and_globals():
    names = read_names([Custom("name", NAMES)])

    assert names.module == "my module"
    assert names.functions == {0: "first", 5: "sixth"}
    assert names.locals == {5: {0: "x", 1: "y"}}
    assert names.globals == {0: "stack pointer"}
    assert names.functions.get(1) is None


def test_names_are_empty_without_a_name_section():
    names = read_names([Custom("producers", b"\0")])

    assert names.module is None
    assert dict(names.functions) == {}
    assert len(names.locals) == 0


def test_names_that_another_assembler_wrote(wat: Callable[[str], bytes]):
    module = decode_module(
        wat('(module $m (import "a" "b" (func $log)) (func $run (param $count i32)) (global $top i32 (i32.const 0)))')
    )

    assert module.names.module == "m"
    assert module.names.functions == {0: "log", 1: "run"}
    assert module.names.locals[1] == {0: "count"}
    assert module.names.globals == {0: "top"}


def test_name_section_that_breaks_off_gives_what_stands_before():
    for end in range(len(NAMES)):
        names = read_names([Custom("name", NAMES[:end])])
        assert names.module in ("my module", None)
        assert dict(names.functions).items() <= {0: "first", 5: "sixth"}.items()
    names = read_names([Custom("name", part(1, b"\3\0" + name("first") + b"\1\x50"))])
    assert names.functions == {0: "first"}


def test_name_that_is_no_utf8_is_shown_with_replacement_characters():
    names = read_names([Custom("name", part(1, vec(b"\0\3a\xffb")))])

    assert names.functions[0] == "a\N{REPLACEMENT CHARACTER}b"


@given(st.binary(max_size=200))
def test_custom_section_of_any_bytes_is_never_a_reason_to_fail(content):
    names = read_names([Custom("name", content)])
    for mapping in (names.functions, names.locals, names.globals):
        assert len(mapping) == len(dict(mapping))
    assert isinstance(read_producers([Custom("producers", content)]), dict)
    assert isinstance(read_target_features([Custom("target_features", content)]), tuple)


def test_producers():
    content = vec(
        name("language") + vec(name("Rust") + name("")),
        name("processed-by") + vec(name("rustc") + name("1.80"), name("clang") + name("18")),
    )

    assert read_producers([Custom("other", b""), Custom("producers", content)]) == {
        "language": (("Rust", ""),),
        "processed-by": (("rustc", "1.80"), ("clang", "18")),
    }


def test_target_features():
    content = vec(b"+" + name("simd128"), b"-" + name("threads"))

    assert read_target_features([Custom("target_features", content)]) == ("+simd128", "-threads")
