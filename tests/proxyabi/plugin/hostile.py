"""A guest that makes any host call with any arguments, and has any allocator, on every kind of VM.

Lives here: the module, as text and as a Python guest; `Hostile`, which brings it up with a stream and calls through it.
Not here: what has to come of it (test_hostile_calls.py).

Each host function of the version, and each of WASI and Emscripten, has an export "call N" with the same parameters, so that its
arguments come from Python and everything else is real: the border, the memory, the allocator that is called back.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from conversation import assemble

from proxyabi import HeaderMap, Host, PluginConfig, Services, StreamInfo
from proxyabi.abi.signature import Row
from proxyabi.abi.types import MapType, Mode
from proxyabi.abi.versions import VERSIONS, AbiVersion, surface
from proxyabi.context.buffer import Buffer
from proxyabi.context.calls import CallAnswer
from proxyabi.context.events import RequestHeaders, StreamDone
from proxyabi.services.clock import StoppedClock
from proxyabi.services.log import Log
from proxyabi.vms import NullGuest, NullVm, export
from proxyabi.wire.pairs import encode_pairs
from pywasm_vm import FuncType, parse_signature

PAGES, MOST_PAGES = 2, 8
SIZE = PAGES << 16
HEAP = 0x8000

WAYS = ("works", "gives", "traps", "calls", "grows", "recurses")
"""What the allocator does: its work; gives the number it was told; traps; calls the host function of that number with eights
everywhere; grows the memory first; calls itself."""


@cache
def rows(version: AbiVersion) -> tuple[Row, ...]:
    """Every host function of *version*, WASI under both names and Emscripten's helpers included."""
    return tuple(surface(version).hostcalls.values())


@cache
def module(version: AbiVersion) -> bytes:
    """The guest for *version*."""
    imports, calls, eights = [], [], []
    for number, row in enumerate(rows(version)):
        params = "".join(f" (param {wasm_type})" for wasm_type in row.wasm_params)
        result = "".join(f" (result {wasm_type})" for wasm_type in row.wasm_results)
        imports.append(f'(import "{row.module}" "{row.name}" (func $h{number}{params}{result}))')
        given = "".join(f" (local.get {index})" for index in range(len(row.wasm_params)))
        calls.append(f'(func (export "call {number}"){params}{result} (call $h{number}{given}))')
        eight = "".join(f" ({wasm_type}.const 8)" for wasm_type in row.wasm_params)
        call = f"(call $h{number}{eight})"
        eights.append(f"(func $eight{number} {f'(drop {call})' if row.wasm_results else call})")
    return assemble(f"""(module {" ".join(imports)}
        (memory (export "memory") {PAGES} {MOST_PAGES})
        (global $way (mut i32) (i32.const 0)) (global $number (mut i32) (i32.const 0)) (global $next (mut i32) (i32.const {HEAP}))
        (table funcref (elem {" ".join(f"$eight{number}" for number in range(len(eights)))}))
        (func (export "{version.marker}"))
        (func (export "allocate by") (param i32 i32) (global.set $way (local.get 0)) (global.set $number (local.get 1)))
        (func $malloc (export "malloc") (param $size i32) (result i32)
          (if (i32.eq (global.get $way) (i32.const 1)) (then (return (global.get $number))))
          (if (i32.eq (global.get $way) (i32.const 2)) (then unreachable))
          (if (i32.eq (global.get $way) (i32.const 3)) (then (call_indirect (global.get $number))))
          (if (i32.eq (global.get $way) (i32.const 4)) (then (drop (memory.grow (i32.const 1)))))
          (if (i32.eq (global.get $way) (i32.const 5)) (then (drop (call $malloc (local.get $size)))))
          (global.get $next)
          (global.set $next (i32.add (global.get $next) (local.get $size))))
        {" ".join(calls)} {" ".join(eights)})""")


class PythonGuest(NullGuest):
    """The same in Python. Classes for one version each stand below it."""

    abi_version = ""
    _version = VERSIONS[-1]

    def __init__(self) -> None:
        self._way, self._number, self._next = 0, 0, HEAP

    def exports(self) -> Iterator[tuple[str, FuncType, Callable[..., Any]]]:
        yield self._version.marker, FuncType((), ()), lambda: None
        yield from super().exports()
        for number, row in enumerate(rows(self._version)):
            yield f"call {number}", parse_signature(row.signature), partial(self._call, row)
        yield "allocate by", parse_signature("i32 i32 ->"), self._allocate_by

    def _call(self, row: Row, *args: int) -> Any:
        return self.imports[row.module, row.name](*args)

    def _allocate_by(self, way: int, number: int) -> None:
        self._way, self._number = way, number

    @export("i32 -> i32")
    def malloc(self, size: int) -> int:
        way = WAYS[self._way]
        if way == "gives":
            return self._number
        if way == "traps":
            raise RuntimeError("unreachable")
        if way == "calls":
            row = rows(self._version)[self._number]
            self._call(row, *[8] * len(row.wasm_params))
        if way == "grows" and len(self.memory.data) < MOST_PAGES << 16:
            self.memory.data += bytes(1 << 16)
        if way == "recurses":
            self.malloc(size)
        self._next += size
        return (self._next - size) & 0xFFFFFFFF


