"""Filters from scripts: what a guest does in each callback, written in Python, made into a module by way of WAT.

Lives here: the small language of scripts, and the text format it becomes. Not here: running them; the same module runs in every
VM, and in Envoy.

A script is a dict from callback names (without `proxy_`) to lists of steps:

    {"on_request_headers": [local(403, b"no"), give(PAUSE)],
     "on_http_call_response": [stream(), resume(REQUEST)]}

A step is a fragment of WAT. `report` logs the status of a host function, so that a test can compare what the guest was told.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from itertools import count

CONTINUE, PAUSE = 0, 1
REQUEST, RESPONSE = 0, 1
REQUEST_HEADERS, REQUEST_TRAILERS, RESPONSE_HEADERS, RESPONSE_TRAILERS, CALL_HEADERS, CALL_TRAILERS = 0, 1, 2, 3, 6, 7
REQUEST_BODY, RESPONSE_BODY, CALL_BODY, VM_CONFIGURATION, PLUGIN_CONFIGURATION = 0, 1, 4, 6, 7

ALL = 0xFFFFFFFF
DATA_START = 4096
SLOT, SLOT_2 = 16, 20
"""Where host functions put their results."""

Step = str
Script = Mapping[str, Sequence[Step]]

IMPORTS = {
    "proxy_log": 3,
    "proxy_add_header_map_value": 5,
    "proxy_replace_header_map_value": 5,
    "proxy_remove_header_map_value": 3,
    "proxy_get_header_map_value": 5,
    "proxy_get_header_map_pairs": 3,
    "proxy_set_header_map_pairs": 3,
    "proxy_get_header_map_size": 2,
    "proxy_get_buffer_bytes": 5,
    "proxy_get_buffer_status": 3,
    "proxy_set_buffer_bytes": 5,
    "proxy_send_local_response": 8,
    "proxy_continue_stream": 1,
    "proxy_close_stream": 1,
    "proxy_http_call": 10,
    "proxy_set_effective_context": 1,
    "proxy_set_tick_period_milliseconds": 1,
    "proxy_get_property": 4,
    "proxy_set_property": 4,
    "proxy_get_status": 3,
    "proxy_done": 0,
    "proxy_register_shared_queue": 3,
    "proxy_enqueue_shared_queue": 3,
    "proxy_dequeue_shared_queue": 3,
    "proxy_set_shared_data": 5,
    "proxy_get_shared_data": 5,
}
"""Host functions that scripts may call, and how many i32 each takes."""

CALLBACKS = {
    "on_context_create": (2, False),
    "on_vm_start": (2, True),
    "on_configure": (2, True),
    "on_tick": (1, False),
    "on_queue_ready": (2, False),
    "on_request_headers": (3, True),
    "on_request_body": (3, True),
    "on_request_trailers": (2, True),
    "on_response_headers": (3, True),
    "on_response_body": (3, True),
    "on_response_trailers": (2, True),
    "on_http_call_response": (5, False),
    "on_done": (1, True),
    "on_log": (1, False),
    "on_delete": (1, False),
}
"""Callbacks of ABI 0.2.1: parameters, and whether they give a result."""

DEFAULTS = {"on_vm_start": 1, "on_configure": 1, "on_done": 1}


def text(data: bytes) -> str:
    """A piece of constant data as two operands: its address and its size. Filled in when the module is put together."""
    return "{" + data.hex() + "}" if data else "(i32.const 0) (i32.const 0)"


def report(name: str, call: str) -> Step:
    """Log "name: status"."""
    return f"(call $report {text(name.encode())} {call})"


def log(message: bytes, level: int = 2) -> Step:
    return f"(drop (call $proxy_log (i32.const {level}) {text(message)}))"


def drop(call: str) -> Step:
    return f"(drop {call})"


def add(map_type: int, key: bytes, value: bytes) -> str:
    return f"(call $proxy_add_header_map_value (i32.const {map_type}) {text(key)} {text(value)})"


def replace(map_type: int, key: bytes, value: bytes) -> str:
    return f"(call $proxy_replace_header_map_value (i32.const {map_type}) {text(key)} {text(value)})"


def remove(map_type: int, key: bytes) -> str:
    return f"(call $proxy_remove_header_map_value (i32.const {map_type}) {text(key)})"


def header(map_type: int, key: bytes) -> str:
    """Read a header; `show` logs what came."""
    return f"(call $proxy_get_header_map_value (i32.const {map_type}) {text(key)} (i32.const {SLOT}) (i32.const {SLOT_2}))"


def body(buffer: int, start: int = 0, size: int = ALL) -> str:
    """Read a buffer; `show` logs what came."""
    numbers = f"(i32.const {buffer}) (i32.const {start}) (i32.const {size})"
    return f"(call $proxy_get_buffer_bytes {numbers} (i32.const {SLOT}) (i32.const {SLOT_2}))"


def set_body(buffer: int, data: bytes, start: int = 0, size: int = ALL) -> str:
    return f"(call $proxy_set_buffer_bytes (i32.const {buffer}) (i32.const {start}) (i32.const {size}) {text(data)})"


def get_property(path: bytes) -> str:
    return f"(call $proxy_get_property {text(path)} (i32.const {SLOT}) (i32.const {SLOT_2}))"


def set_property(path: bytes, value: bytes) -> str:
    return f"(call $proxy_set_property {text(path)} {text(value)})"


def show(name: str, read: str) -> Step:
    """Do *read*, then log "name: status" and, when that is 0, what was read."""
    return (
        f"(global.set $status {read}) (call $report {text(name.encode())} (global.get $status)) "
        f"(if (i32.eqz (global.get $status)) (then (drop (call $proxy_log (i32.const 2) "
        f"(i32.load (i32.const {SLOT})) (i32.load (i32.const {SLOT_2}))))))"
    )


def pairs(items: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The serialised form of a map."""
    items = list(items)
    sizes = b"".join(struct.pack("<II", len(key), len(value)) for key, value in items)
    return struct.pack("<I", len(items)) + sizes + b"".join(key + b"\0" + value + b"\0" for key, value in items)


