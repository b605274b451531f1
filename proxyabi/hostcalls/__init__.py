"""The functions that a guest may import, one handler per row of `abi.hostcalls` and `abi.wasi`, one file per chapter of the ABI.

Importing this room registers every handler; `marshal.bind` then makes what a VM calls.
"""

from proxyabi.hostcalls import (
    buffers,
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
    streams,
    timers,
    wasi,
)

__all__ = [
    "buffers",
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
    "streams",
    "timers",
    "wasi",
]