PAIRS = encode_pairs([(b":path", b"/"), (b":method", b"GET"), (b":authority", b"a"), (b":status", b"200")])
TEXTS = (
    b"x-id",
    b"web_service",
    b"compress",
    b"request\0headers",
    b"filter_state\0huge",
    PAIRS,
    PAIRS[:-1],
    b"\xff" * 64,
    b"\x02\0\0\0" + b"\xff" * 16,
    b"\x01\0\0\0\x01\0\0\0\xff\xff\xff\x7fa\0b\0",
    b"\0\4\0\0" + bytes(8 * 1024),
    b"\x1f\x8b garbage",
)
"""What stands in the guest's memory, so that some arguments mean something: words, maps, and what is no map."""

PLACES = [0x1000 + 0x3000 * (index == 10) + 0x100 * index for index in range(len(TEXTS))]


class Hostile:
    """The guest on *engine* (a tier's name, or "null"), its plugin's context, and that of a stream whose windows are open."""

    def __init__(self, engine: str, version: AbiVersion) -> None:
        self.version = version
        self.lines: list[str] = []
        clock = StoppedClock()
        services = Services(clock=clock, log=Log(0, sink=self.lines.append, clock=clock))
        null = engine == "null"
        spoken = {"abi_version": str(version), "_version": version}
        tier: Any = (lambda config: NullVm(type("Spoken", (PythonGuest,), spoken))) if null else engine
        config = PluginConfig(
            b"null" if null else module(version), name="hostile", configuration=b"plugin", vm_configuration=b"vm"
        )
        self.host = Host([config], tier=tier, clusters=("web_service",), services=services)
        self.host.start()
        self.vm = self.host.plugins[0].root.vm
        self.root: Any = self.host.plugins[0].root.context
        self.dead = self._open().id
        self.end()
        self.stream = self._open()
        if null:
            self.vm.vm.guest.memory.data += bytes(SIZE - (1 << 16))  # type: ignore[attr-defined]
        for place, text in zip(PLACES, TEXTS, strict=True):
            self.vm.vm.set_memory(place, text)

    def _open(self) -> Any:
        """The context of a new stream."""
        info = StreamInfo()
        info.filter_state[b"huge"] = bytes(1 << 20)
        self.id = self.host.open_stream(info)
        headers = HeaderMap(
            [(b":authority", b"a"), (b":path", b"/"), (b":method", b"GET"), (b":scheme", b"http"), (b"x-id", b"1")]
        )
        self.host.feed(RequestHeaders(self.id, headers, end_of_stream=False))
        return next(context for context in self.vm.contexts.values() if context.parent_id)

    def open_windows(self) -> None:
        """Let the stream be read and changed, and the answer to a call be read."""
        for map_type in (MapType.HTTP_REQUEST_HEADERS, MapType.HTTP_RESPONSE_HEADERS, MapType.HTTP_RESPONSE_TRAILERS):
            self.stream.maps[map_type] = HeaderMap([(b":path", b"/"), (b"x-id", b"1")])
        self.stream.bodies[:] = [Buffer(b"request body"), Buffer(b"response body")]
        self.root.answer = CallAnswer(HeaderMap([(b":status", b"200")]), Buffer(b"answer"), HeaderMap())

    def allocate_by(self, way: str, number: int = 0) -> None:
        function = self.vm.vm.get_function("allocate by")
        assert function is not None
        function(WAYS.index(way), number)

    def call(self, number: int, *args: int, context: Any = None) -> int | None:
        """What host function *number* answers; None when the guest does not come back from it."""
        function = self.vm.vm.get_function(f"call {number}")
        assert function is not None
        callback = surface(self.version).callbacks["proxy_on_tick"]
        self.vm.guest.mode = Mode.RUNNING
        answer = self.vm.guest._cross(callback, function, context or self.stream, args)
        self.vm.settle()
        return answer

    def named(self, name: str, *args: int, context: Any = None) -> int | None:
        """The same by the function's name."""
        names = [row.name for row in rows(self.version)]
        return self.call(names.index(name), *args, context=context)

    def end(self) -> None:
        """End the stream."""
        self.host.feed(StreamDone(self.id))
