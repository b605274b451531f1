"""`NullPlugin`: a Proxy-Wasm plugin as a Python class of ten lines.

Lives here: the callbacks' types and usual answers, and a readable method for each hostcall that does the work with pointers.
Not here: the border itself (null.py) and what hostcalls mean (abi, hostcalls).

Methods whose names are callbacks of the ABI are exported:

    class AddHeader(NullPlugin):
        def proxy_on_response_headers(self, context_id, num_headers, end_of_stream):
            self.add_header(MapType.HTTP_RESPONSE_HEADERS, "x-hello", "world")

A callback that returns None gives the usual answer: continue, or success. Every hostcall goes through the table's row for it, so
a new row needs no new code here: `self.hostcall("proxy_log", LogLevel.INFO, b"hello")`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from proxyabi.abi.signature import Kind, Row
from proxyabi.abi.types import BufferType, LogLevel, MapType, MetricType, Status, StreamType
from proxyabi.abi.versions import VERSIONS, AbiVersion, surface
from proxyabi.vms.null import NullGuest
from proxyabi.wire.pairs import decode_pairs, encode_pairs
from pywasm_vm import FuncType, parse_signature

__all__ = ["HostcallRefused", "NullPlugin"]

Text: TypeAlias = str | bytes
"""Text goes to the host as UTF-8."""
Pairs: TypeAlias = Mapping[str, Text] | Mapping[bytes, Text] | Iterable[tuple[Text, Text]]

_ALL = 0xFFFFFFFF
_VERSIONS = {str(version): version for version in VERSIONS}


class HostcallRefused(Exception):
    """The host gave a status other than OK. A plugin that lets it out is out of order, as with the SDKs that unwrap results."""

    def __init__(self, hostcall: str, status: Status) -> None:
        self.hostcall = hostcall
        self.status = status
        super().__init__(f"{hostcall} gave {status.name}")


class NullPlugin(NullGuest):
    """A plugin in Python. Its class is given to the tier "null"; each VM makes one object of it."""

    abi_version = "0.2.1"
    """The version of the ABI that it speaks."""

    # What the host calls

    def exports(self) -> Iterator[tuple[str, FuncType, Callable[..., Any]]]:
        """The version's marker, the callbacks that the class defines, and what is marked with `export`."""
        version = self._version()
        yield version.marker, FuncType((), ()), lambda: None
        marked = set()
        for item in super().exports():
            marked.add(item[0])
            yield item
        for name, row in surface(version).callbacks.items():
            method = getattr(self, name, None)
            if callable(method) and name not in marked:
                yield name, _type_of(method, row), _answering(method, row)

    def _version(self) -> AbiVersion:
        version = _VERSIONS.get(self.abi_version)
        if version is None:
            raise ValueError(f"{type(self).__name__}.abi_version is {self.abi_version!r}; known are {', '.join(_VERSIONS)}")
        return version

    # Calling the host

    def hostcall(self, name: str, *arguments: Any) -> Any:
        """Call the host function *name* of the ABI with the arguments of its row, and return its results: None, one, or a tuple.

        bytes may be given as text, pairs as a mapping or a list.
        raises: HostcallRefused for any status but OK; TypeError for a wrong number of arguments.
        """
        row = surface(self._version()).hostcalls.get(("env", name))
        if row is None:
            raise AttributeError(f"{name} is no host function of the ABI {self.abi_version}")
        if len(arguments) != len(row.params):
            names = ", ".join(param.name for param in row.params)
            raise TypeError(f"{name} takes {len(row.params)} arguments ({names}), {len(arguments)} given")
        blocks: list[int] = []
        numbers: list[int] = []
        try:
            for param, argument in zip(row.params, arguments, strict=True):
                numbers += self._given(param.kind, argument, blocks)
            slots = [[self._slot(blocks) for _ in range(result.kind.slots)] for result in row.results]
            status = Status(getattr(self.imports, name)(*numbers, *(slot for pair in slots for slot in pair)))
            if status is not Status.OK:
                raise HostcallRefused(name, status)
            results = [self._taken(result.kind, pair) for result, pair in zip(row.results, slots, strict=True)]
        finally:
            for block in blocks:
                self.memory.free(block)
        return None if not results else results[0] if len(results) == 1 else tuple(results)

    def _given(self, kind: Kind, argument: Any, blocks: list[int]) -> list[int]:
        """The Wasm arguments for *argument*; what had to be allocated for it is added to *blocks*."""
        if len(kind.params) == 1:
            return [int(argument)]
        data = encode_pairs(_pairs(argument)) if kind.name == "pairs" else _bytes(argument)
        pointer = self.memory.store(data)
        blocks.append(pointer)
        return [pointer, len(data)]

    def _slot(self, blocks: list[int]) -> int:
        pointer = self.memory.store(bytes(8))
        blocks.append(pointer)
        return pointer

    def _taken(self, kind: Kind, slots: list[int]) -> Any:
        """What the host wrote to *slots*. The block it allocated for bytes is freed."""
        if len(slots) == 1:
            return int.from_bytes(self.memory.read(slots[0], 8), "little")
        pointer, size = (int.from_bytes(self.memory.read(slot, 4), "little") for slot in slots)
        data = self.memory.read(pointer, size)
        self.memory.free(pointer)
        return decode_pairs(data) if kind.name == "pairs" else data

    def _found(self, name: str, *arguments: Any, nothing: tuple[Status, ...] = (Status.NOT_FOUND,)) -> Any:
        """`hostcall`, with None for a status that says there is nothing."""
        try:
            return self.hostcall(name, *arguments)
        except HostcallRefused as refused:
            if refused.status in nothing:
                return None
            raise

    # Logging, time, configuration

    def log(self, message: Text, level: LogLevel = LogLevel.INFO) -> None:
        """Write a line to the host's log."""
        self.hostcall("proxy_log", level, message)

    def now(self) -> int:
        """The time as nanoseconds since 1970."""
        return int(self.hostcall("proxy_get_current_time_nanoseconds"))

    def set_tick_period(self, seconds: float) -> None:
        """Have `proxy_on_tick` called every so many seconds; 0 ends it."""
        self.hostcall("proxy_set_tick_period_milliseconds", round(seconds * 1000))

    def configuration(self) -> bytes:
        """The plugin's configuration; in `proxy_on_configure`."""
        return self.get_buffer(BufferType.PLUGIN_CONFIGURATION) or b""

    # Headers and trailers

    def get_header(self, map_id: MapType, key: Text) -> bytes | None:
        """The first value of *key*, None when there is none."""
        value: bytes | None = self._found("proxy_get_header_map_value", map_id, key)
        return value

    def add_header(self, map_id: MapType, key: Text, value: Text) -> None:
        """Add *value* to those that *key* has."""
        self.hostcall("proxy_add_header_map_value", map_id, key, value)

    def replace_header(self, map_id: MapType, key: Text, value: Text) -> None:
        """Make *value* the only one of *key*."""
        self.hostcall("proxy_replace_header_map_value", map_id, key, value)

    def remove_header(self, map_id: MapType, key: Text) -> None:
        """Remove all values of *key*."""
        self.hostcall("proxy_remove_header_map_value", map_id, key)

    def header_pairs(self, map_id: MapType) -> list[tuple[bytes, bytes]]:
        """All pairs in order; nothing when the map is not there now."""
        pairs: list[tuple[bytes, bytes]] = self.hostcall("proxy_get_header_map_pairs", map_id)
        return pairs

    def set_header_pairs(self, map_id: MapType, pairs: Pairs) -> None:
        """Make *pairs* the whole map."""
        self.hostcall("proxy_set_header_map_pairs", map_id, pairs)

    # Bodies and other buffers

    def get_buffer(self, buffer_id: BufferType, start: int = 0, size: int | None = None) -> bytes | None:
        """At most *size* bytes of the buffer from *start* on, all of them without it; None when the buffer is not there."""
        data: bytes | None = self._found("proxy_get_buffer_bytes", buffer_id, start, _ALL - start if size is None else size)
        return data

    def set_buffer(self, buffer_id: BufferType, data: Text, start: int = 0, size: int | None = None) -> None:
        """Put *data* in the place of *size* bytes from *start* on, of all that there are without it."""
        self.hostcall("proxy_set_buffer_bytes", buffer_id, start, _ALL - start if size is None else size, data)

    # The stream

    def send_local_response(
        self, status_code: int, body: Text = b"", headers: Pairs = (), *, details: Text = b"", grpc_status: int = -1
    ) -> None:
        """Answer the request here; it goes no further."""
        self.hostcall("proxy_send_local_response", status_code, details, body, headers, grpc_status)

    def continue_stream(self, stream_type: StreamType = StreamType.HTTP_REQUEST) -> None:
        """Go on with what a callback has paused."""
        self.hostcall("proxy_continue_stream", stream_type)

    def close_stream(self, stream_type: StreamType = StreamType.HTTP_REQUEST) -> None:
        """End the stream at once."""
        self.hostcall("proxy_close_stream", stream_type)

    def set_effective_context(self, context_id: int) -> None:
        """Let the following hostcalls of this callback act for another context."""
        self.hostcall("proxy_set_effective_context", context_id)

    def done(self) -> None:
        """The work that `proxy_on_done` wanted to wait for is finished."""
        self.hostcall("proxy_done")

    def http_call(self, upstream: Text, headers: Pairs, body: Text = b"", *, trailers: Pairs = (), timeout: float = 5.0) -> int:
        """Send a request to *upstream* and return the id with which `proxy_on_http_call_response` will come."""
        return int(self.hostcall("proxy_http_call", upstream, headers, body, trailers, round(timeout * 1000)))

    # Properties

    def get_property(self, *path: Text) -> bytes | None:
        """The value at *path*, `get_property("request", "path")`; None when there is none."""
        value: bytes | None = self._found("proxy_get_property", b"\0".join(map(_bytes, path)))
        return value

    def set_property(self, path: Text, value: Text) -> None:
        """Remember *value* under the name *path* for as long as the stream lives."""
        self.hostcall("proxy_set_property", path, value)

    # What plugins share

    def get_shared_data(self, key: Text) -> tuple[bytes, int] | None:
        """The value of *key* and its cas number; None when there is none."""
        found: tuple[bytes, int] | None = self._found("proxy_get_shared_data", key)
        return found

    def set_shared_data(self, key: Text, value: Text, cas: int = 0) -> bool:
        """Set the value of *key*; with *cas* only when it has not changed since. False when it has."""
        try:
            self.hostcall("proxy_set_shared_data", key, value, cas)
        except HostcallRefused as refused:
            if refused.status is Status.CAS_MISMATCH:
                return False
            raise
        return True

    def register_queue(self, name: Text) -> int:
        """The id of the queue *name*, whose receiver is this plugin now."""
        return int(self.hostcall("proxy_register_shared_queue", name))

    def resolve_queue(self, vm_id: Text, name: Text) -> int | None:
        """The id of the queue *name* of another VM, None when there is none."""
        queue_id: int | None = self._found("proxy_resolve_shared_queue", vm_id, name)
        return queue_id

    def enqueue(self, queue_id: int, value: Text) -> None:
        """Put *value* at the end of a queue."""
        self.hostcall("proxy_enqueue_shared_queue", queue_id, value)

    def dequeue(self, queue_id: int) -> bytes | None:
        """The first value of a queue, which is taken out; None when it is empty."""
        value: bytes | None = self._found("proxy_dequeue_shared_queue", queue_id, nothing=(Status.EMPTY, Status.NOT_FOUND))
        return value

    def define_metric(self, metric_type: MetricType, name: Text) -> int:
        """The id of the metric *name*."""
        return int(self.hostcall("proxy_define_metric", metric_type, name))

    def increment_metric(self, metric_id: int, delta: int = 1) -> None:
        """Add *delta* to a counter or gauge."""
        self.hostcall("proxy_increment_metric", metric_id, delta)

    def record_metric(self, metric_id: int, value: int) -> None:
        """Set a gauge, or add *value* to a histogram."""
        self.hostcall("proxy_record_metric", metric_id, value)

    def get_metric(self, metric_id: int) -> int:
        """The value of a counter or gauge."""
        return int(self.hostcall("proxy_get_metric", metric_id))

    def call_foreign_function(self, name: Text, argument: Text = b"") -> bytes:
        """What a function that only this host has makes of *argument*."""
        result: bytes = self.hostcall("proxy_call_foreign_function", name, argument)
        return result


