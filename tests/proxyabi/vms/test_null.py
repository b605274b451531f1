"""What the tier "null" has beyond the interface: an allocator, imports by name, and exceptions as traps."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from proxyabi.vms import NullGuest, NullVm, export
from proxyabi.vms.null import GuestMemory
from pywasm_vm import Limits, Malformed, Trap, TrapKind


def linked(plugin: Any, **options: Any) -> NullVm:
    vm = NullVm(plugin, **options)
    vm.register_callback("env", "note", "i32 ->", lambda _: None)
    vm.load()
    vm.link()
    return vm


class Failing(NullGuest):
    @export("->")
    def fail(self) -> None:
        raise ValueError("not today")

    @export("-> i32")
    def outside(self) -> int:
        return len(self.memory.read(1 << 20, 4))

    @export("->")
    def misspelled(self) -> None:
        self.imports.not_e(1)

    @export("->")
    def wrong(self) -> None:
        self.imports.note("text")

    @export("-> i32")
    def nothing(self) -> None:
        """An i32 is due."""


def test_an_exception_of_the_guest_is_a_trap_that_says_what_and_where() -> None:
    vm = linked(Failing)
    fail = vm.get_function("fail")
    assert fail is not None

    with pytest.raises(Trap) as caught:
        fail()

    assert caught.value.kind is TrapKind.UNREACHABLE
    assert "fail raised ValueError: not today" in str(caught.value)
    assert "test_null.py:" in str(caught.value)
    assert isinstance(caught.value.__cause__, ValueError)
    assert caught.value.frames[0][1] == "fail"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("outside", "out of bounds memory access: 4 bytes at 0x100000"),
        ("misspelled", "unknown import: env.not_e: no such import is offered; near: note"),
        ("wrong", "note, parameter 1 of 1: expected an integer for i32, not 'text'"),
        ("nothing", "nothing returned None; expected i32"),
    ],
)
def test_mistakes_of_the_guest_are_its_traps(name: str, sentence: str) -> None:
    function = linked(Failing).get_function(name)
    assert function is not None

    with pytest.raises(Trap) as caught:
        function()

    assert sentence in str(caught.value)


def test_a_constructor_that_raises_fails_the_link() -> None:
    class Broken(NullGuest):
        def __init__(self) -> None:
            raise RuntimeError("no")

    with pytest.raises(Trap, match="__init__ raised RuntimeError: no"):
        linked(Broken)


def test_a_plugin_that_is_no_guest_is_refused() -> None:
    with pytest.raises(TypeError, match="the plugin must be a NullGuest"):
        linked(dict)
    with pytest.raises(TypeError, match="plugin must be a class or function"):
        NullVm(5)  # type: ignore[arg-type]


def test_a_module_given_to_the_null_tier_is_refused() -> None:
    """Somebody who passes bytes thinks that they will run."""
    with pytest.raises(Malformed, match="runs a Python class, not a module"):
        NullVm(Failing).load(b"\0asm\1\0\0\0")


def test_steps_of_python_code_are_not_counted() -> None:
    with pytest.raises(ValueError, match="cannot count the steps"):
        NullVm(Failing, fuel=5)


def test_blocks_do_not_overlap_and_are_used_again() -> None:
    memory = GuestMemory(1 << 20)
    sizes = [1, 16, 17, 1000, 0, 65536]
    blocks = [(memory.allocate(size), size) for size in sizes]

    ends = [(start, start + size) for start, size in sorted(blocks)]
    assert all(start > 0 for start, _ in blocks)
    assert all(left[1] <= right[0] for left, right in pairwise(ends))
    assert ends[-1][1] <= len(memory.data)

    memory.free(blocks[3][0])
    assert memory.allocate(900) == blocks[3][0]


def test_memory_ends_at_the_limit() -> None:
    memory = GuestMemory(65536)

    assert memory.allocate(65536) == 0
    assert memory.allocate(1000) > 0
    with pytest.raises(MemoryError, match="no room for 65000 bytes"):
        memory.store(bytes(65000))


def test_a_block_is_freed_once() -> None:
    memory = GuestMemory(65536)
    pointer = memory.allocate(5)
    memory.free(pointer)
    memory.free(0)

    with pytest.raises(ValueError, match="no block begins there"):
        memory.free(pointer)


def test_the_limits_of_the_vm_bound_the_guests_memory() -> None:
    vm = linked(Failing, limits=Limits(memory_pages=2))
    malloc = vm.get_function("malloc")

    assert malloc is not None
    assert malloc(100_000) == 0
    assert malloc(1000) > 0


def test_the_guest_can_be_looked_into() -> None:
    assert isinstance(linked(Failing).guest, Failing)
