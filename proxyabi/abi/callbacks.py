"""The functions that a guest gives, one row each.

Lives here: names, parameters, results and versions of callbacks, start functions and allocators.
Not here: when they are called (plugin).

A callback is called by argument name; its row takes what it wants. Exports that no host looks up, such as
`proxy_on_grpc_trailing_metadata`, are not rows.

abi: 7 Guest callbacks, 2.3 Exports the host looks up
"""

from __future__ import annotations

from proxyabi.abi.signature import Answer, Row, Version, parse_params

__all__ = ["CALLBACKS"]

CALLBACKS: list[Row] = []


def callback(name: str, notation: str = "", *, since: Version = (0, 1, 0), until: Version = (0, 2, 1)) -> None:
    """Add a row."""
    params, results = parse_params(notation)
    CALLBACKS.append(Row("", name, params, results, Answer.VALUE if results else Answer.NOTHING, since, until))


V_0_1_0, V_0_2_0 = (0, 1, 0), (0, 2, 0)

# fmt: off

#        name                                       parameters -> result                                          in which versions

# Start and memory
callback("_initialize")
callback("_start")
callback("main",                                     "argc:u32 argv:u32 -> exit_code:u32")
callback("__main_void",                              "-> exit_code:u32")
callback("malloc",                                   "size:u32 -> address:u32")
callback("proxy_on_memory_allocate",                 "size:u32 -> address:u32")

# Life of contexts
callback("proxy_on_context_create",                  "context_id:u32 parent_context_id:u32")
callback("proxy_on_vm_start",                        "plugin_context_id:u32 vm_configuration_size:u32 -> success:bool")
callback("proxy_validate_configuration",             "plugin_context_id:u32 plugin_configuration_size:u32 -> valid:bool")
callback("proxy_on_configure",                       "plugin_context_id:u32 plugin_configuration_size:u32 -> success:bool")
callback("proxy_on_done",                            "context_id:u32 -> done:bool")
callback("proxy_on_log",                             "context_id:u32")
callback("proxy_on_delete",                          "context_id:u32")

# Timers, queues, foreign functions
callback("proxy_on_tick",                            "plugin_context_id:u32")
callback("proxy_on_queue_ready",                     "plugin_context_id:u32 queue_id:u32")
callback("proxy_on_foreign_function",                "context_id:u32 function_id:u32 arguments_size:u32",          since=V_0_2_0)

# TCP streams
callback("proxy_on_new_connection",                  "stream_context_id:u32 -> action:network_action")
callback("proxy_on_downstream_data",                 "stream_context_id:u32 data_size:u32 end_of_stream:bool -> action:network_action")
callback("proxy_on_downstream_connection_close",     "stream_context_id:u32 close_source:peer_type")
callback("proxy_on_upstream_data",                   "stream_context_id:u32 data_size:u32 end_of_stream:bool -> action:network_action")
callback("proxy_on_upstream_connection_close",       "stream_context_id:u32 close_source:peer_type")

# HTTP streams
callback("proxy_on_request_headers",                 "stream_context_id:u32 num_headers:u32 -> action:headers_action",    until=V_0_1_0)
callback("proxy_on_request_headers",                 "stream_context_id:u32 num_headers:u32 end_of_stream:bool -> action:headers_action", since=V_0_2_0)
callback("proxy_on_request_body",                    "stream_context_id:u32 body_size:u32 end_of_stream:bool -> action:data_action")
callback("proxy_on_request_trailers",                "stream_context_id:u32 num_trailers:u32 -> action:trailers_action")
callback("proxy_on_request_metadata",                "stream_context_id:u32 num_elements:u32 -> ignored:u32")
callback("proxy_on_response_headers",                "stream_context_id:u32 num_headers:u32 -> action:headers_action",    until=V_0_1_0)
callback("proxy_on_response_headers",                "stream_context_id:u32 num_headers:u32 end_of_stream:bool -> action:headers_action", since=V_0_2_0)
callback("proxy_on_response_body",                   "stream_context_id:u32 body_size:u32 end_of_stream:bool -> action:data_action")
callback("proxy_on_response_trailers",               "stream_context_id:u32 num_trailers:u32 -> action:trailers_action")
callback("proxy_on_response_metadata",               "stream_context_id:u32 num_elements:u32 -> ignored:u32")

# HTTP calls
callback("proxy_on_http_call_response",              "plugin_context_id:u32 call_id:u32 num_headers:u32 body_size:u32 num_trailers:u32")

# gRPC calls
callback("proxy_on_grpc_receive_initial_metadata",   "plugin_context_id:u32 call_id:u32 num_elements:u32")
callback("proxy_on_grpc_receive",                    "plugin_context_id:u32 call_id:u32 message_size:u32")
callback("proxy_on_grpc_receive_trailing_metadata",  "plugin_context_id:u32 call_id:u32 num_elements:u32")
callback("proxy_on_grpc_close",                      "plugin_context_id:u32 call_id:u32 status_code:u32")

# Beyond the ABI: Envoy's own
callback("envoy_on_stats_update",                    "plugin_context_id:u32 snapshot_size:u32")
# fmt: on
