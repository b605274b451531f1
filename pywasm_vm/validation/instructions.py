"""What the validator makes of each row, before it looks at any code.

Lives here: words turned into types; the check of each kind of immediate; the register of rules for rows whose type needs more
than words; and `steps`, which says for each row by which branch of the walk over a body it is taken.
Not here: the rules (control.py, memory.py, reference.py) and the walk itself (functions.py).

A row with stack words is completely described by them and by its immediates: `take` takes any of them. The walk has
short cuts for the common shapes and comes back here whenever a short cut does not fit.

spec: valid/instructions
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum, auto
from functools import cache, partial
from typing import Any, Final, TypeAlias

from pywasm_vm.errors import Invalid
from pywasm_vm.features import Features
from pywasm_vm.isa.opcode import Imm, Opcode, stack_words
from pywasm_vm.isa.table import ALL, BY_MNEMONIC
from pywasm_vm.structure.instructions import MemArg
from pywasm_vm.structure.types import F32, F64, I32, I64, V128, AbsHeapType, AddrType, RefType, ValType
from pywasm_vm.validation.context import Context
from pywasm_vm.validation.stacks import Frame, Stacks
from pywasm_vm.validation.types import check_heaptype, check_valtype

__all__ = ["RULES", "Rule", "Step", "Steps", "Way", "constraint", "rule", "steps", "take"]

Rule: TypeAlias = Callable[..., None]
"""Takes C, the stacks and the immediates of its instruction; changes the stacks or refuses."""

RULES: Final[dict[Opcode, Rule]] = {}
_CONSTRAINTS: Final[dict[Opcode, Callable[..., None]]] = {}


def rule(*mnemonics: str) -> Callable[[Rule], Rule]:
    """Register the decorated function for rows whose type words cannot say."""

    def register(function: Rule) -> Rule:
        for mnemonic in mnemonics:
            RULES[BY_MNEMONIC[mnemonic]] = function
        return function

    return register


def constraint(mnemonic: str) -> Callable[[Rule], Rule]:
    """Register what the immediates of a row with words must fulfil together; takes C and the immediates."""

    def register(function: Rule) -> Rule:
        _CONSTRAINTS[BY_MNEMONIC[mnemonic]] = function
        return function

    return register


class _Addr:
    """Stands in a row's operands for the address type of the memory or table it names."""


_ADDR: Final = _Addr()

_WORDS: Final[dict[str, ValType | _Addr]] = {
    "i32": I32,
    "i64": I64,
    "f32": F32,
    "f64": F64,
    "v128": V128,
    "addr": _ADDR,
    "eqref": RefType(True, AbsHeapType.EQ),
    "i31ref": RefType(True, AbsHeapType.I31),
    "arrayref": RefType(True, AbsHeapType.ARRAY),
}

_Types: TypeAlias = list[ValType | _Addr]

_STACK: Final[dict[Opcode, tuple[_Types, _Types]]] = {
    row: ([_WORDS[word] for word in pops], [_WORDS[word] for word in pushes])
    for row in ALL
    if row.stack is not None
    for pops, pushes in [stack_words(row.stack)]
}
"""What each row with words pops and pushes."""


def take(c: Context, s: Stacks, row: Opcode, immediates: Sequence[Any]) -> None:
    """Take any instruction: by the rule of its row, or by its immediates and its words.

    raises: Invalid and Mismatch, without the place.
    """
    if row in RULES:
        RULES[row](c, s, *immediates)
        return
    check_immediates(c, row, immediates)
    pops, pushes = _STACK[row]
    if _ADDR in pops or _ADDR in pushes:
        address = _address_type(c, row, immediates)
        s.pop_all([address if isinstance(t, _Addr) else t for t in pops])
        s.push_all([address if isinstance(t, _Addr) else t for t in pushes])
    else:
        s.pop_all(pops)  # type: ignore[arg-type]
        s.push_all(pushes)  # type: ignore[arg-type]


def _address_type(c: Context, row: Opcode, immediates: Sequence[Any]) -> ValType:
    for kind, immediate in zip(row.immediates, immediates, strict=True):
        if kind is Imm.MEMARG:
            return c.mem(immediate.memory).addrtype.valtype
        if kind is Imm.MEMIDX:
            return c.mem(immediate).addrtype.valtype
        if kind is Imm.TABLEIDX:
            return c.table(immediate).addrtype.valtype
    raise AssertionError(f"{row} has an address but names neither memory nor table")


# Immediates


def check_immediates(c: Context, row: Opcode, immediates: Sequence[Any]) -> None:
    """Refuse an index without a member, an alignment that is too large, a lane that is not there."""
    # From the last to the first: a memory or table is looked for before the segment that stands in front of it.
    for kind, immediate in zip(reversed(row.immediates), reversed(immediates), strict=True):
        check = _IMMEDIATES.get(kind)
        if check is not None:
            check(c, row, immediate)
    if row in _CONSTRAINTS:
        _CONSTRAINTS[row](c, *immediates)


def _check_memarg(c: Context, row: Opcode, memarg: MemArg) -> None:
    memory = c.mem(memarg.memory)
    if 1 << memarg.align > row.width:
        raise Invalid(f"alignment must not be larger than natural: 2**{memarg.align} is more than {row.width} bytes")
    if ".atomic." in row.mnemonic and 1 << memarg.align != row.width:
        raise Invalid(f"alignment must be natural in atomic accesses: 2**{memarg.align} is not {row.width} bytes")
    if memory.addrtype is AddrType.I32 and memarg.offset >> 32:
        raise Invalid(f"offset out of range: {memarg.offset} does not fit the 32-bit memory {memarg.memory}")


