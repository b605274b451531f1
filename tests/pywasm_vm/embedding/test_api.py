"""Stores, instances and what they export, as programs use them."""

from __future__ import annotations

import copy
import gc
from collections.abc import Callable
from typing import Any

import pytest

import pywasm_vm as wasm
from pywasm_vm.structure.types import Limits, MemType

Wat = Callable[[str], bytes]
Start = Callable[..., wasm.Instance]


@pytest.fixture
def start(wat: Wat, tier: str) -> Start:
    """A function from text to an instance."""

    def make(text: str, imports: Any = None, **options: Any) -> wasm.Instance:
        return wasm.Store(tier, **options).instantiate(wasm.Module.decode(wat(text)), imports)

    return make


# Functions

ADD = """(module
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "wide") (param i64) (result i64) (local.get 0))
  (func (export "less") (param i32) (result i32) (i32.lt_s (local.get 0) (i32.const 5)))
  (func (export "both") (param i32 f64) (result f64 i32) (local.get 1) (local.get 0)))"""


def test_exports_are_called_by_attribute_and_by_item(start: Start) -> None:
    exports = start(ADD).exports

    assert exports.add(2, 3) == 5
    assert exports["add"](2, 3) == 5
    assert exports.add is exports["add"]
    assert list(exports) == ["add", "wide", "less", "both"]
    assert len(exports) == 4
    assert "add" in exports
    assert "add" in dir(exports)


def test_integers_come_out_signed(start: Start) -> None:
    exports = start(ADD).exports

    assert exports.add(0x7FFFFFFF, 1) == -(1 << 31)
    assert exports.add(0xFFFFFFFF, 0) == -1
    assert exports.wide((1 << 64) - 1) == -1
    assert exports.both(-1, 0.5) == (0.5, -1)
    assert type(exports.less(3)) is int


def test_a_wrong_call_names_function_parameter_and_expectation(start: Start) -> None:
    exports = start(ADD).exports

    with pytest.raises(TypeError, match=r"add takes 2 arguments, of type \[i32 i32\] -> \[i32\]; 3 given"):
        exports.add(1, 2, 3)
    with pytest.raises(TypeError, match="both, parameter 2 of 2: expected a number for f64, not 'x'"):
        exports.both(1, "x")
    with pytest.raises(ValueError, match=r"add, parameter 1 of 2: 4294967296 does not fit in i32"):
        exports.add(1 << 32, 0)


def test_an_unknown_export_says_what_is_near(start: Start) -> None:
    exports = start(ADD).exports

    with pytest.raises(AttributeError, match="the instance has no export 'ad'; near: add"):
        exports.ad(1)
    with pytest.raises(KeyError, match="the instance has no export 'nothing'; there is add, wide, less, both"):
        exports["nothing"]
    with pytest.raises(AttributeError, match="it exports nothing"):
        start("(module)").exports.f()


def test_no_export_is_hidden_by_what_we_need_ourselves(start: Start) -> None:
    names = ["get", "keys", "items", "_store", "_inst", "store"]
    functions = "".join(f'(func (export "{name}") (result i32) (i32.const {number}))' for number, name in enumerate(names))
    exports = start(f"(module {functions})").exports

    assert [getattr(exports, name)() for name in names] == list(range(len(names)))


def test_a_function_shows_its_name_and_type(start: Start) -> None:
    add = start(ADD).exports.add

    assert isinstance(add, wasm.Func)
    assert repr(add) == "<function add [i32 i32] -> [i32]>"
    assert str(add.type) == "[i32 i32] -> [i32]"


def test_references_to_functions_are_functions_outside(start: Start) -> None:
    instance = start(
        """(module
      (import "env" "take" (func $take (param funcref) (result funcref)))
      (func $seven (export "seven") (result i32) (i32.const 7))
      (func (export "pass") (result funcref) (call $take (ref.func $seven)))
      (func (export "is_null") (param funcref) (result i32) (ref.is_null (local.get 0))))""",
        {"env": {"take": lambda func: func}},
    )

    assert instance.exports["pass"]() is instance.exports.seven
    assert instance.exports["pass"]()() == 7
    assert instance.exports.is_null(None) == 1
    assert instance.exports.is_null(instance.exports.seven) == 0
    with pytest.raises(TypeError, match="expected a function of a store or None"):
        instance.exports.is_null(print)


