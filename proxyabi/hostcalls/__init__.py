"""The functions that a guest may import, one handler per row of `abi.hostcalls` and `abi.wasi`, one file per chapter of the ABI.

Importing this room registers every handler; `marshal.bind` then makes what a VM calls.
"""

from proxyabi.hostcalls import (
    buffers,
    expressions,
    fields,
    foreign,
    grpc_calls,
    http_calls,
    lifecycle,
    logging,
    metrics,
    properties,
    shared_data,
    shared_queues,
    signatures,
    streams,
    timers,
    wasi,
)

__all__ = [
    "buffers",
    "expressions",
    "fields",
    "foreign",
    "grpc_calls",
    "http_calls",
    "lifecycle",
    "logging",
    "metrics",
    "properties",
    "shared_data",
    "shared_queues",
    "signatures",
    "streams",
    "timers",
    "wasi",
]
