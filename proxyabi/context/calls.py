"""HTTP calls that plugins have made and that wait for an answer.

Lives here: the id of a call, who waits for it, and giving it up.
Not here: what a guest has to say for a call to be made (hostcalls.http_calls), sending it (a command to the driver), and telling
the guest of the answer (plugin.root).

Ids are one sequence per VM, in steps of four: the low two bits tell the kind of call, and 00 is an HTTP call. An id is never 0.

abi: 15.1 HTTP callouts
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from proxyabi.abi.types import Status
from proxyabi.context.buffer import Buffer
from proxyabi.context.commands import CancelHttpCall, Command, DispatchHttpCall
from proxyabi.context.header_map import HeaderMap
from proxyabi.errors import Fail

__all__ = ["CallAnswer", "HttpCalls"]

STEP = 4
LARGEST_ID = (1 << 32) - STEP


@dataclass(frozen=True, slots=True)
class CallAnswer:
    """What a call brought back, as the guest may read it while it is told."""

    headers: HeaderMap
    body: Buffer
    trailers: HeaderMap


class HttpCalls:
    """The calls of one VM. *clusters* are the upstreams that exist; *send* takes the commands for the driver."""

    def __init__(self, clusters: Collection[str], send: Callable[[Command], None]) -> None:
        self._clusters = clusters
        self._send = send
        self._last_id = 0
        self._waiting: dict[int, tuple[int, int]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def begin(
        self,
        context_id: int,
        plugin_id: int,
        upstream: str,
        headers: HeaderMap,
        body: bytes,
        trailers: HeaderMap,
        timeout_ms: int,
    ) -> int:
        """Send a call for plugin context *context_id* and give its id. A *timeout_ms* of 0 waits without end.

        fails: BAD_ARGUMENT for an unknown upstream.
        """
        if upstream not in self._clusters:
            known = ", ".join(sorted(self._clusters)) or "none"
            raise Fail(Status.BAD_ARGUMENT, f"there is no upstream {upstream!r}; known: {known}")
        call_id = self._free_id()
        self._waiting[call_id] = (context_id, plugin_id)
        timeout = timeout_ms / 1000 if timeout_ms else None
        self._send(DispatchHttpCall(plugin_id, call_id, upstream, headers.copy(), body, trailers.copy(), timeout))
        return call_id

    def take(self, context_id: int, call_id: int) -> bool:
        """Whether plugin context *context_id* waits for the answer to *call_id*. It does no longer."""
        waiting = self._waiting.get(call_id)
        if waiting is None or waiting[0] != context_id:
            return False
        del self._waiting[call_id]
        return True

    def cancel_all(self, context_id: int) -> None:
        """Give up all calls of one plugin context."""
        for call_id, (waiting, plugin_id) in list(self._waiting.items()):
            if context_id == waiting:
                del self._waiting[call_id]
                self._send(CancelHttpCall(plugin_id, call_id))

    def _free_id(self) -> int:
        while True:
            self._last_id = self._last_id + STEP if self._last_id < LARGEST_ID else STEP
            if self._last_id not in self._waiting:
                return self._last_id
