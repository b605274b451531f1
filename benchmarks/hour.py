"""An hour of traffic in minutes: short streams, traps, pauses, silent servers, vanishing clients; nothing may be left behind.

Lives here: the traffic on a simulated clock, without sockets and without waiting, and the counts that have to return to where
they began. Not here: the same over real connections (soak.py).

    python benchmarks/hour.py [--streams 1000000] [--seconds 3600] [--tier auto] [--seed 1] [--chapters 20]

One host lives for the whole hour. Streams come evenly, each takes one of several routes through its filters, and many are open
side by side. Some clients vanish, some upstreams fail, some calls are never answered and end as Envoy ends them, at their
timeout; one filter holds streams that nobody resumes, one traps at every body and gets a new VM again and again. At the end of
each chapter the traffic pauses until everything has run its course; then contexts, calls, the guests' memories, Python's objects
and blocks and this process's memory are counted. The exit code is 0 only when they are what they were after the first quarter of
the chapters, when everything has been called once and every pool is filled.
"""

from __future__ import annotations

import argparse
import gc
import heapq
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from proxyabi import HeaderMap, Host, PluginConfig, Services, StreamInfo
from proxyabi.config import FailurePolicy
from proxyabi.context import commands as c
from proxyabi.context import events as e
from proxyabi.services.clock import StoppedClock
from proxyabi.services.log import OFF, Log

GUESTS = Path(__file__).parents[1] / "tests" / "guests"
ROUTES = {
    "calls": ((0,), 45),
    "bodies": ((1, 2), 45),
    "grpc": ((3,), 35),
    "ticks": ((4,), 2),
    "traps": ((2, 5), 20),
    "local": ((6,), 40),
    "held": ((2, 7), 10),
}
"""For each route the plugins that its streams pass, by number, and how often it is taken. Each stream of "ticks" starts its
guest's timer anew: with many of them it would never ring."""

GRPC = b"""on_request_headers: grpc_call web_service s m - hi 1000; grpc_stream web_service s m -
on_grpc_close: grpc_close $
"""
"""A guest that does not close its side of a stream keeps its id for ever, as with Envoy."""

PATIENCE = 15.0
"""How many seconds a client waits."""

ALLOWED_GROWTH = 1.02
"""How much more memory there may be in the end than after the first quarter, for what the interpreter and the C library keep."""
ALLOWED_BLOCKS = 200
"""How many more objects or blocks there may be: the interpreter's caches come and go."""


def plugins() -> list[PluginConfig]:
    """The filters, in the order of the numbers in ROUTES."""
    code = {name: (GUESTS / f"{name}.wasm").read_bytes() for name in ("c", "script", "hostile")}
    return [
        PluginConfig(code["c"], name="calls", configuration=b"call"),
        PluginConfig(code["c"], name="bodies", vm_id="b", configuration=b"body"),
        PluginConfig(code["c"], name="headers", vm_id="h", configuration=b"headers"),
        PluginConfig(code["script"], name="grpc", configuration=GRPC),
        PluginConfig(code["c"], name="ticks", vm_id="t", configuration=b"tick"),
        PluginConfig(
            code["hostile"],
            name="traps",
            configuration=b"trap proxy_on_request_body",
            failure_policy=FailurePolicy.FAIL_RELOAD,
            reload_seconds=4.0,
        ),
        PluginConfig(code["c"], name="local", vm_id="l", configuration=b"local"),
        PluginConfig(code["script"], name="held", vm_id="w", configuration=b"on_request_headers: return 1"),
    ]


