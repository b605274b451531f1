"""`Module`: what it says of itself, and when its functions are checked."""

from __future__ import annotations

import gc
import linecache
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import pywasm_vm as wasm

Wat = Callable[[str], bytes]

ALL_KINDS = """(module $sample
  (import "env" "f" (func (param i32)))
  (import "env" "m" (memory 1 2))
  (import "env" "g" (global i64))
  (import "env" "t" (table 1 funcref))
  (func $run (export "run") (result f32) (f32.const 0))
  (global (export "count") (mut i32) (i32.const 0))
  (export "imported" (func 0)) (export "memory" (memory 0)) (export "table" (table 0)))"""


def test_a_module_lists_its_imports_and_exports_with_types(wat: Wat) -> None:
    module = wasm.Module.decode(wat(ALL_KINDS))

    assert [(item.module, item.name, str(item.kind)) for item in module.imports] == [
        ("env", "f", "func"),
        ("env", "m", "memory"),
        ("env", "g", "global"),
        ("env", "t", "table"),
    ]
    assert str(module.imports[0].type) == "[i32] -> []"
    assert [(item.name, str(item.kind)) for item in module.exports] == [
        ("run", "func"),
        ("count", "global"),
        ("imported", "func"),
        ("memory", "memory"),
        ("table", "table"),
    ]
    assert str(module.exports[0].type) == "[] -> [f32]"
    assert str(module.exports[2].type) == "[i32] -> []"
    assert module.exports[0].kind == "func"
    assert module.names.functions[1] == "run"
    assert [custom.name for custom in module.customs] == ["name"]
    assert "sample" in repr(module)


BROKEN_FUNCTION = '(module (func (export "fine") (result i32) (i32.const 1)) (func (export "broken") (result i32) i32.const 77))'


def broken(wat: Wat) -> bytes:
    """The second function leaves an i64 where its type says i32."""
    data = wat(BROKEN_FUNCTION)
    assert data.count(b"\x41\xcd\x00") == 1
    return data.replace(b"\x41\xcd\x00", b"\x42\xcd\x00")


def test_an_eager_module_is_refused_as_a_whole(wat: Wat) -> None:
    with pytest.raises(wasm.Invalid) as caught:
        wasm.Module.decode(broken(wat))

    assert caught.value.function == 1


def test_a_lazy_module_is_refused_when_the_function_is_called(wat: Wat) -> None:
    exports = wasm.Store().instantiate(wasm.Module.decode(broken(wat), validate="lazy")).exports

    assert exports.fine() == 1
    for _ in range(2):
        with pytest.raises(wasm.Invalid) as caught:
            exports.broken()
        assert caught.value.function == 1
    assert exports.fine() == 1


def test_a_module_that_was_never_checked_can_be_looked_at_and_not_run(wat: Wat) -> None:
    module = wasm.Module.decode(broken(wat), validate="never")

    assert [item.name for item in module.exports] == ["fine", "broken"]
    with pytest.raises(RuntimeError, match='decode it with "eager" or "lazy" to run it'):
        wasm.Store().instantiate(module)


def test_an_unknown_way_to_validate_is_refused(wat: Wat) -> None:
    with pytest.raises(ValueError, match='validate is "eager", "lazy" or "never"'):
        wasm.Module.decode(wat("(module)"), validate="sometimes")  # type: ignore[arg-type]


@pytest.mark.parametrize("data", ["math.wasm", 5, None])
def test_only_bytes_are_decoded(data: Any) -> None:
    with pytest.raises(TypeError, match="a module is decoded from bytes"):
        wasm.Module.decode(data)


def test_bytes_may_come_in_any_buffer(wat: Wat) -> None:
    data = wat(ALL_KINDS)

    assert wasm.Module.decode(memoryview(data)).exports == wasm.Module.decode(bytearray(data)).exports  # type: ignore[arg-type]


