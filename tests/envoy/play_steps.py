"""Play the recordings of tests/transcripts/steps to our host: the same steps, and what came of each in the recording's form.

Lives here: a driver without sockets, for exchanges, connections, gRPC calls, loggers, services and sinks.
Not here: the comparison (tests/proxyabi/test_steps.py), and Envoy (record_steps.py).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from functools import singledispatchmethod
from pathlib import Path
from typing import Any

from crossings import from_records

from proxyabi.abi.kinds import ACCESS_LOGGER, HTTP_FILTER, NETWORK_FILTER, SINGLETON, STAT_SINK
from proxyabi.abi.types import LogLevel, PeerType
from proxyabi.config import PluginConfig
from proxyabi.context.commands import (
    AbandonUpstream,
    CancelGrpc,
    CloseConnection,
    Command,
    ConnectUpstream,
    Direction,
    DispatchGrpcCall,
    DispatchHttpCall,
    EndGrpcStream,
    ForwardMetadata,
    ForwardRequestBody,
    ForwardRequestHeaders,
    ForwardResponseBody,
    ForwardResponseHeaders,
    ForwardResponseTrailers,
    OpenGrpcStream,
    ResetStream,
    SendDownstream,
    SendGrpcMessage,
    SendUpstream,
    SetTickPeriod,
)
from proxyabi.context.events import (
    DownstreamClosed,
    DownstreamData,
    Event,
    HttpCallResponse,
    NewConnection,
    RequestBody,
    RequestHeaders,
    RequestMetadata,
    ResponseBody,
    ResponseHeaders,
    ResponseMetadata,
    ResponseTrailers,
    StatsFlush,
    StreamDone,
    Tick,
    UpstreamData,
)
from proxyabi.context.header_map import HeaderMap
from proxyabi.context.stream_info import StreamInfo
from proxyabi.envoy_headers import Facts, Place, apply
from proxyabi.plugin.host import Host
from proxyabi.serve.grpc_exchange import GrpcExchange, call_headers, frame, reason_of_reset
from proxyabi.serve.http1 import REASONS
from proxyabi.services.log import Log
from proxyabi.services.services import Services
from proxyabi.trace import Trace

GUESTS = Path(__file__).resolve().parents[1] / "guests"
CLUSTERS = ("upstream", "web_service", "grpc_service", "down")
KINDS = {
    "http": HTTP_FILTER,
    "tcp": NETWORK_FILTER,
    "log": ACCESS_LOGGER,
    "tcp-log": ACCESS_LOGGER,
    "service": SINGLETON,
    "stats": STAT_SINK,
}
REFUSED_STREAM = 7
BREAKS = {"gone": "connection termination", "goaway": reason_of_reset(REFUSED_STREAM)}
REFUSED = ("remote connection failure", "|delayed_connect_error:_Connection_refused")

Json = dict[str, Any]


def pairs(text: str) -> list[tuple[bytes, bytes]]:
    """The pairs of "a=1,b=2"."""
    return [(name.encode(), value.encode()) for name, _, value in (pair.partition("=") for pair in text.split(",") if pair)]


def complete_head(direction: Direction, headers: HeaderMap) -> None:
    """Add what Envoy adds to a head that leaves."""
    apply(Place.REQUEST_LEAVES if direction == "request" else Place.RESPONSE_LEAVES, headers, Facts(timeout=15))


class Upstream:
    """The upstream's end of a request over HTTP/2."""

    def __init__(self, headers: HeaderMap) -> None:
        self.headers = [f"{name.decode()}: {value.decode('latin-1')}" for name, value in headers.pairs()]
        self.data = bytearray()
        self.ended = False
        self.reset: int | None = None

    def shown(self) -> Json:
        return {"headers": self.headers, "data": self.data.hex(), "ended": self.ended, "reset": self.reset}


class Peer(Upstream):
    """The gRPC server's end of a call."""

    def __init__(self, headers: HeaderMap, exchange: GrpcExchange) -> None:
        super().__init__(headers)
        self.exchange = exchange