def local(
    code: int, content: bytes = b"", headers: Iterable[tuple[bytes, bytes]] = (), details: bytes = b"", grpc_status: int = -1
) -> Step:
    lists = f"{text(details)} {text(content)} {text(pairs(headers))}"
    return drop(f"(call $proxy_send_local_response (i32.const {code}) {lists} (i32.const {grpc_status}))")


def resume(stream_type: int) -> Step:
    return drop(f"(call $proxy_continue_stream (i32.const {stream_type}))")


def close(stream_type: int) -> Step:
    return drop(f"(call $proxy_close_stream (i32.const {stream_type}))")


def tick(milliseconds: int) -> Step:
    return drop(f"(call $proxy_set_tick_period_milliseconds (i32.const {milliseconds}))")


def done() -> str:
    return "(call $proxy_done)"


def http_call(upstream: bytes, headers: Iterable[tuple[bytes, bytes]], content: bytes = b"", timeout: int = 1000) -> str:
    lists = f"{text(upstream)} {text(pairs(headers))} {text(content)} (i32.const 0) (i32.const 0)"
    return f"(call $proxy_http_call {lists} (i32.const {timeout}) (i32.const {SLOT}))"


CHECK = ((b":method", b"GET"), (b":path", b"/check"), (b":authority", b"web_service"))


def call_check() -> Step:
    """Call the cluster `web_service`."""
    return drop(http_call(b"web_service", CHECK))


def context(context_id: int) -> str:
    return f"(call $proxy_set_effective_context (i32.const {context_id}))"


def stream() -> Step:
    """Make the newest stream the effective context."""
    return "(drop (call $proxy_set_effective_context (global.get $stream)))"


def give(value: int) -> Step:
    """Return from the callback."""
    return f"(return (i32.const {value}))"


def on_end(*steps: Step, parameter: int = 2) -> Step:
    """Do that when the stream ends with this callback."""
    return f"(if (local.get {parameter}) (then {' '.join(steps)}))"