def _type_of(method: Callable[..., Any], row: Row) -> FuncType:
    """The Wasm type of a callback. Parameters are counted, not assumed, so that a host notices one of another version's shape."""
    parameters = inspect.signature(method).parameters.values()
    words: tuple[str, ...] = ("i32",) * len(parameters)
    if any(parameter.kind is inspect.Parameter.VAR_POSITIONAL for parameter in parameters):
        words = row.wasm_params
    return parse_signature(" ".join((*words, "->", *row.wasm_results)))


def _answering(method: Callable[..., Any], row: Row) -> Callable[..., Any]:
    """*method*, with bools for what the row calls bool, and the usual answer where it returns None."""
    bools = {position for position, param in enumerate(row.params) if param.kind.name == "bool"}
    usual = int(bool(row.results) and row.results[0].kind.name == "bool")

    def callback(*args: int) -> Any:
        result = method(*[bool(arg) if position in bools else arg for position, arg in enumerate(args)])
        return usual if result is None else result

    return callback


def _bytes(text: Text) -> bytes:
    if not isinstance(text, str | bytes | bytearray | memoryview):
        # `bytes(5)` would be five zeros.
        raise TypeError(f"expected text or bytes, not {text!r}")
    return text.encode() if isinstance(text, str) else bytes(text)


def _pairs(pairs: Pairs) -> list[tuple[bytes, bytes]]:
    items: Iterable[tuple[Text, Text]] = pairs.items() if isinstance(pairs, Mapping) else pairs
    return [(_bytes(name), _bytes(value)) for name, value in items]
