"""One behaviour, every kind of VM: what a host may rely on, whichever tier runs the guest.

Tests of modules run on our tiers and on the `wasmtime` adapter; those that a guest in Python can take part in run on "null" too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from proxyabi.vms import NullGuest, export, load_vm
from pywasm_vm import (
    Exhausted,
    Invalid,
    Limits,
    Malformed,
    OutOfBounds,
    Trap,
    TrapKind,
    Unlinkable,
    VmInterface,
    WasmException,
)
from pywasm_vm.native.core import missing

MODULE_TIERS = ("python", *(() if missing() else ("native",)), "stepping", "wasmtime")

NewVm = Callable[..., VmInterface]


@pytest.fixture(params=MODULE_TIERS)
def new_vm(request: pytest.FixtureRequest, wat: Callable[[str], bytes]) -> NewVm:
    """A function from text to a loaded VM of each kind that runs modules."""

    def make(text: str, **options: Any) -> VmInterface:
        vm = load_vm(request.param, **options)
        vm.load(wat(text))
        return vm

    return make


@pytest.fixture(params=(*MODULE_TIERS, "null"))
def new_guest(request: pytest.FixtureRequest, wat: Callable[[str], bytes]) -> NewVm:
    """A function from text, and a class that does the same in Python, to a loaded VM of each kind."""

    def make(text: str, plugin: type[NullGuest], **options: Any) -> VmInterface:
        if request.param == "null":
            vm = load_vm("null", null_plugin=plugin, **options)
            vm.load(b"null")
        else:
            vm = load_vm(request.param, **options)
            vm.load(wat(text))
        return vm

    return make


def call(vm: VmInterface, name: str, *args: Any) -> Any:
    function = vm.get_function(name)
    assert function is not None, f"{name} is not exported"
    return function(*args)


# Functions and values

ADD = """(module
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "wide") (param i64) (result i64) (local.get 0))
  (func (export "single") (param f32) (result f32) (local.get 0))
  (func (export "double") (param f64) (result f64) (local.get 0))
  (func (export "nothing") (nop))
  (func (export "less") (param i32) (result i32) (i32.lt_u (local.get 0) (i32.const 5)))
  (global (export "answer") i32 (i32.const 42)))"""


class Add(NullGuest):
    @export("i32 i32 -> i32")
    def add(self, a: int, b: int) -> int:
        return a + b

    @export("i64 -> i64")
    def wide(self, a: int) -> int:
        return a

    @export("f32 -> f32")
    def single(self, a: float) -> float:
        return a

    @export("f64 -> f64")
    def double(self, a: float) -> float:
        return a

    @export("->")
    def nothing(self) -> None:
        pass

    @export("i32 -> i32")
    def less(self, a: int) -> bool:
        return a < 5


def test_integers_go_in_either_range_and_come_out_unsigned(new_guest: NewVm) -> None:
    vm = new_guest(ADD, Add)
    vm.link()

    assert call(vm, "add", 2, 3) == 5
    assert call(vm, "add", -1, 0) == 0xFFFFFFFF
    assert call(vm, "add", 0xFFFFFFFF, 2) == 1
    assert call(vm, "wide", -1) == (1 << 64) - 1
    assert call(vm, "wide", (1 << 64) - 1) == (1 << 64) - 1


def test_floats_are_floats_and_f32_is_rounded(new_guest: NewVm) -> None:
    vm = new_guest(ADD, Add)
    vm.link()

    assert call(vm, "double", 0.1) == 0.1
    assert call(vm, "single", 0.1) == 0.10000000149011612
    assert call(vm, "double", 3) == 3.0


def test_a_comparison_gives_a_plain_integer(new_guest: NewVm) -> None:
    """A trace writes results as JSON, where True is no number."""
    vm = new_guest(ADD, Add)
    vm.link()

    assert type(call(vm, "less", 3)) is int
    assert call(vm, "nothing") is None


@pytest.mark.parametrize(
    ("args", "error", "sentence"),
    [
        ((1,), TypeError, "add takes 2 arguments, of type [i32 i32] -> [i32]; 1 given"),
        ((1, 2, 3), TypeError, "add takes 2 arguments, of type [i32 i32] -> [i32]; 3 given"),
        (("a", 1), TypeError, "add, parameter 1 of 2: expected an integer for i32, not 'a'"),
        ((1, 2.5), TypeError, "add, parameter 2 of 2: expected an integer for i32, not 2.5"),
        ((1 << 32, 0), ValueError, "add, parameter 1 of 2: 4294967296 does not fit in i32: expected -2**31 to 2**32 - 1"),
        ((0, -(1 << 31) - 1), ValueError, "add, parameter 2 of 2: -2147483649 does not fit in i32"),
    ],
)
def test_a_call_with_wrong_arguments_names_function_and_parameter(
    new_guest: NewVm, args: tuple[Any, ...], error: type[Exception], sentence: str
) -> None:
    vm = new_guest(ADD, Add)
    vm.link()

    with pytest.raises(error) as caught:
        call(vm, "add", *args)

    assert sentence in str(caught.value)


def test_a_function_has_a_name_and_a_type_and_is_found_again(new_guest: NewVm) -> None:
    vm = new_guest(ADD, Add)
    vm.link()

    function = vm.get_function("add")

    assert function is not None
    assert (function.name, str(function.type)) == ("add", "[i32 i32] -> [i32]")
    assert vm.get_function("add") is function


def test_what_is_not_exported_or_no_function_is_none(new_guest: NewVm) -> None:
    vm = new_guest(ADD, Add)
    vm.link()

    assert vm.get_function("missing") is None
    assert vm.get_function("answer") is None


def test_several_results_are_a_tuple(new_vm: NewVm) -> None:
    vm = new_vm('(module (func (export "two") (result i32 i64) (i32.const -1) (i64.const -1)))')
    vm.link()

    assert call(vm, "two") == (0xFFFFFFFF, (1 << 64) - 1)


# Callbacks

ECHO = """(module
  (import "env" "twice" (func $twice (param i32 i64 f64) (result i32)))
  (import "other" "note" (func $note))
  (func (export "run") (param i32) (result i32)
    (call $note)
    (call $twice (local.get 0) (i64.const -1) (f64.const 0.5))))"""


class Echo(NullGuest):
    @export("i32 -> i32")
    def run(self, value: int) -> int:
        self.imports["other", "note"]()
        return self.imports.twice(value, -1, 0.5)


def test_callbacks_get_unsigned_integers_and_give_any(new_guest: NewVm) -> None:
    seen: list[Any] = []
    vm = new_guest(ECHO, Echo)
    vm.register_callback("env", "twice", "i32 i64 f64 -> i32", lambda *args: seen.append(args) or -2)
    vm.register_callback("other", "note", "->", lambda: seen.append("note"))
    vm.link()

    assert call(vm, "run", -1) == 0xFFFFFFFE
    assert seen == ["note", (0xFFFFFFFF, (1 << 64) - 1, 0.5)]


@pytest.mark.parametrize(("given", "taken"), [(1 << 32, 0), ((1 << 33) + 7, 7), (-1, 0xFFFFFFFF), (True, 1)])
def test_a_result_is_taken_modulo_the_width(new_guest: NewVm, given: int, taken: int) -> None:
    vm = new_guest(ECHO, Echo)
    vm.register_callback("env", "twice", "i32 i64 f64 -> i32", lambda *_: given)
    vm.register_callback("other", "note", "->", lambda: None)
    vm.link()

    assert call(vm, "run", 0) == taken


def test_a_result_of_another_kind_is_refused_with_the_callbacks_name(new_guest: NewVm) -> None:
    vm = new_guest(ECHO, Echo)
    vm.register_callback("env", "twice", "i32 i64 f64 -> i32", lambda *_: None)
    vm.register_callback("other", "note", "->", lambda: None)
    vm.link()

    with pytest.raises(TypeError, match=r"the host function env\.twice returned None; expected i32"):
        call(vm, "run", 0)


class UnusualError(Exception):
    """Nothing that a VM knows."""


def test_an_exception_passes_through_the_guest_as_itself(new_guest: NewVm) -> None:
    error = UnusualError("from the host")

    def raising(*_: Any) -> int:
        raise error

    vm = new_guest(ECHO, Echo)
    vm.register_callback("env", "twice", "i32 i64 f64 -> i32", raising)
    vm.register_callback("other", "note", "->", lambda: None)
    vm.link()

    with pytest.raises(UnusualError) as caught:
        call(vm, "run", 0)

    assert caught.value is error


@pytest.mark.parametrize(
    "raising",
    [lambda: 1 // 0, lambda: None.missing, lambda: bytes(1)[5], [].pop],  # type: ignore[attr-defined]
    ids=["ZeroDivisionError", "AttributeError", "IndexError", "a builtin"],
)
def test_an_exception_that_guests_cause_too_is_the_hosts_when_the_host_raised_it(new_vm: NewVm, raising: Any) -> None:
    """Generated code runs into IndexError and ZeroDivisionError where a guest traps; a callback that does so has a bug."""
    vm = new_vm('(module (import "env" "f" (func $f)) (func (export "run") (call $f)))')
    vm.register_callback("env", "f", "->", raising)
    vm.link()

    with pytest.raises((IndexError, ZeroDivisionError, AttributeError)):
        call(vm, "run")


def test_a_guest_can_be_called_again_after_an_exception(new_guest: NewVm) -> None:
    answers: list[Any] = [UnusualError(), 7]

    def answer(*_: Any) -> int:
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return int(found)

    vm = new_guest(ECHO, Echo)
    vm.register_callback("env", "twice", "i32 i64 f64 -> i32", answer)
    vm.register_callback("other", "note", "->", lambda: None)
    vm.link()

    with pytest.raises(UnusualError):
        call(vm, "run", 0)

    assert call(vm, "run", 0) == 7


@pytest.mark.parametrize("signature", ["i32", "i32 -> i32 -> i32", "i33 ->", "-> int", ""])
def test_an_unreadable_signature_is_refused(new_guest: NewVm, signature: str) -> None:
    vm = new_guest(ECHO, Echo)

    with pytest.raises(ValueError, match="signature"):
        vm.register_callback("env", "f", signature, lambda: None)


def test_a_name_cannot_be_registered_with_two_signatures(new_guest: NewVm) -> None:
    vm = new_guest(ECHO, Echo)
    vm.register_callback("env", "f", "i32 ->", lambda _: None)
    vm.register_callback("env", "f", "i32 ->", lambda _: None)

    with pytest.raises(ValueError, match=r"env\.f is registered as \[i32\] -> \[\] already"):
        vm.register_callback("env", "f", "i64 ->", lambda _: None)


def test_what_cannot_be_called_is_no_callback(new_guest: NewVm) -> None:
    vm = new_guest(ECHO, Echo)

    with pytest.raises(TypeError, match=r"env\.f: the callback 3 cannot be called"):
        vm.register_callback("env", "f", "->", 3)  # type: ignore[arg-type]


# Memory

MEMORY = """(module
  (import "env" "look" (func $look))
  (memory (export "memory") 1 4)
  (data (i32.const 16) "hello")
  (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "grow_and_look") (drop (memory.grow (i32.const 1))) (i32.store8 (i32.const 70000) (i32.const 7)) (call $look)))"""


def test_memory_is_read_and_written_by_copies(new_vm: NewVm) -> None:
    vm = new_vm(MEMORY)
    vm.register_callback("env", "look", "->", lambda: None)
    vm.link()

    assert vm.memory_size() == 65536
    assert vm.get_memory(16, 5) == b"hello"
    vm.set_memory(65535, b"z")
    assert call(vm, "load", 65535) == ord("z")
    assert isinstance(vm.get_memory(0, 4), bytes)


@pytest.mark.parametrize(("pointer", "size"), [(65536, 1), (65535, 2), (0, 65537), (0xFFFFFFFF, 1), (-1, 1), (0, -1), (65537, 0)])
def test_memory_outside_is_refused_with_pointer_and_sizes(new_vm: NewVm, pointer: int, size: int) -> None:
    vm = new_vm(MEMORY)
    vm.register_callback("env", "look", "->", lambda: None)
    vm.link()

    with pytest.raises(OutOfBounds) as caught:
        vm.get_memory(pointer, size)

    assert (caught.value.pointer, caught.value.size, caught.value.memory_size) == (pointer, size, 65536)


def test_a_write_that_does_not_fit_writes_nothing(new_vm: NewVm) -> None:
    vm = new_vm(MEMORY)
    vm.register_callback("env", "look", "->", lambda: None)
    vm.link()

    with pytest.raises(OutOfBounds):
        vm.set_memory(65534, b"abc")

    assert vm.get_memory(65534, 2) == b"\0\0"


def test_nothing_may_be_read_at_the_end(new_vm: NewVm) -> None:
    vm = new_vm(MEMORY)
    vm.register_callback("env", "look", "->", lambda: None)
    vm.link()

    assert vm.get_memory(65536, 0) == b""
    assert vm.get_memory(0, 0) == b""
    vm.set_memory(65536, b"")


def test_a_callback_sees_the_memory_that_has_grown(new_vm: NewVm) -> None:
    seen: list[tuple[int, bytes]] = []
    vm = new_vm(MEMORY)
    vm.register_callback("env", "look", "->", lambda: seen.append((vm.memory_size(), vm.get_memory(70000, 1))))
    vm.link()

    call(vm, "grow_and_look")

    assert seen == [(131072, b"\7")]


def test_memory_may_grow_while_a_callback_is_running(new_vm: NewVm) -> None:
    """As an allocator does that the host calls from a hostcall; the guest goes on with the memory that has moved."""
    vm = new_vm("""(module
      (import "env" "allocate" (func $allocate))
      (memory (export "memory") 1)
      (func (export "grow") (drop (memory.grow (i32.const 3))))
      (func (export "run") (result i32)
        (i32.store (i32.const 100) (i32.const 11))
        (call $allocate)
        (i32.store (i32.const 200000) (i32.const 31))
        (i32.add (i32.load (i32.const 100)) (i32.load (i32.const 200000)))))""")

    def allocate() -> None:
        call(vm, "grow")
        vm.set_memory(100, (20).to_bytes(4, "little"))

    vm.register_callback("env", "allocate", "->", allocate)
    vm.link()

    assert call(vm, "run") == 51
    assert vm.memory_size() == 4 * 65536


def test_memory_stops_at_the_limit(new_vm: NewVm) -> None:
    vm = new_vm(MEMORY, limits=Limits(memory_pages=2))
    vm.register_callback("env", "look", "->", lambda: None)
    vm.link()

    assert call(vm, "grow", 1) == 1
    assert call(vm, "grow", 1) == 0xFFFFFFFF
    assert vm.memory_size() == 2 * 65536


@pytest.mark.parametrize("place", ['(memory (export "m") 3)', '(import "env" "m" (memory 3))'])
def test_a_module_that_begins_beyond_the_limit_is_exhausted(new_vm: NewVm, place: str) -> None:
    vm = new_vm(f"(module {place})", limits=Limits(memory_pages=2))

    with pytest.raises(Exhausted) as caught:
        vm.link()

    assert caught.value.kind is TrapKind.OUT_OF_MEMORY
    assert "3 pages" in str(caught.value)


def test_a_guest_without_memory_has_none(new_vm: NewVm) -> None:
    vm = new_vm("(module)")
    vm.link()

    assert vm.memory_size() == 0
    assert vm.get_memory(0, 0) == b""
    with pytest.raises(OutOfBounds):
        vm.get_memory(0, 1)


def test_a_memory_that_is_not_exported_is_not_the_hosts(new_vm: NewVm) -> None:
    vm = new_vm("(module (memory 1))")
    vm.link()

    assert vm.memory_size() == 0


# Linking


def test_an_imported_memory_is_made_and_is_the_guests_memory(new_vm: NewVm) -> None:
    vm = new_vm("""(module
      (import "env" "memory" (memory 2 3))
      (import "env" "table" (table 5 10 funcref))
      (data (i32.const 8) "data")
      (func (export "grow") (result i32) (memory.grow (i32.const 2)))
      (func (export "entries") (result i32) (table.size 0)))""")
    vm.link()

    assert vm.memory_size() == 2 * 65536
    assert vm.get_memory(8, 4) == b"data"
    assert call(vm, "entries") == 5
    assert call(vm, "grow") == 0xFFFFFFFF, "the declared maximum holds"


def test_everything_that_does_not_link_is_named_at_once(new_vm: NewVm) -> None:
    vm = new_vm("""(module
      (import "env" "proxy_lag" (func (param i32)))
      (import "env" "proxy_log" (func (param i32) (result i32)))
      (import "nowhere" "f" (func))
      (import "env" "g" (global i32))
      (import "env" "fine" (func)))""")
    vm.register_callback("env", "proxy_log", "i32 i32 i32 -> i32", lambda *_: 0)
    vm.register_callback("env", "fine", "->", lambda: None)

    with pytest.raises(Unlinkable) as caught:
        vm.link()

    assert len(caught.value.problems) == 4
    missing, mistyped, nowhere, imported_global = caught.value.problems
    assert missing.startswith("unknown import: env.proxy_lag: no such import is offered")
    assert "near: proxy_log" in missing
    assert mistyped == (
        "incompatible import type: env.proxy_log: the module wants [i32] -> [i32], offered is [i32 i32 i32] -> [i32]"
    )
    assert nowhere.startswith("unknown import: nowhere.f: no such import is offered")
    assert imported_global == "unknown import: env.g: a global cannot be imported, hosts offer functions only"
    assert all(problem in str(caught.value) for problem in caught.value.problems)


def test_an_import_of_another_module_name_is_hinted_at(new_vm: NewVm) -> None:
    vm = new_vm('(module (import "wasi" "fd_write" (func)))')
    vm.register_callback("wasi_snapshot_preview1", "fd_write", "->", lambda: None)

    with pytest.raises(Unlinkable, match=r"there is wasi_snapshot_preview1\.fd_write"):
        vm.link()


@pytest.mark.parametrize("data", [b"", b"hello world", b"\0asm", b"\0asm\2\0\0\0", b"(module)"])
@pytest.mark.parametrize("tier", MODULE_TIERS)
def test_bytes_that_are_no_module_are_malformed(tier: str, data: bytes) -> None:
    vm = load_vm(tier)

    with pytest.raises(Malformed):
        vm.load(data)


def test_a_module_whose_types_do_not_fit_is_invalid(new_vm: NewVm, wat: Callable[[str], bytes]) -> None:
    vm = new_vm("(module)")
    data = wat("(module (func (result i32) i32.const 1))").replace(b"\x41\x01", b"\x42\x01")

    with pytest.raises(Invalid) as caught:
        vm.load(data)

    assert "type mismatch" in str(caught.value)
    assert caught.value.offset is not None


@pytest.mark.parametrize("tier", [*MODULE_TIERS, "null"])
def test_too_early_a_step_says_what_is_missing(tier: str, wat: Callable[[str], bytes]) -> None:
    vm = load_vm(tier, null_plugin=Add if tier == "null" else None)

    with pytest.raises(RuntimeError, match=r"call load\(bytecode\) first"):
        vm.link()
    with pytest.raises(RuntimeError, match=r"call load\(bytecode\) first"):
        vm.get_function("add")

    vm.load(b"null" if tier == "null" else wat(ADD))
    for step in (vm.start, vm.clone, vm.memory_size, lambda: vm.get_memory(0, 0), lambda: vm.get_function("add")):
        with pytest.raises(RuntimeError, match=r"call link\(\) first"):
            step()


# Start


def starting(*exports: str) -> str:
    results = {"main": "(param i32 i32) (result i32)", "__main_void": "(result i32)"}
    functions = "".join(
        f'(func (export "{name}") {results.get(name, "")} (call $note (i32.const {number}))'
        f"{' (i32.const 1)' if name in results else ''})"
        for number, name in enumerate(exports)
    )
    return f'(module (import "env" "note" (func $note (param i32))) {functions})'


@pytest.mark.parametrize(
    ("exports", "called"),
    [
        ((), []),
        (("_start",), ["_start"]),
        (("_initialize",), ["_initialize"]),
        (("_start", "_initialize"), ["_initialize"]),
        (("main", "__main_void", "_initialize"), ["_initialize", "main"]),
        (("__main_void", "_initialize"), ["_initialize", "__main_void"]),
        (("main",), []),
        (("main", "_start"), ["_start"]),
    ],
)
def test_start_functions_run_in_the_agreed_order(new_vm: NewVm, exports: tuple[str, ...], called: list[str]) -> None:
    seen: list[str] = []
    vm = new_vm(starting(*exports))
    vm.register_callback("env", "note", "i32 ->", lambda number: seen.append(exports[number]))
    vm.link()

    assert seen == []
    vm.start()
    assert seen == called


def test_the_start_order_holds_for_a_guest_in_python() -> None:
    class Starting(NullGuest):
        order: list[str] = []  # noqa: RUF012

        @export("->")
        def _initialize(self) -> None:
            self.order.append("_initialize")

        @export("i32 i32 -> i32")
        def main(self, argc: int, argv: int) -> int:
            self.order.append(f"main({argc}, {argv})")
            return 1

    vm = load_vm("null", null_plugin=Starting)
    vm.load(b"null")
    vm.link()
    vm.start()

    assert Starting.order == ["_initialize", "main(0, 0)"]


def test_a_start_function_of_another_type_is_refused(new_vm: NewVm) -> None:
    vm = new_vm('(module (func (export "_start") (param i32)))')
    vm.link()

    with pytest.raises(Unlinkable, match=r"incompatible export type: _start: hosts call it as \[\] -> \[\]"):
        vm.start()


def test_the_start_section_runs_while_linking_and_its_callbacks_see_the_memory(new_vm: NewVm) -> None:
    seen: list[bytes] = []
    vm = new_vm("""(module
      (import "env" "look" (func $look))
      (memory (export "memory") 1)
      (data (i32.const 4) "ready")
      (func $start (call $look))
      (start $start))""")
    vm.register_callback("env", "look", "->", lambda: seen.append(vm.get_memory(4, 5)))

    vm.link()

    assert seen == [b"ready"]


def test_a_trap_in_the_start_section_comes_out_of_link(new_vm: NewVm) -> None:
    vm = new_vm("""(module (import "env" "memory" (memory 1)) (import "env" "look" (func $look))
      (func $start (call $look) unreachable) (start $start))""")
    vm.register_callback("env", "look", "->", vm.memory_size)

    with pytest.raises(Trap) as caught:
        vm.link()

    assert caught.value.kind is TrapKind.UNREACHABLE
    for step in (vm.start, vm.memory_size, lambda: vm.get_function("f")):
        with pytest.raises(RuntimeError, match=r"call link\(\) first"):
            step()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('(memory 1) (data (i32.const 65535) "ab")', TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS),
        ("(table 1 funcref) (elem (i32.const 1) $f) (func $f)", TrapKind.OUT_OF_BOUNDS_TABLE_ACCESS),
    ],
)
def test_an_active_segment_that_does_not_fit_traps(new_vm: NewVm, text: str, kind: TrapKind) -> None:
    vm = new_vm(f"(module {text})")

    with pytest.raises(Trap) as caught:
        vm.link()

    assert caught.value.kind is kind


# Traps

TRAPS = [
    ("unreachable", TrapKind.UNREACHABLE),
    ("(drop (i32.div_s (i32.const 1) (i32.const 0)))", TrapKind.INTEGER_DIVIDE_BY_ZERO),
    ("(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))", TrapKind.INTEGER_OVERFLOW),
    ("(drop (i32.trunc_f64_s (f64.const nan)))", TrapKind.INVALID_CONVERSION_TO_INTEGER),
    ("(drop (i32.load (i32.const -4)))", TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS),
    ("(call_indirect (i32.const 9))", TrapKind.UNDEFINED_ELEMENT),
    ("(call_indirect (i32.const 0))", TrapKind.UNINITIALIZED_ELEMENT),
    ("(call_indirect (param i32) (i32.const 0) (i32.const 1))", TrapKind.INDIRECT_CALL_TYPE_MISMATCH),
]


@pytest.mark.parametrize(("text", "kind"), TRAPS)
def test_traps_have_the_kind_that_the_specification_names(new_vm: NewVm, text: str, kind: TrapKind) -> None:
    vm = new_vm(f'(module (memory 1) (table 2 funcref) (elem (i32.const 1) $run) (func $run (export "run") {text}))')
    vm.link()

    with pytest.raises(Trap) as caught:
        call(vm, "run")

    assert caught.value.kind is kind
    assert str(caught.value).startswith(kind.value)


def test_a_trap_knows_its_frames_innermost_first(new_vm: NewVm) -> None:
    vm = new_vm('(module (func $inner unreachable) (func $outer (nop) (call $inner)) (func (export "run") (call $outer)))')
    vm.link()

    with pytest.raises(Trap) as caught:
        call(vm, "run")

    frames = caught.value.frames
    assert [(index, name) for index, name, _ in frames] == [(0, "inner"), (1, "outer"), (2, frames[2][1])]
    offsets = [offset for _, _, offset in frames]
    assert all(offset is not None for offset in offsets)
    assert offsets[0] < offsets[1] < offsets[2]  # type: ignore[operator]


def test_an_exception_that_nobody_catches_comes_out_with_its_frames(new_vm: NewVm) -> None:
    vm = new_vm("""(module (tag $oops)
      (func $inner (throw $oops))
      (func (export "run") (call $inner))
      (func (export "caught") (block $h (try_table (catch_all $h) (call $inner)))))""")
    vm.link()

    with pytest.raises(WasmException, match="uncaught exception") as caught:
        call(vm, "run")

    assert [index for index, _, _ in caught.value.frames] == [0, 1]
    assert call(vm, "caught") is None


def test_a_trap_in_a_nested_call_passes_through_both_guests(new_vm: NewVm) -> None:
    vm = new_vm("""(module
      (import "env" "back" (func $back))
      (func (export "run") (call $back))
      (func (export "fail") unreachable))""")
    vm.register_callback("env", "back", "->", lambda: call(vm, "fail"))
    vm.link()

    with pytest.raises(Trap) as caught:
        call(vm, "run")

    assert caught.value.kind is TrapKind.UNREACHABLE


def test_a_callback_may_catch_the_trap_of_a_nested_call(new_vm: NewVm) -> None:
    """As a host does whose guest's allocator traps: the outer call goes on."""
    vm = new_vm("""(module
      (import "env" "back" (func $back (result i32)))
      (func (export "run") (result i32) (call $back))
      (func (export "fail") unreachable))""")

    def back() -> int:
        with pytest.raises(Trap):
            call(vm, "fail")
        return 6

    vm.register_callback("env", "back", "-> i32", back)
    vm.link()

    assert call(vm, "run") == 6


