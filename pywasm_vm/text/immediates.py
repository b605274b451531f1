"""What stands behind the word of an instruction: one parser per kind of immediate.

Lives here: `IMMEDIATES`, from each row to the parser of all its immediates, made from the table of instructions; and the few rows
whose words or order in the text differ from the table.
Not here: blocks and the folded form (instructions.py).

The exceptions: an index of a memory or table that is 0 may be left out; a segment stands behind the memory or table that it is
copied to; a type use stands for a type index; `select`, `ref.test` and the casts are two rows each under one word.

spec: text/instructions
"""

from __future__ import annotations

from collections.abc import Callable

from pywasm_vm.isa.opcode import Imm, Opcode
from pywasm_vm.isa.table import ALL, BY_MNEMONIC, SPELT_LIKE
from pywasm_vm.structure.instructions import BlockType, MemArg
from pywasm_vm.structure.types import RefType
from pywasm_vm.text.literals import INTEGER, NATURAL, NUMBER, float_bits, integer, natural
from pywasm_vm.text.scopes import FunctionScope, ModuleScope, Space
from pywasm_vm.text.tokens import Tokens, shown
from pywasm_vm.text.types import TypeReader

__all__ = ["IMMEDIATES", "TWO_ROWS", "Reader", "blocktype", "catches"]

Immediates = tuple[object, ...]


class Reader:
    """Where immediates are read: a cursor, and everything that an identifier may name there."""

    __slots__ = ("function", "scope", "tokens", "types")

    def __init__(self, tokens: Tokens, types: TypeReader, scope: ModuleScope, function: FunctionScope) -> None:
        self.tokens = tokens
        self.types = types
        self.scope = scope
        self.function = function


# Numbers


def _integer(reader: Reader, width: int, what: str) -> int:
    tokens = reader.tokens
    token = tokens.next
    if not INTEGER.fullmatch(token):
        raise tokens.unexpected(f"an {what}")
    value = integer(token, width)
    if value is None:
        raise tokens.malformed(f"constant out of range: {shown(token)} is no {what}")
    tokens.at += 1
    return value


def _float(reader: Reader, width: int, what: str) -> int:
    tokens = reader.tokens
    token = tokens.next
    if not NUMBER.fullmatch(token):
        raise tokens.unexpected(f"an {what}")
    bits = float_bits(token, width)
    if bits is None:
        raise tokens.malformed(f"constant out of range: {shown(token)} is no {what}")
    tokens.at += 1
    return bits


_SHAPES: dict[str, tuple[int, Callable[[Reader, int, str], int]]] = {
    "i8x16": (16, _integer),
    "i16x8": (8, _integer),
    "i32x4": (4, _integer),
    "i64x2": (2, _integer),
    "f32x4": (4, _float),
    "f64x2": (2, _float),
}


def _numbers_ahead(tokens: Tokens) -> int:
    """How many of the next tokens are numbers."""
    at = tokens.at
    while NUMBER.fullmatch(tokens.texts[at]):
        at += 1
    return at - tokens.at


def _v128(reader: Reader) -> bytes:
    tokens = reader.tokens
    shape = tokens.next
    if shape not in _SHAPES:
        raise tokens.unexpected("a shape of lanes")
    count, lane = _SHAPES[shape]
    tokens.at += 1
    found = _numbers_ahead(tokens)
    if found != count:
        token = tokens.texts[tokens.at + found]
        if found < count and token not in ("(", ")", ""):
            raise tokens.unexpected("a number", tokens.at + found)
        raise tokens.malformed(f"wrong number of lane literals: {found}, and {shape} has {count}")
    size = 16 // count
    return b"".join([lane(reader, 8 * size, shape[: shape.index("x")]).to_bytes(size, "little") for _ in range(count)])


def _lane(reader: Reader) -> int:
    return reader.tokens.natural(8, "a lane index")


def _lanes(reader: Reader) -> tuple[int, ...]:
    tokens = reader.tokens
    found = _numbers_ahead(tokens)
    lanes = []
    for at in range(tokens.at, tokens.at + found):
        token = tokens.texts[at]
        lane = natural(token, 8) if NATURAL.fullmatch(token) else None
        if lane is None:
            raise tokens.malformed(f"i8 constant out of range: {shown(token)}", at)
        lanes.append(lane)
    if found != 16:
        token = tokens.texts[tokens.at + found]
        if token not in ("(", ")", ""):
            raise tokens.unexpected("a lane index", tokens.at + found)
        raise tokens.malformed(f"invalid lane length: {found} lanes, and 16 are wanted")
    tokens.at += found
    return tuple(lanes)


# Memory


