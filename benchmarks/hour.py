"""An hour of traffic in minutes: short streams, traps, pauses, silent servers, vanishing clients; nothing may be left behind.

Lives here: the traffic, without sockets and without waiting, and the counts that have to return to where they began.
Not here: the same over real connections (soak.py).

    python benchmarks/hour.py [--streams 1000000] [--tier auto] [--seed 1]

Streams are open side by side, as many as a busy proxy has, and each goes its own way to its end. A call that nobody answers
ends as Envoy ends it, at its timeout. Each chapter has hosts of its own, one of which traps in the middle; after each chapter
everything is counted. The exit code is 0 only when nothing was left and the memory has not grown.
"""

from __future__ import annotations

import argparse
import gc
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from proxyabi import HeaderMap, Host, PluginConfig, Services, StreamInfo
from proxyabi.context.commands import CancelGrpc, CancelHttpCall, DispatchGrpcCall, DispatchHttpCall, ForwardResponseHeaders
from proxyabi.context.events import (
    GrpcClosed,
    GrpcMessage,
    HttpCallFailed,
    HttpCallResponse,
    RequestBody,
    RequestHeaders,
    ResponseBody,
    ResponseHeaders,
    StreamDone,
    StreamReset,
)
from proxyabi.services.log import Log

GUESTS = Path(__file__).parents[1] / "tests" / "guests"
CHAPTERS = 20
OPEN_AT_ONCE = 64
NAMES = ("calls", "bodies", "grpc", "traps")
ALLOWED_GROWTH = 1.02
"""How much more memory the last chapter may use than the second, for what the interpreter keeps for itself."""


def plugins(name: str) -> list[PluginConfig]:
    """The filters of one host of a chapter."""
    code = {item: (GUESTS / f"{item}.wasm").read_bytes() for item in ("c", "script", "hostile")}
    if name == "calls":
        return [PluginConfig(code["c"], name=name, configuration=b"call")]
    if name == "bodies":
        return [
            PluginConfig(code["c"], name=name, configuration=b"body"),
            PluginConfig(code["c"], vm_id="x", configuration=b"headers"),
        ]
    if name == "grpc":
        return [PluginConfig(code["script"], name=name, configuration=b"on_request_headers: grpc_call web_service s m - hi 1000")]
    return [PluginConfig(code["hostile"], name=name, configuration=b"trap proxy_on_request_body")]


@dataclass
class World:
    """A host, the calls that wait for an answer, and what has happened."""

    host: Host
    rng: random.Random
    seen: Counter[str]
    calls: dict[tuple[int, int], Any] = field(default_factory=dict)

    def feed(self, event: Any) -> list[Any]:
        """Feed, and keep what waits for an answer."""
        commands = self.host.feed(event)
        self.keep(commands)
        return commands

    def keep(self, commands: list[Any]) -> None:
        """Note the calls that *commands* begin and give up."""
        for command in commands:
            if isinstance(command, DispatchHttpCall | DispatchGrpcCall):
                self.calls[command.plugin_id, command.call_id] = command
            elif isinstance(command, CancelHttpCall | CancelGrpc):
                self.calls.pop((command.plugin_id, command.call_id), None)

    def end_calls(self, leave: int) -> None:
        """Answer, fail or time out the oldest calls, until *leave* are left."""
        while len(self.calls) > leave:
            key = next(iter(self.calls))
            command = self.calls.pop(key)
            kind = self.rng.choice(("answered", "failed", "timed out"))
            self.seen[f"call {kind}"] += 1
            if isinstance(command, DispatchGrpcCall):
                self.feed(GrpcMessage(*key, b"fine") if kind == "answered" else GrpcClosed(*key, 14, "upstream request timeout"))
            elif kind == "failed":
                self.feed(HttpCallFailed(*key))
            else:
                status = b"200" if kind == "answered" else b"504"
                self.feed(HttpCallResponse(*key, HeaderMap([(b":status", status)]), b"fine", HeaderMap()))

    def way(self, number: int) -> Any:
        """One stream's way through the host, a step at a time."""
        rng, host = self.rng, self.host
        stream_id = host.open_stream(StreamInfo())
        end = rng.random() < 0.4
        head = [(b":authority", b"a"), (b":path", b"/%d" % number), (b":method", b"GET"), (b":scheme", b"http")]
        if rng.random() < 0.5:
            head.append((b"x-call-id", b"%d" % number))
        commands = self.feed(RequestHeaders(stream_id, HeaderMap(head), end))
        yield
        vanishes = rng.random() < 0.15
        answered = any(isinstance(command, ForwardResponseHeaders) for command in commands)
        if not end:
            for piece in range(rng.randrange(1, 4)):
                commands = self.feed(RequestBody(stream_id, b"some secret " * rng.randrange(1, 20), piece == 3))
                answered = answered or any(isinstance(command, ForwardResponseHeaders) for command in commands)
                yield
            self.feed(RequestBody(stream_id, b"", True))
        if vanishes:
            self.seen["vanished"] += 1
            self.feed(StreamReset(stream_id))
        elif not answered:
            self.feed(ResponseHeaders(stream_id, HeaderMap([(b":status", b"200"), (b"content-type", b"text/plain")]), False))
            yield
            self.feed(ResponseBody(stream_id, b"a secret " * rng.randrange(1, 30), True))
        self.feed(StreamDone(stream_id))
        self.seen["streams"] += 1