def test_any_object_passes_as_an_externref(start: Start) -> None:
    instance = start('(module (func (export "same") (param externref) (result externref) (local.get 0)))')
    thing = object()

    assert instance.exports.same(thing) is thing
    assert instance.exports.same(None) is None


def test_an_exception_of_a_host_function_comes_out_as_itself(start: Start) -> None:
    error = KeyError("mine")

    def raising() -> None:
        raise error

    instance = start('(module (import "env" "f" (func $f)) (func (export "run") (call $f)))', {"env": {"f": raising}})

    with pytest.raises(KeyError) as caught:
        instance.exports.run()

    assert caught.value is error


# Memory


def test_memory_is_read_written_and_grown(start: Start) -> None:
    memory = start('(module (memory (export "memory") 1 2) (data (i32.const 4) "data"))').exports.memory

    assert memory.read(4, 4) == b"data"
    memory.write(0, b"abc")
    assert memory.read(0, 3) == b"abc"
    assert (memory.size, memory.pages, len(memory)) == (65536, 1, 65536)
    assert memory.grow(1) == 1
    assert memory.grow(1) == -1
    assert memory.size == 131072
    assert memory.read(0, 3) == b"abc"


@pytest.mark.parametrize(("pointer", "size"), [(65536, 1), (-1, 1), (0, -1), (65530, 7)])
def test_memory_outside_is_refused(start: Start, pointer: int, size: int) -> None:
    memory = start('(module (memory (export "memory") 1))').exports.memory

    with pytest.raises(wasm.OutOfBounds, match="the memory ends at 0x10000"):
        memory.read(pointer, size)


def test_a_write_that_does_not_fit_writes_nothing(start: Start) -> None:
    memory = start('(module (memory (export "memory") 1))').exports.memory

    with pytest.raises(wasm.OutOfBounds):
        memory.write(65535, b"ab")

    assert memory.read(65535, 1) == b"\0"


def test_a_memory_is_made_without_a_store_and_imported_by_several(tier: str) -> None:
    memory = wasm.Memory(1, 3, shared=True, tier=tier)
    module = wasm.Module.parse("""(module (import "env" "m" (memory 1 3 shared)) (export "m" (memory 0))
      (func (export "store") (i32.store (i32.const 8) (i32.const 7)))
      (func (export "load") (result i32) (i32.load (i32.const 8))))""")
    first, second = (wasm.Store(tier=tier).instantiate(module, {"env": {"m": memory}}).exports for _ in range(2))

    first.store()
    memory.grow(1)

    assert second.load() == 7
    assert memory.read(8, 1) == first.m.read(8, 1) == b"\7"
    assert second.m.pages == 2
    assert memory.type == MemType(Limits(2, 3), shared=True)


@pytest.mark.parametrize(
    ("arguments", "options", "sentence"),
    [
        ((1,), {"shared": True}, "a shared memory needs a maximum"),
        ((3, 2), {}, "a memory cannot begin with 3 pages and grow to 2"),
        ((-1,), {}, "a memory cannot begin with -1 pages and grow to None"),
        ((1,), {"page_size": 4096}, "a memory has pages of 1 or of 65536 bytes, not of 4096"),
    ],
)
def test_a_memory_of_no_type_is_refused(tier: str, arguments: tuple[int, ...], options: dict[str, Any], sentence: str) -> None:
    for make in (wasm.Memory, wasm.Store(tier=tier).new_memory):
        with pytest.raises(ValueError, match=sentence):
            make(*arguments, **options)


def test_a_memory_that_begins_beyond_its_limits_is_refused() -> None:
    with pytest.raises(wasm.Exhausted, match="a memory of 9 pages is beyond the limit of 8 pages"):
        wasm.Memory(9, limits=wasm.Limits(memory_pages=8))


