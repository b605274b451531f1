"""The long lists of a binary: functions, data segments, element segments that list functions. Members are made when looked at.

Lives here: how a member is made out of the bytes, once its place is known.
Not here: the search for the places (sections.py), and what all such lists have in common (structure/lazy.py).

spec: binary/modules
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pywasm_vm.binary.instructions import Body, decode_expression
from pywasm_vm.binary.reader import Reader, read_unsigned
from pywasm_vm.binary.types import valtype
from pywasm_vm.errors import Malformed
from pywasm_vm.isa.table import BY_MNEMONIC
from pywasm_vm.limits import Limits
from pywasm_vm.native.scan import write_datas
from pywasm_vm.structure.instructions import Expr, Expression
from pywasm_vm.structure.module import Data, Datas, Func, Functions, References, SegmentMode
from pywasm_vm.structure.types import ValType

__all__ = ["BinaryDatas", "BinaryFunctions", "BinaryReferences"]

_REF_FUNC, _END = BY_MNEMONIC["ref.func"], BY_MNEMONIC["end"]

_PASSIVE_SEEN, _I32_SEEN, _I64_SEEN, _OTHER_MEMORY_SEEN = 1, 2, 4, 8
"""What wasm_scan_datas says of all segments together."""
_NO_MEMORY = 0xFFFF_FFFF


class BinaryFunctions(Functions):
    """Functions whose bodies stand in *data*; *places* are offset and size of each entry, in turn.

    The declared locals of a function are read, and may turn out malformed, when it is looked at.
    """

    __slots__ = ("_data", "_data_count", "_limits", "memories", "places", "type_indices")

    def __init__(
        self,
        data: bytes,
        type_indices: Sequence[int],
        places: Sequence[int],
        limits: Limits,
        *,
        data_count: bool,
        memories: bool,
    ) -> None:
        """The last two words are for `Body`."""
        self.type_indices = type_indices
        self.places = places
        self._data = data
        self._limits = limits
        self._data_count = data_count
        self.memories = memories

    def __len__(self) -> int:
        return len(self.type_indices)

    def over(self, data: bytes) -> BinaryFunctions:
        """The same places in other bytes."""
        count, memories = self._data_count, self.memories
        return BinaryFunctions(data, self.type_indices, self.places, self._limits, data_count=count, memories=memories)

    def make(self, index: int) -> Func:
        """raises: Malformed."""
        start, size = self.places[2 * index], self.places[2 * index + 1]
        end = start + size
        runs, position = _locals(Reader(self._data, start, end), self._limits.locals)
        nesting = self._limits.nesting
        body = Body(self._data, position, end, data_count=self._data_count, memories=self.memories, nesting=nesting)
        return Func(self.type_indices[index], runs, body, start, size)


def _locals(reader: Reader, limit: int) -> tuple[tuple[tuple[int, ValType], ...], int]:
    """The declared locals as runs, and the position behind them. Neighbours of one type are one run, however they are written."""
    start = reader.position
    count = reader.count()
    if not count:
        return (), reader.position
    runs: list[tuple[int, ValType]] = []
    total = 0
    for _ in range(count):
        length = reader.u32()
        total += length
        if total > 0xFFFF_FFFF or total > limit:
            raise Malformed(f"too many locals: {total}, and the limit is {limit}", offset=start)
        kind = valtype(reader)
        if runs and runs[-1][1] is kind:
            runs[-1] = (runs[-1][0] + length, kind)
        elif length:
            runs.append((length, kind))
    return tuple(runs), reader.position


class BinaryDatas(Datas):
    """Data segments in *data*, by the five words that `wasm_scan_datas` has for each and what it has seen."""

    __slots__ = ("_data", "_words", "first_memory_only", "image", "some_i32", "some_i64", "some_passive")

    def __init__(self, data: bytes, words: array[int], seen: int) -> None:
        self._data = data
        self._words = words
        self.some_passive = bool(seen & _PASSIVE_SEEN)
        self.some_i32 = bool(seen & _I32_SEEN)
        self.some_i64 = bool(seen & _I64_SEEN)
        self.first_memory_only = not seen & _OTHER_MEMORY_SEEN
        self.image: Any = None

    @property
    def size(self) -> int:
        """Bytes of all of them."""
        return sum(self._words[4::5])

    def __len__(self) -> int:
        return len(self._words) // 5

    def make(self, index: int) -> Data:
        """The content is copied."""
        start, memory, _, offset, size = self._words[5 * index : 5 * index + 5]
        content = self._data[offset : offset + size]
        if memory == _NO_MEMORY:
            return Data(content, SegmentMode.PASSIVE, 0, None, start)
        kind, position = read_unsigned(self._data, start, offset, 32)
        if kind:
            _, position = read_unsigned(self._data, position, offset, 32)
        instructions, _ = decode_expression(self._data, position, offset)
        return Data(content, SegmentMode.ACTIVE, memory, Expression(instructions), start)

    def contents(self) -> Iterator[bytes]:
        """Copies."""
        for offset, size in zip(self._words[3::5], self._words[4::5], strict=True):
            yield self._data[offset : offset + size]

    def active(self) -> Iterable[int]:
        """Which of them are active."""
        return [index for index, memory in enumerate(self._words[1::5]) if memory != _NO_MEMORY]

    def write(self, memory: Any) -> bool:
        """By the C core."""
        return write_datas(self._data, self._words, memory)


class BinaryReferences(References):
    """References to *functions*, whose indices stand in *data* from *start* on."""

    __slots__ = ("_data", "_start", "functions")

    def __init__(self, data: bytes, start: int, functions: array[int]) -> None:
        self.functions = functions
        self._data = data
        self._start = start

    def __len__(self) -> int:
        return len(self.functions)

    def make(self, index: int) -> Expr:
        """Where the index stands is found by passing over those in front of it."""
        position = self._start
        for _ in range(index):
            _, position = read_unsigned(self._data, position, len(self._data), 32)
        return _reference(self.functions[index], position)

    def __iter__(self) -> Iterator[Expr]:
        """All of them, each index passed over once."""
        position = self._start
        for function in self.functions:
            yield _reference(function, position)
            _, position = read_unsigned(self._data, position, len(self._data), 32)


def _reference(function: int, position: int) -> Expr:
    return Expression(((_REF_FUNC, (function,), position), (_END, (), position)))
