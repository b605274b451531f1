"""The guest's functions, called by name with arguments by name; its memory and its allocator.

Lives here: from "proxy_on_request_headers with these named values" to a call of the exported function of that version, with the
right context as the current one; what the marshalling adapter needs of a guest.
Not here: when a callback is called and what its result means (root.py, http_stream.py), what a trap does to the plugin (vm.py).

The row of the module's version picks the arguments it wants, so that no caller knows versions. A callback that the module does
not export gives None, and so does one that traps: whoever calls looks at the VM's failure to tell them apart.

abi: 7 Guest callbacks, 9.4 Current and effective context, 5.6
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NoReturn, Protocol

from proxyabi.abi.signature import Row
from proxyabi.abi.types import Mode
from proxyabi.context.context import Context
from proxyabi.plugin.preflight import ALLOCATORS
from proxyabi.trace import Trace
from pywasm_vm import HostError, OutOfBounds, VmInterface, WasmError

__all__ = ["Border", "Guest", "stub_import"]

WHILE = {Mode.STARTING: "while the module starts", Mode.ALLOCATING: "while the guest allocates memory for the host"}


class Border(Protocol):
    """What is remembered of the border between host and guest while it is being crossed."""

    current: Context
    effective_id: int
    callback: str
    refusal: tuple[str, str, str] | None
    vm_context: Context
    trace: Trace | None

    @property
    def failure(self) -> str | None:
        """Why the guest is not called any more; None while it is."""

    def fail(self, callback: str, context_id: int, error: WasmError) -> None:
        """The guest has trapped: it is not called any more."""


class Guest:
    """The guest behind *vm*. *rows* are the callbacks of its version, by name."""

    out_of_bounds: type[Exception] = OutOfBounds

    def __init__(self, vm: VmInterface, rows: Mapping[str, Row], border: Border) -> None:
        self.mode = Mode.STARTING
        self.read = vm.get_memory
        self.write = vm.set_memory
        self._vm = vm
        self._rows = rows
        self._border = border
        self._allocator = ALLOCATORS[0]
        self._functions: dict[str, tuple[Callable[..., Any], Callable[[Mapping[str, int]], tuple[int, ...]], Row]] = {}

    def look_up(self) -> None:
        """Find the callbacks that the module exports. Once, when it is linked."""
        for name, row in self._rows.items():
            function = self._vm.get_function(name)
            if function is not None:
                self._functions[name] = (function, _picker([param.name for param in row.params]), row)
        self._allocator = next((name for name in ALLOCATORS if name in self._functions), ALLOCATORS[0])

    def has(self, name: str) -> bool:
        """Whether the module exports that callback."""
        return name in self._functions

    def call(self, name: str, context: Context, **arguments: int) -> int | None:
        """Call *name* for *context* with those of *arguments* that the module's version wants.

        None when the module does not export it, when it gives nothing, and when it traps.
        """
        entry = self._functions.get(name)
        if entry is None:
            return None
        function, pick, row = entry
        return self._cross(row, function, context, pick(arguments))

    def start(self) -> None:
        """Run the module's start functions, for the VM's own context, while most host functions are out of bounds.

        abi: 2.4
        """
        names = ["_start"]
        if self.has("_initialize"):
            names = ["_initialize", "main" if self.has("main") else "__main_void"]
        for name in names:
            if name in self._functions and self._border.failure is None:
                function, _, row = self._functions[name]
                self._cross(row, function, self._border.vm_context, (0,) * len(row.params))
        self.mode = Mode.RUNNING

    def allocate(self, size: int) -> int:
        """The address of *size* fresh bytes, 0 when the guest gave none.

        The allocator runs for the VM's own context. When it traps the guest has failed, but whoever called it goes on.

        abi: 5.5, 5.6
        """
        function, _, row = self._functions[self._allocator]
        outer, self.mode = self.mode, Mode.ALLOCATING
        try:
            return self._cross(row, function, self._border.vm_context, (size,)) or 0
        finally:
            self.mode = outer

    def refuse(self, name: str) -> NoReturn:
        """Stop the guest, which has called host function *name* when it must not.

        raises: HostError.
        """
        raise HostError(f"restricted_callback: {name} must not be called {WHILE.get(self.mode, 'now')}")

    def _cross(self, row: Row, function: Callable[..., Any], context: Context, args: tuple[int, ...]) -> int | None:
        border = self._border
        trace = border.trace
        current, effective_id, callback = border.current, border.effective_id, border.callback
        if not callback:
            border.refusal = None
        border.current, border.effective_id, border.callback = context, 0, row.name
        record = None if trace is None else trace.begin_callback(row, context.id, args)
        result: int | None = None
        reason: str | None = None
        try:
            result = function(*args)
        except WasmError as error:
            reason = str(error)
            border.fail(row.name, context.id, error)
        finally:
            border.current, border.effective_id, border.callback = current, effective_id, callback
            if record is not None and trace is not None:
                trace.end_callback(record, row, result, reason)
        return result


def stub_import(module: str, name: str) -> Callable[..., NoReturn]:
    """What stands in for an import that no host has: the guest traps when it calls it."""

    def call(*_args: object) -> NoReturn:
        raise HostError(f"{module}.{name} was called, an import that this host does not have: a stub stands in for it")

    return call


def _picker(names: Sequence[str]) -> Callable[[Mapping[str, int]], tuple[int, ...]]:
    """What takes the arguments of those names, in that order, out of a dictionary."""
    if not names:
        return lambda arguments: ()
    if len(names) == 1:
        (only,) = names
        return lambda arguments: (arguments[only],)
    return itemgetter(*names)
