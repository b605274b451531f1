"""From Wasm integers to a handler and back: the only place that knows pointers and sizes.

Lives here: `bind`, which makes the callable that a VM gets for one row; one reader per kind of parameter, one writer per kind of
result.
Not here: what a function does (the handlers beside this file).

Everything that can be known beforehand is: a binding is a list of readers and a list of writers, closed over the guest's `read`,
`write` and `allocate`. The order of a call: enumerations, then inputs in memory, then the handler, then results. A `Fail` becomes
its status; any other exception of a handler is our mistake and becomes INTERNAL_FAILURE, with the traceback in the log.

abi: 5 Memory rules, 6.2 Common behaviour
"""

from __future__ import annotations

import struct
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from proxyabi.abi.signature import Answer, Param, Row, Slots
from proxyabi.abi.types import Errno, LogLevel, Status
from proxyabi.context.header_map import HeaderMap, Pair
from proxyabi.context.ports import ContextPort, Guest
from proxyabi.errors import Fail
from proxyabi.hostcalls.registry import HANDLERS, Handler
from proxyabi.trace import Trace, plain
from proxyabi.wire.pairs import GarbledError, decode_pairs, encode_pairs

__all__ = ["bind"]

Args = tuple[int, ...]
Reader = Callable[[Args], Any]
Writer = Callable[[Args, Any], None]
Current = Callable[[], ContextPort]

_pack_u16 = struct.Struct("<H").pack
_pack_u32 = struct.Struct("<I").pack
_pack_u64 = struct.Struct("<Q").pack
_pack_both = struct.Struct("<II").pack
_unpack_iovec = struct.Struct("<II").iter_unpack
IOVEC_SIZE = 8
SLOT_SIZE = 4
LARGEST_WRITE = 1 << 24
"""What one vector of buffers may add up to. Its buffers may overlap, so the guest's memory is no bound."""
U32 = 0xFFFFFFFF
U64 = 0xFFFFFFFFFFFFFFFF
TRACED_BYTES = 4096
"""How much of a long argument a trace repeats."""


class Binding:
    """One row with its handler, ready for calls of one guest.

    *reason* says why the latest call failed, and *results* what the handler of the latest call gave: both for the trace alone.
    """

    __slots__ = ("current", "guest", "handler", "reason", "results", "row")

    def __init__(self, row: Row, handler: Handler | None, guest: Guest, current: Current) -> None:
        self.row = row
        self.handler = handler
        self.guest = guest
        self.current = current
        self.reason: str | None = None
        self.results: Any = None

    def constant(self) -> Callable[[ContextPort], Any]:
        """What stands in the handler's place for a row that always gives one answer."""
        says, why = self.row.says, self.row.why
        zeros: Any = tuple(_ZEROS[result.kind.name] for result in self.row.results)
        zeros = zeros[0] if len(zeros) == 1 else zeros

        def answer(_context: ContextPort, *_values: Any) -> Any:
            if says:
                raise Fail(says, why)
            return zeros

        return answer

    def memory_fault(self, what: str) -> Fail:
        """The answer to an address outside the guest's memory."""
        status = Errno.FAULT if self.row.answer is Answer.ERRNO else Status.INVALID_MEMORY_ACCESS
        return Fail(status, f"{what} lies outside the guest's memory")

    def refused(self, status: int, reason: str) -> int:
        """Give *status*, and let whoever looks know why: the trace, the log at debug level, and a trap that follows."""
        self.reason = reason
        vm = self.current().vm
        vm.refusal = (str(self.row), _status_name(self.row, status), reason)
        log = vm.services.log
        if log.level <= LogLevel.DEBUG:
            log.host(LogLevel.DEBUG, f"{vm.callback or 'outside callbacks'}: {' '.join(vm.refusal[:2])}: {reason}")
        return int(status)

    def internal_failure(self, error: Exception) -> int | None:
        """A handler has raised: tell the log everything, the guest little."""
        text = "".join(traceback.format_exception(error)).rstrip()
        self.current().vm.services.log.host(LogLevel.ERROR, f"{self.row} failed, which is a mistake in this host:\n{text}")
        self.reason = f"the host made a mistake: {type(error).__name__}: {error}"
        if self.row.answer is Answer.STATUS:
            return Status.INTERNAL_FAILURE
        return {Answer.ERRNO: int(Errno.NOSYS), Answer.VALUE: 0, Answer.NOTHING: None}[self.row.answer]