def _memidx(reader: Reader) -> int:
    space = reader.scope.mems
    return space.index(reader.tokens) if space.has_index(reader.tokens) else 0


def _argument(tokens: Tokens, word: str) -> int | None:
    """The number of `word=number`, which is taken if that comes next."""
    token = tokens.next
    if not token.startswith(word):
        return None
    written = token[len(word) :]
    if not NATURAL.fullmatch(written):
        raise tokens.unexpected(f"{word}number")
    number = natural(written, 64)
    if number is None:
        raise tokens.malformed(f"i64 constant out of range: {shown(token)}")
    tokens.at += 1
    return number


def _memarg(reader: Reader, row: Opcode, memory: int | None = None) -> MemArg:
    if memory is None:
        memory = _memidx(reader)
    offset = _argument(reader.tokens, "offset=")
    align = _argument(reader.tokens, "align=")
    if align is None:
        align = row.width
    elif align == 0 or align & align - 1:
        raise reader.tokens.malformed(f"alignment must be a power of two, {align} is none", reader.tokens.at - 1)
    return MemArg(align.bit_length() - 1, offset or 0, memory)


def _lane_access(reader: Reader, row: Opcode) -> Immediates:
    """A memarg and a lane. One number alone is the lane; a number in front of more is the memory."""
    tokens = reader.tokens
    behind = tokens.texts[tokens.at + 1] if tokens.has_natural() else ""
    alone = tokens.has_natural() and not (NATURAL.fullmatch(behind) or "=" in behind)
    return _memarg(reader, row, 0 if alone else None), _lane(reader)


# Indices


def _tableidx(reader: Reader) -> int:
    space = reader.scope.tables
    return space.index(reader.tokens) if space.has_index(reader.tokens) else 0


def _dataidx(reader: Reader) -> int:
    reader.scope.code_names_data = True
    return reader.scope.datas.index(reader.tokens)


def _labels(reader: Reader) -> tuple[int, ...]:
    labels = [reader.function.label(reader.tokens)]
    while reader.scope.funcs.has_index(reader.tokens):
        labels.append(reader.function.label(reader.tokens))
    return tuple(labels)


def _two_of(space: Callable[[ModuleScope], Space]) -> Callable[[Reader], Immediates]:
    """The two memories or tables of a copy: both are written, or neither."""

    def read(reader: Reader) -> Immediates:
        own = space(reader.scope)
        return (own.index(reader.tokens), own.index(reader.tokens)) if own.has_index(reader.tokens) else (0, 0)

    return read


def _segment_into(space: Callable[[ModuleScope], Space], segment: Callable[[Reader], int]) -> Callable[[Reader], Immediates]:
    """A segment and the memory or table it is written to. The text has them the other way round, and may leave out the latter."""

    def read(reader: Reader) -> Immediates:
        own, tokens = space(reader.scope), reader.tokens
        behind = tokens.texts[tokens.at + 1] if tokens.next else ""
        if behind[:1] == "$" or NATURAL.fullmatch(behind):
            target = own.index(tokens)
            return segment(reader), target
        return segment(reader), 0

    return read


def _indirect(reader: Reader) -> Immediates:
    """The type and table of an indirect call. The text has the table first, and may leave it out."""
    table = _tableidx(reader)
    return reader.types.typeuse(named=False), table


def _field_of(reader: Reader) -> Immediates:
    """A struct type and one of its fields, whose identifiers belong to the type."""
    index = reader.scope.types.index(reader.tokens)
    return index, reader.scope.fields.get(index, _NO_FIELDS).index(reader.tokens)


_NO_FIELDS = Space("field")


# Types


def blocktype(reader: Reader) -> BlockType:
    """The type of a block: nothing, one result, or the index of a function type."""
    if reader.tokens.next != "(":
        return None
    index, functype = reader.types.written_typeuse(None, named=False)
    if index is not None or functype is None:
        return index
    if functype.params or len(functype.results) > 1:
        return reader.types.index_of(functype)
    return functype.results[0] if functype.results else None


def catches(reader: Reader) -> tuple[tuple[str, int | None, int], ...]:
    """The clauses of a try_table; their labels are those around it."""
    tokens = reader.tokens
    found = []
    while tokens.next == "(" and tokens.texts[tokens.at + 1] in ("catch", "catch_ref", "catch_all", "catch_all_ref"):
        word = tokens.texts[tokens.at + 1]
        tokens.at += 2
        tag = None if word.startswith("catch_all") else reader.scope.tags.index(tokens)
        found.append((word, tag, reader.function.label(tokens)))
        tokens.take(")")
    return tuple(found)


def _cast(reader: Reader) -> tuple[RefType, RefType]:
    return reader.types.reftype(), reader.types.reftype()


