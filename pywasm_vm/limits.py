"""What this implementation refuses although the standard would allow it.

Lives here: the bounds, each with the name the specification gives it, in one frozen dataclass.
Not here: who checks them.

spec: appendix/implementation, implementation limitations
"""

from __future__ import annotations

from dataclasses import dataclass, fields

__all__ = ["PAGE_SIZE", "Limits"]

PAGE_SIZE = 65536
"""Bytes in a page of a memory that declares no page size of its own."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on modules and on running code. The defaults admit every real module we know of.

    Counts are inclusive: a module with exactly the limit is accepted.
    raises: TypeError, ValueError for a bound that is no number, or less than 0.
    """

    module_bytes: int = 1 << 30
    types: int = 1_000_000
    functions: int = 1_000_000
    imports: int = 1_000_000
    exports: int = 1_000_000
    globals: int = 1_000_000
    tables: int = 100_000
    memories: int = 100
    tags: int = 1_000_000
    element_segments: int = 10_000_000
    segment_elements: int = 10_000_000
    """Elements of all element segments together."""
    data_segments: int = 1_000_000
    parameters: int = 1_000
    results: int = 1_000
    fields: int = 10_000
    """Of one struct type."""
    locals: int = 50_000
    """Locals of one function, parameters included."""
    function_body_bytes: int = 7_654_321
    nesting: int = 100_000
    """Blocks within blocks in one function."""
    operands: int = 1_000_000
    """Values on the operand stack of one function, beyond those that single instructions push one by one."""
    array_operands: int = 10_000
    """Operands of one `array.new_fixed`."""
    subtype_depth: int = 63
    """Declared supertypes above one type."""
    memory_pages: int = 16_384
    """Pages of 64 KiB that one memory may reach: 1 GiB. A request beyond it makes `memory.grow` give -1."""
    table_elements: int = 10_000_000
    array_elements: int = 10_000_000
    """Elements of one array that running code makes, each of which takes at least 8 bytes here, whatever its type."""
    call_depth: int = 10_000
    """Guest calls within guest calls, in one invocation."""

    def __post_init__(self) -> None:
        for field in fields(self):
            bound = getattr(self, field.name)
            if not isinstance(bound, int):
                raise TypeError(f"the limit {field.name} has to be an integer, not {bound!r}")
            if bound < 0:
                raise ValueError(f"the limit {field.name} has to be 0 or more, not {bound}")
