"""Single calls of host functions, to be answered by a real Envoy and by our host: a guest that is a list of calls.

Lives here: the probes as data, the guest made of them (in the text format), and reading the answers from its log lines.
Not here: asking Envoy (record_probes.py), asking our host (tests/proxyabi/test_envoy_answers.py).

A probe is a host function, its arguments (integers; bytes become an address and a length; SLOT the address of a fresh result)
and what of its results is shown: so many bytes at each address, or the block that two addresses name. The guest logs one line
a probe:

    proxy_on_configure fd_tell 1 = 0 0000000000000000
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from proxyabi.abi.signature import Row
from proxyabi.abi.versions import VERSIONS, surface
from proxyabi.wire.pairs import encode_pairs

SLOT = None
BLOCK = "block"
WILD = 0x7FFF_FFF0
WASI = "wasi_snapshot_preview1"

CONFIGURE, REQUEST_HEADERS, REQUEST_BODY = "proxy_on_configure", "proxy_on_request_headers", "proxy_on_request_body"
RESPONSE_HEADERS, RESPONSE_BODY, LOG, DONE = (
    "proxy_on_response_headers",
    "proxy_on_response_body",
    "proxy_on_log",
    "proxy_on_done",
)

Argument = int | bytes | None


@dataclass(frozen=True)
class Probe:
    """One call in one callback. *label* tells it from others in the same callback."""

    callback: str
    label: str
    function: str
    arguments: tuple[Argument, ...]
    shows: int | str = 0
    module: str = "env"

    @property
    def row(self) -> Row:
        return surface(VERSIONS[-1]).hostcalls[self.module, self.function]


def wasi_probes() -> Iterator[Probe]:
    """Every WASI function that this host answers without doing anything, and wrong addresses for the others."""

    def probe(function: str, *arguments: Argument, shows: int = 0, note: str = "") -> Probe:
        shown = " ".join("wild" if a == WILD else "@" if a is SLOT else str(a) for a in arguments)
        return Probe(CONFIGURE, f"{function} {shown}{note}".strip(), function, arguments, shows, WASI)

    for fd in range(4):
        yield probe("fd_fdstat_get", fd, SLOT, shows=24)
        yield probe("fd_tell", fd, SLOT, shows=8)
        for function in ("fd_sync", "fd_datasync", "fd_close"):
            yield probe(function, fd)
        yield probe("fd_allocate", fd, 0, 0)
        yield probe("fd_advise", fd, 0, 0, 0)
        yield probe("fd_fdstat_set_rights", fd, 0, 0)
        yield probe("fd_fdstat_set_flags", fd, 0)
        yield probe("fd_filestat_get", fd, WILD)
        yield probe("fd_filestat_set_size", fd, 0)
        yield probe("fd_filestat_set_times", fd, 0, 0, 0)
        yield probe("fd_prestat_get", fd, WILD)
        yield probe("fd_prestat_dir_name", fd, WILD, 4)
        yield probe("fd_renumber", fd, 1)
        yield probe("fd_read", fd, WILD, 1, WILD)
        yield probe("fd_pread", fd, WILD, 1, 0, WILD)
        yield probe("fd_seek", fd, 0, 0, WILD)
    for out in (SLOT, WILD):
        yield probe("fd_readdir", 3, WILD, 8, 0, out, shows=8)
        yield probe("path_readlink", 3, WILD, 8, WILD, 8, out, shows=8)
        yield probe("sock_accept", 3, 0, out, shows=12)
        yield probe("sock_recv", 3, WILD, 1, 0, out, SLOT, shows=8)
        yield probe("sock_recv", 3, WILD, 1, 0, SLOT, out, shows=8)
        yield probe("sock_send", 3, WILD, 1, 0, out, shows=8)
        yield probe("poll_oneoff", WILD, WILD, 1, out, shows=8)
        yield probe("args_sizes_get", out, SLOT, shows=8)
        yield probe("environ_sizes_get", SLOT, out, shows=8)
        yield probe("clock_res_get", 0, out, shows=8)
        yield probe("clock_res_get", 2, out, shows=8)
        yield probe("clock_time_get", 2, 0, out, shows=8)
        yield probe("fd_write", 1, WILD, 0, out, shows=8)
        yield probe("fd_pwrite", 2, WILD, 0, 0, out, shows=8)
    yield probe("clock_time_get", 0, 0, WILD)
    yield probe("fd_write", 0, WILD, 1, SLOT, shows=8)
    yield probe("fd_write", 1, WILD, 1, SLOT, shows=8)
    yield probe("environ_get", WILD, WILD)
    yield probe("args_get", WILD, WILD)
    for size in (0, 1, 65537):
        yield probe("random_get", WILD, size)
    yield probe("sock_shutdown", 3, 0)
    yield probe("sched_yield")
    yield probe("path_open", 3, 0, b"/etc", 0, 0, 0, 0, WILD)
    yield probe("path_filestat_get", 3, 0, b"/etc", WILD)
    yield probe("path_filestat_set_times", 3, 0, b"/etc", 0, 0, 0)
    yield probe("path_rename", 3, b"/a", 3, b"/b")
    for function in ("path_create_directory", "path_remove_directory", "path_unlink_file"):
        yield probe(function, 3, b"/etc")


def window_probes() -> Iterator[Probe]:
    """Every map and every buffer in every callback, as far as the answers do not change what follows."""
    for callback in (CONFIGURE, REQUEST_HEADERS, REQUEST_BODY, RESPONSE_HEADERS, RESPONSE_BODY, LOG, DONE):
        for item in range(10):
            yield Probe(callback, f"set buffer {item}", "proxy_set_buffer_bytes", (item, 0, 0, b""))
            yield Probe(callback, f"set buffer {item} wild", "proxy_set_buffer_bytes", (item, 0, 0, WILD, 4))
            yield Probe(callback, f"size of map {item}", "proxy_get_header_map_size", (item, SLOT))
            yield Probe(callback, f"value in map {item}", "proxy_get_header_map_value", (item, b"x-none", SLOT, SLOT))
            yield Probe(callback, f"remove from map {item}", "proxy_remove_header_map_value", (item, b"x-none"))
            if item != 8:
                yield Probe(callback, f"size of buffer {item}", "proxy_get_buffer_status", (item, SLOT, SLOT), 4)
        for item in (4, 5, 6, 7, 8):
            yield Probe(callback, f"pairs of map {item}", "proxy_get_header_map_pairs", (item, SLOT, SLOT), 4)
            yield Probe(callback, f"add to map {item}", "proxy_add_header_map_value", (item, b"x", b"y"))
            yield Probe(callback, f"replace map {item}", "proxy_set_header_map_pairs", (item, b""))
        for stream_type in range(4, 6):
            yield Probe(callback, f"continue {stream_type}", "proxy_continue_stream", (stream_type,))
            yield Probe(callback, f"close {stream_type}", "proxy_close_stream", (stream_type,))
    yield Probe(CONFIGURE, "continue upstream", "proxy_continue_stream", (3,))
    yield Probe(CONFIGURE, "vm configuration", "proxy_get_buffer_bytes", (6, 0, 100, SLOT, SLOT), BLOCK)
    yield Probe(CONFIGURE, "plugin configuration", "proxy_get_buffer_bytes", (7, 7, -1, SLOT, SLOT), BLOCK)


def state_probes() -> Iterator[Probe]:
    """Metrics, shared data, queues, contexts, calls and foreign functions, from a plugin context."""

    def probe(label: str, function: str, *arguments: Argument, shows: int | str = 0) -> Probe:
        return Probe(CONFIGURE, label, function, arguments, shows)

    yield probe("metric of type 3 wild", "proxy_define_metric", 3, WILD, 4, SLOT)
    yield probe("metric of type 3", "proxy_define_metric", 3, b"m", SLOT)
    for kind in (0, 1, 2, 0, 1, 2):
        yield probe(f"metric of type {kind}", "proxy_define_metric", kind, b"m%d" % kind, SLOT, shows=4)
    for metric_id in (4, 5, 6, 7, 400, 401, 402, 403):
        yield probe(f"increment {metric_id} by 0", "proxy_increment_metric", metric_id, 0)
        yield probe(f"increment {metric_id} by -1", "proxy_increment_metric", metric_id, -1)
        yield probe(f"record {metric_id}", "proxy_record_metric", metric_id, 5)
        yield probe(f"increment {metric_id} by 1", "proxy_increment_metric", metric_id, 1)
        yield probe(f"get {metric_id}", "proxy_get_metric", metric_id, SLOT)
    yield probe("shared data, none", "proxy_get_shared_data", b"none", SLOT, SLOT, SLOT)
    yield probe("shared data, set", "proxy_set_shared_data", b"key", b"value", 0)
    yield probe("shared data, get", "proxy_get_shared_data", b"key", SLOT, SLOT, SLOT, shows=BLOCK)
    yield probe("shared data, wrong cas", "proxy_set_shared_data", b"key", b"other", 9999)
    yield probe("queue, unknown id", "proxy_dequeue_shared_queue", 77, SLOT, SLOT)
    yield probe("queue, enqueue unknown", "proxy_enqueue_shared_queue", 77, b"x")
    yield probe("queue, register", "proxy_register_shared_queue", b"q", SLOT, shows=4)
    yield probe("queue, resolve", "proxy_resolve_shared_queue", b"", b"q", SLOT, shows=4)
    yield probe("queue, resolve elsewhere", "proxy_resolve_shared_queue", b"nobody", b"q", SLOT)
    yield probe("queue, dequeue", "proxy_dequeue_shared_queue", 1, SLOT, SLOT)
    yield probe("status", "proxy_get_status", SLOT, SLOT, SLOT, shows=4)
    yield probe("log at level 6", "proxy_log", 6, WILD, 4)
    yield probe("done", "proxy_done")
    yield probe("context 0", "proxy_set_effective_context", 0)
    yield probe("context 99", "proxy_set_effective_context", 99)
    yield probe("empty input at the end", "proxy_get_property", MEMORY, 0, SLOT, SLOT)
    yield probe("empty input behind the end", "proxy_get_property", MEMORY + 1, 0, SLOT, SLOT)
    yield probe("local response", "proxy_send_local_response", 200, b"", b"", b"", 0)
    head = encode_pairs([(b":method", b"GET"), (b":path", b"/"), (b":authority", b"a")])
    yield probe("call nowhere", "proxy_http_call", b"nowhere", head, b"", b"", 1000, SLOT, shows=4)
    yield probe("call without headers", "proxy_http_call", b"web_service", b"", b"", b"", 1000, SLOT, shows=4)
    yield probe("call with a negative timeout", "proxy_http_call", b"web_service", head, b"", b"", -1, SLOT, shows=4)
    yield probe("call with a wild id", "proxy_http_call", b"nowhere", head, b"", b"", 1000, WILD)
    yield probe("grpc call nowhere", "proxy_grpc_call", b"nowhere", b"s", b"m", b"", b"x", 1000, SLOT)
    yield probe("grpc stream nowhere", "proxy_grpc_stream", b"nowhere", b"s", b"m", b"", SLOT)
    for call_id in (4, 5, 6, 7):
        yield probe(f"grpc send {call_id}", "proxy_grpc_send", call_id, b"m", 0)
        yield probe(f"grpc close {call_id}", "proxy_grpc_close", call_id)
        yield probe(f"grpc cancel {call_id}", "proxy_grpc_cancel", call_id)
    for name, argument in (
        (b"nobody_knows", b""),
        (b"uncompress", b"garbage"),
        (b"uncompress", b""),
        (b"clear_route_cache", b""),
        (b"declare_property", b"\x0a\x04once\x10\x01"),
        (b"declare_property", b"\x0a\x04once"),
        (b"declare_property", b"\xff"),
        (b"declare_property", b"\x08\x01"),
        (b"set_envoy_filter_state", b"\x0a\x03abc\x12\x01x"),
        (b"set_envoy_filter_state", b"\xff"),
    ):
        label = f"foreign {name.decode()} {argument.hex()}"
        yield probe(label, "proxy_call_foreign_function", name, argument, SLOT, SLOT, shows=4)


EVERYWHERE = [
    "request",
    "response",
    "connection",
    "source",
    "destination",
    "upstream",
    "metadata",
    "filter_state",
    "xds",
    "plugin_name",
    "plugin_root_id",
    "plugin_vm_id",
    "nonsense",
    "xds.nothing",
    "xds.listener_direction",
    "xds.listener_metadata",
    "xds.node.nothing",
]
OF_A_STREAM = [
    "request.path",
    "request.url_path",
    "request.query",
    "request.host",
    "request.scheme",
    "request.method",
    "request.headers.x-double",
    "request.headers.x-none",
    "request.referer",
    "request.useragent",
    "request.id",
    "request.protocol",
    "request.size",
    "request.nothing",
    "request.path.deeper",
    "response.code",
    "response.flags",
    "response.grpc_status",
    "response.headers.x-b",
    "response.headers.x-none",
    "response.trailers",
    "response.trailers.x",
    "response.size",
    "source.nothing",
    "connection.mtls",
    "connection.requested_server_name",
    "connection.tls_version",
    "connection.peer_certificate_valid",
    "connection.subject_peer_certificate",
    "connection.transport_failure_reason",
    "connection.termination_details",
    "connection.nothing",
    "upstream.tls_version",
    "upstream.server_name",
    "upstream.nothing",
    "xds.route_name",
    "xds.route_metadata",
    "xds.cluster_metadata",
    "xds.virtual_host_metadata",
    "xds.filter_chain_name",
    "metadata.filter_metadata.nothing",
    "filter_state.nothing",
]


def property_probes() -> Iterator[Probe]:
    """Properties by name, where they exist and where they do not, and those that guests set."""

    def read(callback: str, label: str, path: bytes) -> Probe:
        return Probe(callback, f"property {label}", "proxy_get_property", (path, SLOT, SLOT), BLOCK)

    for callback in (CONFIGURE, REQUEST_HEADERS, RESPONSE_HEADERS, LOG):
        names = EVERYWHERE if callback == CONFIGURE else EVERYWHERE + OF_A_STREAM
        for name in names:
            yield read(callback, name, name.replace(".", "\0").encode())
        for path in (b"", b"\0", b"\0x", b"plugin_name\0", b"plugin_name\0\0", b"plugin_name\0x"):
            yield read(callback, f"path {path.hex()}", path)
        for name in (b"mine", b"once", b"mine", b"once"):
            yield Probe(callback, f"set {name.decode()}", "proxy_set_property", (name, callback.encode()))
            yield read(callback, name.decode(), name)
        yield read(callback, "filter_state wasm.mine", b"filter_state\0wasm.mine")


JOINED = [
    "host",
    "te",
    "user-agent",
    "x-forwarded-for",
    "x-envoy-original-host",
    "accept",
    "accept-encoding",
    "authorization",
    "cookie",
    "set-cookie",
    "origin",
    "pragma",
    "if-match",
    "range",
    "cache-control",
    "content-encoding",
    "date",
    "server",
    "location",
    "vary",
    "etag",
    "via",
    "connection",
    "content-type",
    "grpc-status",
    "grpc-message",
    "x-request-id",
    "x-test",
    "x-envoy-internal",
    "x-envoy-upstream-service-time",
    "access-control-allow-origin",
    "access-control-request-method",
    "proxy-status",
    "upgrade",
    "alt-svc",
    "warning",
]


def map_probes() -> Iterator[Probe]:
    """What adding, replacing and setting do to a map."""

    def change(callback: str, label: str, function: str, *arguments: Argument) -> Iterator[Probe]:
        yield Probe(callback, label, f"proxy_{function}_header_map_value", arguments)

    for callback, item in ((REQUEST_HEADERS, 0), (RESPONSE_HEADERS, 2), (REQUEST_BODY, 1), (RESPONSE_BODY, 3)):
        for name in JOINED:
            key = b"x-envoy-attempt-count" if name == "host" else name.encode()
            yield from change(callback, f"{name}: remove", "remove", item, key)
            yield from change(callback, f"{name}: add", "add", item, key, b"1")
            yield from change(callback, f"{name}: add more", "add", item, key.upper(), b"2")
            yield Probe(callback, f"{name}: joined", "proxy_get_header_map_value", (item, key, SLOT, SLOT), BLOCK)
            yield from change(callback, f"{name}: remove both", "remove", item, key)
    requested = [(b":path", b"/p"), (b":method", b"GET"), (b":scheme", b"http"), (b"x-forwarded-proto", b"http")]
    steps: list[tuple[str, str, tuple[Argument, ...]]] = [
        (
            "all",
            "proxy_set_header_map_pairs",
            (0, encode_pairs([(b"X-Dup", b"1"), (b"via", b"a"), (b"via", b"b"), (b"x-dup", b"2")])),
        ),
        ("host", "proxy_add_header_map_value", (0, b"Host", b"new")),
        ("more host", "proxy_add_header_map_value", (0, b"host", b"er")),
        ("path", "proxy_replace_header_map_value", (0, b":path", b"/new")),
        ("status", "proxy_add_header_map_value", (0, b":status", b"200")),
        ("one x-dup", "proxy_replace_header_map_value", (0, b"x-DUP", b"9")),
        ("an empty value", "proxy_add_header_map_value", (0, b"x-empty", b"")),
        ("an empty value to join", "proxy_add_header_map_value", (0, b"via", b"")),
        ("bytes", "proxy_add_header_map_value", (0, b"x-\xff", b"a\0b")),
        ("garbage", "proxy_set_header_map_pairs", (0, b"garbage!")),
        ("one byte", "proxy_set_header_map_pairs", (0, b"\0")),
        ("1024 pairs", "proxy_set_header_map_pairs", (0, encode_pairs([(b"x-%d" % number, b"") for number in range(1024)]))),
        ("1025 pairs", "proxy_set_header_map_pairs", (0, encode_pairs([(b"x-%d" % number, b"") for number in range(1025)]))),
        (
            "host among pairs",
            "proxy_set_header_map_pairs",
            (0, encode_pairs([(b"x", b"1"), (b"host", b"example.test"), *requested])),
        ),
    ]
    for label, function, arguments in steps:
        yield Probe(REQUEST_HEADERS, f"set {label}", function, arguments)
        yield Probe(REQUEST_HEADERS, f"size after {label}", "proxy_get_header_map_size", (0, SLOT), 4)
        if "1024" not in label:
            yield Probe(REQUEST_HEADERS, f"pairs after {label}", "proxy_get_header_map_pairs", (0, SLOT, SLOT), BLOCK)


def body_probes() -> Iterator[Probe]:
    """What writing does to a body."""
    for callback, item in ((REQUEST_BODY, 0), (RESPONSE_BODY, 1)):
        for label, start, length, data in (
            ("prepend", 0, 0, b"AA"),
            ("cut and prepend", 0, 2, b"B"),
            ("append", 0x7FFF_FFFF, 0, b"CC"),
            ("middle", 2, 1, b"x"),
            ("all", 0, 0x7FFF_FFFF, b"four"),
            ("at the end", 4, 9, b"!"),
            ("nothing", 0, 0x7FFF_FFFF, b""),
            ("behind the end of nothing", 5, 0, b"N"),
            ("cut", 0, 1, b""),
        ):
            yield Probe(callback, f"write {label}", "proxy_set_buffer_bytes", (item, start, length, data))
            yield Probe(callback, f"read after {label}", "proxy_get_buffer_bytes", (item, 0, -1, SLOT, SLOT), BLOCK)
        yield Probe(callback, "read behind the end", "proxy_get_buffer_bytes", (item, -1, -1, SLOT, SLOT), 4)
        yield Probe(callback, "write at last", "proxy_set_buffer_bytes", (item, 0, 0x7FFF_FFFF, b"done"))
        yield Probe(callback, "read wild", "proxy_get_buffer_bytes", (item, 0, 4, WILD, WILD))


def all_probes() -> list[Probe]:
    """Every probe, in the order in which they run inside their callback."""
    return [*window_probes(), *wasi_probes(), *state_probes(), *property_probes(), *map_probes(), *body_probes()]


# The guest.

PAGES = 128
MEMORY = PAGES << 16
LINE, RESULTS, DATA, HEAP = 0x100, 0x8000, 0x10000, 0x100000
LINE_END = 0x7000
UNTOUCHED = -1
"""What stands at an address for a result before the call."""

RETURNS = {CONFIGURE: "1", DONE: "1", LOG: ""}
PARAMETERS = {CONFIGURE: 2, LOG: 1, DONE: 1}

PARTS = f"""
  (memory (export "memory") {PAGES})
  (global $heap (mut i32) (i32.const {HEAP}))
  (global $end (mut i32) (i32.const {LINE}))
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "malloc") (param i32) (result i32)
    (global.get $heap)
    (global.set $heap (i32.and (i32.add (global.get $heap) (i32.add (local.get 0) (i32.const 7))) (i32.const -8))))
  (func $byte (param i32)
    (if (i32.lt_u (global.get $end) (i32.const {LINE_END})) (then
      (i32.store8 (global.get $end) (local.get 0))
      (global.set $end (i32.add (global.get $end) (i32.const 1))))))
  (func $digit (param i32)
    (call $byte (i32.add (local.get 0) (select (i32.const 48) (i32.const 87) (i32.lt_u (local.get 0) (i32.const 10))))))
  (func $text (param $from i32) (param $size i32)
    (block $done (loop $next
      (br_if $done (i32.eqz (local.get $size)))
      (call $byte (i32.load8_u (local.get $from)))
      (local.set $from (i32.add (local.get $from) (i32.const 1)))
      (local.set $size (i32.sub (local.get $size) (i32.const 1)))
      (br $next))))
  (func $hex (param $from i32) (param $size i32)
    (call $byte (i32.const 32))
    (block $done (loop $next
      (br_if $done (i32.eqz (local.get $size)))
      (call $digit (i32.shr_u (i32.load8_u (local.get $from)) (i32.const 4)))
      (call $digit (i32.and (i32.load8_u (local.get $from)) (i32.const 15)))
      (local.set $from (i32.add (local.get $from) (i32.const 1)))
      (local.set $size (i32.sub (local.get $size) (i32.const 1)))
      (br $next))))
  (func $status (param i32)
    (if (i32.ge_u (local.get 0) (i32.const 10)) (then (call $digit (i32.div_u (local.get 0) (i32.const 10)))))
    (call $digit (i32.rem_u (local.get 0) (i32.const 10))))
  (func $line
    (drop (call $proxy_log (i32.const 2) (i32.const {LINE}) (i32.sub (global.get $end) (i32.const {LINE}))))
    (global.set $end (i32.const {LINE})))
