"""Small inputs that ask for much: each is refused, or read, in little time and memory, however deep it is.

Each one runs in a process of its own, with an address space that is far smaller than what it asks for, and without the room on
the C stack that recursion through it would take. That process tells what it said, how long it took and how much it held.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

resource = pytest.importorskip("resource", reason="this system has no limits for processes")

DEEP = 100_000
SECONDS = 30.0
"""For a busy machine; alone, none of these takes more than four."""

MEGABYTES = 700
"""Of addresses, the interpreter included; more than any of these takes, and far less than what they ask for."""

MEASURED = """
import json, resource, sys, time
sys.setrecursionlimit(400)
from pywasm_vm.binary.custom import read_names
from pywasm_vm.features import Feature
import pywasm_vm as wasm
import pywasm_vm.text.parse, pywasm_vm.validation.module, pywasm_vm.binary.decode
given = sys.stdin.buffer.read()
limit = {megabytes} << 20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
started = time.monotonic()
try:
    module = wasm.Module.{door}(given, features=frozenset(Feature))
    said = "valid"
    names = module.syntax.names
    for field in (names.functions, names.locals, names.labels, names.fields):
        dict(field)
except (wasm.Malformed, wasm.Invalid) as refusal:
    said = str(refusal)
except BaseException as error:
    said = "!" + repr(error)[:200]
