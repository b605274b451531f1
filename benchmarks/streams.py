"""What the host adds per stream and per host call, beside a plain Python call.

Lives here: streams through a filter whose callbacks are empty, and a filter that reads one header again and again; no sockets.
Each in microseconds of processor time and as a multiple of a plain Python call measured in the same run.
Not here: crossings of the VM's border alone (calls.py), and what guests cost inside (run.py).

    python benchmarks/streams.py [--tier auto] [--check]

With `--check` the exit code tells whether the bars hold: 1,500 plain calls a stream, 100 a host call.
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Callable
from time import process_time
from timeit import Timer

from proxyabi import HeaderMap, Host, PluginConfig, StreamInfo
from proxyabi.context.events import RequestBody, RequestHeaders, ResponseHeaders, StreamDone

WASM = bytes.fromhex(
    "0061736d0100000001220660057f7f7f7f7f017f60000060017f017f60027f7f0060037f7f7f017f60017f0002220103656e761a70726f78795f6765"
    "745f6865616465725f6d61705f76616c75650000030b0a01020304040504050205050301000107d7010b066d656d6f727902001770726f78795f6162"
    "695f76657273696f6e5f305f325f310001066d616c6c6f6300021770726f78795f6f6e5f636f6e746578745f63726561746500031870726f78795f6f"
    "6e5f726571756573745f6865616465727300041970726f78795f6f6e5f726573706f6e73655f6865616465727300050d70726f78795f6f6e5f746963"
    "6b00061570726f78795f6f6e5f726571756573745f626f647900070c70726f78795f6f6e5f6c6f6700080d70726f78795f6f6e5f646f6e6500090f70"
    "726f78795f6f6e5f64656c657465000a0a440a02000b05004180080b02000b040041000b040041000b02000b1e000340410041c00041034110411410"
    "001a200141016b22010d000b41000b02000b040041010b02000b0b0a010041c0000b03782d610019046e616d650106010003676574020a0107020002"
    "696401016e"
)
"""Assembled from the text below, so that this script needs nothing but the package.

    (module
      (import "env" "proxy_get_header_map_value" (func $get (param i32 i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1)
      (data (i32.const 64) "x-a")
      (func (export "proxy_abi_version_0_2_1"))
      (func (export "malloc") (param i32) (result i32) (i32.const 1024))
      (func (export "proxy_on_context_create") (param i32 i32))
      (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (i32.const 0))
      (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32) (i32.const 0))
      (func (export "proxy_on_tick") (param i32))
      (func (export "proxy_on_request_body") (param $id i32) (param $n i32) (param i32) (result i32)
        (loop (drop (call $get (i32.const 0) (i32.const 64) (i32.const 3) (i32.const 16) (i32.const 20)))
          (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (i32.const 0))
      (func (export "proxy_on_log") (param i32))
      (func (export "proxy_on_done") (param i32) (result i32) (i32.const 1))
      (func (export "proxy_on_delete") (param i32)))
"""

CALLS = 200
STREAM_BAR, CALL_BAR = 1500, 100


def plain(a: int, b: int) -> int:
    """What everything is compared with."""
    return (a + b) & 0xFFFFFFFF


def seconds(run: Callable[[], object]) -> float:
    """The best of nine timings of *run*, in processor time: what else the machine does counts as little as it can."""
    timer = Timer(run, timer=process_time)
    count = max(1, timer.autorange()[0] // 4)
    return min(timer.repeat(9, count)) / count


REQUEST = HeaderMap([(b":authority", b"a"), (b":path", b"/"), (b":method", b"GET"), (b":scheme", b"http"), (b"x-a", b"value")])
RESPONSE = HeaderMap([(b":status", b"200"), (b"content-length", b"0")])


def one_stream(host: Host) -> None:
    """Create, two headers callbacks, log, done, delete."""
    stream_id = host.open_stream(StreamInfo())
    host.feed(RequestHeaders(stream_id, REQUEST, end_of_stream=True))
    host.feed(ResponseHeaders(stream_id, RESPONSE, end_of_stream=True))
    host.feed(StreamDone(stream_id))


def per_call(host: Host) -> float:
    """What one `proxy_get_header_map_value` with its allocator call takes, out of many in one callback."""
    stream_id = host.open_stream(StreamInfo())
    host.feed(RequestHeaders(stream_id, REQUEST, end_of_stream=False))
    chain_body = bytes(CALLS)
    context = next(context for context in host.plugins[0].root.vm.contexts.values() if context.parent_id)

    def body() -> None:
        context.maps[0] = REQUEST  # type: ignore[attr-defined]
        host.feed(RequestBody(stream_id, chain_body, end_of_stream=False))

    return seconds(body) / CALLS


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tier", default="auto")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    host = Host([PluginConfig(WASM, name="bench")], tier=options.tier)
    host.start()
    gc.collect()
    gc.disable()
    timer = Timer("plain(2, 3)", globals=globals(), timer=process_time)
    base = min(timer.repeat(9, 200_000)) / 200_000
    stream, call = seconds(lambda: one_stream(host)), per_call(host)
    print(f"Python {sys.version.split()[0]}, tier {host.plugins[0].tier}, a plain call takes {base * 1e9:.0f} ns")
    print(f"a stream without host calls   {stream * 1e6:8.1f} µs {stream / base:8.0f} × (bar {STREAM_BAR})")
    print(f"a header read, with allocation {call * 1e6:7.2f} µs {call / base:8.0f} × (bar {CALL_BAR})")
    return int(options.check and (stream / base > STREAM_BAR or call / base > CALL_BAR))


if __name__ == "__main__":
    raise SystemExit(main())