class Hour:
    """The host, the clock, what is going to happen when, and what has happened."""

    def __init__(self, tier: str, seed: int) -> None:
        self.rng = random.Random(seed)
        self.clock = StoppedClock()
        self.now = 0.0
        self.seen: Counter[str] = Counter()
        self.streams: dict[int, Stream] = {}
        self.calls: dict[tuple[int, int], float | None] = {}
        """The timeouts of the calls under way."""
        self.pending = 0
        """How many events are still to come, ticks left out."""
        self._due: list[tuple[float, int, bool, Callable[[], None]]] = []
        self._number = 0
        self._timers: dict[int, int] = {}
        services = Services(clock=self.clock, log=Log(OFF), random=self.rng.randbytes)
        self.host = Host(plugins(), tier=tier, clusters=("web_service",), services=services)
        self._perform(self.host.start())
        self._routes = [plugins for plugins, _ in ROUTES.values()]
        self._weights = [weight for _, weight in ROUTES.values()]

    def chapter(self, streams: int, seconds: float) -> None:
        """Let that many streams come in that time, then let everything run its course."""
        for number in range(streams):
            self.run(until=self.now + seconds / streams)
            (route,) = self.rng.choices(self._routes, self._weights)
            stream = Stream(self, number, route)
            self.streams[stream.id] = stream
            stream.step()
        while self.pending:
            self.run(until=self._due[0][0])

    def run(self, until: float) -> None:
        """Let the time pass until then, with everything that is due."""
        while self._due and self._due[0][0] <= until:
            moment, _, counts, act = heapq.heappop(self._due)
            self._move_to(moment)
            self.pending -= counts
            act()
        self._move_to(until)

    def after(self, seconds: float, act: Callable[[], None], *, counts: bool = True) -> None:
        """Do *act* that much later."""
        self._number += 1
        self.pending += counts
        heapq.heappush(self._due, (self.now + seconds, self._number, counts, act))

    def feed(self, event: Any) -> None:
        """Tell the host, and do what it wants."""
        self._perform(self.host.feed(event))

    def _move_to(self, moment: float) -> None:
        if moment > self.now:
            self.clock.advance(moment - self.now)
            self.now = moment

    def _perform(self, commands: list[Any]) -> None:
        for command in commands:
            if isinstance(command, c.DispatchHttpCall | c.DispatchGrpcCall | c.OpenGrpcStream):
                self._begin_call(command)
            elif isinstance(command, c.CancelHttpCall | c.CancelGrpc):
                self.calls.pop((command.plugin_id, command.call_id), None)
                self.seen["call given up"] += 1
            elif isinstance(command, c.SetTickPeriod):
                generation = self._timers[command.plugin_id] = self._timers.get(command.plugin_id, 0) + 1
                if command.seconds:
                    self.after(command.seconds, partial(self._tick, command, generation), counts=False)
            elif not isinstance(command, c.SendGrpcMessage | c.EndGrpcStream):
                stream = self.streams.get(command.stream_id)
                if stream is not None:
                    stream.told(command)

    def _tick(self, command: c.SetTickPeriod, generation: int) -> None:
        if self._timers[command.plugin_id] == generation:
            self.feed(e.Tick(command.plugin_id))
            self.seen["ticks"] += 1
        if self._timers[command.plugin_id] == generation:
            self.after(command.seconds, partial(self._tick, command, generation), counts=False)

    def _begin_call(self, command: c.DispatchHttpCall | c.DispatchGrpcCall | c.OpenGrpcStream) -> None:
        key = command.plugin_id, command.call_id
        fate = self.rng.choices(("answered", "failed", "never answered"), (6, 1, 1))[0]
        timeout = PATIENCE if command.timeout is None else command.timeout
        self.calls[key] = timeout
        wait = timeout if fate == "never answered" else self.rng.random() * 0.1
        self.after(wait, partial(self._end_call, key, fate, isinstance(command, c.DispatchHttpCall)))

    def _end_call(self, key: tuple[int, int], fate: str, over_http: bool) -> None:
        if self.calls.pop(key, self) is self:
            return
        self.seen[f"call {fate}"] += 1
        if over_http and fate == "failed":
            self.feed(e.HttpCallFailed(*key))
        elif over_http:
            status = b"200" if fate == "answered" else b"504"
            self.feed(e.HttpCallResponse(*key, HeaderMap([(b":status", status)]), b"fine", HeaderMap()))
        elif fate == "answered":
            self.feed(e.GrpcInitialMetadata(*key, HeaderMap([(b"x-a", b"1")])))
            self.feed(e.GrpcMessage(*key, b"fine"))
            self.feed(e.GrpcClosed(*key, 0, ""))
        else:
            self.feed(e.GrpcClosed(*key, 14, "upstream request timeout"))

    # What is left.

    def left_over(self) -> list[str]:
        """What should not be there while no stream is open."""
        host, found = self.host, []
        if host.contexts_left:
            found.append(f"{host.contexts_left} contexts")
        for name in ("_streams", "_connections", "_held", "_replaced", "_ready", "_commands"):
            if getattr(host, name):
                found.append(f"{len(getattr(host, name))} entries in the host's {name}")
        for plugin in host.plugins:
            vm = plugin.root.vm
            if len(vm.calls) or len(vm.grpc):
                found.append(f"{len(vm.calls)} HTTP calls and {len(vm.grpc)} gRPC calls of {plugin.name}")
            if len(vm.contexts) != 2:
                found.append(f"{len(vm.contexts)} contexts in the VM of {plugin.name} in place of 2")
        if self.calls or self.streams:
            found.append(f"{len(self.calls)} calls and {len(self.streams)} streams of the driver's own")
        return found


