"""A guest without code, and a world around it, for tests of host functions.

Lives here: `World`, which calls a host function as a guest would: inputs laid into memory, addresses for results behind them, and
what came back read from there. Memory and allocator are a bytearray; contexts, buffers, maps and services are the real ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import pytest

import proxyabi.hostcalls  # noqa: F401 - importing the room registers the handlers
from proxyabi.abi.signature import Answer, Row
from proxyabi.abi.types import Errno, LogLevel, Mode, Status
from proxyabi.abi.versions import VERSIONS, surface
from proxyabi.config import PluginConfig
from proxyabi.context.buffer import Buffer
from proxyabi.context.calls import HttpCalls
from proxyabi.context.commands import Command
from proxyabi.context.context import HttpContext, LocalReply, PluginContext
from proxyabi.context.grpc_calls import GrpcCalls
from proxyabi.context.header_map import HeaderMap
from proxyabi.context.stream_info import StreamInfo
from proxyabi.hostcalls.marshal import bind
from proxyabi.services.clock import StoppedClock
from proxyabi.services.log import Log
from proxyabi.services.metrics import VmMetrics
from proxyabi.services.services import Services
from proxyabi.trace import Trace

SIZE = 1 << 16
INPUTS, RESULTS, HEAP = 0x100, 0x8000, 0x9000
POISON = 0xA5


class OutsideError(Exception):
    """An address outside the memory."""


class RestrictedError(Exception):
    """What stands for the trap `restricted_callback`."""


class Answered:
    """A status that came instead of a result. It equals its status, and no number: a result may be 1 too."""

    def __init__(self, status: Status | Errno) -> None:
        self.status = status

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self.status) and other == self.status

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self.status)


class MemoryGuest:
    """A guest's memory, and an allocator that only counts up; it writes down the sizes it was asked for."""

    out_of_bounds: type[Exception] = OutsideError

    def __init__(self) -> None:
        self.memory = bytearray([POISON]) * SIZE
        self.mode = Mode.RUNNING
        self.asked: list[int] = []
        self.exhausted = False
        self._next = HEAP

    def read(self, pointer: int, size: int, /) -> bytes:
        if pointer + size > len(self.memory):
            raise OutsideError
        return bytes(self.memory[pointer : pointer + size])

    def write(self, pointer: int, data: bytes, /) -> None:
        if pointer + len(data) > len(self.memory):
            raise OutsideError
        self.memory[pointer : pointer + len(data)] = data

    def allocate(self, size: int, /) -> int:
        self.asked.append(size)
        if self.exhausted:
            return 0
        self._next += size
        return self._next - size

    def refuse(self, name: str, /) -> NoReturn:
        raise RestrictedError(name)


class MemoryVm:
    """The state of a VM that contexts and handlers look at, without a VM."""

    def __init__(self, services: Services, vm_id: str) -> None:
        self.services = services
        self.metrics = VmMetrics(services.metrics)
        self.commands: list[Command] = []
        self.calls = HttpCalls(("backend",), self.commands.append)
        self.refused: list[tuple[int, int]] = []
        self.grpc = GrpcCalls(("backend",), self.commands.append, lambda *refused: self.refused.append(refused), lambda *_: None)
        self.current: Any = None
        self.vm_id = vm_id
        self.vm_configuration = b"VM CONFIG"
        self.environment: dict[str, str] = {}
        self.callback = "proxy_on_request_headers"
        self.stop_next = False
        self.deferred: list[Callable[[], None]] = []
        self.logged: list[tuple[LogLevel, str]] = []
        self.armed: list[float] = []
        self.ready: list[int] = []
        self.shutdown_waits = False
        self.known_contexts = {0, 1, 2}
        self.effective_id = 0

    def current_context(self) -> Any:
        return self.current

    def set_effective_context(self, context_id: int) -> bool:
        if context_id in self.known_contexts:
            self.effective_id = context_id
        return context_id in self.known_contexts

    def defer(self, action: Callable[[], None]) -> None:
        self.deferred.append(action)

    def log(self, level: LogLevel, prefix: str, message: str) -> None:
        self.logged.append((level, message))

    def arm_timer(self, root: PluginContext, seconds: float) -> None:
        self.armed.append(seconds)

    def post_queue_ready(self, root: PluginContext, queue_id: int) -> None:
        self.ready.append(queue_id)

    def finish_shutdown(self, root: PluginContext) -> bool:
        return self.shutdown_waits