# Clones

COUNTER = """(module
  (memory (export "memory") 1)
  (global $count (mut i32) (i32.const 0))
  (func (export "next") (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1))) (global.get $count))
  (func (export "malloc") (param i32) (result i32) (i32.const 2048)))"""


class Counter(NullGuest):
    def __init__(self) -> None:
        self.count = 0

    @export("-> i32")
    def next(self) -> int:
        self.count += 1
        return self.count


def test_clones_share_nothing_that_changes(new_guest: NewVm) -> None:
    vm = new_guest(COUNTER, Counter)
    vm.link("original")
    call(vm, "next")
    vm.set_memory(2000, b"mine")

    copy = vm.clone()
    call(copy, "next")
    call(copy, "next")
    copy.set_memory(2000, b"copy")

    assert call(vm, "next") == 2
    assert call(copy, "next") == 3
    assert vm.get_memory(2000, 4) == b"mine"
    assert copy.tier == vm.tier


def test_a_clone_has_the_callbacks_and_is_not_started(new_vm: NewVm) -> None:
    seen: list[int] = []
    vm = new_vm(starting("_start"))
    vm.register_callback("env", "note", "i32 ->", seen.append)
    vm.link()
    vm.start()

    copy = vm.clone()
    assert seen == [0]
    copy.start()
    assert seen == [0, 0]