@dataclass
class Stream:
    """One stream, a step at a time, as a client and an upstream that answers see it."""

    hour: Hour
    number: int
    route: tuple[int, ...]
    id: int = 0
    to_send: int = field(default=0)
    """How many pieces of body are still to be sent."""
    begun: bool = False
    asked: bool = False
    """Whether the upstream has the whole request."""
    answering: int = 0
    """How many steps of the answer have been made."""
    over: bool = False
    gives_up: float = 0.0

    def __post_init__(self) -> None:
        rng = self.hour.rng
        self.id = self.hour.host.open_stream(StreamInfo(), self.route)
        self.to_send = rng.choice((0, 0, 1, 3))
        self.gives_up = self.hour.now + (rng.random() * 0.05 if rng.random() < 0.1 else PATIENCE)

    def told(self, command: Any) -> None:
        """The host wants something of this stream's driver."""
        match command:
            case c.ForwardRequestHeaders() | c.ForwardRequestBody():
                self.asked = self.asked or command.end_of_stream
            case c.ForwardResponseHeaders() | c.ForwardResponseBody():
                self.over = self.over or command.end_of_stream
            case c.ResetStream():
                self.over = True
            case c.AbandonUpstream():
                self.asked = False

    def step(self) -> None:
        """Do what comes next, and come back for the rest."""
        hour, rng = self.hour, self.hour.rng
        if not self.begun:
            self.begun = True
            path = b"/denied" if self.number % 2 else b"/%d" % self.number
            head = [(b":authority", b"a"), (b":path", path), (b":method", b"GET"), (b":scheme", b"http")]
            if rng.random() < 0.5:
                head.append((b"x-call-id", b"%d" % self.number))
            hour.feed(e.RequestHeaders(self.id, HeaderMap(head), not self.to_send))
        elif self.over:
            self._end("completed")
            return
        elif hour.now >= self.gives_up:
            hour.feed(e.StreamReset(self.id))
            self._end("vanished")
            return
        elif self.to_send:
            self.to_send -= 1
            hour.feed(e.RequestBody(self.id, b"some secret " * rng.randrange(1, 20), not self.to_send))
        elif self.asked:
            self._answer()
        if self.over or self.to_send or self.asked:
            hour.after(rng.random() * 0.02, self.step)
        else:
            hour.after(min(0.25, max(self.gives_up - hour.now, 0.001)), self.step)

    def _answer(self) -> None:
        hour, rng = self.hour, self.hour.rng
        self.answering += 1
        if self.answering == 1 and rng.random() < 0.05:
            hour.seen["upstream failed"] += 1
            hour.feed(e.UpstreamFailed(self.id, 503, "connection refused", b"no"))
            self.asked = False
        elif self.answering == 1:
            headers = HeaderMap([(b":status", b"200"), (b"content-type", b"text/plain")])
            hour.feed(e.ResponseHeaders(self.id, headers, False))
        elif self.answering == 2:
            hour.feed(e.ResponseBody(self.id, b"a secret " * rng.randrange(1, 30), True))
            self.asked = False

    def _end(self, how: str) -> None:
        self.hour.feed(e.StreamDone(self.id))
        del self.hour.streams[self.id]
        self.hour.seen["streams"] += 1
        self.hour.seen[how] += 1


