"""The walk over a body: it refuses nonsense of every kind, in time proportional to its length, and agrees with wasmtime."""

from __future__ import annotations

import time

import pytest
import wasmtime
from hypothesis import given, settings
from hypothesis import strategies as st

from pywasm_vm.errors import Invalid
from pywasm_vm.features import WASM_2_0, Feature, Features
from pywasm_vm.isa.opcode import Imm
from pywasm_vm.isa.table import ALL, BY_MNEMONIC
from pywasm_vm.limits import Limits
from pywasm_vm.structure.instructions import MemArg
from pywasm_vm.structure.module import Func, Global, Mem, Module, Table
from pywasm_vm.structure.types import F64, FUNCREF, I32, I64, FuncType, GlobalType, MemType, RecType, SubType, TableType
from pywasm_vm.structure.types import Limits as Bounds
from pywasm_vm.validation.module import check_module

END = (BY_MNEMONIC["end"], (), 0)


def instr(mnemonic, *immediates):
    return (BY_MNEMONIC[mnemonic], immediates, 0)


def function(body, params=(), results=(), run=()):
    """A module whose one function has this body."""
    return Module(types=(RecType((SubType(True, (), FuncType(params, results)),)),), funcs=(Func(0, run, tuple(body)),))


def seconds(module, limits=Limits()):  # noqa: B008
    start = time.process_time()
    check_module(module, limits=limits)
    return time.process_time() - start


@pytest.mark.parametrize(
    "body",
    [
        (),
        (instr("block", None), END),
        (END, instr("i32.const", 1)),
        (END, END),
        (END, instr("br", 0)),
        (END, instr("drop")),
        (END, instr("i32.add")),
    ],
)
def test_a_body_ends_with_the_end_of_its_outermost_block(body):
    with pytest.raises(Invalid, match="unexpected end"):
        check_module(function(body))


LARGE = 100_000

BLOCK, UNREACHABLE, ONE, DROP = instr("block", None), instr("unreachable"), instr("i32.const", 1), instr("drop")

LINEAR = {
    "deep blocks": lambda n: function([BLOCK] * n + [END] * (n + 1)),
    "deep blocks with a result": lambda n: function([instr("block", I32)] * n + [UNREACHABLE] + [END] * n + [DROP, END]),
    "deep conditions": lambda n: function([ONE, instr("if", None)] * n + [END] * (n + 1)),
    "a branch from every depth": lambda n: function([BLOCK, ONE, instr("br_if", 0)] * n + [END] * (n + 1)),
    "a branch to the outermost block from every depth": lambda n: function(
        [BLOCK, UNREACHABLE] * n + [instr("br", n), *[END] * (n + 1)]
    ),
    "unreachable code": lambda n: function([UNREACHABLE] * n + [instr("i32.add")] * n + [DROP] * n + [END]),
    "unreachable with operands": lambda n: function([ONE] * n + [UNREACHABLE] * n + [END]),
    "operands": lambda n: function([ONE] * n + [DROP] * n + [END]),
    "branches over operands": lambda n: function([ONE] * n + [ONE, instr("br_if", 0)] * n + [instr("return"), END]),
    "a table of labels": lambda n: function([BLOCK, ONE, instr("br_table", (0, 1) * (n * 5)), END, END]),
    "a table of all labels": lambda n: function([BLOCK] * n + [ONE, instr("br_table", tuple(range(n)))] + [END] * (n + 1)),
    "locals": lambda n: function([instr("local.get", 49_999), DROP] * n + [END], run=((50_000, I32),)),
}


