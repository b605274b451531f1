"""Walking through a guest, in both ways."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import pywasm_vm as wasm
from pywasm_vm import Go, Stepper, Stop
from pywasm_vm.native.core import missing

NEEDS_CORE = pytest.mark.skipif(missing() is not None, reason="the C core is not built")

Wat = Callable[[str], bytes]

PROGRAM = """(module
  (import "env" "note" (func $note (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 8) "hello")
  (global $count (mut i32) (i32.const 41))
  (func $double (param $x i32) (result i32)
    (i32.mul (local.get $x) (i32.const 2)))
  (func $sum (export "sum") (param $n i32) (result i32) (local $total i32)
    (block $done
      (loop $again
        (br_if $done (i32.eqz (local.get $n)))
        (local.set $total (i32.add (local.get $total) (call $double (local.get $n))))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $again)))
    (call $note (local.get $total))
    (local.get $total))
  (func (export "minus") (result i32) (i32.const -1))
  (func (export "fail") (param i32) (result i32) (i32.const 7) (call $double (i32.load (local.get 0))) (i32.add))
  (func (export "nested") (call $note (i32.const 5)) (drop (call $double (i32.const 4)))))"""


TIER = "stepping"


@pytest.fixture(autouse=True, params=["stepping", pytest.param("native", marks=NEEDS_CORE)])
def walked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same script is played on every tier that can be walked through."""
    monkeypatch.setitem(globals(), "TIER", request.param)


def instance(wat: Wat, tier: str | None = None, note: Callable[[int], Any] = lambda _: None, **options: Any) -> wasm.Instance:
    module = wasm.Module.decode(wat(PROGRAM))
    return wasm.Store(tier or TIER, **options).instantiate(module, {"env": {"note": note}}, name="program")


def at(stepper: Stepper) -> tuple[str | None, str]:
    return stepper.frames[0].name, stepper.frames[0].instruction


# The program moves


def test_a_call_begins_before_its_first_instruction(wat: Wat) -> None:
    stepper = Stepper(instance(wat))

    stepper.begin("sum", 3)

    frame = stepper.frames[0]
    assert not stepper.done
    assert stepper.results is None
    assert (frame.function, frame.name, frame.instance, frame.instruction) == (2, "sum", "program", "block")
    assert [(item.index, item.name, str(item.type), item.value) for item in frame.locals] == [
        (0, "n", "i32", 3),
        (1, "total", "i32", 0),
    ]
    assert frame.stack == ()
    assert [(label.arity, label.height) for label in frame.labels] == [(1, 0)]


def test_a_step_is_one_instruction(wat: Wat) -> None:
    stepper = Stepper(instance(wat))
    stepper.begin("sum", 3)

    seen = []
    for _ in range(9):
        seen.append((stepper.frames[0].instruction, stepper.frames[0].stack))
        assert stepper.step() is Stop.STEP

    assert seen == [
        ("block", ()),
        ("loop", ()),
        ("local.get 0", ()),
        ("i32.eqz", (3,)),
        ("br_if 1", (0,)),
        ("local.get 1", ()),
        ("local.get 0", (0,)),
        ("call 1", (0, 3)),
        ("local.get 0", ()),
    ]


def test_what_a_comparison_gives_is_shown_as_a_number(wat: Wat) -> None:
    stepper = Stepper(instance(wat))
    stepper.begin("sum", 3)
    while at(stepper)[1] != "br_if 1":
        stepper.step()

    assert [type(value) for value in stepper.frames[0].stack] == [int]


def test_a_call_goes_inside_and_both_frames_are_there(wat: Wat) -> None:
    stepper = Stepper(instance(wat))
    stepper.begin("sum", 3)
    for _ in range(8):
        stepper.step()

    inner, outer = stepper.frames

    assert (inner.name, inner.instruction, inner.locals[0].value) == ("double", "local.get 0", 3)
    assert (outer.name, outer.instruction, outer.stack) == ("sum", "call 1", (0,))


