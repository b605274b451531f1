"""Rules: blocks, branches, calls, exceptions, drop, select, and the long way of locals and globals.

Lives here: one function for each instruction of isa/control.py, or for each few that differ in a word.
Not here: the short cuts for the most frequent of them (functions.py), which come here when they do not fit.

spec: valid/instructions, control, parametric and variable instructions
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pywasm_vm.errors import Invalid
from pywasm_vm.features import Feature
from pywasm_vm.isa.table import BY_MNEMONIC
from pywasm_vm.structure.instructions import BlockType
from pywasm_vm.structure.types import BOT, FUNCREF, I32, AbsHeapType, RefType, ValType
from pywasm_vm.validation.context import Context, Signature
from pywasm_vm.validation.instructions import rule
from pywasm_vm.validation.matching import top_of, valtypes_match
from pywasm_vm.validation.reference import descriptor_of
from pywasm_vm.validation.stacks import Stacks, listed
from pywasm_vm.validation.types import check_valtype

__all__: list[str] = []

_BLOCK = BY_MNEMONIC["block"]
_LOOP = BY_MNEMONIC["loop"]
_IF = BY_MNEMONIC["if"]
_ELSE = BY_MNEMONIC["else"]
_TRY = BY_MNEMONIC["try"]
_TRY_TABLE = BY_MNEMONIC["try_table"]
_CATCH = BY_MNEMONIC["catch"]
_CATCH_ALL = BY_MNEMONIC["catch_all"]

_EXNREF: Final = RefType(True, AbsHeapType.EXN)
_THROWN: Final = RefType(False, AbsHeapType.EXN)
"""What a handler gets that wants the exception itself."""
_NOTHING: Final[list[ValType]] = []


@rule("unreachable")
def unreachable(_: Context, s: Stacks) -> None:
    """Traps, so whatever follows never runs."""
    s.unreachable()


# Blocks


def _blocktype(c: Context, blocktype: BlockType) -> tuple[list[ValType], list[ValType]]:
    """What a block takes and gives.

    spec: valid/types, block types
    """
    if blocktype is None:
        return _NOTHING, _NOTHING
    if isinstance(blocktype, ValType):
        check_valtype(c, blocktype)
        return _NOTHING, [blocktype]
    c.require(Feature.MULTI_VALUE, "a block whose type is a type index")
    signature = c.signature(blocktype)
    return signature.params, signature.results


@rule("block")
def block(c: Context, s: Stacks, blocktype: BlockType) -> None:
    """A branch to it goes to its end."""
    params, results = _blocktype(c, blocktype)
    s.pop_all(params)
    s.enter(_BLOCK, params, results, results)


@rule("loop")
def loop(c: Context, s: Stacks, blocktype: BlockType) -> None:
    """A branch to it goes to its beginning, and so carries its parameters."""
    params, results = _blocktype(c, blocktype)
    s.pop_all(params)
    s.enter(_LOOP, params, results, params)


@rule("if")
def if_(c: Context, s: Stacks, blocktype: BlockType) -> None:
    """A block behind a condition."""
    params, results = _blocktype(c, blocktype)
    s.pop(I32)
    s.pop_all(params)
    s.enter(_IF, params, results, results)


@rule("else")
def else_(_: Context, s: Stacks) -> None:
    """The first arm ends, the second begins with the same parameters."""
    if s.frames[-1].row is not _IF:
        raise Invalid("unexpected token else: the innermost block is no if, or has an else already")
    frame = s.leave()
    s.enter(_ELSE, frame.params, frame.results, frame.label)


@rule("end")
def end(c: Context, s: Stacks) -> None:
    """The innermost block ends and leaves its results."""
    frame = s.leave()
    if frame.row is _IF and not valtypes_match(frame.params, frame.results, c.deftypes):
        raise Invalid(
            f"type mismatch: an if without else gives its parameters {listed(frame.params)}, "
            f"but its results are {listed(frame.results)}"
        )
    s.push_all(frame.results)


# Branches


@rule("br")
def br(_: Context, s: Stacks, x: int) -> None:
    """Leave for label *x*."""
    s.pop_all(s.label(x))
    s.unreachable()


@rule("br_if")
def br_if(_: Context, s: Stacks, x: int) -> None:
    """Leave for label *x* if the condition is not zero."""
    s.pop(I32)
    s.retype(s.label(x))


@rule("br_table")
def br_table(_: Context, s: Stacks, labels: Sequence[int]) -> None:
    """Leave for one of *labels*. Each is looked at once, however often it stands there."""
    s.pop(I32)
    default = s.label(labels[-1])
    seen: list[ValType] = default
    s.check(default)
    for x in set(labels):
        label = s.label(x)
        if label is seen or label == seen:
            continue
        if len(label) != len(default):
            raise Invalid(f"type mismatch: label {x} takes {listed(label)}, but the default label {labels[-1]} {listed(default)}")
        s.check(label)
        seen = label
    s.unreachable()


@rule("return")
def return_(_: Context, s: Stacks) -> None:
    """Leave the function."""
    s.pop_all(s.frames[0].results)
    s.unreachable()


@rule("br_on_null")
def br_on_null(_: Context, s: Stacks, x: int) -> None:
    """Leave for label *x* if the reference is null, else go on with it."""
    t = s.pop_ref()
    s.retype(s.label(x))
    s.push(RefType(False, t.heap))


@rule("br_on_non_null")
def br_on_non_null(_: Context, s: Stacks, x: int) -> None:
    """Leave for label *x* with the reference if it is not null, else go on without it."""
    label = s.label(x)
    t = s.pop_ref()
    s.push(RefType(False, t.heap))
    s.pop_all(label)
    if not label or not isinstance(label[-1], RefType):
        raise Invalid(f"type mismatch: label {x} takes {listed(label)}, but the last of it must be a reference")
    s.push_all(label[:-1])


@rule("br_on_cast")
def br_on_cast(c: Context, s: Stacks, x: int, cast: tuple[RefType, RefType]) -> None:
    """Leave for label *x* if the reference is of the second type of *cast*, else go on with what remains of the first."""
    source, target = cast
    _branch_on_cast(c, s, x, cast, carried=target, kept=difference(source, target))


@rule("br_on_cast_fail")
def br_on_cast_fail(c: Context, s: Stacks, x: int, cast: tuple[RefType, RefType]) -> None:
    """Leave for label *x* if the reference is not of the second type of *cast*, else go on with that type."""
    source, target = cast
    _branch_on_cast(c, s, x, cast, carried=difference(source, target), kept=target)


@rule("br_on_cast_desc_eq")
def br_on_cast_desc_eq(c: Context, s: Stacks, x: int, cast: tuple[RefType, RefType]) -> None:
    """Leave for label *x* if the reference is described by the descriptor on top of it, else go on with what remains."""
    source, target = cast
    s.pop(descriptor_of(c, target.heap))
    _branch_on_cast(c, s, x, cast, carried=target, kept=difference(source, target))


@rule("br_on_cast_desc_eq_fail")
def br_on_cast_desc_eq_fail(c: Context, s: Stacks, x: int, cast: tuple[RefType, RefType]) -> None:
    """Leave for label *x* if the reference is not described by the descriptor on top of it, else go on with it."""
    source, target = cast
    s.pop(descriptor_of(c, target.heap))
    _branch_on_cast(c, s, x, cast, carried=difference(source, target), kept=target)


def _branch_on_cast(c: Context, s: Stacks, x: int, cast: tuple[RefType, RefType], *, carried: RefType, kept: RefType) -> None:
    source, target = cast
    label = s.label(x)
    check_valtype(c, source)
    check_valtype(c, target)
    if Feature.CUSTOM_DESCRIPTORS in c.features:
        # That proposal lets references be cast to any type of their hierarchy.
        if top_of(source.heap, c.deftypes) is not top_of(target.heap, c.deftypes):
            raise Invalid(f"type mismatch: {target} and {source} have no supertype in common")
    elif not c.matches(target, source):
        raise Invalid(f"type mismatch: {target} is no subtype of {source}")
    s.pop(source)
    s.push(carried)
    s.pop_all(label)
    if not label:
        raise Invalid(f"type mismatch: label {x} takes nothing, and must take a reference")
    s.push_all(label[:-1])
    s.push(kept)


def difference(source: RefType, target: RefType) -> RefType:
    """What a reference of type *source* is when it was found not to be of type *target*.

    spec: valid/conventions, difference of reference types
    """
    return RefType(source.nullable and not target.nullable, source.heap)


# Calls


@rule("call")
def call(c: Context, s: Stacks, x: int) -> None:
    """Call function *x*."""
    _call(s, c.func(x))


@rule("call_indirect")
def call_indirect(c: Context, s: Stacks, x: int, y: int) -> None:
    """Call a function out of table *y*, which must be of type *x*."""
    _call(s, _indirect(c, s, x, y))


@rule("call_ref")
def call_ref(c: Context, s: Stacks, x: int) -> None:
    """Call the function that a reference of type *x* names."""
    signature = c.signature(x)
    s.pop(RefType(True, x))
    _call(s, signature)


@rule("return_call")
def return_call(c: Context, s: Stacks, x: int) -> None:
    """Leave the function by calling function *x*."""
    _return_call(c, s, c.func(x))


@rule("return_call_indirect")
def return_call_indirect(c: Context, s: Stacks, x: int, y: int) -> None:
    """Leave the function by calling one out of table *y*."""
    _return_call(c, s, _indirect(c, s, x, y))


@rule("return_call_ref")
def return_call_ref(c: Context, s: Stacks, x: int) -> None:
    """Leave the function by calling the one a reference of type *x* names."""
    signature = c.signature(x)
    s.pop(RefType(True, x))
    _return_call(c, s, signature)


def _indirect(c: Context, s: Stacks, x: int, y: int) -> Signature:
    table = c.table(y)
    if not c.matches(table.reftype, FUNCREF):
        raise Invalid(f"type mismatch: table {y} holds {table.reftype}, not functions")
    signature = c.signature(x)
    s.pop(table.addrtype.valtype)
    return signature


def _call(s: Stacks, signature: Signature) -> None:
    s.pop_all(signature.params)
    s.push_all(signature.results)


def _return_call(c: Context, s: Stacks, signature: Signature) -> None:
    wanted = s.frames[0].results
    if not valtypes_match(signature.results, wanted, c.deftypes):
        raise Invalid(
            f"type mismatch: the function called gives {listed(signature.results)}, this one must give {listed(wanted)}"
        )
    s.pop_all(signature.params)
    s.unreachable()


# Exceptions


@rule("throw")
def throw(c: Context, s: Stacks, x: int) -> None:
    """Throw an exception with tag *x*."""
    s.pop_all([*c.tag(x).params])
    s.unreachable()


@rule("throw_ref")
def throw_ref(_: Context, s: Stacks) -> None:
    """Throw an exception again."""
    s.pop(_EXNREF)
    s.unreachable()


@rule("try_table")
def try_table(c: Context, s: Stacks, blocktype: BlockType, catches: Sequence[tuple[str, int | None, int]]) -> None:
    """A block whose exceptions branch to the labels of *catches*, which are counted from outside of it."""
    params, results = _blocktype(c, blocktype)
    for kind, tag, x in catches:
        carried = [] if tag is None else [*c.tag(tag).params]
        if kind.endswith("_ref"):
            carried.append(_THROWN)
        label = s.label(x)
        if not valtypes_match(carried, label, c.deftypes):
            raise Invalid(f"type mismatch: a catch gives {listed(carried)}, but label {x} takes {listed(label)}")
    s.pop_all(params)
    s.enter(_TRY_TABLE, params, results, results)


@rule("try")
def try_(c: Context, s: Stacks, blocktype: BlockType) -> None:
    """A block with handlers behind it. Legacy exceptions."""
    params, results = _blocktype(c, blocktype)
    s.pop_all(params)
    s.enter(_TRY, params, results, results)


@rule("catch")
def catch(c: Context, s: Stacks, x: int) -> None:
    """The handler for tag *x* begins; it finds what the exception carries on the stack."""
    params = [*c.tag(x).params]
    _handler(s, "catch")
    frame = s.leave()
    s.enter(_CATCH, params, frame.results, frame.results)


@rule("catch_all")
def catch_all(_: Context, s: Stacks) -> None:
    """The handler for all other exceptions begins."""
    _handler(s, "catch_all")
    frame = s.leave()
    s.enter(_CATCH_ALL, _NOTHING, frame.results, frame.results)


def _handler(s: Stacks, mnemonic: str) -> None:
    if s.frames[-1].row not in (_TRY, _CATCH):
        raise Invalid(f"unexpected token {mnemonic}: the innermost block is no try, or has a catch_all already")


@rule("delegate")
def delegate(_: Context, s: Stacks, x: int) -> None:
    """A try without handlers ends; its exceptions go to label *x*, counted from outside of it."""
    if s.frames[-1].row is not _TRY:
        raise Invalid("unexpected token delegate: the innermost block is no try, or has a handler already")
    frame = s.leave()
    s.label(x)
    s.push_all(frame.results)


@rule("rethrow")
def rethrow(_: Context, s: Stacks, x: int) -> None:
    """Throw again what the handler at label *x* caught."""
    s.label(x)
    if s.frames[~x].row not in (_CATCH, _CATCH_ALL):
        raise Invalid(f"invalid rethrow label {x}: it is no catch")
    s.unreachable()


# Parametric and variable instructions


@rule("drop")
def drop(_: Context, s: Stacks) -> None:
    """Take one operand away."""
    s.pop_any()


@rule("select")
def select(_: Context, s: Stacks) -> None:
    """One of two numbers or vectors. References need the form that names their type."""
    s.pop(I32)
    second, first = s.pop_any(), s.pop_any()
    if isinstance(first, RefType) or isinstance(second, RefType):
        raise Invalid(f"type mismatch: select without a type takes numbers or vectors, not [{first} {second}]")
    if first is not second and BOT not in (first, second):
        raise Invalid(f"type mismatch: select takes two operands of one type, not [{first} {second}]")
    s.push(second if first is BOT else first)


@rule("select_t")
def select_t(c: Context, s: Stacks, ts: Sequence[ValType]) -> None:
    """One of two operands of the named type."""
    if len(ts) != 1:
        raise Invalid(f"invalid result arity: select has one result, not {len(ts)}")
    (t,) = ts
    check_valtype(c, t)
    s.pop_all([t, t, I32])
    s.push(t)


@rule("local.get")
def local_get(_: Context, s: Stacks, x: int) -> None:
    """The value of local *x*, which must have one."""
    s.locals.type(x)
    s.push(s.locals.readable[x])


@rule("local.set")
def local_set(_: Context, s: Stacks, x: int) -> None:
    """Give local *x* a value."""
    s.pop(s.locals.type(x))
    s.locals.initialise(x)


@rule("local.tee")
def local_tee(_: Context, s: Stacks, x: int) -> None:
    """Give local *x* a value and keep it on the stack."""
    t = s.locals.type(x)
    s.pop(t)
    s.locals.initialise(x)
    s.push(t)


@rule("global.get")
def global_get(c: Context, s: Stacks, x: int) -> None:
    """The value of global *x*."""
    s.push(c.global_(x).valtype)


@rule("global.set")
def global_set(c: Context, s: Stacks, x: int) -> None:
    """Give global *x* a value."""
    t = c.global_(x)
    if not t.mutable:
        raise Invalid(f"immutable global: global {x} cannot be set")
    s.pop(t.valtype)