def _status_name(row: Row, status: int) -> str:
    return (Status if row.answer is Answer.STATUS else Errno)(status).name


def bind(row: Row, guest: Guest, current: Current, trace: Trace | None = None) -> Callable[..., int | None]:
    """The callable that a VM calls, with unsigned integers, for *row*.

    *current* gives the effective context of the call. With a *trace* each call is recorded; without one tracing costs nothing.
    """
    binding = Binding(row, HANDLERS[row.handler] if row.says is None else None, guest, current)
    if trace is None:
        return _callable(binding, binding.handler.function if binding.handler else binding.constant())
    return _traced(binding, trace)


def _callable(binding: Binding, function: Callable[..., Any]) -> Callable[..., int | None]:
    """The untraced callable."""
    row, guest, current = binding.row, binding.guest, binding.current
    allowed, refuse, name = row.allowed, guest.refuse, row.name
    steps, count = _readers(binding)
    readers = tuple(read for _, read in steps)
    apply = _application([position for position, _ in steps], readers, count)
    write_results = _result_writer(binding)
    if row.fixed:
        function = partial(function, **row.fixed)
    before = binding.handler.before if binding.handler else None
    after_failure = write_results if row.slots is not Slots.AFTER else None
    zeros = _zeros(row)
    first = write_results if row.slots is Slots.FIRST else None
    gives_value = row.answer is Answer.VALUE
    success = None if row.answer is Answer.NOTHING else 0

    def call(*args: int) -> int | None:
        if guest.mode > allowed:
            refuse(name)
        try:
            if before is not None:
                before(current(), readers[0](args))
            if first is None:
                results = apply(function, current(), args)
            else:
                values = apply(_values, current(), args)
                first(args, zeros)
                results = function(current(), *values)
        except Fail as fail:
            if after_failure is not None and not fail.leave_results:
                try:
                    after_failure(args, zeros)
                except Fail as worse:
                    return binding.refused(worse.status, worse.reason)
            return binding.refused(fail.status, fail.reason)
        except Exception as error:  # noqa: BLE001 - the border: our own mistake must not take the guest down
            return binding.internal_failure(error)
        if gives_value:
            return int(results)
        if write_results is not None:
            try:
                write_results(args, results)
            except Fail as fail:
                return binding.refused(fail.status, fail.reason)
        return success

    return call


def _application(positions: list[int], readers: tuple[Reader, ...], count: int) -> Callable[[Callable[..., Any], Any, Args], Any]:
    """What calls a handler for a context with what *readers* find; *positions* are where their values belong.

    Most functions have few parameters, and read them in order. Those need neither a list nor a loop.
    """
    in_order = positions == [*range(count)]
    if in_order and count == 0:
        return lambda function, context, args: function(context)
    if in_order and count == 1:
        (one,) = readers
        return lambda function, context, args: function(context, one(args))
    if in_order and count == 2:
        one, two = readers
        return lambda function, context, args: function(context, one(args), two(args))
    if in_order and count == 3:
        one, two, three = readers
        return lambda function, context, args: function(context, one(args), two(args), three(args))

    def apply(function: Callable[..., Any], context: Any, args: Args) -> Any:
        values: list[Any] = [None] * count
        for position, read in zip(positions, readers, strict=True):
            values[position] = read(args)
        return function(context, *values)

    return apply


def _values(_context: ContextPort, *values: Any) -> tuple[Any, ...]:
    return values