def test_a_callback_of_a_clone_does_not_reach_the_original(new_vm: NewVm) -> None:
    vm = new_vm(starting("_start"))
    vm.register_callback("env", "note", "i32 ->", lambda _: None)
    vm.link()
    copy = vm.clone()

    copy.register_callback("env", "late", "->", lambda: None)
    vm.register_callback("env", "late", "i32 ->", lambda _: None)


# Budgets

LOOP = '(module (func (export "forever") (loop (br 0))) (func (export "fine") (result i32) (i32.const 1)))'


def test_a_deadline_stops_an_endless_loop(new_vm: NewVm) -> None:
    vm = new_vm(LOOP, seconds=0.1)
    vm.link()

    with pytest.raises(Exhausted) as caught:
        call(vm, "forever")

    assert caught.value.kind is TrapKind.OUT_OF_TIME
    assert "0.1" in str(caught.value)
    assert call(vm, "fine") == 1, "the next call has its own time"


def test_a_deadline_may_come_after_linking_and_be_taken_away(new_vm: NewVm) -> None:
    vm = new_vm(LOOP)
    vm.link()
    assert call(vm, "fine") == 1

    vm.set_deadline(0.1)
    with pytest.raises(Exhausted):
        call(vm, "forever")
    vm.set_deadline(None)

    assert call(vm, "fine") == 1