_ONE: dict[Imm, Callable[[Reader], object]] = {
    Imm.BLOCKTYPE: blocktype,
    Imm.CATCHES: catches,
    Imm.LABELIDX: lambda reader: reader.function.label(reader.tokens),
    Imm.LABELS: _labels,
    Imm.FUNCIDX: lambda reader: reader.scope.funcs.index(reader.tokens),
    Imm.TYPEIDX: lambda reader: reader.scope.types.index(reader.tokens),
    Imm.TABLEIDX: _tableidx,
    Imm.MEMIDX: _memidx,
    Imm.GLOBALIDX: lambda reader: reader.scope.globals.index(reader.tokens),
    Imm.LOCALIDX: lambda reader: reader.function.locals.index(reader.tokens),
    Imm.TAGIDX: lambda reader: reader.scope.tags.index(reader.tokens),
    Imm.ELEMIDX: lambda reader: reader.scope.elems.index(reader.tokens),
    Imm.DATAIDX: _dataidx,
    Imm.COUNT: lambda reader: reader.tokens.natural(32, "a count"),
    Imm.VALTYPES: lambda reader: reader.types.results(),
    Imm.HEAPTYPE: lambda reader: reader.types.heaptype(),
    Imm.CAST: _cast,
    Imm.LANE: _lane,
    Imm.LANES: _lanes,
    Imm.I32: lambda reader: _integer(reader, 32, "i32"),
    Imm.I64: lambda reader: _integer(reader, 64, "i64"),
    Imm.F32: lambda reader: _float(reader, 32, "f32"),
    Imm.F64: lambda reader: _float(reader, 64, "f64"),
    Imm.V128: _v128,
    Imm.ORDER: lambda reader: 0,
}
"""One parser for each kind of immediate that stands alone."""

_TOGETHER: dict[tuple[Imm, ...], Callable[[Reader], Immediates]] = {
    (Imm.MEMIDX, Imm.MEMIDX): _two_of(lambda scope: scope.mems),
    (Imm.TABLEIDX, Imm.TABLEIDX): _two_of(lambda scope: scope.tables),
    (Imm.DATAIDX, Imm.MEMIDX): _segment_into(lambda scope: scope.mems, _dataidx),
    (Imm.ELEMIDX, Imm.TABLEIDX): _segment_into(lambda scope: scope.tables, _ONE[Imm.ELEMIDX]),  # type: ignore[arg-type]
    (Imm.TYPEIDX, Imm.TABLEIDX): _indirect,
    (Imm.TYPEIDX, Imm.FIELDIDX): _field_of,
}
"""Kinds that change when they stand together."""


def _parser_of(row: Opcode) -> Callable[[Reader], Immediates] | None:
    kinds = row.immediates
    if not kinds:
        return None
    if kinds in _TOGETHER:
        return _TOGETHER[kinds]
    if kinds == (Imm.MEMARG,):
        return lambda reader: (_memarg(reader, row),)
    if kinds == (Imm.MEMARG, Imm.LANE):
        return lambda reader: _lane_access(reader, row)
    parsers = [_ONE[kind] for kind in kinds]
    if len(parsers) == 1:
        (only,) = parsers
        return lambda reader: (only(reader),)
    return lambda reader: tuple([parser(reader) for parser in parsers])


_SELECT, _SELECT_T = BY_MNEMONIC["select"], BY_MNEMONIC["select_t"]


def _select(reader: Reader) -> tuple[Opcode, Immediates]:
    if not reader.tokens.opens("result"):
        return _SELECT, ()
    return _SELECT_T, (reader.types.results(),)


def _reference_test(word: str) -> Callable[[Reader], tuple[Opcode, Immediates]]:
    plain, null = BY_MNEMONIC[word], BY_MNEMONIC[f"{word}_null"]

    def read(reader: Reader) -> tuple[Opcode, Immediates]:
        reftype = reader.types.reftype()
        return null if reftype.nullable else plain, (reftype.heap,)

    return read


TWO_ROWS: dict[str, Callable[[Reader], tuple[Opcode, Immediates]]] = {
    "select": _select,
    "ref.test": _reference_test("ref.test"),
    "ref.cast": _reference_test("ref.cast"),
    "ref.cast_desc_eq": _reference_test("ref.cast_desc_eq"),
}
"""The words that stand for two rows each; what follows decides."""

IMMEDIATES: dict[str, tuple[Opcode, Callable[[Reader], Immediates] | None]] = {
    row.mnemonic: (row, _parser_of(row)) for row in ALL if row.mnemonic not in SPELT_LIKE | TWO_ROWS
}
"""From each word to its row and the parser of its immediates; None where there are none."""
