"""The steps of instantiation: what is visible when one of them fails, and in which order they come."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import pywasm_vm as wasm

Wat = Callable[[str], bytes]


def instantiate(data: bytes, imports: object = None, store: wasm.Store | None = None) -> wasm.Instance:
    return (store or wasm.Store()).instantiate(wasm.Module.decode(data), imports)  # type: ignore[arg-type]


def test_segments_before_the_one_that_traps_stay_written(wat: Wat) -> None:
    """Since bulk memory, segments are written one after the other, each checked when its turn comes."""
    store = wasm.Store()
    memory, table = store.new_memory(1), store.new_table("funcref", 2)
    data = wat("""(module
      (import "env" "memory" (memory 1)) (import "env" "table" (table 2 funcref))
      (elem (i32.const 0) $f)
      (data (i32.const 0) "first") (data (i32.const 65535) "ab") (data (i32.const 8) "never")
      (func $f))""")

    with pytest.raises(wasm.Trap) as caught:
        instantiate(data, {"env": {"memory": memory, "table": table}}, store)

    assert caught.value.kind is wasm.TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS
    assert "data segment 1 puts 2 bytes at 0xffff, memory 0 has 0x10000" in str(caught.value)
    assert memory.read(0, 5) == b"first"
    assert memory.read(8, 5) == bytes(5)
    assert table[0] is not None, "elements come before data"


def test_an_element_segment_that_does_not_fit_traps_before_any_data(wat: Wat) -> None:
    store = wasm.Store()
    memory = store.new_memory(1)
    data = wat("""(module (import "env" "memory" (memory 1)) (table 1 funcref)
      (data (i32.const 0) "x") (elem (i32.const 1) $f) (func $f))""")

    with pytest.raises(wasm.Trap) as caught:
        instantiate(data, {"env": {"memory": memory}}, store)

    assert caught.value.kind is wasm.TrapKind.OUT_OF_BOUNDS_TABLE_ACCESS
    assert "element segment 0 puts 1 elements at 1, table 0 has 1" in str(caught.value)
    assert memory.read(0, 1) == b"\0"


def test_active_segments_are_empty_afterwards_and_passive_ones_are_not(wat: Wat) -> None:
    data = wat("""(module (memory 1) (table 4 funcref)
      (data $active (i32.const 0) "active") (data $passive "passive")
      (elem $elements (i32.const 0) $f) (elem $declared declare func $f)
      (func $f)
      (func (export "active") (memory.init $active (i32.const 0) (i32.const 0) (i32.const 1)))
      (func (export "passive") (memory.init $passive (i32.const 0) (i32.const 0) (i32.const 7)))
      (func (export "elements") (table.init $elements (i32.const 0) (i32.const 0) (i32.const 1)))
      (func (export "declared") (table.init $declared (i32.const 0) (i32.const 0) (i32.const 1))))""")
    instance = instantiate(data)

    instance.exports.passive()
    assert instance.memory.read(0, 7) == b"passive"
    for name in ("active", "elements", "declared"):
        with pytest.raises(wasm.Trap):
            instance.exports[name]()


def test_the_start_function_comes_last(wat: Wat) -> None:
    seen: list[int] = []
    data = wat("""(module (import "env" "note" (func $note (param i32))) (memory 1) (data (i32.const 0) "*")
      (func $start (call $note (i32.load8_u (i32.const 0)))) (start $start))""")

    instantiate(data, {"env": {"note": seen.append}})

    assert seen == [ord("*")]


def test_an_imported_function_may_be_the_start_function(wat: Wat) -> None:
    seen: list[str] = []

    instantiate(wat('(module (import "env" "f" (func $f)) (start $f))'), {"env": {"f": lambda: seen.append("started")}})

    assert seen == ["started"]


def test_initial_values_may_read_imported_globals(wat: Wat) -> None:
    data = wat("""(module (import "env" "base" (global $base i32))
      (global $next (export "next") i32 (i32.add (global.get $base) (i32.const 4)))
      (global (export "last") i32 (i32.mul (global.get $base) (i32.const 2)))
      (global (export "function") funcref (ref.func $f))
      (memory (export "memory") 1) (data (offset (i32.sub (global.get $base) (i32.const 4))) "here")
      (func $f (export "f")))""")

    exports = instantiate(data, {"env": {"base": 100}}).exports

    assert exports.next.value == 104
    assert exports.last.value == 200
    assert exports.memory.read(96, 4) == b"here"
    assert exports.function.value is exports.f


def test_a_segment_place_is_an_unsigned_number(wat: Wat) -> None:
    with pytest.raises(wasm.Trap, match="at 0xffffffff"):
        instantiate(wat('(module (memory 1) (data (i32.const -1) "a"))'))


def test_an_empty_segment_may_stand_at_the_end_and_not_behind_it(wat: Wat) -> None:
    instantiate(wat('(module (memory 1) (data (i32.const 65536) ""))'))

    with pytest.raises(wasm.Trap):
        instantiate(wat('(module (memory 1) (data (i32.const 65537) ""))'))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("(memory 3)", "3 pages"), ("(table 30 funcref)", "30 elements")],
)
def test_a_first_size_beyond_the_limits_is_exhausted(wat: Wat, text: str, sentence: str) -> None:
    store = wasm.Store(limits=wasm.Limits(memory_pages=2, table_elements=20))

    with pytest.raises(wasm.Exhausted) as caught:
        instantiate(wat(f"(module {text})"), None, store)

    assert caught.value.kind is wasm.TrapKind.OUT_OF_MEMORY
    assert sentence in str(caught.value)


def test_multi_memory_segments_go_to_their_memory(wat: Wat) -> None:
    data = wat('(module (memory (export "a") 1) (memory $b (export "b") 1) (data (memory $b) (i32.const 2) "x"))')

    exports = instantiate(data).exports

    assert (exports.a.read(2, 1), exports.b.read(2, 1)) == (b"\0", b"x")