def _traced(binding: Binding, trace: Trace) -> Callable[..., int | None]:
    """The callable that records each call."""
    row, current = binding.row, binding.current
    function = binding.handler.function if binding.handler else binding.constant()

    def remember(context: ContextPort, *values: Any, **fixed: Any) -> Any:
        binding.results = results = function(context, *values, **fixed)
        return results

    inner = _callable(binding, remember)

    def call(*args: int) -> int | None:
        binding.reason = binding.results = None
        record = trace.begin_hostcall(row, current().id, args, _decoded_inputs(binding, args))
        result = reason = None
        try:
            result = inner(*args)
            reason = binding.reason
        except BaseException as error:
            reason = str(error) or type(error).__name__
            raise
        finally:
            if binding.results is not None:
                results = binding.results if len(row.results) > 1 else (binding.results,)
                for param, value in zip(row.results, results, strict=False):
                    record["decoded"][param.name] = _shown(value)
            trace.end_hostcall(record, row, result, reason if result != 0 else None)
        return result

    return call


# Parameters: one reader per kind. `index` is the place of the parameter's first integer among the arguments.


def _readers(binding: Binding) -> tuple[list[tuple[int, Reader]], int]:
    """(position of the value, its reader) in the order in which they have to run, and how many values there are."""
    first: list[tuple[int, Reader]] = []
    then: list[tuple[int, Reader]] = []
    index = 0
    for position, param in enumerate(binding.row.params):
        reader = _READERS.get(param.kind.name, _enumeration)(binding, param, index)
        (first if param.kind.fails is not None else then).append((position, reader))
        index += len(param.kind.params)
    count = len(binding.row.params)
    for result in binding.row.results:
        if result.kind.name == "room":
            then.append((count, _u32(binding, result, index + 1)))
            count += 1
        index += result.kind.slots
    return (then + first if binding.row.late else first + then), count


def _u32(binding: Binding, param: Param, index: int) -> Reader:
    return lambda args: args[index] & U32


def _u64(binding: Binding, param: Param, index: int) -> Reader:
    return lambda args: args[index] & U64


def _i64(binding: Binding, param: Param, index: int) -> Reader:
    return lambda args: ((args[index] & U64) ^ (1 << 63)) - (1 << 63)


def _bool(binding: Binding, param: Param, index: int) -> Reader:
    return lambda args: args[index] != 0


def _enumeration(binding: Binding, param: Param, index: int) -> Reader:
    """A member of the kind's enumeration; a kind that refuses nothing takes the number when there is no member."""
    members, fails = param.kind.enumeration, param.kind.fails
    if members is None:
        raise TypeError(f"{binding.row}: no reader for parameters of kind {param.kind.name}")
    known = {int(member): member for member in members}

    def read(args: Args) -> Any:
        try:
            return known[args[index]]
        except KeyError:
            if fails is None:
                return args[index]
            largest = max(known)
            raise Fail(fails, f"{args[index]} is no {param.kind.name}: it has to be between {min(known)} and {largest}") from None

    return read


def _bytes(binding: Binding, param: Param, index: int) -> Reader:
    read_memory, outside = binding.guest.read, binding.guest.out_of_bounds

    def read(args: Args) -> bytes:
        try:
            return read_memory(args[index], args[index + 1])
        except outside:
            raise binding.memory_fault(f"{param.name} ({args[index + 1]} bytes at {args[index]:#x})") from None

    return read


def _pairs(binding: Binding, param: Param, index: int) -> Reader:
    """A serialised map; one that cannot be read counts as empty.

    abi: 4.1
    """
    read_bytes = _bytes(binding, param, index)

    def read(args: Args) -> list[Pair]:
        try:
            return decode_pairs(read_bytes(args))
        except GarbledError:
            return []

    return read


def _iovecs(binding: Binding, param: Param, index: int) -> Reader:
    """The bytes of a vector of buffers; the address of an empty buffer is not looked at."""
    read_memory, outside = binding.guest.read, binding.guest.out_of_bounds

    def read(args: Args) -> bytes:
        parts = []
        total = 0
        try:
            vector = read_memory(args[index], args[index + 1] * IOVEC_SIZE) if args[index + 1] else b""
            for pointer, size in _unpack_iovec(vector):
                total += size
                if total > LARGEST_WRITE:
                    raise Fail(Errno.INVAL, f"{param.name} add up to more than {LARGEST_WRITE} bytes")
                if size:
                    parts.append(read_memory(pointer, size))
        except outside:
            raise binding.memory_fault(f"{param.name} or a buffer it names") from None
        return b"".join(parts)

    return read


