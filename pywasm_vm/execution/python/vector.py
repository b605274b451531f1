"""Vectors: constants, lanes, loads and stores, and every row whose lanes a helper works on.

Lives here: which form of a vector an operand has, an int or 16 bytes, and turning the one into the other where a helper wants it.
Not here: the lanes themselves (numerics), and bits and splats, whose rows say it all (emit.py takes it from there).

A vector that waits is an int as its text, and may have the text of its bytes beside it: what gives bytes (a load, arithmetic of
floats, a shuffle) leaves both, and what takes bytes (a store, the same again) uses the second. Locals, slots and globals,
arguments and results hold ints.

spec: exec/instructions, vector instructions
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pywasm_vm.execution.python.emit import M32, Emitter, emits
from pywasm_vm.execution.python.memory import ACCESS, address_of, store_operands
from pywasm_vm.execution.python.names import HELPERS
from pywasm_vm.execution.python.operands import (
    ADD,
    AND,
    ATOM,
    MUL,
    NAME,
    OR,
    SHIFT,
    TRAPS,
    WRITES,
    Operand,
    exact,
    exact_text,
    wrap,
)
from pywasm_vm.isa import vector
from pywasm_vm.isa.opcode import Opcode, stack_words
from pywasm_vm.isa.table import BY_MNEMONIC

__all__: list[str] = []

M128 = (1 << 128) - 1


def _bytes(operand: Operand) -> str:
    """The text of the vector as 16 bytes."""
    more = operand[5]
    return more if isinstance(more, str) else f'{wrap(operand, ATOM)}.to_bytes(16, "little")'


def _push_bytes(emitter: Emitter, text: str, deps: int) -> None:
    """Let the vector wait whose bytes *text* gives."""
    emitter.push((f'vector({text}, "little")', ATOM, 0, 0, deps, text))


def _push_int(emitter: Emitter, text: str, level: int, deps: int) -> None:
    """Let the vector wait that *text* gives."""
    emitter.push((text, level, 0, 0, deps, None))


@emits("v128.const")
def v128_const(emitter: Emitter, immediates: Any, position: int) -> None:
    content: bytes = immediates[0]
    emitter.stack.append((str(int.from_bytes(content, "little")), NAME, 0, 0, 0, repr(content)))


# Rows that a helper answers


def _helped(row: Opcode) -> Callable[[Emitter, Any, int], None]:
    """A handler for *row*: a call of the helper of its name, whose annotations say which forms it takes and gives."""
    pops, pushes = stack_words(row.stack or "->")
    count = len(pops)
    forms = HELPERS[row.name].__annotations__
    taken = [f"{word} as bytes" if forms[name] == "bytes" else word for word, name in zip(pops, forms, strict=False)]
    gives_bytes = forms["return"] == "bytes"
    high = M32 if pushes[0] == "i32" else 0

    def handler(emitter: Emitter, _immediates: Any, _position: int) -> None:
        operands = emitter.stack[-count:]
        del emitter.stack[-count:]
        deps = 0
        texts = []
        for operand, form in zip(operands, taken, strict=True):
            deps |= operand[4]
            texts.append(_TEXTS[form](operand))
        call = f"{row.name}({', '.join(texts)})"
        if gives_bytes:
            _push_bytes(emitter, call, deps)
        else:
            emitter.push((call, ATOM, 0, high, deps, None))

    return handler


_TEXTS: dict[str, Callable[[Operand], str]] = {
    "v128 as bytes": _bytes,
    "v128": lambda operand: operand[0],
    "i32": lambda operand: exact_text(operand, M32),
}


def _shift(row: str, width: int, left: bool) -> Callable[[Emitter, Any, int], None]:
    """A handler for a shift that brings in zeros: by a constant, it is an expression."""
    helped = _helped(BY_MNEMONIC[row])

    def handler(emitter: Emitter, immediates: Any, position: int) -> None:
        _text, _level, low, high, deps, _more = emitter.stack[-1]
        if low != high or deps:
            helped(emitter, immediates, position)
            return
        emitter.stack.pop()
        count = low & width - 1
        if not count:
            return
        operand = emitter.stack.pop()
        kept = M128 // ((1 << width) - 1) * ((1 << width - count) - 1)
        if left:
            _push_int(emitter, f"({wrap(operand, AND)} & {kept}) << {count}", SHIFT, operand[4])
        else:
            _push_int(emitter, f"{wrap(operand, SHIFT)} >> {count} & {kept}", AND, operand[4])

    return handler


@emits("i8x16.shuffle")
def shuffle(emitter: Emitter, immediates: Any, position: int) -> None:
    second, first = emitter.stack.pop(), emitter.stack.pop()
    text = f"{bytes(immediates[0])!r}.translate({_bytes(first)} + {_bytes(second)} + PADDING)"
    _push_bytes(emitter, text, first[4] | second[4])


# Single lanes


def _lane_text(operand: Operand, width: int, lane: int) -> tuple[str, int]:
    """The bits of a lane as an unsigned number, and the level of that text."""
    place, mask = width * lane, (1 << width) - 1
    if place + width == 128:
        return f"{wrap(operand, SHIFT)} >> {place}", SHIFT
    return (f"{wrap(operand, SHIFT)} >> {place} & {mask}" if place else f"{wrap(operand, AND)} & {mask}"), AND


def _extract(width: int, signed: bool) -> Callable[[Emitter, Any, int], None]:
    sign, mask = 1 << width - 1, (1 << width) - 1

    def handler(emitter: Emitter, immediates: Any, position: int) -> None:
        operand = emitter.stack.pop()
        text, level = _lane_text(operand, width, immediates[0])
        if signed:
            emitter.push((f"({text} ^ {sign}) - {sign}", ADD, -sign, sign - 1, operand[4], None))
        else:
            emitter.push((text, level, 0, mask, operand[4], None))

    return handler


def _extract_float(width: int, reinterpret: str) -> Callable[[Emitter, Any, int], None]:
    def handler(emitter: Emitter, immediates: Any, position: int) -> None:
        operand = emitter.stack.pop()
        text, _level = _lane_text(operand, width, immediates[0])
        emitter.push((f"{reinterpret}({text})", ATOM, 0, 0, operand[4], None))

    return handler


def _with_lane(operand: Operand, bits: str, width: int, lane: int) -> str:
    """The text, at level OR, of the vector with *bits*, at level SHIFT, in one lane."""
    place = width * lane
    kept = M128 ^ ((1 << width) - 1 << place)
    return f"{wrap(operand, AND)} & {kept} | {bits}{f' << {place}' if place else ''}"


def _replace(width: int, reinterpret: str = "") -> Callable[[Emitter, Any, int], None]:
    mask = (1 << width) - 1

    def handler(emitter: Emitter, immediates: Any, position: int) -> None:
        value, operand = emitter.stack.pop(), emitter.stack.pop()
        if reinterpret:
            bits = f"{reinterpret}({value[0]})"
        else:
            value = exact(value, mask)
            bits = wrap(value, SHIFT)
        _push_int(emitter, _with_lane(operand, bits, width, immediates[0]), OR, operand[4] | value[4])

    return handler


# Loads and stores


@emits("v128.load")
def v128_load(emitter: Emitter, immediates: Any, position: int) -> None:
    memarg = immediates[0]
    address = address_of(emitter, memarg)
    _push_bytes(emitter, f"u128({emitter.bytes_of(memarg.memory)}, {address[0]})[0]", address[4] | ACCESS)


@emits("v128.store")
def v128_store(emitter: Emitter, immediates: Any, position: int) -> None:
    memarg = immediates[0]
    address, value = store_operands(emitter, memarg)
    deps = address[4] | value[4] | WRITES | TRAPS
    emitter.statement(f"p128({emitter.bytes_of(memarg.memory)}, {address[0]}, {_bytes(value)})", deps)


def _read(memory: str, address: str, width: int) -> str:
    """The text of the unsigned number of *width* bits in the bytes called *memory*."""
    return f"{memory}[{address}]" if width == 8 else f"u{width}({memory}, {address})[0]"


def _load_splat(width: int) -> Callable[[Emitter, Any, int], None]:
    factor = M128 // ((1 << width) - 1)

    def handler(emitter: Emitter, immediates: Any, position: int) -> None:
        memarg = immediates[0]
        address = address_of(emitter, memarg)
        _push_int(emitter, f"{_read(emitter.bytes_of(memarg.memory), address[0], width)} * {factor}", MUL, address[4] | ACCESS)

    return handler


def _load_zero(width: int) -> Callable[[Emitter, Any, int], None]:
    def handler(emitter: Emitter, immediates: Any, position: int) -> None:
        memarg = immediates[0]
        address = address_of(emitter, memarg)
        _push_int(emitter, _read(emitter.bytes_of(memarg.memory), address[0], width), ATOM, address[4] | ACCESS)

    return handler


def _load_extend(reader: str) -> Callable[[Emitter, Any, int], None]:
    def handler(emitter: Emitter, immediates: Any, position: int) -> None:
        memarg = immediates[0]
        address = address_of(emitter, memarg)
        _push_bytes(emitter, f"{reader}({emitter.bytes_of(memarg.memory)}, {address[0]})", address[4] | ACCESS)

    return handler


def _load_lane(width: int) -> Callable[[Emitter, Any, int], None]:
    def handler(emitter: Emitter, immediates: Any, position: int) -> None:
        memarg, lane = immediates
        address, operand = store_operands(emitter, memarg)
        text = _with_lane(operand, _read(emitter.bytes_of(memarg.memory), address[0], width), width, lane)
        _push_int(emitter, text, OR, operand[4] | address[4] | ACCESS)

    return handler


def _store_lane(width: int) -> Callable[[Emitter, Any, int], None]:
    line = "{}[{}] = {}" if width == 8 else f"p{width}({{}}, {{}}, {{}})"

    def handler(emitter: Emitter, immediates: Any, position: int) -> None:
        memarg, lane = immediates
        address, operand = store_operands(emitter, memarg)
        bits, _level = _lane_text(operand, width, lane)
        emitter.statement(
            line.format(emitter.bytes_of(memarg.memory), address[0], bits), address[4] | operand[4] | WRITES | TRAPS
        )

    return handler


# Registration


def _register() -> None:
    for row in vector.ROWS:
        if row.name in HELPERS and not row.immediates:
            emits(row.mnemonic)(_helped(row))
    for width in (8, 16, 32, 64):
        emits(f"v128.load{width}_splat")(_load_splat(width))
        emits(f"v128.load{width}_lane")(_load_lane(width))
        emits(f"v128.store{width}_lane")(_store_lane(width))
    for width, shape in ((8, "i8x16"), (16, "i16x8"), (32, "i32x4"), (64, "i64x2")):
        emits(f"{shape}.replace_lane")(_replace(width))
        emits(f"{shape}.shl")(_shift(f"{shape}.shl", width, True))
        emits(f"{shape}.shr_u")(_shift(f"{shape}.shr_u", width, False))
        if width < 32:
            emits(f"{shape}.extract_lane_s")(_extract(width, True))
            emits(f"{shape}.extract_lane_u")(_extract(width, False))
        else:
            emits(f"{shape}.extract_lane")(_extract(width, False))
    for width, shape in ((32, "f32x4"), (64, "f64x2")):
        emits(f"v128.load{width}_zero")(_load_zero(width))
        emits(f"{shape}.extract_lane")(_extract_float(width, f"f{width}_reinterpret_i{width}"))
        emits(f"{shape}.replace_lane")(_replace(width, f"i{width}_reinterpret_f{width}"))
    for form in ("8x8", "16x4", "32x2"):
        for sign in "su":
            emits(f"v128.load{form}_{sign}")(_load_extend(f"load{form}_{sign}"))


_register()