def test_a_shared_memory_answers_only_for_a_shared_one(tier: str) -> None:
    store = wasm.Store(tier=tier)
    module = wasm.Module.parse('(module (import "env" "m" (memory 1 3)))')

    with pytest.raises(wasm.Unlinkable, match=r"wants \(memory 1 3\), offered is \(memory 1 3 shared\)"):
        store.instantiate(module, {"env": {"m": store.new_memory(1, 3, shared=True)}})


def test_memory_shrinks_for_nobody(start: Start) -> None:
    memory = start('(module (memory (export "memory") 1))').exports.memory

    with pytest.raises(ValueError, match="a memory grows by a positive number of pages, not by -1"):
        memory.grow(-1)


# Tables and globals


def test_tables_are_read_and_written_like_lists(start: Start) -> None:
    exports = start("""(module (table (export "t") 2 4 funcref) (elem (i32.const 0) $f)
      (func $f (export "f") (result i32) (i32.const 1)) (func (export "g") (result i32) (i32.const 2))
      (func (export "call") (param i32) (result i32) (call_indirect (result i32) (local.get 0))))""").exports

    assert exports.t[0] is exports.f
    assert exports.t[1] is None
    exports.t[1] = exports.g
    assert exports.call(1) == 2
    assert len(exports.t) == 2
    assert exports.t.grow(2, exports.f) == 2
    assert exports.t.grow(1) == -1
    with pytest.raises(IndexError, match="index 4 is outside of a table of 4 elements"):
        exports.t[4]
    with pytest.raises(TypeError, match="expected a function of a store or None"):
        exports.t[0] = print
    assert repr(exports.t) == "<(table 4 4 funcref)>"


def test_a_host_function_may_stand_in_a_table(start: Start) -> None:
    instance = start("""(module (table (export "t") 1 funcref)
      (func (export "call") (param i32) (result i32) (call_indirect (param i32) (result i32) (local.get 0) (i32.const 0))))""")
    instance.exports.t[0] = instance.store.new_function("i32 -> i32", lambda value: value * 2)

    assert instance.exports.call(-4) == -8
    assert instance.exports.t[0](21) == 42


def test_globals_are_read_and_written(start: Start) -> None:
    exports = start("""(module (global $g (export "g") (mut i32) (i32.const -1)) (global (export "c") i64 (i64.const 5))
      (func (export "get") (result i32) (global.get $g)))""").exports

    assert exports.g.value == -1
    exports.g.value = 7
    assert exports.get() == 7
    with pytest.raises(TypeError, match=r"this global is constant: its type is \(global i64\)"):
        exports.c.value = 1
    with pytest.raises(ValueError, match="does not fit in i32"):
        exports.g.value = 1 << 32
    assert exports.g.type.mutable


# Budgets

LOOP = """(module (func (export "forever") (loop (br 0))) (func (export "fine") (result i32) (i32.const 1))
  (func $deep (export "deep") (result i32) (i32.add (i32.const 1) (call $deep))))"""


def test_fuel_is_shared_by_all_calls_of_a_store(start: Start) -> None:
    instance = start(LOOP, fuel=100_000)
    assert instance.exports.fine() == 1

    with pytest.raises(wasm.Exhausted) as caught:
        instance.exports.forever()
    assert caught.value.kind is wasm.TrapKind.OUT_OF_FUEL
    assert instance.store.fuel == 0

    instance.store.fuel = 50
    assert instance.exports.fine() == 1
    assert 0 < (instance.store.fuel or 0) < 50


def test_a_budget_that_comes_later_holds_for_instances_that_are_there(start: Start) -> None:
    instance = start('(module (global (export "g") (mut i32) (i32.const 0)) (func (export "forever") (loop (br 0))))')
    instance.exports.g.value = 5

    instance.store.set_deadline(0.05)
    with pytest.raises(wasm.Exhausted) as caught:
        instance.exports.forever()

    assert caught.value.kind is wasm.TrapKind.OUT_OF_TIME
    assert instance.exports.g.value == 5, "the instance keeps its state"