def nth(number: int, *steps: Step) -> Step:
    """Do that in the *number*th call of this callback in this VM, counted from 1."""
    return f"(if (i32.eq (local.get $calls) (i32.const {number})) (then {' '.join(steps)}))"


def of_stream(stream_id: int, *steps: Step) -> Step:
    """Do that for the context of that id."""
    return f"(if (i32.eq (local.get 0) (i32.const {stream_id})) (then {' '.join(steps)}))"


TRAP = "(unreachable)"
LOOP = "(loop $for_ever (br $for_ever))"


def module(script: Script, *, version: str = "0_2_1") -> str:
    """The text of a module that does what *script* says."""
    script = {"on_context_create": (), **script}
    fragments = [_function(name, steps) for name, steps in script.items()]
    code = "\n".join(fragments)
    used = [name for name in IMPORTS if f"${name}" in code or name == "proxy_log"]
    imports = "\n".join(f'(import "env" "{name}" (func ${name}{" (param i32)" * IMPORTS[name]} (result i32)))' for name in used)
    code, data = _place(code)
    return f"""(module
{imports}
(memory (export "memory") 2)
(global $top (mut i32) (i32.const 65536))
(global $stream (mut i32) (i32.const 0))
(global $status (mut i32) (i32.const 0))
{_counters(script)}
(func (export "proxy_abi_version_{version}"))
(func (export "malloc") (param i32) (result i32) (local $at i32)
  (local.set $at (global.get $top))
  (global.set $top (i32.and (i32.add (i32.add (local.get $at) (local.get 0)) (i32.const 7)) (i32.const -8)))
  (loop $more
    (if (i32.gt_u (global.get $top) (i32.mul (memory.size) (i32.const 65536)))
      (then (if (i32.eq (memory.grow (i32.const 16)) (i32.const -1)) (then (return (i32.const 0)))) (br $more))))
  (local.get $at))
(func $report (param $text i32) (param $size i32) (param $status i32)
  (memory.copy (i32.const 1024) (local.get $text) (local.get $size))
  (i32.store16 (i32.add (i32.const 1024) (local.get $size)) (i32.const 0x203a))
  (i32.store8 offset=1026 (local.get $size) (i32.add (i32.const 48) (i32.div_u (local.get $status) (i32.const 10))))
  (i32.store8 offset=1027 (local.get $size) (i32.add (i32.const 48) (i32.rem_u (local.get $status) (i32.const 10))))
  (drop (call $proxy_log (i32.const 2) (i32.const 1024) (i32.add (local.get $size) (i32.const 4)))))
{code}
{data})
"""


def _counters(script: Script) -> str:
    return "\n".join(f"(global $calls_{name} (mut i32) (i32.const 0))" for name in script)


def _function(name: str, steps: Sequence[Step]) -> str:
    params, has_result = CALLBACKS[name]
    lines = [
        f'(func (export "proxy_{name}"){" (param i32)" * params}{" (result i32)" if has_result else ""} (local $calls i32)',
        f"(global.set $calls_{name} (i32.add (global.get $calls_{name}) (i32.const 1)))",
        f"(local.set $calls (global.get $calls_{name}))",
    ]
    if name == "on_context_create":
        lines.append("(if (local.get 1) (then (global.set $stream (local.get 0))))")
    lines += steps
    if has_result:
        lines.append(f"(i32.const {DEFAULTS.get(name, 0)})")
    return "\n  ".join(lines) + ")"


def _place(code: str) -> tuple[str, str]:
    """Put every constant somewhere in memory, and its address and size in its place in the code."""
    segments: list[str] = []
    places: dict[str, int] = {}
    at = DATA_START
    for _ in count():
        start = code.find("{")
        if start < 0:
            break
        end = code.index("}", start)
        content = code[start + 1 : end]
        if content not in places:
            places[content] = at
            at += len(content) // 2
            escaped = "".join(f"\\{content[i : i + 2]}" for i in range(0, len(content), 2))
            segments.append(f'(data (i32.const {places[content]}) "{escaped}")')
        code = f"{code[:start]}(i32.const {places[content]}) (i32.const {len(content) // 2}){code[end + 1 :]}"
    return code, "\n".join(segments)