def test_labels_say_where_branches_go(wat: Wat) -> None:
    stepper = Stepper(instance(wat))
    stepper.begin("sum", 3)
    stepper.step()
    stepper.step()
    lines = {line.offset: line.text for line in stepper.listing("sum")}

    again, done, body = stepper.frames[0].labels

    assert lines[again.offset] == "loop"
    assert lines[done.offset] == "local.get 1"
    assert lines[body.offset] == "end"


def test_next_runs_through_calls(wat: Wat) -> None:
    stepper = Stepper(instance(wat))
    stepper.begin("sum", 3)
    while at(stepper)[1] != "call 1":
        stepper.next()

    assert stepper.next() is Stop.STEP

    assert at(stepper) == ("sum", "i32.add")
    assert stepper.frames[0].stack == (0, 6)


def test_next_at_the_end_of_a_function_comes_back_to_its_caller(wat: Wat) -> None:
    stepper = Stepper(instance(wat))
    stepper.begin("sum", 1)
    while at(stepper) != ("double", "end"):
        stepper.step()

    stepper.next()

    assert at(stepper) == ("sum", "i32.add")


def test_finish_runs_until_the_function_has_returned(wat: Wat) -> None:
    stepper = Stepper(instance(wat))
    stepper.begin("sum", 3)
    while at(stepper)[0] != "double":
        stepper.step()

    assert stepper.finish() is Stop.STEP
    assert at(stepper) == ("sum", "i32.add")
    assert stepper.finish() is Stop.DONE
    assert stepper.results == (12,)
    assert stepper.done
    assert stepper.frames == ()


def test_run_comes_to_the_end_and_results_are_signed(wat: Wat) -> None:
    stepper = Stepper(instance(wat))
    stepper.begin("minus")

    assert stepper.run() is Stop.DONE
    assert stepper.results == (-1,)


def test_run_to_stops_before_an_instruction_once(wat: Wat) -> None:
    stepper = Stepper(instance(wat))
    add = next(line.offset for line in stepper.listing("sum") if line.text == "i32.add")
    stepper.begin("sum", 3)

    assert stepper.run_to("sum", add) is Stop.BREAKPOINT
    assert stepper.frames[0].offset == add
    assert stepper.breakpoints == ()
    assert stepper.run() is Stop.DONE


def test_a_breakpoint_stops_each_time(wat: Wat) -> None:
    stepper = Stepper(instance(wat))
    place = stepper.break_at("double")
    stepper.begin("sum", 3)
    values = []

    while stepper.run() is Stop.BREAKPOINT:
        values.append(stepper.frames[0].locals[0].value)

    assert values == [3, 2, 1]
    assert stepper.breakpoints == (place,)
    stepper.clear("double")
    assert stepper.breakpoints == ()


def test_next_and_finish_stop_at_breakpoints_on_the_way(wat: Wat) -> None:
    stepper = Stepper(instance(wat))
    stepper.break_at("double")
    stepper.begin("sum", 3)

    assert stepper.finish() is Stop.BREAKPOINT
    assert at(stepper)[0] == "double"


def test_run_to_keeps_a_breakpoint_that_was_there(wat: Wat) -> None:
    stepper = Stepper(instance(wat))
    stepper.break_at(1)
    stepper.begin("sum", 3)

    assert stepper.run_to(1) is Stop.BREAKPOINT

    assert len(stepper.breakpoints) == 1


def test_a_breakpoint_needs_an_instruction(wat: Wat) -> None:
    stepper = Stepper(instance(wat))
    first = stepper.listing("sum")[0].offset

    with pytest.raises(ValueError, match=r"no instruction of function 2 is at 0x.*; the nearest one is at 0x"):
        stepper.break_at("sum", first - 1)


@pytest.mark.parametrize("function", ["missing", 99, -1])
def test_an_unknown_function_is_refused(wat: Wat, function: int | str) -> None:
    with pytest.raises(ValueError, match="the instance has no function"):
        Stepper(instance(wat)).begin(function)


