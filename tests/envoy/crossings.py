"""Calls between host and guest as lines of text, the same whoever wrote them down.

Lives here: the form, which arguments are addresses, and reading the form out of Envoy's log and out of our trace records.
Not here: which lines may differ (known_differences.py).

One crossing is two lines, indented by its depth; what happens inside stands between them:

    > proxy_on_request_headers(2, 9, 1)            the host calls the guest
      < proxy_get_header_map_pairs(0, @, @)        the guest calls the host
        > proxy_on_memory_allocate(217)
        = @
      = 0
      ! info: request header :path: /              a log line of the guest
    = 0

`@` stands for an address other than 0: where a guest keeps its data is its own affair.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from known_differences import CLOCKWORK

ADDRESSES: dict[str, str] = {
    "proxy_log": "-@-",
    "proxy_get_log_level": "@",
    "proxy_get_current_time_nanoseconds": "@",
    "proxy_get_status": "@@@",
    "proxy_get_property": "@-@@",
    "proxy_set_property": "@-@-",
    "proxy_get_buffer_bytes": "---@@",
    "proxy_get_buffer_status": "-@@",
    "proxy_set_buffer_bytes": "---@-",
    "proxy_get_header_map_value": "-@-@@",
    "proxy_add_header_map_value": "-@-@-",
    "proxy_replace_header_map_value": "-@-@-",
    "proxy_remove_header_map_value": "-@-",
    "proxy_get_header_map_pairs": "-@@",
    "proxy_set_header_map_pairs": "-@-",
    "proxy_get_header_map_size": "-@",
    "proxy_send_local_response": "-@-@-@--",
    "proxy_http_call": "@-@-@-@--@",
    "proxy_grpc_call": "@-@-@-@-@--@",
    "proxy_grpc_stream": "@-@-@-@-@",
    "proxy_grpc_send": "-@--",
    "proxy_register_shared_queue": "@-@",
    "proxy_resolve_shared_queue": "@-@-@",
    "proxy_enqueue_shared_queue": "-@-",
    "proxy_dequeue_shared_queue": "-@@",
    "proxy_call_foreign_function": "@-@-@@",
    "proxy_define_metric": "-@-@",
    "proxy_get_metric": "-@",
    "proxy_get_shared_data": "@-@@@",
    "proxy_set_shared_data": "@-@--",
    "args_sizes_get": "@@",
    "args_get": "@@",
    "environ_sizes_get": "@@",
    "environ_get": "@@",
    "clock_time_get": "--@",
    "random_get": "@-",
    "fd_write": "-@-@",
    "fd_fdstat_get": "-@",
    "fd_prestat_get": "-@",
    "poll_oneoff": "@@-@",
}
"""Which arguments of a host function are addresses. A function that is not here has none."""

ALLOCATORS = ("malloc", "proxy_on_memory_allocate")
"""Callbacks whose result is an address."""

LEVELS = ("trace", "debug", "info", "warn", "error", "critical")

BEGIN = re.compile(r"\[(?P<from>host|vm)->(?:host|vm)\] (?:(?P<module>env|wasi_\w+)\.)?(?P<name>\w+)\((?P<args>[^)]*)\)")
END = re.compile(r"\[(?:host|vm)<-(?:host|vm)\] (?:\w+\.)?(?P<name>\w+) return: (?P<result>\S+)")
LOG = re.compile(r"\[(?P<level>\w+)\]\[wasm\] wasm log(?: test_plugin)?(?: vm[12])?: ?(?P<message>.*)", re.DOTALL)


def begin(depth: int, from_host: bool, name: str, args: Iterable[int]) -> str:
    """The first line of a crossing."""
    marks = ADDRESSES.get(name, "")
    shown = ["@" if mark == "@" and arg else str(arg) for arg, mark in zip(args, marks.ljust(16, "-"), strict=False)]
    return f"{'  ' * depth}{'>' if from_host else '<'} {name}({', '.join(shown)})"


def end(depth: int, name: str, result: int | None) -> str:
    """The last line of a crossing."""
    shown = "void" if result is None else "@" if name in ALLOCATORS and result else str(result)
    return f"{'  ' * depth}= {shown}"


def log(depth: int, level: str, message: str) -> str:
    """A line that the guest logged."""
    return f"{'  ' * depth}! {level}: {message}"


def from_envoy(lines: Iterable[str]) -> Iterator[str]:
    """Read Envoy's log, from which every line that is not a crossing or a guest's message is left out.

    A crossing that the guest never left (a trap) has no second line in the log; here it ends with `= trap`.
    """
    open_calls: list[str] = []
    for line in lines:
        depth = len(open_calls)
        if any(f".{name}" in line for name in CLOCKWORK):
            continue
        if found := BEGIN.search(line):
            args = [int(arg) for arg in found["args"].split(", ") if arg]
            yield begin(depth, found["from"] == "host", found["name"], args)
            open_calls.append(found["name"])
        elif found := END.search(line):
            while open_calls and open_calls[-1] != found["name"]:
                yield "  " * (len(open_calls) - 1) + "= trap"
                open_calls.pop()
            open_calls.pop()
            result = None if found["result"] == "void" else int(found["result"])
            yield end(len(open_calls), found["name"], result)
        elif found := LOG.match(line):
            yield log(depth, "warn" if found["level"] == "warning" else found["level"], found["message"])
        elif re.match(r"\[error\]\[wasm\] Wasm VM failed", line) or "Function: " in line:
            while open_calls:
                yield "  " * (len(open_calls) - 1) + "= trap"
                open_calls.pop()


def from_records(records: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Read the records of our own trace (proxyabi/trace.py), which come in the order in which the crossings began.

    A record does not tell when its crossing ended: it did before the first later record that stands no deeper.
    """
    opened: list[dict[str, Any]] = []
    for record in records:
        if record.get("name") in CLOCKWORK:
            continue
        depth = record["depth"]
        while len(opened) > depth:
            yield closing(len(opened) - 1, opened.pop())
        if "log" in record:
            yield log(depth, record["log"], record["message"])
        else:
            yield begin(depth, record["from"] == "host", record["name"], record["args"])
            opened.append(record)
    while opened:
        yield closing(len(opened) - 1, opened.pop())


def closing(depth: int, record: dict[str, Any]) -> str:
    """The last line of the crossing that *record* tells of."""
    if record["result"] is None and record["reason"] is not None:
        return "  " * depth + "= trap"
    return end(depth, record["name"], record["result"])