@dataclass(frozen=True)
class Sizes:
    """What there is between two chapters."""

    objects: int
    blocks: int
    resident: int
    guests: tuple[int, ...]

    @classmethod
    def now(cls, hour: Hour) -> Sizes:
        """Count."""
        gc.collect()
        guests = tuple(plugin.root.vm.vm.memory_size() for plugin in hour.host.plugins)
        resident = int(Path("/proc/self/statm").read_text().split()[1]) * 4096 if Path("/proc/self/statm").exists() else 0
        return cls(len(gc.get_objects()), sys.getallocatedblocks(), resident, guests)

    def growth_since(self, first: Sizes) -> list[str]:
        """What has grown more than it may."""
        found = []
        for what in ("objects", "blocks"):
            grown = getattr(self, what) - getattr(first, what)
            if grown > ALLOWED_BLOCKS:
                found.append(f"{grown} {what} more than after the first quarter")
        if self.resident > first.resident * ALLOWED_GROWTH:
            found.append(f"memory has grown from {first.resident} to {self.resident} bytes")
        if self.guests != first.guests:
            found.append(f"the guests' memories have changed from {first.guests} to {self.guests}")
        return found


def pass_an_hour(tier: str, seed: int, streams: int, seconds: float, chapters: int) -> tuple[Counter[str], list[str]]:
    """Let the hour pass: what happened, and what is not right."""
    hour = Hour(tier, seed)
    first = size = None
    wrong: list[str] = []
    for number in range(1, chapters + 1):
        hour.chapter(streams // chapters, seconds / chapters)
        wrong += [f"chapter {number}: {what}" for what in hour.left_over()]
        size = Sizes.now(hour)
        if number <= max(2, chapters // 4):
            first = size
        figures = f"{size.resident / 1e6:.1f} MB, {size.objects} objects, {size.blocks} blocks"
        print(f"chapter {number:2}: {hour.now:7.1f} s, {hour.seen['streams']} streams, {figures}", flush=True)
    if first is not None and size is not None:
        wrong += size.growth_since(first)
    hour.seen["new VMs"] = sum(plugin.reloads.succeeded for plugin in hour.host.plugins)
    hour.host.close()
    return hour.seen, wrong


def main() -> int:
    """Read the command line, let the hour pass, and tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--streams", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=3600.0, help="simulated time")
    parser.add_argument("--tier", default="auto")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--chapters", type=int, default=20)
    options = parser.parse_args()
    begun, begun_cpu = time.monotonic(), time.process_time()
    seen, wrong = pass_an_hour(options.tier, options.seed, options.streams, options.seconds, options.chapters)
    took, cpu = time.monotonic() - begun, time.process_time() - begun_cpu
    print(f"{took:.0f} s, {cpu / seen['streams'] * 1e6:.0f} µs of processor time a stream; {dict(seen)}")
    for what in wrong[:20]:
        print(what, file=sys.stderr)
    print("nothing is left" if not wrong else f"NOT RIGHT: {len(wrong)} findings")
    return int(bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())