def test_a_function_of_the_host_cannot_be_stepped_through(wat: Wat) -> None:
    with pytest.raises(ValueError, match="belongs to the host"):
        Stepper(instance(wat)).begin("note", 1)


def test_arguments_are_checked(wat: Wat) -> None:
    stepper = Stepper(instance(wat))

    with pytest.raises(TypeError, match=r"takes 1 arguments, of type \[i32\] -> \[i32\]; 0 given"):
        stepper.begin("sum")
    with pytest.raises(ValueError, match="does not fit in i32"):
        stepper.begin("sum", 1 << 32)


def test_a_trap_ends_the_call_and_leaves_its_frames_to_be_looked_at(wat: Wat) -> None:
    stepper = Stepper(instance(wat))
    stepper.begin("fail", 65536)

    with pytest.raises(wasm.Trap) as caught:
        stepper.run()

    assert stepper.done
    frame = stepper.frames[0]
    assert frame.instruction == "i32.load"
    assert frame.stack == (7, 65536)
    assert [found.offset for found in stepper.frames] == [offset for _, _, offset in caught.value.frames]
    with pytest.raises(RuntimeError, match="begin one"):
        stepper.step()
    stepper.begin("sum", 1)
    assert stepper.run() is Stop.DONE


def test_what_a_host_function_raises_ends_the_call(wat: Wat) -> None:
    def note(_: int) -> None:
        raise KeyError("mine")

    stepper = Stepper(instance(wat, note=note))
    stepper.begin("sum", 1)

    with pytest.raises(KeyError):
        stepper.run()
    assert at(stepper) == ("sum", "call 0")


def test_another_call_may_be_made_while_one_stands_still(wat: Wat) -> None:
    there = instance(wat)
    stepper = Stepper(there)
    stepper.begin("sum", 3)
    stepper.step()

    assert there.exports.sum(10) == 110
    assert at(stepper) == ("sum", "loop")
    stepper.run()
    assert stepper.results == (12,)


def test_only_one_call_of_a_store_stands_still(wat: Wat) -> None:
    there = instance(wat)
    first, second = Stepper(there), Stepper(there)
    first.begin("sum", 3)

    with pytest.raises(RuntimeError, match="another call is under way"):
        second.begin("sum", 3)
    first.close()
    second.begin("sum", 3)


def test_globals_and_memory_are_shown(wat: Wat) -> None:
    stepper = Stepper(instance(wat))

    (count,) = stepper.globals

    assert (count.index, count.name, str(count.type), count.mutable, count.value) == (0, "count", "i32", True, 41)
    assert stepper.memory(8, 5) == b"hello"
    with pytest.raises(wasm.OutOfBounds):
        stepper.memory(65535, 2)


def test_a_listing_is_indented_by_blocks_and_names_what_is_called(wat: Wat) -> None:
    lines = Stepper(instance(wat)).listing("sum")

    assert [(line.depth, line.text) for line in lines[:3]] == [(0, "block"), (1, "loop"), (2, "local.get 0")]
    assert (2, "call 1  ;; double") in [(line.depth, line.text) for line in lines]
    assert (lines[-1].depth, lines[-1].text) == (0, "end")


def test_fuel_is_taken_as_in_any_call(wat: Wat) -> None:
    there = instance(wat, fuel=10_000)
    there.exports.sum(3)
    used = 10_000 - (there.store.fuel or 0)
    stepper = Stepper(there)

    stepper.begin("sum", 3)
    while stepper.step() is not Stop.DONE:
        pass

    assert there.store.fuel == 10_000 - 2 * used


def test_fuel_that_does_not_last_for_the_first_instruction_ends_the_call(wat: Wat) -> None:
    there = instance(wat, fuel=1)
    stepper = Stepper(there)

    with pytest.raises(wasm.Exhausted):
        stepper.begin("sum", 3)

    assert stepper.done
    assert at(stepper) == ("sum", "block")


