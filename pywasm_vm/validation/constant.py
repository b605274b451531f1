"""Constant expressions: initial values of globals and tables, places and items of segments.

Lives here: which instructions may stand in them, which globals they may read, and which functions they name.
Not here: the types of those instructions, which are checked by the walk that checks function bodies.

spec: valid/instructions, constant expressions
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from pywasm_vm.errors import Invalid
from pywasm_vm.features import Feature
from pywasm_vm.isa.opcode import Opcode
from pywasm_vm.isa.table import BY_MNEMONIC
from pywasm_vm.structure.instructions import Expr, Instr
from pywasm_vm.structure.types import F32, F64, I32, I64, ValType
from pywasm_vm.validation.context import Context
from pywasm_vm.validation.functions import check_body
from pywasm_vm.validation.locals import Locals

__all__ = ["check_constant", "named_functions"]

_END = BY_MNEMONIC["end"]
_GLOBAL_GET = BY_MNEMONIC["global.get"]
_REF_FUNC = BY_MNEMONIC["ref.func"]
_NUMBERS = {BY_MNEMONIC[f"{t}.const"]: t for t in (I32, I64, F32, F64)}
_NO_LOCALS = Locals((), (), size=0, limit=0)


def named_functions(expr: Expr) -> Iterable[int]:
    """The functions that *expr* takes a reference to."""
    return [cast("int", immediates[0]) for row, immediates, _ in expr if row is _REF_FUNC]


def check_constant(c: Context, expr: Expr, t: ValType) -> None:
    """Refuse *expr* unless it is constant and gives a *t*."""
    instrs = tuple(expr)
    if len(instrs) == 2 and instrs[1][0] is _END and _gives_alone(c, instrs[0], t):
        return
    for row, immediates, offset in instrs:
        if row is _GLOBAL_GET:
            _check_global(c, cast("int", immediates[0]), offset)
        elif not _is_constant(c, row):
            needs = f" without the feature {row.const_since.value}" if row.const and row.const_since else ""
            raise Invalid(f"constant expression required: {row.mnemonic} may not stand here{needs}", offset=offset)
    check_body(c, instrs, _NO_LOCALS, [t])


def _gives_alone(c: Context, instr: Instr, t: ValType) -> bool:
    """Whether *instr* needs no walk to see that it gives a *t*: nearly all places and items of segments are so simple.

    A module may have a hundred thousand of them.
    """
    row, immediates, _ = instr
    if row is _REF_FUNC:
        x = cast("int", immediates[0])
        return x < len(c.calls) and c.matches(c.funcref(x), t)
    return _NUMBERS.get(row) is t


def _is_constant(c: Context, row: Opcode) -> bool:
    return row is _END or (row.const and (row.const_since is None or row.const_since in c.features))


def _check_global(c: Context, x: int, offset: int) -> None:
    if x >= len(c.globals):
        raise Invalid(f"unknown global {x}: {len(c.globals)} are in scope here", offset=offset)
    if c.globals[x].mutable:
        raise Invalid(f"constant expression required: global {x} is mutable", offset=offset)
    if x >= c.imported_globals and Feature.GC not in c.features:
        raise Invalid(
            f"unknown global {x}: a constant expression may read a global of its own module only with the feature gc, "
            "which is switched off",
            offset=offset,
        )