def test_a_budget_that_comes_later_passes_over_an_instance_that_failed(wat: Wat, tier: str) -> None:
    store = wasm.Store(tier, limits=wasm.Limits(memory_pages=1))
    with pytest.raises(wasm.Exhausted) as caught:
        store.instantiate(wasm.Module.decode(wat("(module (func) (memory 2))")))

    store.set_deadline(1)

    assert caught.value.__traceback__ is not None, "what failed is still held by its traceback"


def test_a_budget_cannot_begin_in_the_middle_of_a_call(start: Start) -> None:
    instance = start(
        '(module (import "env" "f" (func $f)) (func (export "run") (call $f)))',
        {"env": {"f": lambda: instance.store.set_deadline(1)}},
    )

    with pytest.raises(RuntimeError, match="set fuel or a deadline before the call"):
        instance.exports.run()


@pytest.mark.parametrize("depth", [0, 1, 6])
def test_fuel_that_comes_in_the_middle_of_a_call_with_a_deadline_counts_at_once(start: Start, depth: int) -> None:
    def inside(deeper: int) -> None:
        if deeper:
            instance.exports.run(deeper - 1)
        else:
            instance.store.fuel = 1_000

    instance = start(
        """(module (import "env" "f" (func $f (param i32)))
          (func (export "run") (param i32) (call $f (local.get 0)))
          (func (export "forever") (param i32) (call $f (local.get 0)) (loop (br 0))))""",
        {"env": {"f": inside}},
    )
    instance.store.set_deadline(60)

    with pytest.raises(wasm.Exhausted) as caught:
        instance.exports.forever(depth)

    assert caught.value.kind is wasm.TrapKind.OUT_OF_FUEL
    assert instance.store.fuel == 0


def test_a_call_through_an_empty_element_names_it(tier: str) -> None:
    module = wasm.Module.parse("""
        (table 8 funcref)
        (type $t (func))
        (func (export "constant") (call_indirect (type $t) (i32.const 7)))
        (func (export "local") (param i32) (call_indirect (type $t) (local.get 0)))""")
    exports = wasm.Store(tier).instantiate(module).exports

    with pytest.raises(wasm.Trap, match=r"^uninitialized element 7$"):
        exports.constant()
    with pytest.raises(wasm.Trap, match=r"^uninitialized element 2$") as caught:
        exports.local(2)
    assert caught.value.element == 2


def test_call_depth_is_limited(start: Start) -> None:
    instance = start(LOOP, limits=wasm.Limits(call_depth=100))

    with pytest.raises(wasm.Exhausted) as caught:
        instance.exports.deep()

    assert caught.value.kind is wasm.TrapKind.CALL_STACK_EXHAUSTED
    assert instance.exports.fine() == 1


def test_only_modules_are_instantiated(wat: Wat) -> None:
    with pytest.raises(TypeError, match="instantiate takes a Module, not bytes"):
        wasm.Store().instantiate(wat("(module)"))  # type: ignore[arg-type]


def test_a_tier_that_is_not_here_says_why() -> None:
    with pytest.raises(wasm.TierUnavailable, match="aot"):
        wasm.Store("aot")
    with pytest.raises(ValueError, match="unknown tier 'fast'; known are auto, native, python"):
        wasm.Store("fast")


def test_the_chosen_tier_is_shown() -> None:
    assert wasm.Store("auto").tier in wasm.TIER_NAMES
    assert wasm.Store("auto").tier != "auto"


