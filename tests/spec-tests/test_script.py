"""Scripts as commands."""

from __future__ import annotations

from typing import Any

import pytest
from compare import AnyOf, FloatBits, HostObject, IntBits, Lanes, NanClass, Null, RefOf, SameObject
from script import Definition, Get, InstanceOf, Invoke, Registration, Script, Thread, Wait

from pywasm_vm import Malformed


def only(text: str) -> Any:
    """The one command in *text*."""
    (command,) = Script(text.encode())
    return command


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("(module)", Definition(None, "(module)")),
        ("(module $M (func))", Definition("M", "(module $M (func))")),
        ('(module binary "\\00a" "sm")', Definition(None, b"\0asm", binary=True)),
        ('(module $M quote "(func)" "(memory 1)")', Definition("M", b"(func)(memory 1)")),
        ("(module definition $M (func))", Definition("M", "(module $M (func))", instantiated=False)),
        ('(module definition binary "")', Definition(None, b"", binary=True, instantiated=False)),
        ("(module instance $I $M)", InstanceOf("I", "M")),
        ("(module instance)", InstanceOf(None, None)),
        ('(register "name" $I)', Registration("name", "I")),
        ('(invoke $I "f" (i32.const -1))', Invoke("I", "f", (0xFFFF_FFFF,))),
        ('(get "g")', Get(None, "g")),
        ("(wait $T)", Wait("T")),
    ],
)
def test_commands_are_read_in_all_their_forms(text: str, subject: object) -> None:
    assert only(text).subject == subject


def test_a_module_keeps_the_annotations_in_front_of_its_first_word() -> None:
    assert only("((@a) module (@a) $m (func))").subject == Definition("m", "((@a) module (@a) $m (func))")


def test_arguments_are_what_exports_take() -> None:
    command = only(
        '(invoke "f" (i64.const 0xffff_ffff_ffff_ffff) (f32.const 0x1p-1) (f64.const -inf) (v128.const i16x8 1 2 3 4 5 6 7 -1)'
        " (ref.null func) (ref.extern 3) (ref.host 4))"
    )

    assert command.subject.arguments == (
        (1 << 64) - 1,
        0.5,
        float("-inf"),
        bytes.fromhex("0100 0200 0300 0400 0500 0600 0700 ffff"),
        None,
        HostObject(3),
        HostObject(4),
    )


def test_results_are_patterns() -> None:
    command = only(
        '(assert_return (invoke "f") (i32.const 1) (f32.const nan:canonical) (f64.const nan:arithmetic) (f32.const nan:0x1)'
        " (v128.const f64x2 1 nan:canonical) (ref.null) (ref.null extern) (ref.func) (ref.extern 1) (ref.extern)"
        " (either (i32.const 1) (i32.const 2)))"
    )

    assert command.results == (
        IntBits(32, 1),
        NanClass(32, True),
        NanClass(64, False),
        FloatBits(32, 0x7F80_0001),
        Lanes((FloatBits(64, 0x3FF0_0000_0000_0000), NanClass(64, True))),
        Null(),
        Null(),
        RefOf("func"),
        SameObject(HostObject(1)),
        RefOf("extern"),
        AnyOf((IntBits(32, 1), IntBits(32, 2))),
    )


def test_an_assertion_of_a_failure_has_a_subject_and_the_first_words() -> None:
    trap = only('(assert_trap (module (func)) "unreachable")')
    malformed = only('(assert_malformed (module quote "(func") "unexpected token")')

    assert (trap.form, trap.subject, trap.message) == ("assert_trap", Definition(None, "(module (func))"), "unreachable")
    assert (malformed.subject.content, malformed.message) == (b"(func", "unexpected token")


def test_a_thread_holds_commands() -> None:
    command = only('(thread $T (shared (module $M)) (register "mem" $M) (invoke "run"))')

    assert isinstance(command.subject, Thread)
    assert command.subject.shared == ("M",)
    assert [inner.form for inner in command.subject.commands] == ["register", "invoke"]


def test_fields_alone_are_one_module() -> None:
    script = Script(b";; a comment\n(func)\n(memory 0)")

    assert script.heads == [("inline module", 2)]
    assert len(script) == 1
    assert "(memory 0)" in next(iter(script)).subject.content  # type: ignore[union-attr]


def test_commands_know_their_lines() -> None:
    assert Script(b'(module)\n\n(invoke "f")\n (get "g")').heads == [("module", 1), ("invoke", 3), ("get", 4)]


@pytest.mark.parametrize(
    "text",
    [
        "(dance)",
        '(invoke "f" (i32.const nan:canonical))',
        '(invoke "f" (f32.const nan:canonical))',
        '(assert_return (invoke "f") (i32.const 0x1_0000_0000))',
        '(assert_return (invoke "f") (ref.dragon))',
        "(assert_return (module))",
        "(wait)",
        '(register "M" $M $N)',
    ],
)
def test_a_command_that_is_none_is_refused_when_it_is_its_turn(text: str) -> None:
    script = Script(f"(module)\n{text}".encode())

    assert len(script) == 2
    script.command(0)
    with pytest.raises(Malformed):
        script.command(1)