def test_another_tier_is_refused_with_the_remedy(wat: Wat) -> None:
    with pytest.raises(TypeError, match='make its store with tier="stepping"'):
        Stepper(instance(wat, "python"))


def test_an_instance_without_functions_is_refused(wat: Wat) -> None:
    there = wasm.Store(TIER).instantiate(wasm.Module.decode(wat("(module)")))

    with pytest.raises(ValueError, match="defines no function"):
        Stepper(there)


def test_a_vm_is_stepped_through_as_well(wat: Wat) -> None:
    vm = wasm.Vm(TIER)
    vm.register_callback("env", "note", "i32 ->", lambda _: None)
    with pytest.raises(RuntimeError, match="the instance"):
        Stepper(vm)
    vm.load(wat(PROGRAM))
    vm.link()
    stepper = Stepper(vm)

    stepper.begin("sum", 2)

    assert stepper.run() is Stop.DONE
    assert stepper.results == (6,)


# Somebody else calls


def test_a_watched_call_stops_before_each_instruction(wat: Wat) -> None:
    there = instance(wat)
    stepper = Stepper(there)
    seen = []

    def ask(stepper: Stepper) -> Go:
        seen.append(at(stepper))
        return Go.STEP

    with stepper.watching(ask):
        assert there.exports.minus() == -1
    assert there.exports.minus() == -1

    assert seen == [(None, "i32.const -1"), (None, "end")]


def test_who_watches_and_does_not_say_how_to_go_on_is_told_so(wat: Wat) -> None:
    there = instance(wat)
    with (
        Stepper(there).watching(lambda stepper: None),  # type: ignore[arg-type, return-value]
        pytest.raises(TypeError, match=r"such as Go\.STEP, not with None"),
    ):
        there.exports.minus()
    assert there.exports.minus() == -1


def test_a_watched_call_runs_to_breakpoints(wat: Wat) -> None:
    there = instance(wat)
    stepper = Stepper(there)
    stepper.break_at("double")
    depths = []

    def ask(stepper: Stepper) -> Go:
        depths.append(len(stepper.frames))
        return Go.RUN

    with stepper.watching(ask, Go.RUN):
        there.exports.sum(3)

    assert depths == [2, 2, 2]


def test_a_call_that_a_host_function_makes_is_watched_too(wat: Wat) -> None:
    there: wasm.Instance = instance(wat, note=lambda value: there.exports.minus() if value == 5 else None)
    stepper = Stepper(there)
    seen = []

    def ask(stepper: Stepper) -> Go:
        seen.append([frame.instruction for frame in stepper.frames])
        return Go.STEP

    with stepper.watching(ask):
        there.exports.nested()

    assert seen[:5] == [
        ["i32.const 5"],
        ["call 0"],
        ["i32.const -1", "call 0"],
        ["end", "call 0"],
        ["i32.const 4"],
    ]


def test_next_passes_over_a_host_function_and_what_it_calls(wat: Wat) -> None:
    there: wasm.Instance = instance(wat, note=lambda _: there.exports.minus())
    stepper = Stepper(there)
    seen = []

    def ask(stepper: Stepper) -> Go:
        seen.append(stepper.frames[0].instruction)
        return Go.NEXT

    with stepper.watching(ask):
        there.exports.nested()
        there.exports.minus()

    assert seen == ["i32.const 5", "call 0", "i32.const 4", "call 1", "drop", "end", "i32.const -1", "end"]


def test_finish_of_an_outermost_call_stops_in_the_next_one(wat: Wat) -> None:
    there = instance(wat)
    seen = []

    def ask(stepper: Stepper) -> Go:
        seen.append(at(stepper))
        return Go.FINISH

    with Stepper(there).watching(ask):
        there.exports.sum(2)
        there.exports.minus()

    assert seen == [("sum", "block"), (None, "i32.const -1")]