def _check_lane(_: Context, row: Opcode, lane: int) -> None:
    count = _lanes(row)
    if lane >= count:
        raise Invalid(f"invalid lane index {lane}: the shape has {count} lanes")


def _lanes(row: Opcode) -> int:
    """Lanes of the shape a lane immediate counts in: "i16x8.…" has 8; loads and stores have 16 bytes over their width."""
    if row.width:
        return 16 // row.width
    return int(row.mnemonic.partition(".")[0].partition("x")[2])


def _check_lanes(_: Context, __: Opcode, lanes: Sequence[int]) -> None:
    for lane in lanes:
        if lane >= 32:
            raise Invalid(f"invalid lane index {lane}: two vectors have 32 bytes")


def _check_valtypes(c: Context, _: Opcode, ts: Sequence[ValType]) -> None:
    for t in ts:
        check_valtype(c, t)


def _check_cast(c: Context, _: Opcode, cast: tuple[RefType, RefType]) -> None:
    for t in cast:
        check_valtype(c, t)


_IMMEDIATES: Final[dict[Imm, Callable[[Context, Opcode, Any], object]]] = {
    Imm.FUNCIDX: lambda c, _, x: c.func(x),
    Imm.TYPEIDX: lambda c, _, x: c.comptype(x),
    Imm.TABLEIDX: lambda c, _, x: c.table(x),
    Imm.MEMIDX: lambda c, _, x: c.mem(x),
    Imm.GLOBALIDX: lambda c, _, x: c.global_(x),
    Imm.TAGIDX: lambda c, _, x: c.tag(x),
    Imm.ELEMIDX: lambda c, _, x: c.elem(x),
    Imm.DATAIDX: lambda c, _, x: c.data(x),
    Imm.HEAPTYPE: lambda c, _, heap: check_heaptype(c, heap),
    Imm.VALTYPES: _check_valtypes,
    Imm.CAST: _check_cast,
    Imm.MEMARG: _check_memarg,
    Imm.LANE: _check_lane,
    Imm.LANES: _check_lanes,
}
"""The kinds that something can be wrong with outside of a body. Labels and locals exist only inside; their rules look at them."""


# Ways through the walk


class Way(Enum):
    """By which branch of the walk over a body an instruction is taken. The operands of its step follow each name."""

    PUSH = auto()  # t: nothing -> t
    UNARY = auto()  # t, result: t -> result
    BINARY = auto()  # left, right, result
    LOAD = auto()  # natural alignment as exponent, result
    STORE = auto()  # natural alignment as exponent, t
    LOCAL_SET = auto()
    LOCAL_TEE = auto()
    GLOBAL_GET = auto()
    GLOBAL_SET = auto()
    BLOCK = auto()  # the frame of a block without parameters and results
    IF = auto()  # the same
    END = auto()
    CALL = auto()
    BR_IF = auto()
    PLAIN = auto()  # anything else with words
    RULE = auto()  # the rule


Step: TypeAlias = tuple[Way, Any, Any, Any]
Steps: TypeAlias = dict[Opcode, Step]

_OWN_WAY: Final = {
    "local.set": Way.LOCAL_SET,
    "local.tee": Way.LOCAL_TEE,
    "global.get": Way.GLOBAL_GET,
    "global.set": Way.GLOBAL_SET,
    "end": Way.END,
    "call": Way.CALL,
    "br_if": Way.BR_IF,
}


@cache
def steps(features: Features) -> Steps:
    """How each row is taken when *features* are on. A row that needs another feature refuses."""
    return {
        row: _step(row) if row.since is None or row.since in features else (Way.RULE, partial(_refuse, row), None, None)
        for row in ALL
    }


def _refuse(row: Opcode, c: Context, _: Stacks, *__: object) -> None:
    assert row.since is not None
    c.require(row.since, row.mnemonic)


def _step(row: Opcode) -> Step:
    if row.mnemonic in _OWN_WAY:
        return (_OWN_WAY[row.mnemonic], None, None, None)
    if row.mnemonic in ("block", "loop", "if"):
        return (Way.IF if row.mnemonic == "if" else Way.BLOCK, Frame(row, [], [], []), None, None)
    if row not in _STACK:
        return (Way.RULE, RULES.get(row), None, None)
    pops, pushes = _STACK[row]
    if row in _CONSTRAINTS or len(pushes) > 1 or ".atomic." in row.mnemonic:
        return (Way.PLAIN, None, None, None)
    if row.immediates == (Imm.MEMARG,):
        align = row.width.bit_length() - 1
        return (Way.LOAD, align, pushes[0], None) if pushes else (Way.STORE, align, pops[1], None)
    if not _IMMEDIATES.keys().isdisjoint(row.immediates) or not pushes or len(pops) > 2:
        return (Way.PLAIN, None, None, None)
    return ((Way.PUSH, pushes[0], None, None), (Way.UNARY, *pops, *pushes, None), (Way.BINARY, *pops, *pushes))[len(pops)]  # type: ignore[return-value]