class MemoryStream:
    """A stream that does nothing but remember what was asked of it."""

    def __init__(self) -> None:
        self.info = StreamInfo()
        self.properties: dict[bytes, bytes] = {}
        self.asked: list[Any] = []
        self.added: dict[int, HeaderMap] = {}

    def held_body(self, direction: int) -> Buffer | None:
        return None

    def add_trailers(self, direction: int) -> HeaderMap:
        return self.added.setdefault(direction, HeaderMap())

    def resume(self, direction: int) -> None:
        self.asked.append(("resume", direction))

    def reply(self, reply: LocalReply) -> None:
        self.asked.append(reply)

    def close(self) -> None:
        self.asked.append("close")


class World:
    """A guest, its plugin context 1 and its stream context 2, which is the effective one until a test says otherwise."""

    def __init__(self, *, vm_id: str = "my_vm", services: Services | None = None) -> None:
        self.lines: list[str] = []
        self.clock = StoppedClock()
        self.services = services or Services(
            clock=self.clock,
            log=Log(LogLevel.TRACE, sink=self.lines.append, clock=self.clock),
            random=lambda size: b"\x07" * size,
        )
        self.guest = MemoryGuest()
        self.vm = MemoryVm(self.services, vm_id)
        config = PluginConfig(b"", name="my_plugin", root_id="my_root", vm_id=vm_id, configuration=b"PLUGIN CONFIG")
        self.root = PluginContext(1, self.vm, config, 0)
        self.stream_control = MemoryStream()
        self.stream = HttpContext(2, self.root, self.stream_control)
        self.vm.current = self.stream
        self.context: PluginContext | HttpContext = self.stream
        self.records: list[dict[str, Any]] = []
        self.trace: Trace | None = None

    def row(self, name: str, version: int = -1, module: str = "env") -> Row:
        return surface(VERSIONS[version]).hostcalls[module, name]

    def call(self, name: str, *inputs: Any, version: int = -1, module: str = "env") -> Any:
        """Call *name* with Python values.

        Gives the status alone when it is not OK or when there are no results, else the result, or a tuple of results.
        """
        row = self.row(name, version, module)
        args = self.arguments(row, inputs)
        answer = self.raw(name, *args, version=version, module=module)
        if row.answer not in (Answer.STATUS, Answer.ERRNO):
            return answer
        status = (Status if row.answer is Answer.STATUS else Errno)(answer)
        if status or not row.results:
            return Answered(status)
        results = self.results(row, args)
        return results[0] if len(results) == 1 else results

    def raw(self, name: str, *args: int, version: int = -1, module: str = "env") -> int | None:
        """Call *name* with integers, as Wasm does."""
        return bind(self.row(name, version, module), self.guest, lambda: self.context, self.trace)(*args)

    def arguments(self, row: Row, inputs: Sequence[Any]) -> list[int]:
        args: list[int] = []
        place = INPUTS
        for param, value in zip(row.params, inputs, strict=True):
            if len(param.kind.params) == 2:
                self.guest.write(place, value)
                args += (place, len(value))
                place += len(value)
            else:
                args.append(int(value) % (1 << (64 if param.kind.params == ("i64",) else 32)))
        slots = sum(result.kind.slots for result in row.results)
        return args + [RESULTS + 8 * number for number in range(slots)]

    def results(self, row: Row, args: Sequence[int]) -> tuple[Any, ...]:
        """What stands at the addresses for results."""
        index = sum(len(param.kind.params) for param in row.params)
        found: list[Any] = []
        for result in row.results:
            if result.kind.slots == 2:
                found.append(self.guest.read(self.word(args[index]), self.word(args[index + 1])))
            else:
                found.append(int.from_bytes(self.guest.read(args[index], 8 if result.kind.name == "u64" else 4), "little"))
            index += result.kind.slots
        return tuple(found)

    def word(self, pointer: int) -> int:
        return int.from_bytes(self.guest.read(pointer, 4), "little")

    def attach_trace(self) -> None:
        self.trace = Trace(self.records.append, self.clock)

    def run_deferred(self) -> None:
        for action in self.vm.deferred:
            action()


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def make_world() -> type[World]:
    return World