def _unread(binding: Binding, param: Param, index: int) -> Reader:
    return lambda args: b""


_READERS: dict[str, Callable[[Binding, Param, int], Reader]] = {
    "u32": _u32,
    "u64": _u64,
    "i64": _i64,
    "ms": _u32,
    "bool": _bool,
    "bytes": _bytes,
    "pairs": _pairs,
    "iovecs": _iovecs,
    "unread": _unread,
}


# Results: one writer per kind. `index` is the place of the result's first address among the arguments.


def _result_writer(binding: Binding) -> Writer | None:
    """What writes all results of a call, None when there are none to write."""
    row = binding.row
    if not row.results or row.answer not in (Answer.STATUS, Answer.ERRNO):
        return None
    index = len([wasm_type for param in row.params for wasm_type in param.kind.params])
    writers = []
    for result in row.results:
        writers.append(_WRITERS[result.kind.name](binding, result, index))
        index += result.kind.slots
    if len(writers) == 1:
        return writers[0]

    def write(args: Args, values: Any) -> None:
        for writer, value in zip(writers, values, strict=True):
            writer(args, value)

    return write


def _number(pack: Callable[[int], bytes], largest: int) -> Callable[[Binding, Param, int], Writer]:
    def make(binding: Binding, param: Param, index: int) -> Writer:
        write_memory, outside = binding.guest.write, binding.guest.out_of_bounds

        def write(args: Args, value: int) -> None:
            try:
                write_memory(args[index], pack(value & largest))
            except outside:
                raise binding.memory_fault(f"the address for {param.name} ({args[index]:#x})") from None

        return write

    return make


def _bytes_out(binding: Binding, param: Param, index: int) -> Writer:
    """A block from the guest's allocator of exactly the right size; address 0 and length 0, and no allocation, for none."""
    write_memory, outside, allocate = binding.guest.write, binding.guest.out_of_bounds, binding.guest.allocate

    def write_both(slot: int, pointer: int, size: int) -> bool:
        """Write both in one go; False when they do not both fit, so that the first may."""
        try:
            write_memory(slot, _pack_both(pointer, size))
        except outside:
            return False
        return True

    def write(args: Args, value: bytes) -> None:
        size = len(value)
        pointer = 0
        try:
            if size:
                pointer = allocate(size)
                if not pointer:
                    raise binding.memory_fault(f"the block that the guest's allocator gave for the {size} bytes of {param.name}")
                write_memory(pointer, value)
            if args[index + 1] - args[index] == SLOT_SIZE and write_both(args[index], pointer, size):
                return
            write_memory(args[index], _pack_u32(pointer))
            write_memory(args[index + 1], _pack_u32(size))
        except outside:
            where = f"{pointer:#x} for its {size} bytes, {args[index]:#x} for the address, {args[index + 1]:#x} for the size"
            raise binding.memory_fault(f"one of the addresses for {param.name} ({where})") from None

    return write


def _pairs_out(binding: Binding, param: Param, index: int) -> Writer:
    """A serialised map; the empty one as address 0 and length 0."""
    write_bytes = _bytes_out(binding, param, index)

    def write(args: Args, value: HeaderMap) -> None:
        write_bytes(args, encode_pairs(value.pairs()) if len(value) else b"")

    return write


def _block_out(binding: Binding, param: Param, index: int) -> Writer:
    """The result of a foreign function: each address may be 0; an empty block is allocated too; None allocates nothing.

    abi: 6.3 Foreign functions
    """
    write_memory, outside, allocate = binding.guest.write, binding.guest.out_of_bounds, binding.guest.allocate

    def write(args: Args, value: bytes | None) -> None:
        pointer_slot, size_slot = args[index], args[index + 1]
        size = len(value) if value is not None else 0
        pointer = 0
        try:
            if value is not None and pointer_slot:
                pointer = allocate(size)
                if not pointer and size:
                    raise binding.memory_fault(f"the block that the guest's allocator gave for the {size} bytes of {param.name}")
                write_memory(pointer, value)
            if pointer_slot:
                write_memory(pointer_slot, _pack_u32(pointer))
            if size_slot:
                write_memory(size_slot, _pack_u32(size))
        except outside:
            raise binding.memory_fault(f"one of the addresses for {param.name}") from None

    return write