def test_a_file_is_read(wat: Wat, tmp_path: Path) -> None:
    path = tmp_path / "sample.wasm"
    path.write_bytes(wat(ALL_KINDS))

    assert len(wasm.Module.from_file(path).exports) == 5
    with pytest.raises(FileNotFoundError, match=r"missing\.wasm"):
        wasm.Module.from_file(tmp_path / "missing.wasm")


def test_features_can_be_switched_off(wat: Wat) -> None:
    data = wat("(module (func (param i32) (drop (i32.extend8_s (local.get 0)))))")

    with pytest.raises(wasm.Invalid, match="sign-extension"):
        wasm.Module.decode(data, features=wasm.WASM_1_0)


def test_a_store_with_fewer_features_checks_again(wat: Wat) -> None:
    module = wasm.Module.decode(wat("(module (func (param i32) (drop (i32.extend8_s (local.get 0)))))"))

    wasm.Store().instantiate(module)
    with pytest.raises(wasm.Invalid, match="sign-extension"):
        wasm.Store(features=wasm.WASM_1_0).instantiate(module)


def test_instances_share_the_compiled_module(wat: Wat) -> None:
    """Translating is what costs; a second instance must not pay for it."""
    module = wasm.Module.decode(wat('(module (func (export "f")))'))
    first, second = wasm.Store(), wasm.Store()
    first.instantiate(module)
    second.instantiate(module)

    assert len(module._compiled) == 1


def test_progress_is_told_up_to_the_end(wat: Wat) -> None:
    told: list[tuple[int, int]] = []

    wasm.Module.decode(wat(BROKEN_FUNCTION), progress=lambda done, total: told.append((done, total)))

    assert told[-1] == (2, 2)


def test_a_module_that_nobody_holds_leaves_no_source_behind() -> None:
    """The lines of translated functions stand where tracebacks look for them, but only for as long as the module lives."""

    def lines_kept() -> int:
        gc.collect()
        return sum(name.startswith("wasm:fleeting@") for name in linecache.cache)

    module = wasm.Module.parse('(module $fleeting (func (export "f") (result i32) (i32.const 1)))')
    assert wasm.Store("python").instantiate(module).exports.f() == 1
    assert lines_kept() == 1

    del module
    assert lines_kept() == 0


def test_a_parsed_module_is_the_decoded_one_and_runs(wat: Wat) -> None:
    text = '(func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))'

    module = wasm.Module.parse(text)

    assert module.syntax == wasm.Module.decode(wat(text)).syntax
    assert wasm.Module.parse(text.encode()).syntax == module.syntax
    assert wasm.Store().instantiate(module).exports.add(2, 3) == 5


@pytest.mark.parametrize("name", ["sample.wat", "SAMPLE.WASM"])
def test_a_file_is_read_by_its_suffix(name: str, wat: Wat, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(ALL_KINDS.encode() if name.endswith("wat") else wat(ALL_KINDS))

    assert len(wasm.Module.from_file(path).imports) == 4


def test_what_is_wrong_in_a_text_comes_with_line_and_column() -> None:
    with pytest.raises(wasm.Malformed) as malformed:
        wasm.Module.parse("(module\n  (func i32.foo))")
    with pytest.raises(wasm.Invalid) as invalid:
        wasm.Module.parse("(func)\n(func $f (result i32)\n  i64.const 1\n)")

    assert (malformed.value.line, malformed.value.column) == (2, 9)
    assert (invalid.value.line, invalid.value.column, invalid.value.offset) == (4, 1, None)
    assert (invalid.value.function, invalid.value.name) == (1, "f")


def test_a_lazily_checked_text_has_line_and_column_too() -> None:
    module = wasm.Module.parse('(func (export "f")\n  drop)', validate="lazy")

    with pytest.raises(wasm.Invalid) as caught:
        wasm.Store().instantiate(module).exports.f()
    assert (caught.value.line, caught.value.column) == (2, 3)


def test_text_is_parsed_and_nothing_else() -> None:
    with pytest.raises(TypeError, match="parsed from text, not from int"):
        wasm.Module.parse(7)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="validate is"):
        wasm.Module.parse("", validate="maybe")  # type: ignore[arg-type]