def test_an_exception_of_the_one_who_is_asked_ends_the_call(wat: Wat) -> None:
    there = instance(wat)

    class QuitError(Exception):
        pass

    def ask(_: Stepper) -> Go:
        raise QuitError

    with pytest.raises(QuitError), Stepper(there).watching(ask):
        there.exports.sum(2)

    assert there.exports.sum(2) == 6


def test_only_one_watches(wat: Wat) -> None:
    there = instance(wat)
    first, second = Stepper(there), Stepper(there)

    with (
        first.watching(lambda _: Go.RUN),
        pytest.raises(RuntimeError, match="somebody else is watching"),
        second.watching(lambda _: Go.RUN),
    ):
        pass


# Exceptions and tail calls


LEAVING = """(module
  (tag $oops (export "oops") (param i32))
  (func $throws (param $x i32) (throw $oops (local.get $x)))
  (func $catches (export "catches") (result i32)
    (block $caught (result i32)
      (try_table (catch $oops $caught) (call $throws (i32.const -5)))
      (i32.const 0)))
  (func (export "legacy") (result i32)
    (try (result i32) (do (call $throws (i32.const 6)) (i32.const 0)) (catch $oops)))
  (func $last (result i32) (i32.const 3))
  (func $hop (result i32) (return_call $last))
  (func $calls (export "calls") (result i32) (i32.add (call $hop) (i32.const 1))))"""


def leaving() -> Stepper:
    return Stepper(wasm.Store(TIER).instantiate(wasm.Module.parse(LEAVING)))


@pytest.mark.parametrize(
    ("export", "ends"), [("catches", ("catches", "end", (0xFFFFFFFB,))), ("legacy", (None, "end", (6,)))], ids=["now", "legacy"]
)
def test_a_step_over_a_throw_stands_in_the_handler(export: str, ends: tuple[Any, ...]) -> None:
    stepper = leaving()
    stepper.begin(export)
    while at(stepper) != ("throws", "throw 0"):
        stepper.step()
    assert len(stepper.frames) == 2

    assert stepper.step() is Stop.STEP

    (frame,) = stepper.frames
    assert (frame.name, frame.instruction, frame.stack) == ends
    assert stepper.finish() is Stop.DONE


def test_the_next_instruction_after_a_call_that_throws_is_in_the_handler() -> None:
    stepper = leaving()
    stepper.begin("catches")
    while at(stepper)[1] != "call 0":
        stepper.next()

    assert stepper.next() is Stop.STEP

    assert at(stepper) == ("catches", "end")


def test_an_exception_that_nobody_catches_ends_the_call_and_leaves_its_frames() -> None:
    stepper = leaving()
    stepper.begin("throws", 4)

    with pytest.raises(wasm.WasmException) as caught:
        stepper.run()

    assert caught.value.values == (4,)
    assert stepper.done
    assert at(stepper) == ("throws", "throw 0")
    assert caught.value.frames[0][1] == "throws"


def test_a_tail_call_steps_into_what_takes_the_place() -> None:
    stepper = leaving()
    stepper.begin("calls")
    stepper.step()
    assert at(stepper) == ("hop", "return_call 3")

    stepper.step()

    assert [frame.name for frame in stepper.frames] == ["last", "calls"]


def test_a_function_has_returned_when_the_one_that_took_its_place_has() -> None:
    stepper = leaving()
    stepper.begin("calls")
    stepper.step()

    assert stepper.finish() is Stop.STEP

    assert at(stepper) == ("calls", "i32.const 1")
    assert stepper.frames[0].stack == (3,)


def test_a_listing_shows_how_deep_handlers_stand() -> None:
    lines = leaving().listing("legacy")

    assert [(line.depth, line.text) for line in lines] == [
        (0, "try (result i32)"),
        (1, "i32.const 6"),
        (1, "call 0  ;; throws"),
        (1, "i32.const 0"),
        (0, "catch 0"),
        (0, "end"),
        (0, "end"),
    ]
