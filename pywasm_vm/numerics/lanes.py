"""Shapes: how 128 bits are cut into lanes, and how one definition gives the function of every shape.

Lives here: `Shape`, with the constants that arithmetic on all lanes at once needs; `lane_functions`, which names the functions.
Not here: the operations (lanes_int.py, lanes_width.py, lanes_float.py).

A vector has two forms. The one that is held everywhere is a Python int of 128 bits, lane 0 lowest: bits, sums, comparisons and
shifts of all lanes are then a handful of operations on whole numbers. The other is 16 bytes, lane 0 first, which `struct` takes
apart into floats, or into lanes that must be multiplied one by one. A function says by its annotations which form it takes and
gives, `int` or `bytes`; whoever calls it turns the one into the other, and a chain of functions that agree needs no turning.

spec: exec/numerics, vector operations
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeAlias

__all__ = ["F32X4", "F64X2", "I8X16", "I16X8", "I32X4", "I64X2", "LaneFunction", "Shape", "lane_function", "lane_functions"]

LaneFunction: TypeAlias = Callable[..., Any]
"""Named like its row, annotated with the forms that it takes and gives."""


class Shape:
    """A cut of 128 bits into *count* lanes of *width* bits. The constants repeat in every lane."""

    __slots__ = ("count", "low", "name", "ones", "sign", "width")

    def __init__(self, letter: str, width: int) -> None:
        self.width = width
        self.count = 128 // width
        self.name = f"{letter}{width}x{self.count}"
        self.ones = self.repeat(1)
        """The number 1 in each lane."""
        self.sign = self.ones << (width - 1)
        """The topmost bit of each lane."""
        self.low = self.sign - self.ones
        """All bits but the topmost of each lane: there is room for a carry."""

    def repeat(self, lane: int) -> int:
        """*lane* in each lane."""
        return sum(lane << place for place in range(0, 128, self.width))


I8X16, I16X8, I32X4, I64X2 = (Shape("i", width) for width in (8, 16, 32, 64))
F32X4, F64X2 = (Shape("f", width) for width in (32, 64))


def lane_function(found: dict[str, LaneFunction], name: str, function: LaneFunction, says: str | None = None) -> None:
    """Put *function* into *found* under *name*, which tracebacks then show; *says* becomes its docstring."""
    if isinstance(function, FunctionType):
        function.__code__ = function.__code__.replace(co_name=name, co_qualname=name)
        function.__name__ = function.__qualname__ = name
        function.__doc__ = says
    found[name] = function


def lane_functions(
    found: dict[str, LaneFunction], *shapes: Shape, name: str = ""
) -> Callable[[Callable[[Shape], LaneFunction]], Callable[[Shape], LaneFunction]]:
    """A decorator: what it decorates makes the function of a shape, and is called for each of *shapes*.

    The functions go into *found*, called shape, underscore, and *name* or the name of what made them: i8x16_add.
    """

    def make(factory: Callable[[Shape], LaneFunction]) -> Callable[[Shape], LaneFunction]:
        for shape in shapes:
            lane_function(found, f"{shape.name}_{name or factory.__name__}", factory(shape), factory.__doc__)
        return factory

    return make