class Player:
    """A host with the plugins of a recording, and everybody who talks to it."""

    def __init__(self, told: Json, engine: str) -> None:
        self._records: list[Json] = []
        chosen = [*told["others"], (told["kind"], told["configuration"], "vm1")]
        if told["kind"] == "service":
            chosen.reverse()
        plugins = [
            PluginConfig(
                (GUESTS / f"{told['guest']}.wasm").read_bytes(),
                name="test_plugin",
                vm_id=vm_id,
                configuration=configuration.encode(),
                kind=KINDS[kind],
                fail_open=told["fail_open"],
                callback_seconds=60.0,
            )
            for kind, configuration, vm_id in chosen
        ]
        services = Services(log=Log(LogLevel.TRACE, sink=lambda line: None))
        self.host = Host(plugins, tier=engine, clusters=CLUSTERS, trace=Trace(self._records.append), services=services)
        self._kind, self._http2 = told["kind"], told.get("http2", False)
        self._timers: dict[int, float] = {}
        self._calls: deque[DispatchHttpCall] = deque()
        self._peers_by_id: dict[int, Peer] = {}
        self._timeouts: deque[Any] = deque()
        self._later: deque[Any] = deque()
        self.peers: list[Peer] = []
        self._upstreams: list[Upstream] = []
        self.metadata: list[tuple[str, Json]] = []
        self.client, self.upstream = b"", b""
        self.status = ""
        self._connected = self._closed = False
        self._ends = {"client": False, "upstream": False}
        self._stream = 0
        self._half = True
        self._where = ""
        self._upstream_answers = False
        self._over = self._answered = False

    def start(self) -> list[str]:
        """Start the host and give its crossings."""
        self._perform(self.host.start())
        return self.lines()

    def lines(self) -> list[str]:
        """The crossings since the last time."""
        taken = list(from_records(self._records))
        self._records.clear()
        return taken

    def step(self, step: list[Any]) -> Json:
        """Do a step of the recording."""
        self.client, self.upstream, self.status = b"", b"", ""
        for name, *arguments in step[1:] if step[0] == "together" else [step]:
            kind, _, what = name.partition("-")
            getattr(self, f"step_{kind}")(what, *arguments)
        self._settle()
        http = self._kind not in ("tcp", "tcp-log")
        return {
            "calls": self.lines(),
            "client": self.status if http else self.client.decode("latin-1"),
            "upstream": self.upstream.decode("latin-1"),
            "grpc": [peer.shown() for peer in (*self.peers, *self._upstreams)],
        }

    # Steps.

    def _open(self) -> None:
        self._info = StreamInfo(source_port=4711, before_leaving=complete_head)
        self._stream = self.host.open_stream(self._info)
        self._over = self._answered = False

    def step_get(self, _: str, path: str) -> None:
        self._open()
        head = f":authority=example.test,:path={path},:method=GET,:scheme=http,x-forwarded-proto=http"
        self._feed(RequestHeaders(self._stream, HeaderMap(pairs(head)), True))

    def step_connect(self, where: str) -> None:
        self._info = StreamInfo(connection_id=1, cluster_name=where or "upstream", upstream_endpoints=1)
        self._stream = self.host.open_connection(self._info)
        self._connected = self._closed = False
        self._where, self._half = where, True
        self._ends = {"client": False, "upstream": False}
        self._feed(NewConnection(self._stream))

    def step_client(self, what: str, text: str = "") -> None:
        if what:
            self._end("client", what == "ends")
        elif self._connected:
            self._feed(DownstreamData(self._stream, text.encode(), False))

    def step_upstream(self, what: str, text: str = "") -> None:
        if what:
            self._end("upstream", self._half)
        else:
            self._feed(UpstreamData(self._stream, text.encode(), False))

    def _end(self, side: str, half: bool) -> None:
        if self._ends[side] or not self._connected or self._closed:
            return
        self._ends[side] = True
        self._half = half
        event = DownstreamData if side == "client" else UpstreamData
        self._feed(event(self._stream, b"", True))
        if all(self._ends.values()) and not self._closed:
            self._close(PeerType.REMOTE if side == "client" else PeerType.LOCAL)

    def step_h2(self, what: str, value: str = "") -> None:
        match what:
            case "request":
                self._open()
                head = f":method=POST,:path={value},:scheme=http,:authority=example.test,x-forwarded-proto=http"
                self._feed(RequestHeaders(self._stream, HeaderMap(pairs(head)), False))
            case "metadata":
                self._feed(RequestMetadata(self._stream, HeaderMap(pairs(value))))
            case "data":
                self._feed(RequestBody(self._stream, value.encode(), False))
            case "end":
                self._feed(RequestBody(self._stream, b"", True))

    def _answer_over_h2(self, what: str, value: Any) -> None:
        if self._over:
            return
        self._answered = what in ("trailers", "end")
        match what:
            case "headers":
                head = [(b":status", b"200"), *pairs(value)]
                ended = self._upstreams[-1].ended
                self._feed(ResponseHeaders(self._stream, self._timed(head, ended), False))
            case "metadata":
                self._feed(ResponseMetadata(self._stream, HeaderMap(pairs(value))))
            case "data":
                self._feed(ResponseBody(self._stream, bytes.fromhex(value), False))
            case "trailers":
                self._feed(ResponseTrailers(self._stream, HeaderMap(pairs(value))))
            case "end":
                self._feed(ResponseBody(self._stream, b"", True))

    def step_grpc(self, what: str, number: int = 0, value: Any = None) -> None:
        if self._http2:
            self._answer_over_h2(what, value)
            return
        if what in ("gone", "goaway"):
            self._break(self.peers if what == "gone" else self.peers[number + 1 :], BREAKS[what])
            return
        peer = self.peers[number]
        exchange = peer.exchange
        if exchange.over:
            return
        match what:
            case "headers" | "only-trailers":
                headers = pairs(value)
                if headers[0][0] != b":status":
                    headers.insert(0, (b":status", b"200"))
                exchange.headers(self._timed(headers, peer.ended), what == "only-trailers")
            case "message":
                exchange.data(frame(value.encode()), False)
            case "data":
                exchange.data(bytes.fromhex(value), False)
            case "last-data":
                exchange.data(bytes.fromhex(value), True)
            case "trailers":
                exchange.trailers(HeaderMap(pairs(value)))
            case "end":
                exchange.data(b"", True)
            case "reset":
                exchange.broken(reason_of_reset(value))
        if exchange.over and what != "reset" and not (peer.ended and what in ("trailers", "only-trailers", "end", "last-data")):
            peer.reset = 2

    def _break(self, peers: list[Peer], reason: str) -> None:
        """Their connection does nothing more for them; the newest hears of it first."""
        for peer in reversed(peers):
            peer.exchange.broken(reason)

    def _timed(self, headers: list[tuple[bytes, bytes]], ended: bool) -> HeaderMap:
        """With the time that the upstream took, which Envoy writes when the request had *ended*."""
        return HeaderMap([*headers, (b"x-envoy-upstream-service-time", b"0")] if ended else headers)

    def step_wait(self, _: str, seconds: float) -> None:
        if self._kind == "stats":
            self._feed(StatsFlush())

    # What follows.

    def _settle(self) -> None:
        """Let happen what happens by itself: the upstream's answer, failures, answers to calls, timers."""
        for _ in range(50):
            if self._later:
                self._later.popleft()()
            elif self._upstream_answers:
                self._upstream_answers = False
                self._answer()
            elif self._timeouts:
                self._timeouts.popleft()()
            elif self._calls:
                call = self._calls.popleft()
                # The cluster is told what to answer when a client asks by HTTP; else it has nothing to say.
                status, body = (599, b"") if self._kind in ("tcp", "service") else (200, b"fine")
                answer = HeaderMap(pairs(f":status={status},content-length={len(body)},x-envoy-upstream-service-time=0"))
                self._feed(HttpCallResponse(call.plugin_id, call.call_id, answer, body, HeaderMap()))
            elif self._timers:
                self._feed(Tick(next(iter(self._timers))))
            else:
                return

    def _answer(self) -> None:
        self._info.upstream_address = "127.0.0.1:8000"
        head = ":status=200,content-length=4,x-envoy-upstream-service-time=0"
        for event in (
            ResponseHeaders(self._stream, HeaderMap(pairs(head)), False),
            ResponseBody(self._stream, b"fine", False),
            ResponseBody(self._stream, b"", True),
        ):
            if not self._over:
                self._feed(event)

    def _close(self, peer: PeerType) -> None:
        self._closed = True
        self._connected = False
        self._feed(DownstreamClosed(self._stream, peer))

    def _feed(self, event: Event) -> None:
        self._perform(self.host.feed(event))

    def _perform(self, commands: Iterable[Command]) -> None:
        for command in commands:
            self.perform(command)

    @singledispatchmethod
    def perform(self, command: Command) -> None:
        """Do what the host says."""
        raise TypeError(command)

    @perform.register
    def _(self, command: ForwardMetadata) -> None:
        self.metadata.append((command.direction, command.metadata.pairs()))

    @perform.register
    def _(self, command: ForwardRequestBody) -> None:
        self._upstreams[-1].data += command.data
        self._upstreams[-1].ended = command.end_of_stream

    @perform.register
    def _(self, command: ForwardResponseTrailers) -> None:
        self._done(command.stream_id)

    @perform.register
    def _(self, command: ForwardRequestHeaders) -> None:
        if self._http2:
            self._upstreams.append(Upstream(command.headers))
            return
        self._upstream_answers = True

    @perform.register
    def _(self, command: AbandonUpstream) -> None:
        self._upstream_answers = False
        self._reset_upstream()

    @perform.register
    def _(self, command: ResetStream) -> None:
        self._reset_upstream()
        self._done(command.stream_id)

    @perform.register
    def _(self, command: ForwardResponseHeaders) -> None:
        status = int(command.headers.get(b":status") or 0)
        self.status = f"HTTP/1.1 {status} {REASONS[status].decode()}"
        if command.end_of_stream:
            self._done(command.stream_id)

    @perform.register
    def _(self, command: ForwardResponseBody) -> None:
        if command.end_of_stream:
            self._done(command.stream_id)

    def _reset_upstream(self) -> None:
        """An upstream over HTTP/2 learns at once that nobody needs its answer any more."""
        if self._upstreams and not self._answered:
            self._upstreams[-1].reset = 2

    def _done(self, stream_id: int) -> None:
        if self._upstreams and not self._upstreams[-1].ended:
            self._upstreams[-1].reset = 2
        self._over = True
        self._feed(StreamDone(stream_id))

    @perform.register
    def _(self, command: SetTickPeriod) -> None:
        self._timers.pop(command.plugin_id, None)
        if command.seconds:
            self._timers[command.plugin_id] = command.seconds

    @perform.register
    def _(self, command: DispatchHttpCall) -> None:
        self._calls.append(command)

    @perform.register
    def _(self, command: ConnectUpstream) -> None:
        if self._where == "down":
            self._close(PeerType.LOCAL)
        else:
            self._connected = True
            self._info.upstream_address = "127.0.0.1:8000"
            self._info.upstream_attempts = 1

    @perform.register
    def _(self, command: SendUpstream) -> None:
        self.upstream += command.data

    @perform.register
    def _(self, command: SendDownstream) -> None:
        if not self._ends["client"] or self._half:
            self.client += command.data

    @perform.register
    def _(self, command: CloseConnection) -> None:
        self._close(PeerType.LOCAL)

    @perform.register
    def _(self, command: DispatchGrpcCall) -> None:
        peer = self._begin(command)
        if peer is not None:
            peer.data += frame(command.message)
            peer.ended = True
            if 0 < command.timeout < 1:
                self._timeouts.append(lambda: self._time_out(peer))

    def _time_out(self, peer: Peer) -> None:
        peer.exchange.timed_out()
        peer.reset = 2

    @perform.register
    def _(self, command: OpenGrpcStream) -> None:
        self._begin(command)

    def _begin(self, command: DispatchGrpcCall | OpenGrpcStream) -> Peer | None:
        exchange = GrpcExchange(command, self._feed)
        if command.target.cluster == "down":
            self._later.append(lambda: exchange.broken(*REFUSED))
            return None
        peer = Peer(call_headers(command), exchange)
        self.peers.append(peer)
        self._peers_by_id[command.call_id] = peer
        return peer

    @perform.register
    def _(self, command: SendGrpcMessage) -> None:
        peer = self._peers_by_id.get(command.call_id)
        if peer is not None:
            peer.data += frame(command.message)
            peer.ended = peer.ended or command.end_of_stream

    @perform.register
    def _(self, command: EndGrpcStream) -> None:
        self._peers_by_id[command.call_id].ended = True

    @perform.register
    def _(self, command: CancelGrpc) -> None:
        peer = self._peers_by_id.get(command.call_id)
        if peer is not None:
            peer.exchange.over = True
            peer.reset = 2