def test_a_deadline_counts_from_the_outermost_call(new_vm: NewVm) -> None:
    vm = new_vm(
        """(module
      (import "env" "again" (func $again))
      (func (export "outer") (call $again))
      (func (export "inner") (loop (br 0))))""",
        seconds=0.15,
    )
    caught: list[TrapKind] = []

    def again() -> None:
        for _ in range(3):
            try:
                call(vm, "inner")
            except Exhausted as exhausted:
                caught.append(exhausted.kind)
                raise

    vm.register_callback("env", "again", "->", again)
    vm.link()

    with pytest.raises(Exhausted):
        call(vm, "outer")

    assert caught == [TrapKind.OUT_OF_TIME]


def test_a_deadline_holds_for_the_start_section(new_vm: NewVm) -> None:
    vm = new_vm("(module (func $start (loop (br 0))) (start $start))", seconds=0.1)

    with pytest.raises(Exhausted):
        vm.link()


def test_a_deadline_holds_for_a_clone(new_vm: NewVm) -> None:
    vm = new_vm(LOOP, seconds=0.1)
    vm.link()

    with pytest.raises(Exhausted):
        call(vm.clone(), "forever")


def test_a_guest_in_python_is_stopped_when_it_calls_the_host() -> None:
    class Busy(NullGuest):
        @export("->")
        def run(self) -> None:
            while True:
                self.imports.note()

    vm = load_vm("null", null_plugin=Busy, seconds=0.05)
    vm.register_callback("env", "note", "->", lambda: None)
    vm.load(b"null")
    vm.link()

    with pytest.raises(Exhausted) as caught:
        call(vm, "run")

    assert caught.value.kind is TrapKind.OUT_OF_TIME