def test_things_made_by_the_host_are_offered_and_shared(start: Start, wat: Wat) -> None:
    store = wasm.Store()
    counter = store.new_global("i32", 0, mutable=True)
    memory = store.new_memory(1)
    module = wasm.Module.decode(
        wat("""(module (import "env" "g" (global $g (mut i32))) (import "env" "m" (memory 1))
      (func (export "count")
        (global.set $g (i32.add (global.get $g) (i32.const 1)))
        (i32.store8 (i32.const 0) (global.get $g))))""")
    )
    imports = {"env": {"g": counter, "m": memory}}

    for _ in range(2):
        store.instantiate(module, imports).exports.count()

    assert counter.value == 2
    assert memory.read(0, 1) == b"\2"
    with pytest.raises(ValueError, match="unknown word 'i33'"):
        store.new_global("i33", 0)
    with pytest.raises(ValueError, match='a table holds "funcref", "externref" or other'):
        store.new_table("i32", 1)


def test_what_is_exported_cannot_be_assigned(start: Start) -> None:
    instance = start('(module (global (export "g") (mut i32) (i32.const 1)) (func (export "f") (result i32) (global.get 0)))')
    with pytest.raises(AttributeError, match=r"exports\.g\.value = …"):
        instance.exports.g = 5
    instance.exports.g.value = 5
    assert instance.exports.f() == 5
    with pytest.raises(KeyError, match="the instance has no export 1"):
        instance.exports[1]  # type: ignore[index]


def test_exports_can_be_copied_and_copies_that_fail_leave_no_noise(start: Start, capfd: pytest.CaptureFixture[str]) -> None:
    instance = start('(module (func (export "f") (result i32) (i32.const 7)))')
    assert copy.copy(instance.exports).f() == 7
    for thing in (instance.exports, instance, instance.store):
        with pytest.raises(TypeError):
            copy.deepcopy(thing)
    gc.collect()
    assert capfd.readouterr().err == ""


def test_fuel_and_deadlines_that_are_no_numbers_or_none_are_refused(tier: str) -> None:
    for make in (lambda fuel: wasm.Store(tier, fuel=fuel), lambda fuel: wasm.Vm(tier, fuel=fuel)):
        for wrong in ("1", 1.5, float("nan")):
            with pytest.raises(TypeError, match="fuel is a number of instructions or None"):
                make(wrong)  # type: ignore[no-untyped-call]
        with pytest.raises(ValueError, match="fuel is 0 or more instructions, not -1"):
            make(-1)  # type: ignore[no-untyped-call]
        made = make(10)  # type: ignore[no-untyped-call]
        with pytest.raises(ValueError, match="not -5"):
            made.fuel = -5
        assert made.fuel == 10
        with pytest.raises(TypeError, match="a deadline is a number of seconds or None, not '1'"):
            made.set_deadline("1")


def test_a_memory_grows_by_whole_pages_alone(start: Start) -> None:
    memory = start('(module (memory (export "m") 1))').exports.m
    for wrong in (1.5, None, "1"):
        with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
            memory.grow(wrong)
    assert memory.grow(1) == 1


def test_types_and_objects_are_shown_in_the_words_of_the_text_format(start: Start, tier: str) -> None:
    instance = start(
        """(module (memory (export "m") 1 2) (table (export "t") 3 funcref) (global (export "g") (mut i64) (i64.const 0))
        (func (export "f") (param i32)))"""
    )
    assert [str(export.type) for export in instance.module.exports] == [
        "(memory 1 2)",
        "(table 3 funcref)",
        "(global (mut i64))",
        "[i32] -> []",
    ]
    assert repr(instance) == "<instance: 4 exports>"
    assert repr(instance.store) == f"<store on tier {tier}>"


def test_imports_that_are_nothing_of_the_kind_are_refused_in_words() -> None:
    with pytest.raises(TypeError, match="5 holds no function decorated with host_function"):
        wasm.Linker(5)  # type: ignore[arg-type]


def test_a_depth_without_end_is_as_good_as_any(wat: Wat, tier: str) -> None:
    module = wasm.Module.decode(wat('(module (func $f (export "f") (param i32) (result i32) (local.get 0)))'))
    for depth in (1 << 31, 10**30):
        assert wasm.Store(tier, limits=wasm.Limits(call_depth=depth)).instantiate(module).exports.f(7) == 7
