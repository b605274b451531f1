"""The universal guest: it makes any call of any host function in any callback, as a request's header tells it.

Lives here: the guest (in the text format, made from the table of host functions), the language of its programs, and the table of
function × callback that tests run through it. Not here: asking Envoy (record_universal.py), asking our host
(tests/proxyabi/test_universal_guest.py).

A program is text in hexadecimal digits: steps one after the other. A step is a callback (two digits), a function (two), how many
values follow (two), and the values: `0` and sixteen digits for a number, `1` and a size of four digits and the bytes for an
address and a size, `2` for the address of a fresh result, `3` for the id of the newest stream context. Function `ff` sets what
the callback returns. The program for start-up is the plugin's configuration, any other the header `x-do` of a request, which
counts until the next one. Each step of the running callback is done in order and logged:

    universal 05 0012 = 02
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from scenarios import CHUNKED, TEXT, Answer, Exchange, Request

from proxyabi.abi.callbacks import CALLBACKS as ROWS
from proxyabi.abi.signature import Answer as Kind
from proxyabi.abi.signature import Row
from proxyabi.abi.versions import VERSIONS, surface
from proxyabi.abi.wasi import WASI_MODULES
from proxyabi.wire.pairs import encode_pairs

HEADER = b"x-do"
SLOT, STREAM = "slot", "stream"
RETURN = 0xFF
WILD = 0x7FFF_FFF0
Value = int | bytes | str

CALLBACKS = [
    "proxy_on_configure",
    "proxy_on_request_headers",
    "proxy_on_request_body",
    "proxy_on_request_trailers",
    "proxy_on_response_headers",
    "proxy_on_response_body",
    "proxy_on_response_trailers",
    "proxy_on_http_call_response",
    "proxy_on_tick",
    "proxy_on_queue_ready",
    "proxy_on_log",
    "proxy_on_done",
    "proxy_on_delete",
]
(CONFIGURE, HEADERS, BODY, TRAILERS, ANSWER_HEADERS, _, _, CALLED, TICK, QUEUE, *_) = CALLBACKS
"""Where a program can run."""

FUNCTIONS: list[Row] = [
    row for key, row in sorted(surface(VERSIONS[-1]).hostcalls.items()) if row.module == "env" or row.module == WASI_MODULES[-1]
]
"""What a program can call."""


@dataclass(frozen=True)
class Step:
    """One call in one callback."""

    callback: str
    function: str
    values: tuple[Value, ...] = ()
    label: str = ""

    @property
    def name(self) -> str:
        """What tells it from the others of its table."""
        return f"{self.callback} {self.function} {self.label}".strip()

    def text(self) -> str:
        """It as a piece of a program."""
        function = (
            RETURN if self.function == "return" else next(i for i, row in enumerate(FUNCTIONS) if row.name == self.function)
        )
        return f"{CALLBACKS.index(self.callback):02x}{function:02x}{len(self.values):02x}" + "".join(map(_digits, self.values))


def _digits(value: Value) -> str:
    if isinstance(value, bytes):
        return f"1{len(value):04x}{value.hex()}"
    if isinstance(value, str):
        return "2" if value == SLOT else "3"
    return f"0{value % (1 << 64):016x}"


def program(steps: Iterable[Step]) -> str:
    """The text that makes the guest do *steps*."""
    return "".join(step.text() for step in steps)


# The guest.

PAGES, ARGS, LINE, RESULTS, ARENA, PROGRAM, HEAP = 128, 0x600, 0x100, 0x8000, 0x10000, 0x20000, 0x100000

PARTS = f"""
  (memory (export "memory") {PAGES})
  (global $heap (mut i32) (i32.const {HEAP}))
  (global $at (mut i32) (i32.const 0))
  (global $end (mut i32) (i32.const 0))
  (global $stream (mut i32) (i32.const 0))
  (global $returns (mut i32) (i32.const 0))
  (type $call (func (result i32)))
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "malloc") (param i32) (result i32)
    (global.get $heap)
    (global.set $heap (i32.and (i32.add (global.get $heap) (i32.add (local.get 0) (i32.const 7))) (i32.const -8))))
  (func $number (param $digits i32) (result i64) (local $value i64) (local $digit i32)
    (loop $next
      (local.set $digit (i32.load8_u (global.get $at)))
      (global.set $at (i32.add (global.get $at) (i32.const 1)))
      (local.set $digit (i32.sub (local.get $digit)
        (select (i32.const 87) (i32.const 48) (i32.ge_u (local.get $digit) (i32.const 97)))))
      (local.set $value (i64.or (i64.shl (local.get $value) (i64.const 4)) (i64.extend_i32_u (local.get $digit))))
      (br_if $next (local.tee $digits (i32.sub (local.get $digits) (i32.const 1)))))
    (local.get $value))
  (func $small (param $digits i32) (result i32) (i32.wrap_i64 (call $number (local.get $digits))))
  (func $write (param $at i32) (param $digits i32) (param $value i32) (local $digit i32)
    (loop $next
      (local.set $digits (i32.sub (local.get $digits) (i32.const 1)))
      (local.set $digit (i32.and (local.get $value) (i32.const 15)))
      (i32.store8 (i32.add (local.get $at) (local.get $digits))
        (i32.add (local.get $digit) (select (i32.const 48) (i32.const 87) (i32.lt_u (local.get $digit) (i32.const 10)))))
      (local.set $value (i32.shr_u (local.get $value) (i32.const 4)))
      (br_if $next (local.get $digits))))
  (func $put (param $place i32) (param $value i64) (result i32)
    (i64.store (local.get $place) (local.get $value))
    (i32.add (local.get $place) (i32.const 8)))
  (func $adopt (param $from i32) (param $size i32)
    (memory.copy (i32.const {PROGRAM}) (local.get $from) (local.get $size))
    (global.set $end (i32.add (i32.const {PROGRAM}) (local.get $size))))
  (func $read_values (param $count i32)
    (local $place i32) (local $arena i32) (local $slot i32) (local $kind i32) (local $size i32)
    (local.set $place (i32.const {ARGS})) (local.set $arena (i32.const {ARENA})) (local.set $slot (i32.const {RESULTS}))
    (block $done (loop $next
      (br_if $done (i32.eqz (local.get $count)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (local.set $kind (call $small (i32.const 1)))
      (if (i32.eqz (local.get $kind)) (then (local.set $place (call $put (local.get $place) (call $number (i32.const 16))))))
      (if (i32.eq (local.get $kind) (i32.const 2)) (then
        (local.set $place (call $put (local.get $place) (i64.extend_i32_u (local.get $slot))))
        (local.set $slot (i32.add (local.get $slot) (i32.const 32)))))
      (if (i32.eq (local.get $kind) (i32.const 3)) (then
        (local.set $place (call $put (local.get $place) (i64.extend_i32_u (global.get $stream))))))
      (if (i32.eq (local.get $kind) (i32.const 1)) (then
        (local.set $size (call $small (i32.const 4)))
        (local.set $place (call $put (local.get $place) (i64.extend_i32_u (local.get $arena))))
        (local.set $place (call $put (local.get $place) (i64.extend_i32_u (local.get $size))))
        (block $copied (loop $byte
          (br_if $copied (i32.eqz (local.get $size)))
          (i32.store8 (local.get $arena) (call $small (i32.const 2)))
          (local.set $arena (i32.add (local.get $arena) (i32.const 1)))
          (local.set $size (i32.sub (local.get $size) (i32.const 1)))
          (br $byte)))))
      (br $next))))
  (func $run (param $callback i32)
    (local $index i32) (local $wanted i32) (local $function i32)
    (global.set $at (i32.const {PROGRAM})) (global.set $heap (i32.const {HEAP})) (global.set $returns (i32.const 0))
    (block $done (loop $next
      (br_if $done (i32.ge_u (global.get $at) (global.get $end)))
      (local.set $wanted (call $small (i32.const 2)))
      (local.set $function (call $small (i32.const 2)))
      (call $read_values (call $small (i32.const 2)))
      (if (i32.eq (local.get $wanted) (local.get $callback)) (then
        (if (i32.eq (local.get $function) (i32.const {RETURN}))
          (then (global.set $returns (i32.load (i32.const {ARGS}))))
          (else (call $step (local.get $callback) (local.get $index) (call_indirect (type $call) (local.get $function)))))))
      (local.set $index (i32.add (local.get $index) (i32.const 1)))
      (br $next))))
  (func $step (param $callback i32) (param $index i32) (param $status i32)
    (memory.copy (i32.const {LINE}) (i32.const 0) (i32.const 22))
    (call $write (i32.const {LINE + 10}) (i32.const 2) (local.get $callback))
    (call $write (i32.const {LINE + 13}) (i32.const 4) (local.get $index))
    (call $write (i32.const {LINE + 20}) (i32.const 2) (local.get $status))
    (drop (call $proxy_log (i32.const 2) (i32.const {LINE}) (i32.const 22))))
  (data (i32.const 0) "universal cc iiii = ss")
  (data (i32.const 32) "{HEADER.decode()}")
  (func (export "proxy_on_context_create") (param i32 i32)
    (if (local.get 1) (then (global.set $stream (local.get 0)))))
"""


def guest() -> str:
    """The universal guest as text."""
    imports = [
        f'(import "{row.module}" "{row.name}" (func ${row.name} (param {" ".join(row.wasm_params)})'
        + (" (result i32)))" if row.wasm_results else "))")
        for row in FUNCTIONS
    ]
    calls = " ".join(f"$call_{row.name}" for row in FUNCTIONS)
    table = f"(table {len(FUNCTIONS)} funcref) (elem (i32.const 0) func {calls})"
    return "\n".join(["(module", *imports, PARTS, table, *map(_wrapper, FUNCTIONS), *map(_callback, CALLBACKS), ")"])


def _wrapper(row: Row) -> str:
    """A function without parameters that takes them from where the program's values lie."""
    loads = [
        f"(i64.load (i32.const {ARGS + 8 * place}))" if kind == "i64" else f"(i32.load (i32.const {ARGS + 8 * place}))"
        for place, kind in enumerate(row.wasm_params)
    ]
    nothing = "" if row.wasm_results else " (i32.const 0)"
    return f"(func $call_{row.name} (result i32) (call ${row.name} {' '.join(loads)}){nothing})"


def _callback(name: str) -> str:
    row = next(row for row in ROWS if row.name == name and row.until == VERSIONS[-1].number)
    adopts = {
        CONFIGURE: "(drop (call $proxy_get_buffer_bytes (i32.const 7) (i32.const 0) (i32.const -1) (i32.const 48)"
        " (i32.const 52)))",
        HEADERS: f"(drop (call $proxy_get_header_map_value (i32.const 0) (i32.const 32) (i32.const {len(HEADER)}) (i32.const 48)"
        " (i32.const 52)))",
    }
    adopt = adopts.get(name, "")
    if adopt:
        adopt += " (call $adopt (i32.load (i32.const 48)) (i32.load (i32.const 52)))"
    returns = "(i32.const 1)" if name in (CONFIGURE, "proxy_on_done") else "(global.get $returns)"
    result, value = (" (result i32)", returns) if row.wasm_results else ("", "")
    run = f"(call $run (i32.const {CALLBACKS.index(name)}))"
    return f'(func (export "{name}") (param {" ".join(row.wasm_params)}){result} {adopt} {run} {value})'


# The table.

HEAD = encode_pairs([(b":method", b"GET"), (b":path", b"/"), (b":authority", b"a")])

HARMLESS: dict[str, tuple[Value, ...]] = {
    "proxy_call_foreign_function": (b"compress", b"data", SLOT, SLOT),
    "proxy_define_metric": (0, b"m", SLOT),
    "proxy_dequeue_shared_queue": (77, SLOT, SLOT),
    "proxy_done": (),
    "proxy_enqueue_shared_queue": (77, b"x"),
    "proxy_get_current_time_nanoseconds": (SLOT,),
    "proxy_get_log_level": (SLOT,),
    "proxy_get_metric": (404, SLOT),
    "proxy_get_property": (b"plugin_name", SLOT, SLOT),
    "proxy_get_shared_data": (b"nothing", SLOT, SLOT, SLOT),
    "proxy_get_status": (SLOT, SLOT, SLOT),
    "proxy_grpc_call": (b"nowhere", b"s", b"m", b"", b"", 100, SLOT),
    "proxy_grpc_cancel": (5,),
    "proxy_grpc_close": (6,),
    "proxy_grpc_send": (6, b"m", 0),
    "proxy_grpc_stream": (b"nowhere", b"s", b"m", b"", SLOT),
    "proxy_http_call": (b"nowhere", HEAD, b"", b"", 100, SLOT),
    "proxy_increment_metric": (404, 1),
    "proxy_log": (0, b"."),
    "proxy_record_metric": (404, 1),
    "proxy_register_shared_queue": (b"quiet", SLOT),
    "proxy_resolve_shared_queue": (b"", b"nothing", SLOT),
    "proxy_set_effective_context": (0x7777,),
    "proxy_set_property": (b"mine", b"1"),
    "proxy_set_shared_data": (b"key", b"value", 0),
    "proxy_set_tick_period_milliseconds": (0,),
}
"""Calls that change nothing which later steps would see."""

STREAM_MAPS = {HEADERS: 0, TRAILERS: 1, ANSWER_HEADERS: 2, "proxy_on_response_trailers": 3}


def table(callback: str) -> Iterator[Step]:
    """Every host function in *callback*: on every map and buffer, with good arguments, and with addresses outside the memory."""
    for item in range(9):
        for function, values in (
            ("proxy_get_header_map_value", (item, b":path", SLOT, SLOT)),
            ("proxy_get_header_map_pairs", (item, SLOT, SLOT)),
            ("proxy_get_header_map_size", (item, SLOT)),
            ("proxy_add_header_map_value", (item, b"x-u", b"1")),
            ("proxy_replace_header_map_value", (item, b"x-u", b"2")),
            ("proxy_remove_header_map_value", (item, b"x-u")),
        ):
            if not (item in (1, 3) and function not in ("proxy_get_header_map_value", "proxy_get_header_map_pairs")):
                yield Step(callback, function, values, f"map {item}")
        if item > 3 or item == 8:
            yield Step(callback, "proxy_set_header_map_pairs", (item, b""), f"map {item}")
        yield Step(callback, "proxy_get_buffer_bytes", (item, 0, 4, SLOT, SLOT), f"buffer {item}")
        yield Step(callback, "proxy_get_buffer_status", (item, SLOT, SLOT), f"buffer {item}")
        yield Step(callback, "proxy_set_buffer_bytes", (item, 0, 0, b""), f"buffer {item}")
    for kind in (4, 5):
        yield Step(callback, "proxy_continue_stream", (kind,), f"type {kind}")
        yield Step(callback, "proxy_close_stream", (kind,), f"type {kind}")
    yield Step(callback, "proxy_continue_stream", (3,), "type 3")
    for function, values in HARMLESS.items():
        yield Step(callback, function, values)
    for row in FUNCTIONS:
        if _takes_addresses(row) and row.name != "proxy_send_local_response":
            yield Step(callback, row.name, tuple(_wild(row)), "wild")


def _takes_addresses(row: Row) -> bool:
    return any(len(param.kind.params) == 2 for param in row.params) or (row.answer is not Kind.VALUE and bool(row.results))


def _wild(row: Row) -> Iterator[int]:
    for param in row.params:
        yield from (WILD, 4) if len(param.kind.params) == 2 else (0,)
    for result in row.results:
        yield from [WILD] * result.kind.slots


@dataclass(frozen=True)
class Case:
    """One exchange and its program: the steps before (to bring the callback about), the table, the steps behind."""

    callback: str
    steps: tuple[Step, ...]
    calls: tuple[Answer, ...] = ()
    answer: Answer = field(default_factory=lambda: Answer(CHUNKED.headers, ("some", "body"), (("x-end", "yes"),)))

    def exchange(self) -> Exchange:
        """The exchange that runs it."""
        trailers = (("x-sum", "4"),)
        headers = (*TEXT, (HEADER.decode(), program(self.steps)))
        return Exchange(Request(headers, ("some", "body"), trailers, method="POST", path="/path?q=1"), self.answer, self.calls)


def case(callback: str) -> Case:
    """The exchange in which *callback* runs through its table."""
    steps, calls = tuple(table(callback)), ()
    resume = (
        Step(callback, "proxy_set_effective_context", (STREAM,), "the stream"),
        Step(callback, "proxy_continue_stream", (0,), "the stream"),
    )
    pause = Step(HEADERS, "return", (1,))
    if callback == CALLED:
        call = Step(HEADERS, "proxy_http_call", (b"web_service", HEAD, b"", b"", 5000, SLOT), "to be answered")
        return Case(callback, (call, pause, *steps, *resume), (Answer(TEXT, ("fine",)),))
    if callback == TICK:
        arm = Step(HEADERS, "proxy_set_tick_period_milliseconds", (50,), "soon")
        return Case(callback, (arm, pause, *steps, *resume))
    if callback == QUEUE:
        register = Step(HEADERS, "proxy_register_shared_queue", (b"loud", SLOT), "to be told")
        enqueue = Step(HEADERS, "proxy_enqueue_shared_queue", (1, b"x"), "for itself")
        return Case(callback, (register, enqueue, pause, *steps, *resume))
    return Case(callback, steps, calls)


CASES = [case(callback) for callback in CALLBACKS if callback != CONFIGURE]
AT_START = tuple(table(CONFIGURE))
"""The table of `proxy_on_configure`, whose program is the plugin's configuration."""


def answers(lines: Iterable[str], steps: tuple[Step, ...]) -> dict[str, list[int]]:
    """The statuses by step, in the order in which they came; a callback may run several times."""
    found: dict[str, list[int]] = {}
    for line in lines:
        _, marker, rest = line.partition("universal ")
        if marker and " = " in rest:
            index, status = rest[3:7], rest.rpartition(" = ")[2][:2]
            found.setdefault(steps[int(index, 16)].name, []).append(int(status, 16))
    return found