@pytest.mark.parametrize("seconds", [0, -1.0])
def test_a_deadline_must_be_a_time(new_guest: NewVm, seconds: float) -> None:
    vm = new_guest(ADD, Add)

    with pytest.raises(ValueError, match="a deadline is a positive number of seconds"):
        vm.set_deadline(seconds)


def test_fuel_runs_out_and_can_be_filled_up(new_vm: NewVm) -> None:
    vm = new_vm(LOOP, fuel=1000)
    vm.link()

    with pytest.raises(Exhausted) as caught:
        call(vm, "forever")
    assert caught.value.kind is TrapKind.OUT_OF_FUEL

    vm.fuel = 1000
    assert call(vm, "fine") == 1
    assert vm.fuel is not None
    assert 0 < vm.fuel < 1000


def test_fuel_without_a_bound_is_none(new_guest: NewVm) -> None:
    vm = new_guest(ADD, Add)
    vm.link()

    assert vm.fuel is None


def test_a_clone_begins_with_all_the_fuel(new_vm: NewVm) -> None:
    vm = new_vm(LOOP, fuel=1000)
    vm.link()
    with pytest.raises(Exhausted):
        call(vm, "forever")

    assert vm.clone().fuel == 1000


DEEP = '(module (func $f (export "deep") (param i32) (result i32) (i32.add (i32.const 1) (call $f (local.get 0)))))'


class Deep(NullGuest):
    @export("i32 -> i32")
    def deep(self, value: int) -> int:
        return self.deep(value)


def test_endless_recursion_is_exhausted_and_the_guest_lives(new_guest: NewVm) -> None:
    vm = new_guest(DEEP, Deep)
    vm.link()

    for _ in range(2):
        with pytest.raises(Exhausted) as caught:
            call(vm, "deep", 1)
        assert caught.value.kind is TrapKind.CALL_STACK_EXHAUSTED


def test_endless_recursion_through_the_host_is_exhausted(new_vm: NewVm) -> None:
    vm = new_vm('(module (import "env" "back" (func $back)) (func (export "run") (call $back)))')
    vm.register_callback("env", "back", "->", lambda: call(vm, "run"))
    vm.link()

    for _ in range(2):
        with pytest.raises(Exhausted) as caught:
            call(vm, "run")
        assert caught.value.kind is TrapKind.CALL_STACK_EXHAUSTED