def chapter(world: World, streams: int) -> None:
    """Let *streams* streams pass, many at a time."""
    open_ways: list[Any] = []
    for number in range(streams):
        open_ways.append(world.way(number))
        while len(open_ways) >= OPEN_AT_ONCE:
            place = world.rng.randrange(len(open_ways))
            if next(open_ways[place], open_ways) is open_ways:
                open_ways.pop(place)
        world.end_calls(leave=OPEN_AT_ONCE)
    while open_ways:
        if next(open_ways[-1], open_ways) is open_ways:
            open_ways.pop()
    world.end_calls(leave=0)


def left_over(world: World) -> list[str]:
    """What should not be there after a chapter."""
    host, found = world.host, []
    if host.contexts_left:
        found.append(f"{host.contexts_left} contexts")
    for plugin in host.plugins:
        vm = plugin.root.vm
        if len(vm.calls) or len(vm.grpc):
            found.append(f"{len(vm.calls)} HTTP calls and {len(vm.grpc)} gRPC calls of {plugin.name}")
        if len(vm.contexts) != 2:
            found.append(f"{len(vm.contexts)} contexts in the VM of {plugin.name} in place of 2")
    return found


def resident() -> int:
    """Bytes of memory that this process occupies."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def main() -> int:
    """Let the hour pass and count."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--streams", type=int, default=1_000_000)
    parser.add_argument("--tier", default="auto")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    seen: Counter[str] = Counter()
    sizes: list[tuple[int, int]] = []
    wrong: list[str] = []
    begun = time.monotonic()
    services = Services(log=Log(6))
    for number in range(CHAPTERS):
        for name in NAMES:
            host = Host(plugins(name), tier=options.tier, clusters=("web_service",), services=services)
            world = World(host, random.Random(f"{options.seed} {number} {name}"), seen)
            world.keep(host.start())
            chapter(world, options.streams // CHAPTERS // len(NAMES))
            wrong += [f"chapter {number}, {name}: {what}" for what in left_over(world)]
            seen["guests that failed"] += sum(plugin.failure is not None for plugin in host.plugins)
            host.close()
        del host, world
        gc.collect()
        sizes.append((resident(), len(gc.get_objects())))
        print(
            f"chapter {number + 1:2}: {seen['streams']} streams, {sizes[-1][0] / 1e6:.1f} MB, {sizes[-1][1]} objects", flush=True
        )
    took = time.monotonic() - begun
    if sizes[-1][1] > sizes[1][1] + 50:
        wrong.append(f"{sizes[-1][1] - sizes[1][1]} objects more than after the second chapter")
    if sizes[-1][0] > sizes[1][0] * ALLOWED_GROWTH:
        wrong.append(f"memory has grown from {sizes[1][0]} to {sizes[-1][0]} bytes")
    print(f"{took:.0f} s, {took / seen['streams'] * 1e6:.0f} µs a stream; {dict(seen)}")
    for what in wrong[:20]:
        print(what, file=sys.stderr)
    print("nothing is left" if not wrong else f"NOT RIGHT: {len(wrong)} findings")
    return int(bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())