def _room_out(binding: Binding, param: Param, index: int) -> Writer:
    write_memory, outside = binding.guest.write, binding.guest.out_of_bounds

    def write(args: Args, value: bytes) -> None:
        if value:
            try:
                write_memory(args[index], value)
            except outside:
                raise binding.memory_fault(f"{param.name} ({args[index + 1]} bytes at {args[index]:#x})") from None

    return write


def _strings_out(binding: Binding, param: Param, index: int) -> Writer:
    """The addresses of strings at one place, the strings themselves, each with its NUL, at another."""
    write_memory, outside = binding.guest.write, binding.guest.out_of_bounds

    def write(args: Args, value: Sequence[bytes]) -> None:
        addresses, pointer = b"", args[index + 1]
        for text in value:
            addresses += _pack_u32(pointer & U32)
            pointer += len(text) + 1
        try:
            if value:
                write_memory(args[index], addresses)
                write_memory(args[index + 1], b"".join(text + b"\0" for text in value))
        except outside:
            raise binding.memory_fault(f"the room for {param.name}") from None

    return write


def _fdstat_out(binding: Binding, param: Param, index: int) -> Writer:
    write_memory, outside = binding.guest.write, binding.guest.out_of_bounds

    def write(args: Args, value: bytes) -> None:
        try:
            write_memory(args[index], value)
        except outside:
            return

    return write


_WRITERS: dict[str, Callable[[Binding, Param, int], Writer]] = {
    "u16": _number(_pack_u16, 0xFFFF),
    "u32": _number(_pack_u32, U32),
    "u64": _number(_pack_u64, U64),
    "bytes": _bytes_out,
    "pairs": _pairs_out,
    "block": _block_out,
    "room": _room_out,
    "strings": _strings_out,
    "fdstat": _fdstat_out,
}

_ZEROS: dict[str, Any] = {"u16": 0, "u32": 0, "u64": 0, "bytes": b"", "block": None}


def _zeros(row: Row) -> Any:
    """What a failed call writes, in the shape of a handler's results; None for rows that write nothing then."""
    if row.slots is Slots.AFTER:
        return None
    zeros = tuple(_ZEROS[result.kind.name] for result in row.results)
    return zeros[0] if len(zeros) == 1 else zeros


# For the trace.


def _decoded_inputs(binding: Binding, args: Args) -> dict[str, Any]:
    """The inputs by name, as far as they can be read."""
    decoded: dict[str, Any] = {}
    index = 0
    for param in binding.row.params:
        if len(param.kind.params) == 2:
            decoded[param.name] = _decoded_range(binding, param, index, args)
        else:
            try:
                decoded[param.name] = plain(_READERS.get(param.kind.name, _enumeration)(binding, param, index)(args))
            except Fail:
                decoded[param.name] = args[index]
        index += len(param.kind.params)
    decoded.update({name: plain(value) for name, value in binding.row.fixed.items()})
    return decoded


def _decoded_range(binding: Binding, param: Param, index: int, args: Args) -> Any:
    kind = "bytes" if param.kind.name == "unread" else param.kind.name
    try:
        value = _READERS["bytes" if kind == "pairs" else kind](binding, param, index)(args)
        return _shown(decode_pairs(value)) if kind == "pairs" else _shown(value)
    except GarbledError as garbled:
        return f"(no map, which counts as an empty one: {garbled})"
    except Fail as fail:
        return f"({fail.reason})"


def _shown(value: Any) -> Any:
    """*value* as plain data, a long text cut."""
    if isinstance(value, bytes) and len(value) > TRACED_BYTES:
        return plain(value[:TRACED_BYTES]) + f"… ({len(value)} bytes)"
    return plain(value)
