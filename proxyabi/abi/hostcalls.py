"""The host functions of the ABI, one row each. WASI and Emscripten's are in wasi.py.

Lives here: names, parameters, results, versions, and the few places where the order of checks is not the usual one.
Not here: behaviour (hostcalls), how parameters are read and results written (hostcalls.marshal).

Parameter names are the document's, without the suffixes of C. The usual order: enumerations, then inputs in memory, then the
operation, then the addresses for results.

abi: 6 Host functions, 1.3 Which functions exist in which version
"""

from __future__ import annotations

from typing import Any

from proxyabi.abi.signature import Answer, Row, Slots, Version, parse_params
from proxyabi.abi.types import Mode, StreamType

__all__ = ["HOSTCALLS"]

HOSTCALLS: list[Row] = []


def call(name: str, notation: str = "", *, since: str = "0.1.0", until: str = "0.2.1", **rest: Any) -> None:
    """Add a row. *rest* are fields of `Row` that differ from the usual."""
    params, results = parse_params(notation)
    rest.setdefault("handler", name)
    HOSTCALLS.append(Row("env", name, params, results, Answer.STATUS, _version(since), _version(until), **rest))


def _version(text: str) -> Version:
    major, minor, patch = text.split(".")
    return int(major), int(minor), int(patch)


# fmt: off

#    name                                 parameters -> results                                                       in which versions, and what is unusual

# Logging and time
call("proxy_log",                          "log_level:log_level message:bytes",                                        allowed=Mode.ALLOCATING)
call("proxy_get_log_level",                "-> log_level:u32",                                                         since="0.2.1")
call("proxy_get_current_time_nanoseconds", "-> time:u64")
call("proxy_set_tick_period_milliseconds", "period:ms")

# Configuration and status
call("proxy_get_configuration",            "-> configuration:bytes",                                                   until="0.1.0")
call("proxy_get_status",                   "-> status_code:u32 message:bytes")

# Properties
call("proxy_get_property",                 "path:bytes -> value:bytes")
call("proxy_set_property",                 "path:bytes value:bytes")

# Buffers
call("proxy_get_buffer_bytes",             "buffer_id:buffer_type start:u32 max_size:u32 -> data:bytes")
call("proxy_get_buffer_status",            "buffer_id:buffer_type -> length:u32 flags:u32")
call("proxy_set_buffer_bytes",             "buffer_id:buffer_type start:u32 length:u32 data:bytes")

# Fields: header and trailer maps
call("proxy_get_header_map_value",         "map_id:map_type key:bytes -> value:bytes",                                 until="0.1.0", fixed={"missing": b""})
call("proxy_get_header_map_value",         "map_id:map_type key:bytes -> value:bytes",                                 since="0.2.0")
call("proxy_add_header_map_value",         "map_id:map_type key:bytes value:bytes")
call("proxy_replace_header_map_value",     "map_id:map_type key:bytes value:bytes")
call("proxy_remove_header_map_value",      "map_id:map_type key:bytes")
call("proxy_get_header_map_pairs",         "map_id:map_type -> pairs:pairs")
call("proxy_set_header_map_pairs",         "map_id:map_type pairs:pairs")
call("proxy_get_header_map_size",          "map_id:map_type -> size:u32")

# Streams
call("proxy_continue_request",             until="0.1.0", handler="proxy_continue_stream", fixed={"stream_type": StreamType.HTTP_REQUEST})
call("proxy_continue_response",            until="0.1.0", handler="proxy_continue_stream", fixed={"stream_type": StreamType.HTTP_RESPONSE})
call("proxy_clear_route_cache",            until="0.1.0")
call("proxy_continue_stream",              "stream_type:stream_type",                                                  since="0.2.0")
call("proxy_close_stream",                 "stream_type:stream_type",                                                  since="0.2.0")
call("proxy_send_local_response",          "status_code:u32 status_code_details:bytes body:bytes headers:pairs grpc_status:u32")

# HTTP calls
call("proxy_http_call",                    "upstream_name:bytes headers:pairs body:bytes trailers:pairs timeout:ms -> call_id:u32", slots=Slots.FIRST)

# gRPC calls
call("proxy_grpc_call",                    "upstream_name:bytes service_name:bytes method_name:bytes initial_metadata:pairs message:bytes timeout:ms -> call_id:u32")
call("proxy_grpc_stream",                  "upstream_name:bytes service_name:bytes method_name:bytes initial_metadata:pairs -> stream_id:u32")
call("proxy_grpc_send",                    "stream_id:u32 message:bytes end_of_stream:bool")
call("proxy_grpc_cancel",                  "call_id:u32")
call("proxy_grpc_close",                   "call_id:u32")

# Shared data and queues
call("proxy_get_shared_data",              "key:bytes -> value:bytes cas:u32")
call("proxy_set_shared_data",              "key:bytes value:bytes cas:u32")
call("proxy_register_shared_queue",        "queue_name:bytes -> queue_id:u32")
call("proxy_resolve_shared_queue",         "vm_id:bytes queue_name:bytes -> queue_id:u32")
call("proxy_enqueue_shared_queue",         "queue_id:u32 value:bytes")
call("proxy_dequeue_shared_queue",         "queue_id:u32 -> value:bytes")

# Metrics
call("proxy_define_metric",                "metric_type:metric_type metric_name:bytes -> metric_id:u32",               late=True)
call("proxy_increment_metric",             "metric_id:u32 delta:i64")
call("proxy_record_metric",                "metric_id:u32 value:u64")
call("proxy_get_metric",                   "metric_id:u32 -> value:u64")

# Contexts
call("proxy_set_effective_context",        "context_id:u32")
call("proxy_done")

# Foreign functions
call("proxy_call_foreign_function",        "function_name:bytes arguments:bytes -> results:block",                     slots=Slots.ALWAYS)
# fmt: on
