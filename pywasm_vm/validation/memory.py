"""Rules: copies between memories or tables whose address types may differ, and tables whose elements take part.

Lives here: the rules of isa/memory.py that words cannot say.
Not here: loads, stores and the others with words; their immediates are checked in instructions.py.

spec: valid/instructions, table and memory instructions
"""

from __future__ import annotations

from pywasm_vm.errors import Invalid
from pywasm_vm.structure.types import I32, AddrType, ValType
from pywasm_vm.validation.context import Context
from pywasm_vm.validation.instructions import constraint, rule
from pywasm_vm.validation.stacks import Stacks

__all__: list[str] = []


@rule("memory.copy")
def memory_copy(c: Context, s: Stacks, to: int, source: int) -> None:
    """Copy bytes from memory *source* to memory *to*."""
    _pop_copy(s, c.mem(to).addrtype, c.mem(source).addrtype)


@rule("table.copy")
def table_copy(c: Context, s: Stacks, to: int, source: int) -> None:
    """Copy elements from table *source* to table *to*."""
    target, origin = c.table(to), c.table(source)
    if not c.matches(origin.reftype, target.reftype):
        raise Invalid(f"type mismatch: table {source} holds {origin.reftype}, table {to} {target.reftype}")
    _pop_copy(s, target.addrtype, origin.addrtype)


def _pop_copy(s: Stacks, to: AddrType, source: AddrType) -> None:
    """Two addresses and a count; the count must fit both sides, so the narrower type is its own."""
    count = I32 if AddrType.I32 in (to, source) else to.valtype
    s.pop_all([to.valtype, source.valtype, count])


@constraint("table.init")
def table_init(c: Context, x: int, y: int) -> None:
    """What is in element segment *x* must fit into table *y*."""
    given, wanted = c.elem(x), c.table(y).reftype
    if not c.matches(given, wanted):
        raise Invalid(f"type mismatch: element segment {x} holds {given}, table {y} {wanted}")


@rule("table.get")
def table_get(c: Context, s: Stacks, x: int) -> None:
    """An element of table *x*."""
    address, t = _table(c, x)
    s.pop(address)
    s.push(t)


@rule("table.set")
def table_set(c: Context, s: Stacks, x: int) -> None:
    """Change an element of table *x*."""
    address, t = _table(c, x)
    s.pop_all([address, t])


@rule("table.grow")
def table_grow(c: Context, s: Stacks, x: int) -> None:
    """Make table *x* larger by so many copies of a reference."""
    address, t = _table(c, x)
    s.pop_all([t, address])
    s.push(address)


@rule("table.fill")
def table_fill(c: Context, s: Stacks, x: int) -> None:
    """Write a reference many times into table *x*."""
    address, t = _table(c, x)
    s.pop_all([address, t, address])


def _table(c: Context, x: int) -> tuple[ValType, ValType]:
    table = c.table(x)
    return table.addrtype.valtype, table.reftype