print(json.dumps([said, time.monotonic() - started]))
"""


@dataclass(frozen=True)
class Told:
    """What a process told of its input."""

    said: str
    seconds: float


def tell(door: str, given: bytes) -> Told:
    """What becomes of *given* behind *door*."""
    run = subprocess.run(
        [sys.executable, "-c", MEASURED.format(door=door, megabytes=MEGABYTES)],
        input=given,
        capture_output=True,
        timeout=4 * SECONDS,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert run.returncode == 0, run.stderr.decode()[-2000:]
    return Told(*json.loads(run.stdout))


# Modules as bytes


def leb(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def signed(value: int) -> bytes:
    """A type index as a heap type."""
    return leb(value) if leb(value)[-1] < 0x40 else leb(value)[:-1] + bytes([leb(value)[-1] | 0x80, 0])


def listed(items: list[bytes]) -> bytes:
    return leb(len(items)) + b"".join(items)


def module(*sections: tuple[int, bytes]) -> bytes:
    return b"\0asm\1\0\0\0" + b"".join(bytes([number]) + leb(len(content)) + content for number, content in sections)


def function(code: bytes, declared: bytes = b"\0", types: bytes = b"\1\x60\0\0") -> bytes:
    """A module with one function."""
    body = declared + code
    return module((1, types), (3, b"\1\0"), (10, b"\1" + leb(len(body)) + body))


def names(content: bytes) -> bytes:
    return module((0, b"\4name" + content))


def group(members: Callable[[int], bytes]) -> bytes:
    """A recursive group of DEEP types."""
    return module((1, b"\1\x4e" + leb(DEEP) + b"".join(map(members, range(DEEP)))))


HUGE = b"\xff\xff\xff\xff\x0f"

BINARY = {
    "four billion locals": (function(b"\x0b", b"\1" + HUGE + b"\x7f"), "too many locals: 4294967295, and the limit is 50000"),
    "four billion locals in 100 KB": (
        function(b"\x0b", listed([b"\xff\xff\x03\x7f", b"\xff\xff\x03\x7e"] * 12_500)),
        "too many locals",
    ),
    "100 KB of functions with 50,000 locals each": (
        module((1, b"\1\x60\0\0"), (3, listed([b"\0"] * 12_000)), (10, listed([b"\6\1" + leb(50_000) + b"\x7f\x0b"] * 12_000))),
        "valid",
    ),
    "blocks within blocks": (function(b"\x02\x40" * DEEP + b"\x0b" * (DEEP + 1)), "valid"),
    "blocks within blocks beyond the limit": (function(b"\x02\x40" * (DEEP + 1) + b"\x0b" * (DEEP + 2)), "nesting too deep"),
    "handlers within handlers": (function(b"\x06\x40" * DEEP + b"\x0b" * (DEEP + 1)), "valid"),
    "blocks with a thousand parameters": (
        function(
            b"\0" + b"\x02\0" * 50_000 + b"\x0b" * 50_001, types=b"\1\x60" + listed([b"\x7f"] * 1000) + listed([b"\x7f"] * 1000)
        ),
        "valid",
    ),
    "a group that refers to itself": (group(lambda x: b"\x5f\1\x64" + signed((x + 1) % DEEP) + b"\0"), "valid"),
    "a chain of types": (
        module((1, leb(DEEP) + b"\x5f\0" + b"".join(b"\x5f\1\x64" + signed(x) + b"\0" for x in range(DEEP - 1)))),
        "valid",
    ),
    "supertypes above supertypes": (
        module((1, leb(DEEP) + b"\x50\0\x5f\0" + b"".join(b"\x50\1" + leb(x) + b"\x5f\0" for x in range(DEEP - 1)))),
        "sub type 64 has 64 super types above it, and 63 are allowed",
    ),
    "supertypes above supertypes in one group": (
        group(lambda x: b"\x50\1" + leb(x - 1) + b"\x5f\0" if x else b"\x50\0\x5f\0"),
        "sub type 64 has 64 super types above it, and 63 are allowed",
    ),
    "descriptors of descriptors": (
        group(lambda x: (b"\x4c" + leb(x - 1) if x else b"") + (b"\x4d" + leb(x + 1) if x < DEEP - 1 else b"") + b"\x5f\0"),
        "valid",
    ),
    "a number that never ends": (b"\0asm\1\0\0\0\1" + b"\x80" * DEEP, "integer representation too long"),
    "a constant that never ends": (function(b"\x42" + b"\x80" * DEEP), "integer representation too long"),
    "an expression that never ends": (function(b"\x01" * DEEP), "unexpected end"),
    "a function that goes on in the data behind it": (
        # The frame of the section behind it reads as instructions too.
        module((1, b"\1\x60\0\0"), (3, b"\1\0"), (10, b"\1\2\0\1")) + b"\0\x80\x80\x80\x0f\0" + b"\1" * ((15 << 21) - 1),
        "section size mismatch: an expression passes the end",
    ),
    "a data segment larger than the file": (module((5, b"\1\0\1"), (11, b"\1\0\x41\0\x0b" + HUGE)), "length out of bounds"),
    "a section larger than the file": (b"\0asm\1\0\0\0\1" + HUGE, "length out of bounds"),
    "a function larger than the file": (module((1, b"\1\x60\0\0"), (3, b"\1\0"), (10, b"\1" + HUGE)), "function body too large"),
    "four billion types": (module((1, HUGE)), "length out of bounds"),
    "four billion fields": (module((1, b"\1\x5f" + HUGE)), "length out of bounds"),
    "four billion parameters": (module((1, b"\1\x60" + HUGE)), "length out of bounds"),
    "four billion imports": (module((2, HUGE)), "length out of bounds"),
    "four billion elements": (module((9, b"\1\1\0" + HUGE)), "length out of bounds"),
    "four billion labels": (function(b"\x41\0\x0e" + HUGE + b"\0\x0b"), "length out of bounds"),
    "a hundred thousand labels": (function(b"\x41\0\x0e" + leb(DEEP) + b"\0" * (DEEP + 1) + b"\x0b"), "valid"),
    "labels that are not there": (function(b"\x41\0\x0e" + leb(DEEP) + b"\x7f" * (DEEP + 1) + b"\x0b"), "unknown label 127"),
    "four billion operands": (function(b"\xfb\x08\1" + HUGE + b"\x0b", types=b"\2\x60\0\0\x5e\x7f\0"), "too many operands"),
    "a name of a megabyte": (module((0, leb(1_000_000) + b"a" * 1_000_000)), "valid"),
    "an export of a megabyte, twice": (
        module((5, b"\1\0\0"), (7, b"\2" + (leb(10**6) + b"a" * 10**6 + b"\2\0") * 2)),
        "duplicate export",
    ),
    "names that lie about their number": (names(b"\1\6" + HUGE + b"\0"), "valid"),
    "names that lie about their size": (names(b"\1" + HUGE + b"\1\0\1a"), "valid"),
    "names of locals that lie": (names(b"\2\x0d\1\0" + HUGE + b"\0" + HUGE + b"\0"), "valid"),
    "names of what is not there": (names(b"\1\x0e\2" + HUGE + b"\1a" + HUGE + b"\1b"), "valid"),
    "a memory of four gigabytes": (module((5, b"\1\0\x80\x80\4")), "valid"),
    "a table of four billion elements": (module((4, b"\1\x70\0" + HUGE)), "valid"),
    "thirty thousand custom sections": (module(*[(0, b"\0")] * 30_000), "valid"),
}
"""Bytes, and how what is said of them begins."""


@pytest.mark.parametrize("name", BINARY)
def test_bytes_that_ask_for_much_get_little(name: str) -> None:
    data, reason = BINARY[name]

    told = tell("decode", data)

    assert told.said.startswith(reason)
    assert len(told.said) < 1_000
    assert told.seconds < SECONDS


DIGITS = "9" * 1_000_000

TEXT = {
    "parentheses": ("(" * DEEP, "unexpected token"),
    "parentheses that are closed": ("(" * DEEP + ")" * DEEP, "unexpected token"),
    "modules within modules": ("(module " * DEEP + ")" * DEEP, "unexpected token"),
    "folded instructions": ("(func (drop " + "(i32.eqz " * DEEP + "(i32.const 0)" + ")" * (DEEP + 2), "valid"),
    "folded blocks": ("(func " + "(block " * DEEP + ")" * (DEEP + 1), "valid"),
    "folded blocks beyond the limit": ("(func " + "(block " * (DEEP + 1) + ")" * (DEEP + 2), "nesting too deep"),
    "arms within arms": ("(func " + "(if (i32.const 0) (then " * DEEP + "))" * DEEP + ")", "valid"),
    "handlers within handlers": ("(func " + "(try (do " * DEEP + "))" * DEEP + ")", "valid"),
    "blocks with the same label": ("(func " + "block $a " * DEEP + "br $a " + "end $a " * DEEP + ")", "valid"),
    "comments": ("(;" * DEEP + ";)" * DEEP, "valid"),
    "comments that are never closed": ("(;" * DEEP, "unclosed comment"),
    "annotations": ("(@a " * DEEP + ")" * DEEP, "valid"),
    "annotations that are never closed": ("(@a " * DEEP, "unclosed annotation"),
    "annotations with names": ("(module (@name " + "(" * DEEP + ")" * DEEP + "))", "@name annotation"),
    "annotations that are sections": ("(@custom " * DEEP + ")" * DEEP, "@custom annotation"),
    "groups within groups": ("(rec " * DEEP + ")" * DEEP, "unexpected token"),
    "types within types": ("(type (struct (field " * DEEP + ")))" * DEEP, "unexpected token"),
    "supertypes above supertypes": (
        "(type (sub (func))) (rec " + "".join(f"(type (sub {x} (func)))" for x in range(20_000)) + ")",
        "sub type 64 has 64 super types above it, and 63 are allowed",
    ),
    "an enormous integer": (f"(global i32 (i32.const {DIGITS}))", "constant out of range"),
    "an enormous hexadecimal integer": (f"(global i64 (i64.const 0x{DIGITS}))", "constant out of range"),
    "an enormous index": (f"(func (local.get {DIGITS}))", "i32 constant out of range"),
    "an enormous float": (f"(global f64 (f64.const {DIGITS}))", "constant out of range"),
    "a float with an enormous exponent": (f"(global f64 (f64.const 1e{DIGITS}))", "constant out of range"),
    "a float with an enormous negative exponent": (f"(global f32 (f32.const 0x1p-{DIGITS}))", "valid"),
    "a float that is enormously long": (f"(global f32 (f32.const {DIGITS}.{DIGITS}e-1000000))", "valid"),
    "a float that is nearly the middle of two": (
        f"(global f32 (f32.const 1.000000059604644775390625{'0' * 1_000_000}1))",
        "valid",
    ),
    "a hexadecimal float that is nearly the middle of two": (f"(global f32 (f32.const 0x1.000001{'0' * 1_000_000}1))", "valid"),
    "a payload with many zeros": (f"(global f64 (f64.const nan:0x{'0' * 1_000_000}1))", "valid"),
    "an alignment beyond all": (f"(memory 1) (func (drop (i32.load align={DIGITS} (i32.const 0))))", "i64 constant out of range"),
    "a word of a megabyte": (f"(func {'a' * 1_000_000})", "unknown operator aaa"),
    "an identifier of a megabyte": (f"(func ${'a' * 1_000_000} (call ${'a' * 1_000_000}))", "valid"),
    "an unknown identifier of a megabyte": (f"(func (call ${'a' * 1_000_000}))", "unknown func $aaa"),
    "a word glued to a string": (f'(memory (data "a"{"b" * 1_000_000}))', "unknown operator"),
    "a string of escapes": (f'(memory (data "{chr(92)}00{(chr(92) + "41") * 300_000}"))', "valid"),
    "an escape of a megabyte": (f'(memory (data "{chr(92)}u{{{"0" * 1_000_000}41}}"))', "valid"),
    "an illegal escape of a megabyte": (f'(memory (data "{chr(92)}u{{{"z" * 1_000_000}}}"))', "illegal escape"),
    "a string that is never closed": ('(data "' + "a" * 1_000_000, "unclosed string"),
    "a hundred thousand parameters": (f"(type (func (param {'i32 ' * DEEP})))", "too many parameters"),
    "a signature that contradicts itself at length": (
        f"(type (func)) (func (type 0) (param {'i32 ' * DEEP}))",
        "inline function type",
    ),
    "a hundred thousand locals": (f"(func (local {'i32 ' * DEEP}))", "too many locals"),
    "a hundred thousand labels": (f"(func (br_table {'0 ' * DEEP}(i32.const 0)))", "valid"),
}
"""Text, and how what is said of it begins."""


@pytest.mark.parametrize("name", TEXT)
def test_text_that_asks_for_much_gets_little(name: str) -> None:
    text, reason = TEXT[name]

    told = tell("parse", text.encode())

    assert told.said.startswith(reason)
    assert len(told.said) < 1_000
    assert told.seconds < SECONDS


def test_process_that_asks_for_too_much_would_be_noticed() -> None:
    """The walls around these tests stand: what is not bounded runs into them."""
    assert tell("decode(bytes(800 << 20)) and wasm.Module.decode", b"").said.startswith("!MemoryError")