@pytest.mark.parametrize("make", LINEAR.values(), ids=LINEAR)
def test_the_walk_takes_linear_time_and_does_not_recurse(make):
    """Twelve times the input may take at most forty times as long: a quadratic walk would take a hundred and forty-four times.

    A busy machine may spoil a measurement, so there are three; a quadratic walk spoils them all.
    """
    small, large = make(LARGE // 12), make(LARGE)

    assert any(seconds(large) < 40 * max(seconds(small), 0.002) for _ in range(3))


def test_blocks_nest_as_deep_as_the_limit_and_no_deeper():
    def nested(depth):
        return function([instr("block", None)] * depth + [END] * (depth + 1))

    check_module(nested(5), limits=Limits(nesting=5))

    with pytest.raises(Invalid, match="too many nested blocks: more than 5"):
        check_module(nested(6), limits=Limits(nesting=5))


def test_calls_that_give_much_and_take_nothing_stop_at_the_limit_of_operands():
    """Two bytes of code push a thousand types; nothing else bounds the memory that the validator takes."""
    types = tuple(RecType((SubType(True, (), FuncType((), results)),)) for results in ((I32,) * 1000, ()))
    greedy = (*[instr("call", 0)] * 6, UNREACHABLE, END)
    module = Module(types=types, funcs=(Func(0, (), (UNREACHABLE, END)), Func(1, (), greedy)))
    check_module(module, limits=Limits(operands=7000))

    with pytest.raises(Invalid, match="too many operands: the stack grows beyond 5000"):
        check_module(module, limits=Limits(operands=5000))


# Soup


INDICES = st.integers(0, 3)
SMALL = st.integers(0, 63)
SOUP_IMMEDIATES = {
    Imm.BLOCKTYPE: st.sampled_from([None, None, I32, I64, F64, 0, 1, 2]),
    Imm.LABELS: st.lists(INDICES, min_size=1, max_size=4).map(tuple),
    Imm.MEMARG: st.builds(MemArg, st.integers(0, 3), SMALL, st.just(0)),
    Imm.VALTYPES: st.sampled_from([(I32,), (F64,), (FUNCREF,)]),
    Imm.I32: SMALL,
    Imm.I64: SMALL,
    Imm.F32: st.just(0),
    Imm.F64: st.just(0),
    Imm.V128: st.just(bytes(16)),
    Imm.LANES: st.lists(st.integers(0, 32), min_size=16, max_size=16).map(tuple),
    Imm.MEMIDX: st.sampled_from([0, 0, 0, 1]),
    Imm.TABLEIDX: st.sampled_from([0, 0, 0, 1]),
}
SOUP: Features = WASM_2_0 | {Feature.RELAXED_SIMD, Feature.EXTENDED_CONST, Feature.MULTI_MEMORY}
"""What the modules around the soup have sections for. Later proposals are tried with modules that make sense (test_bodies.py)."""
SOUP_ROWS = [row for row in ALL if (row.since is None or row.since in SOUP) and row.mnemonic != "end"]
"""Segments need sections of their own, heap types an encoding: left to the tables in the other files."""
LEFT_OUT = {Imm.DATAIDX, Imm.ELEMIDX, Imm.HEAPTYPE, Imm.CAST}
SOUP_ROWS = [row for row in SOUP_ROWS if not LEFT_OUT & set(row.immediates)]
COMMON_WORDS = (
    *("i32.const", "i64.const", "local.get", "local.tee", "global.get", "drop", "select", "call"),
    *("block", "loop", "if", "else", "unreachable", "br", "br_if", "br_table"),
)
COMMON = [BY_MNEMONIC[mnemonic] for mnemonic in COMMON_WORDS]
"""What any program is made of; without a preference for them, soup hardly ever gets beyond its second instruction."""

TYPES = (FuncType((), ()), FuncType((I32,), (I32,)), FuncType((I64, I32), (F64, I32)))


def occurrence(row):
    immediates = [SOUP_IMMEDIATES.get(kind, INDICES) for kind in row.immediates]
    return st.tuples(st.just(row), st.tuples(*immediates), st.just(0))


INSTR = (st.sampled_from(COMMON) | st.sampled_from(SOUP_ROWS)).flatmap(occurrence)


@st.composite
def bodies(draw):
    """A flat sequence in which blocks are closed. Half of the time nothing can be reached, so that types go further."""
    body = [instr("unreachable")] if draw(st.booleans()) else []
    depth = 1
    for item in draw(st.lists(INSTR | st.just(END), max_size=14)):
        if item[0] is END[0]:
            if depth == 1:
                continue
            depth -= 1
        elif item[0].mnemonic in ("block", "loop", "if"):
            depth += 1
        body.append(item)
    return (*body, *[END] * depth)


VALTYPE_BYTES = {I32: 0x7F, I64: 0x7E, F64: 0x7C, FUNCREF: 0x70}


def immediate_bytes(kind, value):
    if kind is Imm.BLOCKTYPE:
        return bytes([0x40 if value is None else value if isinstance(value, int) else VALTYPE_BYTES[value]])
    if kind is Imm.LABELS:
        return bytes([len(value) - 1, *value])
    if kind is Imm.MEMARG:
        return bytes([value.align, value.offset])
    if kind is Imm.VALTYPES:
        return bytes([len(value), *(VALTYPE_BYTES[t] for t in value)])
    if kind in (Imm.F32, Imm.F64):
        return bytes(4 if kind is Imm.F32 else 8)
    if kind in (Imm.V128, Imm.LANES):
        return bytes(value)
    return bytes([value])


def opcode_bytes(row):
    *prefix, number = row.code
    return bytes([*prefix, number] if number < 128 or not prefix else [*prefix, number & 0x7F | 0x80, number >> 7])


def section(number, content):
    length = len(content)
    return bytes([number, length & 0x7F | 0x80, length >> 7, *content])


def encoded(body):
    """The bytes of `soup_module(body)`: every number in it is below 64, except lengths."""
    code = b"".join(
        opcode_bytes(row) + b"".join(immediate_bytes(kind, value) for kind, value in zip(row.immediates, immediates, strict=True))
        for row, immediates, _ in body
    )
    code = bytes([1, 1, 0x7E]) + code
    function_types = b"".join(
        bytes(
            [0x60, len(t.params), *(VALTYPE_BYTES[p] for p in t.params), len(t.results), *(VALTYPE_BYTES[r] for r in t.results)]
        )
        for t in TYPES
    )
    return b"".join([
        b"\0asm\1\0\0\0",
        section(1, bytes([len(TYPES)]) + function_types),
        section(3, bytes([1, 1])),
        section(4, bytes([1, 0x70, 0, 1])),
        section(5, bytes([1, 0, 1])),
        section(6, bytes([2, 0x7F, 0, 0x41, 0, 0x0B, 0x7E, 1, 0x42, 0, 0x0B])),
        section(10, bytes([1, len(code) & 0x7F | 0x80, len(code) >> 7]) + code),
    ])  # fmt: skip


def soup_module(body):
    """One function (i32) -> i32 with a local i64; a table, a memory, a constant and a variable global."""
    return Module(
        types=tuple(RecType((SubType(True, (), t),)) for t in TYPES),
        funcs=(Func(1, ((1, I64),), body),),
        tables=(Table(TableType(Bounds(1), FUNCREF)),),
        mems=(Mem(MemType(Bounds(1))),),
        globals=(
            Global(GlobalType(I32, False), (instr("i32.const", 0), END)),
            Global(GlobalType(I64, True), (instr("i64.const", 0), END)),
        ),
    )


@settings(max_examples=400, deadline=None)
@given(bodies())
def test_soup_is_valid_exactly_when_wasmtime_says_so(engine, body):
    try:
        check_module(soup_module(body), SOUP)
    except Invalid:
        ours = False
    else:
        ours = True
    try:
        wasmtime.Module.validate(engine, encoded(body))
    except wasmtime.WasmtimeError:
        theirs = False
    else:
        theirs = True

    assert ours is theirs


@pytest.fixture(scope="module")
def engine():
    return wasmtime.Engine()
