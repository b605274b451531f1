"""What is asked of Envoy step by step: plugins of every kind, gRPC calls, connections.

Lives here: the walkthroughs as data, one file of tests/transcripts/steps each. Not here: how Envoy is asked (record_steps.py) and
how our host is (play_steps.py). Whole HTTP exchanges are scenarios.py's.

The guest is nearly always `script.wasm`, whose configuration says what it does in which callback. A step is a tuple: what somebody
outside does. After each step there is silence until the next one, so that what belongs to a step is known.

    ("get", "/path")                     a client asks the HTTP listener; the upstream answers 200 with "fine"
    ("connect",)                         a client opens a connection to the TCP listener
    ("client", "text")                   it sends; ("client-ends",) half-closes, ("client-leaves",) closes
    ("upstream", "text")                 the upstream sends; ("upstream-ends",), ("upstream-leaves",)
    ("grpc-headers", n, pairs)           the gRPC server begins its answer to the nth request it has seen
    ("grpc-message", n, "text")          it sends a message; ("grpc-data", n, bytes) sends bytes as they are
    ("grpc-last-data", n, bytes)         the same, and ends the answer without trailers
    ("grpc-trailers", n, pairs)          it ends the answer; ("grpc-only-trailers", n, pairs) answers with nothing else
    ("grpc-reset", n, code)              it resets the stream; ("grpc-end", n) ends it without trailers; ("grpc-gone",) closes
    ("grpc-goaway", n)                   it takes no more on that connection; it goes on with what it has had up to the nth request
    ("grpc-metadata", n, pairs)          it sends a METADATA frame
    ("h2-request", "/path")              a client begins a request over HTTP/2, which goes to the gRPC server
    ("h2-metadata", pairs)               it sends a METADATA frame
    ("h2-data", "text")                  it sends a piece of the body; ("h2-end",) ends the request
    ("wait", seconds)                    nothing but time
    ("together", step, step, ...)        several at once
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Step = tuple[Any, ...]


@dataclass(frozen=True)
class Walkthrough:
    """Plugins of one kind, and what happens around them. *others* are further plugins: (kind, configuration, vm_id)."""

    name: str
    kind: str
    configuration: str
    steps: tuple[Step, ...]
    guest: str = "script"
    others: tuple[tuple[str, str, str], ...] = ()
    fail_open: bool = False
    http2: bool = False


def frame(message: bytes, flags: int = 0) -> bytes:
    """A gRPC message on the wire."""
    return bytes([flags]) + len(message).to_bytes(4, "big") + message


GET: Step = ("get", "/")
OK = "grpc-status=0"
HEADERS: Step = ("grpc-headers", 0, "content-type=application/grpc,x-initial=1")
CALL = "grpc_call grpc_service some.Service Method x-meta=1,x-bin=2 hello 30000"
STREAM = "grpc_stream grpc_service some.Service Method x-meta=1"
SHOW = (
    "on_grpc_receive_initial_metadata: get_pairs 4; get_value 4 x-initial; map_size 4; get_pairs 5; buffer_status 5\n"
    "on_grpc_receive: get_buffer 5 0 1000; get_pairs 4; status; set_buffer 5 0 0 x; buffer_status 4\n"
    "on_grpc_receive_trailing_metadata: get_pairs 5; get_value 5 grpc-status; get_pairs 4; add 5 a b\n"
    "on_grpc_close: status; buffer_status 5; get_pairs 5\n"
)


def grpc(name: str, configuration: str, *steps: Step) -> Walkthrough:
    return Walkthrough(f"grpc-{name}", "http", f"{SHOW}{configuration}\n", (GET, *steps))


def grpc_walkthroughs() -> list[Walkthrough]:
    """Calls and streams of an HTTP filter."""
    ask = f"on_request_headers: {CALL}"
    open_ = f"on_request_headers: {STREAM}"
    done: Step = ("grpc-trailers", 0, f"{OK},x-last=2")
    said: Step = ("grpc-message", 0, "world")
    return [
        grpc("call", ask, HEADERS, said, done, GET),
        grpc(
            "call-continues",
            f"on_request_headers: {CALL}; return 1\non_grpc_receive#1: effective 2; add 0 x-grpc yes; continue 0",
            HEADERS,
            said,
            done,
        ),
        grpc("call-two-messages", ask, HEADERS, said, ("grpc-message", 0, "again"), done),
        grpc("call-no-message", ask, HEADERS, done),
        grpc("call-empty-message", ask, HEADERS, ("grpc-message", 0, ""), done),
        grpc("call-fails", ask, HEADERS, ("grpc-trailers", 0, "grpc-status=5,grpc-message=not%2520here"), GET),
        grpc("call-fails-after-message", ask, HEADERS, said, ("grpc-trailers", 0, "grpc-status=13,grpc-message=late")),
        grpc("call-trailers-only", ask, ("grpc-only-trailers", 0, "grpc-status=7,grpc-message=denied")),
        grpc("call-no-status", ask, HEADERS, said, ("grpc-trailers", 0, "x-last=2")),
        grpc("call-status-garbage", ask, HEADERS, said, ("grpc-trailers", 0, "grpc-status=many")),
        grpc("call-status-99", ask, HEADERS, said, ("grpc-trailers", 0, "grpc-status=99,grpc-message=odd")),
        grpc("call-ends-without-trailers", ask, HEADERS, said, ("grpc-end", 0)),
        grpc("call-http-404", ask, ("grpc-headers", 0, ":status=404")),
        grpc("call-http-503-status", ask, ("grpc-only-trailers", 0, ":status=503,grpc-status=4,grpc-message=slow")),
        grpc("call-reset", ask, ("grpc-reset", 0, 2)),
        grpc("call-reset-refused", ask, ("grpc-reset", 0, 7)),
        grpc("call-reset-midway", ask, HEADERS, said, ("grpc-reset", 0, 8)),
        grpc("call-reset-protocol-error", ask, ("grpc-reset", 0, 1)),
        grpc("call-reset-connect-error", ask, HEADERS, ("grpc-reset", 0, 10)),
        grpc("call-status-plus", ask, HEADERS, ("grpc-trailers", 0, "grpc-status=+3")),
        grpc("call-status-empty", ask, HEADERS, said, ("grpc-trailers", 0, "grpc-status=")),
        grpc("call-compressed", ask, HEADERS, ("grpc-data", 0, frame(b"zzz", 1)), done),
        grpc("call-bad-flag", ask, HEADERS, ("grpc-data", 0, frame(b"zzz", 2)), done),
        grpc("call-split", ask, HEADERS, ("grpc-data", 0, frame(b"world")[:7]), ("grpc-data", 0, frame(b"world")[7:]), done),
        grpc("call-cut-short", ask, HEADERS, ("grpc-data", 0, frame(b"world")[:7]), done),
        grpc("call-slow", "on_request_headers: grpc_call grpc_service s m - hello 200", ("wait", 0.6)),
        grpc("call-zero-timeout", "on_request_headers: grpc_call grpc_service s m - hello 0", HEADERS, said, done),
        grpc("call-long-timeout", "on_request_headers: grpc_call grpc_service s m - hello 4294967295"),
        grpc("call-down", "on_request_headers: grpc_call down s m - hello 30000", GET),
        grpc("call-nowhere", "on_request_headers: grpc_call nowhere s m - hello 30000; grpc_stream nowhere s m -"),
        grpc(
            "call-cancelled",
            f"on_request_headers: {CALL}; grpc_cancel &; grpc_cancel 5; grpc_send 5 x 0; grpc_close 5; {CALL}; grpc_close 9",
            GET,
        ),
        grpc("call-cancelled-later", f"{ask}\non_response_headers: grpc_cancel 5", HEADERS, said, done),
        grpc("call-cancelled-inside", f"{ask}\non_grpc_receive#1: grpc_cancel 5; grpc_cancel 5", HEADERS, said, done),
        grpc(
            "call-unknown-ids", "on_request_headers: grpc_cancel 4; grpc_close 8; grpc_send 4 x 0; grpc_send 6 x 0; grpc_close 10"
        ),
        grpc(
            "call-two",
            f"on_request_headers: {CALL}; {CALL}",
            ("grpc-headers", 1, "x-initial=2"),
            ("grpc-message", 1, "b"),
            ("grpc-trailers", 1, OK),
            HEADERS,
            said,
            done,
        ),
        grpc("call-traps", f"{ask}\non_grpc_receive#1: trap", HEADERS, said, done, GET),
        grpc("call-proto", "on_request_headers: grpc_call %0A%0E%0A%0Cgrpc_service s m - hello 30000", HEADERS, said, done),
        grpc(
            "call-proto-initial",
            "on_request_headers: grpc_call %0A%0E%0A%0Cgrpc_service%2A%08%0A%03x-p%12%01v s m x-m=1 hi 30000",
        ),
        grpc("call-proto-authority", "on_request_headers: grpc_call %0A%13%0A%0Cgrpc_service%12%03abc s m - hi 30000"),
        grpc("call-proto-nowhere", "on_request_headers: grpc_call %0A%09%0A%07nowhere s m - hello 30000; log after", GET),
        grpc("call-bad-metadata", "on_request_headers: grpc_call grpc_service s m X-Upper=1,:path=%2Fx,grpc-timeout=1S hi 30000"),
        grpc("stream", f"{open_}; grpc_send 6 one 0; grpc_send 6 two 0", HEADERS, said, ("grpc-message", 0, "again"), done, GET),
        grpc("stream-half-close", f"{open_}; grpc_send 6 one 1; grpc_send 6 late 0", HEADERS, said, done, GET),
        grpc(
            "stream-close",
            f"{open_}; grpc_close 6; grpc_send 6 x 0; grpc_close 6\non_grpc_close: grpc_close 6",
            HEADERS,
            said,
            done,
        ),
        grpc("stream-remote-first", f"{open_}\non_grpc_close: grpc_send 6 x 0; grpc_close 6; grpc_close 6", HEADERS, done),
        grpc("stream-cancel", f"{open_}; grpc_cancel 6; grpc_cancel 6; grpc_send 6 x 0"),
        grpc("stream-cancel-inside", f"{open_}\non_grpc_receive: grpc_cancel 6; grpc_send 6 x 0", HEADERS, said),
        grpc("stream-several-in-one", open_, HEADERS, ("grpc-data", 0, frame(b"a") + frame(b"") + frame(b"ccc")), done),
        grpc("stream-split", open_, HEADERS, ("grpc-data", 0, frame(b"world")[:3]), ("grpc-data", 0, frame(b"world")[3:]), done),
        grpc("stream-compressed", open_, HEADERS, ("grpc-data", 0, frame(b"a") + frame(b"zzz", 1)), GET),
        grpc("stream-trailers-only", open_, ("grpc-only-trailers", 0, "grpc-status=8,grpc-message=full,x-t=1")),
        grpc("stream-http-500", open_, ("grpc-headers", 0, ":status=500,x-h=1")),
        grpc("stream-reset", open_, HEADERS, said, ("grpc-reset", 0, 8), GET),
        grpc("stream-reset-first", open_, ("grpc-reset", 0, 2)),
        grpc("stream-ends-without-trailers", open_, HEADERS, ("grpc-end", 0)),
        grpc("stream-gone", open_, HEADERS, said, ("grpc-gone",), GET),
        grpc(
            "goaway",
            f"on_request_headers#1: {STREAM}; {CALL}\non_request_headers#2: {CALL}",
            HEADERS,
            ("grpc-goaway", 0),
            said,
            GET,
            ("grpc-headers", 2, "x-initial=1"),
            done,
            ("grpc-message", 2, "anew"),
            ("grpc-trailers", 2, OK),
        ),
        grpc(
            "stream-sends-too-late",
            f"{open_}\non_grpc_receive_trailing_metadata#1: grpc_send 6 x 0; get_pairs 5; grpc_send 6 x 1; grpc_close 6; grpc_close 6",
            HEADERS,
            done,
        ),
        grpc(
            "stream-closes-too-late",
            f"{open_}\non_grpc_receive_initial_metadata#1: grpc_close 6; grpc_close 6; grpc_send 6 x 0",
            ("grpc-only-trailers", 0, "grpc-status=8,x-t=1"),
        ),
        grpc(
            "stream-closes-after-a-reset",
            f"{open_}\non_grpc_receive_trailing_metadata#1: grpc_close 6",
            HEADERS,
            ("grpc-reset", 0, 8),
        ),
        grpc(
            "stream-sends-with-the-last-message",
            f"{open_}\non_grpc_receive#1: grpc_send 6 x 0; get_buffer 5 0 9",
            HEADERS,
            ("grpc-last-data", 0, frame(b"last")),
        ),
        grpc("call-two-statuses", ask, HEADERS, said, ("grpc-trailers", 0, "grpc-status=0,grpc-status=3")),
        grpc("two-gone", f"{open_}; {CALL}; {STREAM}", HEADERS, ("grpc-gone",)),
        grpc("stream-down", "on_request_headers: grpc_stream down s m -; grpc_send 6 x 0", GET),
        grpc("stream-traps", f"{open_}\non_grpc_receive#1: trap", HEADERS, said, done, GET),
        grpc("stream-send-later", f"{open_}\non_grpc_receive: grpc_send $ back 0", HEADERS, said, said, done),
    ]


def tcp(name: str, configuration: str, *steps: Step, **rest: Any) -> Walkthrough:
    return Walkthrough(f"tcp-{name}", "tcp", f"{configuration}\n", steps, **rest)


CONNECT: Step = ("connect",)
LEAVE: tuple[Step, ...] = (("client-leaves",), ("upstream-leaves",))


KNOWN = "; ".join(
    f"get_property {path}"
    for path in (
        *(
            f"xds%00{name}"
            for name in ("cluster_name", "cluster_metadata", "route_name", "route_metadata", "virtual_host_metadata")
        ),
        *(f"upstream%00{name}" for name in ("num_endpoints", "transport_failure_reason", "request_attempt_count")),
        *(f"request%00{name}" for name in ("duration", "size", "protocol")),
        *(f"response%00{name}" for name in ("flags", "size")),
    )
)
"""What a filter asks about its connection."""


def tcp_walkthroughs() -> list[Walkthrough]:
    """Filters of connections."""
    hello: Step = ("client", "hello")
    world: Step = ("upstream", "world")
    both = "on_downstream_data: get_buffer 2 0 100\non_upstream_data: get_buffer 3 0 100\n"
    return [
        tcp("passes", both, CONNECT, hello, world, hello, *LEAVE),
        tcp("upstream-closes", both, CONNECT, hello, world, ("upstream-leaves",), *LEAVE),
        tcp("half-close", both, CONNECT, hello, ("client-ends",), world, ("upstream-ends",)),
        tcp("upstream-half-close", both, CONNECT, hello, ("upstream-ends",), hello, *LEAVE),
        tcp("down", both, ("connect-down",)),
        tcp("two", both, CONNECT, hello, *LEAVE, CONNECT, hello, *LEAVE),
        tcp("holds-down", f"{both}on_downstream_data#1: return 1", CONNECT, hello, ("client", " you"), world, *LEAVE),
        tcp("holds-down-then-ends", "on_downstream_data#1: return 1", CONNECT, hello, ("client-ends",), ("upstream-leaves",)),
        tcp("holds-up", f"{both}on_upstream_data#1: return 1", CONNECT, hello, world, ("upstream", "!"), *LEAVE),
        tcp("holds-up-then-ends", f"{both}on_upstream_data#1: return 1", CONNECT, hello, world, ("upstream-leaves",)),
        tcp("continue-inside", f"{both}on_downstream_data: continue 2; return 1", CONNECT, hello, ("client", "more"), *LEAVE),
        tcp(
            "continue-tick",
            "on_downstream_data#1: tick 100; return 1\non_tick: effective 2; get_buffer 2 0 9; continue 2; tick 0",
            CONNECT,
            hello,
            ("wait", 0.3),
            ("client", "more"),
            *LEAVE,
        ),
        tcp("continue-up", "on_upstream_data#1: continue 3; return 1", CONNECT, world, ("upstream", "!"), *LEAVE),
        tcp(
            "replaces",
            "on_downstream_data: set_buffer 2 0 100 HELLO\non_upstream_data: set_buffer 3 100 0 !!",
            CONNECT,
            hello,
            world,
            *LEAVE,
        ),
        tcp("empties", "on_downstream_data: set_buffer 2 0 100 -", CONNECT, hello, ("client", "x"), *LEAVE),
        tcp(
            "middle",
            "on_downstream_data: set_buffer 2 2 1 Z; set_buffer 3 0 0 x; buffer_status 3; buffer_status 0; get_pairs 0",
            CONNECT,
            hello,
            *LEAVE,
        ),
        tcp("closes-down", f"{both}on_downstream_data: close 2", CONNECT, hello),
        tcp("closes-up", f"{both}on_upstream_data: close 3", CONNECT, hello, world),
        tcp("closes-at-once", "on_new_connection: close 2", CONNECT, *LEAVE),
        tcp("closes-http", "on_downstream_data: close 0; continue 0; local 403 - no - 0", CONNECT, hello, *LEAVE),
        tcp("holds-connection", f"{both}on_new_connection: return 1", CONNECT, hello, *LEAVE),
        tcp(
            "holds-connection-tick",
            f"{both}on_new_connection: tick 100; return 1\non_tick: effective 2; continue 2; tick 0",
            CONNECT,
            ("wait", 0.3),
            hello,
            world,
            *LEAVE,
        ),
        tcp(
            "call",
            "on_downstream_data#1: http_call web_service :method=GET,:path=/,:authority=a x - 1000; return 1\n"
            "on_http_call_response: effective 2; get_buffer 2 0 100; continue 2",
            CONNECT,
            hello,
            ("client", "more"),
            *LEAVE,
        ),
        tcp("traps", "on_downstream_data: trap", CONNECT, hello, CONNECT, hello),
        tcp("traps-new", "on_new_connection: trap", CONNECT, CONNECT),
        tcp("traps-up", "on_upstream_data: trap", CONNECT, hello, world),
        tcp("traps-open", "on_downstream_data: trap", CONNECT, hello, world, *LEAVE, CONNECT, hello, fail_open=True),
        tcp(
            "properties",
            "on_downstream_data: get_property source%00nothing; get_property plugin_name; get_property connection_id; set_property a b; "
            "get_property a\non_log: get_property a; get_buffer 2 0 9\non_delete: get_property a; get_pairs 0",
            CONNECT,
            hello,
            *LEAVE,
        ),
        tcp(
            "closes-at-the-end",
            "on_upstream_data: close 3\non_upstream_connection_close: get_property plugin_name\non_delete: get_property plugin_name",
            CONNECT,
            ("upstream-ends",),
        ),
        tcp(
            "last-buffer",
            "on_tick: tick 0; get_buffer 8 0 12; set_buffer 8 0 0 no; get_buffer 8 0 12\n"
            "on_new_connection: get_buffer 8 0 9; get_buffer 7 0 9; tick 50\n"
            "on_downstream_data: get_buffer 2 1 1; get_buffer 7 0 9; buffer_status 8; get_buffer 8 0 9; set_buffer 8 0 0 new; get_buffer 2 0 9\n"
            "on_upstream_data: get_buffer 8 0 9; buffer_status 3; get_buffer 8 0 9; set_buffer 8 9 0 !; get_buffer 6 0 9; get_buffer 8 0 9\n"
            "on_upstream_data#2: buffer_status 3; return 1\non_downstream_connection_close: get_buffer 8 0 9",
            CONNECT,
            ("wait", 0.2),
            hello,
            world,
            world,
            *LEAVE,
        ),
        tcp(
            "knows",
            "".join(
                f"{callback}: {KNOWN}\n" for callback in ("on_new_connection", "on_downstream_data", "on_upstream_data", "on_log")
            ),
            CONNECT,
            hello,
            world,
            *LEAVE,
        ),
        tcp(
            "closes-and-looks",
            "on_upstream_data: close 3\non_downstream_connection_close: get_buffer 3 0 9; get_property connection%00termination_details\n"
            "on_log: get_value 0 x; get_value 5 x; get_pairs 2; get_property request%00duration",
            CONNECT,
            world,
        ),
        tcp("client-vanishes", both, CONNECT, hello, ("client-vanishes",)),
    ]


KEYS = Path(__file__).resolve().parent / "keys.json"
"""A private key, its public key and a signature, as `keys.py` has made them."""


def escaped(data: bytes) -> str:
    return "".join(f"%{byte:02X}" for byte in data)


def message(*fields: bytes) -> bytes:
    """A protobuf message of byte fields, numbered from 1; empty ones are left out."""
    parts = []
    for number, value in enumerate(fields, 1):
        size = bytes([len(value)]) if len(value) < 128 else bytes([len(value) & 127 | 128, len(value) >> 7])
        parts.append(bytes([number << 3 | 2]) + size + value if value else b"")
    return b"".join(parts)


def verifications() -> list[bytes]:
    """Arguments of `verify_signature`: {hash function, public key, signature, text, public key as PEM}."""
    keys = json.loads(KEYS.read_text())
    public, pem, good = bytes.fromhex(keys["public_der"]), keys["public_pem"].encode(), bytes.fromhex(keys["signature"])
    return [
        message(b"sha256", public, good, b"hello"),
        message(b"sha256", b"", good, b"hello", pem),
        message(b"sha256", public, good, b"other"),
        message(b"sha512", public, good, b"hello"),
        message(b"md7", public, good, b"hello"),
        message(b"sha256", b"", good, b"hello"),
        message(b"sha256", public, good, b"hello", pem),
        message(b"sha256", b"junk", good, b"hello"),
        message(b"sha256", b"", good, b"hello", b"junk"),
        message(b"", public, good, b"hello"),
        message(b"SHA256", public, b"", b"hello"),
    ]


def signings() -> list[bytes]:
    """Arguments of `sign`: {hash function, private key, text, private key as PEM}."""
    keys = json.loads(KEYS.read_text())
    private, pem = bytes.fromhex(keys["private_der"]), keys["private_pem"].encode()
    return [
        message(b"sha256", private, b"hello"),
        message(b"sha256", b"", b"hello", pem),
        message(b"sha256", private, b"hello", pem),
        message(b"sha256", b"", b"hello"),
        message(b"sha256", b"junk", b"hello"),
        message(b"md7", private, b"hello"),
    ]


def other_walkthroughs() -> list[Walkthrough]:
    """Access loggers, services and stat sinks."""
    show = (
        "on_log: get_pairs 0; get_value 0 :path; get_pairs 2; get_pairs 1; get_pairs 3; get_value 3 x; get_buffer 0 0 9; "
        "get_property response%00code; get_property request%00path; set_property a b; get_property plugin_name; add 0 a b; "
        "local 403 - - - 0; continue 0; effective 2"
    )
    return [
        Walkthrough("log-http", "log", f"{show}\n", (GET, ("get", "/again"))),
        Walkthrough(
            "log-beside-filter",
            "log",
            "on_log: get_value 0 x-added; get_property wasm.kept; get_property kept\n",
            (GET,),
            others=(("http", "on_request_headers: add 0 x-added yes; set_property kept value\n", "vm2"),),
        ),
        Walkthrough("log-traps", "log", "on_log: trap\n", (GET, GET)),
        Walkthrough(
            "log-calls",
            "log",
            "on_log: http_call web_service :method=GET,:path=/log,:authority=a - - 1000\n"
            "on_http_call_response: get_buffer 4 0 100",
            (GET,),
        ),
        Walkthrough(
            "log-tcp",
            "tcp-log",
            "on_log: get_property connection_id%00x; get_value 0 a; get_property response%00code\n",
            (CONNECT, ("client", "hello"), *LEAVE),
        ),
        Walkthrough(
            "service",
            "service",
            "on_configure: tick 100\non_tick#2: tick 0; get_buffer 7 0 9; buffer_status 6; set_property a b; "
            "get_property plugin_name; get_property xds%00listener_direction\n",
            (("wait", 0.4),),
        ),
        Walkthrough(
            "service-queue",
            "service",
            "on_configure: register items\non_queue_ready: dequeue $; dequeue $\n",
            (GET, GET),
            others=(
                (
                    "http",
                    "on_request_headers: resolve vm1 items; enqueue & one; enqueue & two; resolve vm1 none; resolve - items; "
                    "enqueue 99 x\n",
                    "vm2",
                ),
            ),
        ),
        Walkthrough(
            "service-shared",
            "service",
            "on_configure: set_shared key value 0; get_shared key\n",
            (GET,),
            others=(
                (
                    "http",
                    "on_request_headers: get_shared key; set_shared key new 77; set_shared key new 0; get_shared other\n",
                    "vm1",
                ),
            ),
        ),
        Walkthrough(
            "stats",
            "stats",
            "on_configure: define 0 hits; increment & 3; define 1 level; record & 7; define 2 sizes; define 0 never\n"
            "on_stats_update: buffer_status 8; get_buffer 8 0 1000; increment 4 2; get_buffer 8 0 4\non_tick: get_buffer 8 0 9",
            (("wait", 0.2),),
        ),
        Walkthrough(
            "foreign-sign",
            "http",
            "on_request_headers: foreign verify_signature %FF; foreign verify_signature -; "
            "foreign sign -; foreign sign %FF; "
            + "; ".join(f"foreign verify_signature {escaped(m)}" for m in verifications())
            + "; "
            + "; ".join(f"foreign sign {escaped(m)}" for m in signings())
            + "\n",
            (GET,),
        ),
        Walkthrough(
            "foreign-declared",
            "http",
            "on_configure: foreign declare_property %0A%01p%10%01; foreign declare_property %0A%01p; "
            "foreign declare_property %0A%01q\non_request_headers: set_property p 1; set_property p 2; get_property p; set_property q 1; "
            "set_property q 2; get_property q; foreign declare_property %0A%01p%10%01\n",
            (GET,),
        ),
        Walkthrough(
            "foreign",
            "http",
            "on_request_headers: foreign compress aaaaaaaaaa; foreign uncompress x; foreign uncompress "
            "%78%9C%4B%4C%84%01%00%14%E1%03%CB; foreign nothing x; foreign clear_route_cache -; "
            "foreign declare_property %0A%01p%10%01; foreign declare_property %0A%01p; set_property p 1; set_property p 2; get_property p; "
            "foreign declare_property %FF; foreign set_envoy_filter_state %0A%04none%12%01v; "
            "foreign set_envoy_filter_state %0A%17envoy.tcp_proxy.cluster%12%04blue; "
            "get_property filter_state%00envoy.tcp_proxy.cluster; "
            "foreign set_envoy_filter_state %0A%0Cenvoy.string%12%04blue; foreign set_envoy_filter_state %FF\n"
            "on_configure: foreign set_envoy_filter_state %0A%17envoy.tcp_proxy.cluster%12%04blue; foreign clear_route_cache -\n",
            (GET,),
        ),
        Walkthrough(
            "foreign-cel",
            "http",
            "on_request_headers: foreign expr_create request.path; foreign expr_create 1%20%2B; foreign expr_evaluate %00%00%00%00; "
            "foreign expr_evaluate %09%00%00%00; foreign expr_evaluate x; foreign expr_create 1%2B1; foreign expr_evaluate %01%00%00%00; "
            "foreign expr_create request.nothing; foreign expr_evaluate %02%00%00%00; foreign expr_create 1%20%3D%3D%201; "
            "foreign expr_evaluate %03%00%00%00; foreign expr_delete %00%00%00%00; foreign expr_evaluate %00%00%00%00; "
            "foreign expr_delete %00%00%00%00; foreign expr_delete x; foreign expr_create 1%2F0; foreign expr_evaluate %04%00%00%00; "
            "foreign expr_create request.headers%5B'host'%5D; foreign expr_evaluate %05%00%00%00; "
            "foreign expr_create nosuch.thing; foreign expr_evaluate %06%00%00%00; "
            "foreign expr_create plugin_name%2B'x'; foreign expr_evaluate %07%00%00%00; "
            "foreign expr_create -; foreign expr_create 2.5; foreign expr_evaluate %08%00%00%00; "
            "foreign expr_create %5B1,2%5D; foreign expr_evaluate %09%00%00%00; "
            "foreign expr_create %7B'a':'b'%7D; foreign expr_evaluate %0A%00%00%00; "
            "foreign expr_create null; foreign expr_evaluate %0B%00%00%00; "
            "foreign expr_create 'x-a'%20in%20request.headers; foreign expr_evaluate %0C%00%00%00; "
            "foreign expr_create request.path.startsWith('/')%26%26request.method%3D%3D'GET'; foreign expr_evaluate %0D%00%00%00; "
            "foreign expr_create 5u; foreign expr_evaluate %0E%00%00%00; foreign expr_create b'ab'; foreign expr_evaluate %0F%00%00%00; "
            "foreign expr_create request; foreign expr_evaluate %10%00%00%00; "
            "foreign expr_create has(request.headers.host)%26%26!has(request.headers.nope); foreign expr_evaluate %11%00%00%00; "
            "foreign expr_create request.nope%20%3D%3D%201%20%7C%7C%20true; foreign expr_evaluate %12%00%00%00; "
            "foreign expr_create 'a'.matches('%5B')%20; foreign expr_evaluate %13%00%00%00; "
            "foreign expr_create source.port%20%3E%200; foreign expr_evaluate %14%00%00%00; "
            "foreign expr_create size(request.path)%20%2B%201; foreign expr_evaluate %15%00%00%00\n",
            (GET,),
        ),
    ]


def all_walkthroughs() -> list[Walkthrough]:
    """Every walkthrough."""
    from filter_walkthroughs import filter_walkthroughs  # which is made of this module's steps

    return [*grpc_walkthroughs(), *tcp_walkthroughs(), *other_walkthroughs(), *filter_walkthroughs()]
