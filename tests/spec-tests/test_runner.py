"""What commands bring about, and what is said when they do not."""

from __future__ import annotations

import pytest
from runner import run_script
from script import Script

import pywasm_vm as wasm
from pywasm_vm import WASM_3_0, Feature, Features


def failures(tier: str, text: str, features: Features = WASM_3_0) -> list[str | None]:
    """What each command of the script *text* says: None when it passed."""
    outcomes = run_script(Script(text.encode()), lambda: wasm.Store(tier, features=features))
    return [outcome.failure for outcome in outcomes]


MODULE = """
(module $M
  (global (export "g") i32 (i32.const 42))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "two") (result i32 f64) (i32.const -1) (f64.const 0.5))
  (func (export "stop") unreachable)
  (func $deeper (export "deeper") (call $deeper)))
"""


@pytest.mark.parametrize(
    "command",
    [
        '(assert_return (invoke "add" (i32.const 2) (i32.const 3)) (i32.const 5))',
        '(assert_return (invoke $M "two") (i32.const 0xffffffff) (f64.const 0.5))',
        '(assert_return (get "g") (i32.const 42))',
        '(assert_trap (invoke "stop") "unreachable")',
        '(assert_trap (module (func $f unreachable) (start $f)) "unreach")',
        '(assert_exhaustion (invoke "deeper") "call stack exhausted")',
        '(assert_malformed (module quote "(func") "unexpected token")',
        '(assert_malformed (module binary "\\00asm") "unexpected end")',
        '(assert_invalid (module (func (result i32))) "type mismatch")',
        '(assert_unlinkable (module (import "M" "g" (global i32))) "unknown import")',
        '(module (import "spectest" "print_i32" (func (param i32))) (import "spectest" "memory" (memory 1 2)))',
    ],
)
def test_a_command_that_does_what_it_should_passes(tier: str, command: str) -> None:
    assert failures(tier, MODULE + command) == [None, None]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ('(assert_return (invoke "add" (i32.const 2) (i32.const 3)) (i32.const 6))', "gives 5; expected is i32 0x6"),
        ('(assert_return (invoke "add" (i32.const 2) (i32.const 3)))', "gives 5; expected is nothing"),
        ('(assert_return (invoke "stop"))', "Trap: unreachable"),
        ('(assert_return (invoke "none"))', "there is no export 'none'"),
        ('(assert_return (invoke "g"))', "the export 'g' is no function"),
        ('(assert_return (get "add") (i32.const 1))', "the export 'add' is no global"),
        ('(assert_trap (invoke "stop") "integer overflow")', "says 'unreachable'; expected is 'integer overflow'"),
        ('(assert_trap (invoke "deeper") "call stack exhausted")', "Exhausted: call stack exhausted"),
        ('(assert_trap (get "g") "unreachable")', "gives 42; expected is Trap: unreachable"),
        ('(assert_exception (invoke "stop"))', "Trap: unreachable"),
        ('(assert_invalid (module) "type mismatch")', "goes well; expected is Invalid: type mismatch"),
        ('(assert_malformed (module (func (result i32))) "type mismatch")', "Invalid: type mismatch"),
        ('(assert_unlinkable (module (import "a" "b" (func))) "incompatible")', 'says "unknown import'),
        ('(register "x" $nobody)', "there is no instance $nobody"),
        ("(wait $nobody)", "there is no thread $nobody"),
        ("(dance)", "Malformed: unknown command dance"),
    ],
)
def test_a_command_that_does_not_says_what_it_did(tier: str, command: str, said: str) -> None:
    module, failure = failures(tier, MODULE + command)

    assert module is None
    assert failure is not None
    assert failure.startswith(said)


def test_a_module_that_cannot_be_made_leaves_no_older_one_in_its_place(tier: str) -> None:
    said = failures(tier, MODULE + '(module $M (func (result i32)))\n(invoke "stop")\n(invoke $M "stop")')

    assert said[1] is not None
    assert said[2:] == ["there is no instance", "there is no instance $M"]


def test_instances_are_registered_and_imported(tier: str) -> None:
    script = MODULE + '(register "M")(module (import "M" "g" (global i32)) (export "h" (global 0)))'

    assert failures(tier, script + '(assert_return (get "h") (i32.const 42))') == [None] * 4


def test_each_instance_of_a_definition_has_its_own_state(tier: str) -> None:
    script = """
        (module definition $D (global $g (mut i32) (i32.const 0))
          (func (export "more") (result i32) (global.set $g (i32.add (global.get $g) (i32.const 1))) (global.get $g)))
        (module instance $A $D)
        (module instance $B $D)
        (assert_return (invoke $A "more") (i32.const 1))
        (assert_return (invoke $A "more") (i32.const 2))
        (assert_return (invoke $B "more") (i32.const 1))"""

    assert failures(tier, script) == [None] * 6


def test_threads_of_a_script_meet_in_a_shared_memory(tier: str) -> None:
    """One thread waits for the other, so a runner that took turns would never come to an end."""
    script = """
        (module $Mem (memory (export "shared") 1 1 shared))
        (register "mem" $Mem)
        (thread $T1 (shared (module $Mem))
          (register "mem" $Mem)
          (module (memory (import "mem" "shared") 1 10 shared)
            (func (export "wait") (result i32)
              (i32.atomic.store (i32.const 4) (i32.const 1))
              (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 50_000_000_000))))
          (assert_return (invoke "wait") (i32.const 0)))
        (thread $T2 (shared (module $Mem))
          (register "mem" $Mem)
          (module (memory (import "mem" "shared") 1 1 shared)
            (func (export "wake") (result i32)
              (loop $not_yet (br_if $not_yet (i32.eqz (memory.atomic.notify (i32.const 0) (i32.const 1)))))
              (i32.atomic.load (i32.const 4))))
          (assert_return (invoke "wake") (i32.const 1)))
        (wait $T1)
        (wait $T2)"""

    assert failures(tier, script, WASM_3_0 | {Feature.THREADS}) == [None] * 6


def test_a_thread_runs_its_commands_and_wait_says_what_failed(tier: str) -> None:
    script = (
        MODULE
        + """
        (thread $T (shared (module $M)) (assert_return (get $M "g") (i32.const 42)))
        (thread $U (shared (module $M))
          (assert_return (get $M "g") (i32.const 43)))
        (wait $T)
        (wait $U)"""
    )

    assert failures(tier, script) == [None] * 4 + ["line 11: gives 42; expected is i32 0x2b"]
