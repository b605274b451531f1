"""Host functions: signatures as text and as annotations, and the list of callbacks."""

from __future__ import annotations

from typing import Any

import pytest

from pywasm_vm.embedding.host import F32, F64, I32, I64, U32, U64, Callbacks, HostFunction, host_function, parse_signature
from pywasm_vm.structure import types
from pywasm_vm.structure.types import FuncType


@pytest.mark.parametrize(
    ("text", "params", "results"),
    [
        ("->", (), ()),
        ("i32 i32 -> i32", (types.I32, types.I32), (types.I32,)),
        ("i64->f64", (types.I64,), (types.F64,)),
        ("  f32   -> i32 i64 ", (types.F32,), (types.I32, types.I64)),
        ("funcref externref ->", (types.FUNCREF, types.EXTERNREF), ()),
    ],
)
def test_a_signature_reads_as_a_function_type(text: str, params: tuple[Any, ...], results: tuple[Any, ...]) -> None:
    assert parse_signature(text) == FuncType(params, results)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("i32", "needs exactly one arrow"),
        ("i32 -> i32 -> i32", "needs exactly one arrow"),
        ("i32, i32 -> i32", "the unknown word 'i32,'"),
        ("(i32) -> (i32)", "the unknown word '(i32)'"),
    ],
)
def test_a_wrong_signature_is_refused_with_what_is_wrong(text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_signature(text)

    assert sentence in str(caught.value)


def test_the_decorator_reads_types_and_signs_from_annotations() -> None:
    @host_function("env", "mix")
    def mixed(a: I32, b: U32, c: I64, d: U64, e: F32, f: F64) -> tuple[I32, F64]:
        return a + b + c + d, e + f

    assert isinstance(mixed, HostFunction)
    assert str(mixed.type) == "[i32 i32 i64 i64 f32 f64] -> [i32 f64]"
    assert (mixed.module, mixed.name, mixed.wants_caller) == ("env", "mix", False)
    assert mixed.unsigned == {1, 3}
    assert mixed(1, 2, 3, 4, 0.5, 0.25) == (10, 0.75), "it stays an ordinary function"


def test_a_first_parameter_of_the_name_caller_takes_no_part_in_the_type() -> None:
    @host_function("env")
    def note(caller: object, value: U32) -> None:
        """Nothing."""

    assert note.wants_caller
    assert note.name == "note"
    assert str(note.type) == "[i32] -> []"
    assert note.unsigned == {0}


def test_a_parameter_without_a_wasm_type_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match="plain: the parameter 'value' needs an annotation"):

        @host_function("env")
        def plain(value: int) -> None:
            """Nothing."""


def test_a_result_must_be_annotated() -> None:
    with pytest.raises(TypeError, match="bare: the result needs an annotation"):

        @host_function("env")
        def bare(value: I32):  # type: ignore[no-untyped-def]
            """Nothing."""


def test_registering_again_with_the_same_signature_takes_the_place() -> None:
    callbacks = Callbacks()
    callbacks.register("env", "f", "->", lambda: 1)
    callbacks.register("env", "f", "->", lambda: 2)

    found = callbacks.get("env", "f")

    assert found is not None
    assert found.function() == 2
    assert len(list(callbacks)) == 1


def test_a_missing_import_says_what_is_near_or_elsewhere() -> None:
    callbacks = Callbacks()
    callbacks.register("env", "proxy_get_property", "->", lambda: None)

    near = callbacks.resolve("env", "proxy_get_propety", FuncType((), ()))
    elsewhere = callbacks.resolve("wasi", "proxy_get_property", FuncType((), ()))
    nothing = callbacks.resolve("wasi", "fd_write", FuncType((), ()))

    assert near == "unknown import: env.proxy_get_propety: no such import is offered (near: proxy_get_property)"
    assert elsewhere == "unknown import: wasi.proxy_get_property: no such import is offered (there is env.proxy_get_property)"
    assert (
        nothing == "unknown import: wasi.fd_write: no such import is offered (nothing is offered in a module of the name 'wasi')"
    )


def test_the_decorator_without_the_name_of_a_module_is_refused() -> None:
    with pytest.raises(TypeError, match=r'as in @host_function\("env"\), not <function'):
        host_function(lambda value: value)  # type: ignore[arg-type]