"""


class Guest:
    """The guest that makes a list of probes, as text."""

    def __init__(self, probes: Iterable[Probe]) -> None:
        self._place = DATA
        self._data: list[str] = []
        self._probes: dict[str, list[str]] = {}
        rows = {(row.module, row.name): row for row in (probe.row for probe in probes)}
        rows["env", "proxy_log"] = surface(VERSIONS[-1]).hostcalls["env", "proxy_log"]
        self._imports = [
            f'(import "{row.module}" "{row.name}" (func ${row.name} (param {" ".join(row.wasm_params)}) (result i32)))'
            for row in rows.values()
        ]
        for probe in probes:
            self._probes.setdefault(probe.callback, []).append(self._call(probe))

    def text(self) -> str:
        """The module."""
        return "\n".join(["(module", *self._imports, PARTS, *self._callbacks(), *self._data, ")"])

    def _callbacks(self) -> Iterator[str]:
        for callback, calls in self._probes.items():
            params = "i32 " * PARAMETERS.get(callback, 3)
            returns = RETURNS.get(callback, "0")
            result, value = ("(result i32)", f"(i32.const {returns})") if returns else ("", "")
            yield f'(func (export "{callback}") (param {params}) {result} (local $answer i32)\n{"".join(calls)} {value})'

    def _call(self, probe: Probe) -> str:
        values: list[int] = []
        slots: list[int] = []
        for argument in probe.arguments:
            if isinstance(argument, bytes):
                values += (self._put(argument), len(argument))
            elif argument is SLOT:
                slots.append(RESULTS + 32 * len(slots))
                values.append(slots[-1])
            else:
                values.append(argument)
        label = f"{probe.callback} {probe.label} = ".encode()
        clear = "".join(f"(memory.fill (i32.const {slot}) (i32.const {UNTOUCHED}) (i32.const 32))" for slot in slots)
        passed = " ".join(f"({kind}.const {value})" for kind, value in zip(probe.row.wasm_params, values, strict=True))
        return (
            f"{clear} (local.set $answer (call ${probe.function} {passed}))\n"
            f"(call $text (i32.const {self._put(label)}) (i32.const {len(label)})) (call $status (local.get $answer))\n"
            f"{self._show(probe, slots)} (call $line)\n"
        )

    def _show(self, probe: Probe, slots: list[int]) -> str:
        if probe.shows == BLOCK:
            block = " ".join(f"(i32.load (i32.const {slot}))" for slot in slots[:2])
            return f"(if (i32.eqz (local.get $answer)) (then (call $hex {block})))"
        return "".join(f"(call $hex (i32.const {slot}) (i32.const {probe.shows}))" for slot in slots) if probe.shows else ""

    def _put(self, data: bytes) -> int:
        place, self._place = self._place, self._place + len(data) + 1
        escaped = "".join(f"\\{byte:02x}" for byte in data)
        self._data.append(f'(data (i32.const {place}) "{escaped}")')
        return place


def answers(lines: Iterable[str]) -> dict[str, list[str]]:
    """Answers by callback and label, in the order in which they came; a callback may run several times."""
    found: dict[str, list[str]] = {}
    for line in lines:
        name, equals, answer = line.partition(" = ")
        if equals and name.startswith("proxy_on_"):
            found.setdefault(name, []).append(answer)
    return found
