"""When a guest may read or change which map and which buffer, as Envoy has it.

Lives here: one row per map and per buffer.
Not here: the state behind it; a context answers for itself whether an item is there (context), and these rows explain the answer.

*held* says that the item also stays within reach while its stream is paused from the callback that showed it: in that stream's
later callbacks, and for an HTTP call's answer that makes the stream the effective context.

abi: 11.4 Access windows
"""

from __future__ import annotations

from dataclasses import dataclass

from proxyabi.abi.types import BufferType, MapType

__all__ = ["BUFFER_ACCESS", "MAP_ACCESS", "Access"]


@dataclass(frozen=True, slots=True)
class Access:
    """The window of one map or buffer: the callbacks in which it can be read, and changed."""

    item: MapType | BufferType
    read_in: tuple[str, ...]
    changed_in: tuple[str, ...]
    held: bool = False
    always: bool = False


MAP_ACCESS: dict[MapType, Access] = {}
BUFFER_ACCESS: dict[BufferType, Access] = {}
_MAPS, _BUFFERS = MapType, BufferType

REQUEST_HEADERS, RESPONSE_HEADERS = "proxy_on_request_headers", "proxy_on_response_headers"
REQUEST_BODY, RESPONSE_BODY = "proxy_on_request_body", "proxy_on_response_body"
REQUEST_TRAILERS, RESPONSE_TRAILERS = "proxy_on_request_trailers", "proxy_on_response_trailers"
HTTP_CALL_RESPONSE, LOG = "proxy_on_http_call_response", "proxy_on_log"
GRPC_INITIAL, GRPC_TRAILING = "proxy_on_grpc_receive_initial_metadata", "proxy_on_grpc_receive_trailing_metadata"
GRPC_RECEIVE, FOREIGN = "proxy_on_grpc_receive", "proxy_on_foreign_function"
CREATE, CONFIGURE = "proxy_on_context_create", "proxy_on_configure"
DOWNSTREAM_DATA, UPSTREAM_DATA = "proxy_on_downstream_data", "proxy_on_upstream_data"

NEVER: tuple[str, ...] = ()


def access(
    item: MapType | BufferType, read_in: tuple[str, ...], changed_in: tuple[str, ...], *, held: bool = False, always: bool = False
) -> None:
    """Add a row. Maps and buffers have a table each, for their numbers overlap."""
    row = Access(item, read_in, changed_in, held, always)
    if isinstance(item, MapType):
        MAP_ACCESS[item] = row
    else:
        BUFFER_ACCESS[item] = row


# fmt: off

#      map or buffer                        read in                                     changed in
access(_MAPS.HTTP_REQUEST_HEADERS,           (REQUEST_HEADERS, LOG),                     (REQUEST_HEADERS,),                 held=True)
access(_MAPS.HTTP_REQUEST_TRAILERS,          (REQUEST_TRAILERS,),                        (REQUEST_TRAILERS, REQUEST_BODY),   held=True)
access(_MAPS.HTTP_RESPONSE_HEADERS,          (RESPONSE_HEADERS, LOG),                    (RESPONSE_HEADERS,),                held=True)
access(_MAPS.HTTP_RESPONSE_TRAILERS,         (RESPONSE_TRAILERS, LOG),                   (RESPONSE_TRAILERS, RESPONSE_BODY), held=True)
access(_MAPS.GRPC_CALL_INITIAL_METADATA,     (GRPC_INITIAL,),                            NEVER)
access(_MAPS.GRPC_CALL_TRAILING_METADATA,    (GRPC_TRAILING,),                           NEVER)
access(_MAPS.HTTP_CALL_RESPONSE_HEADERS,     (HTTP_CALL_RESPONSE,),                      NEVER)
access(_MAPS.HTTP_CALL_RESPONSE_TRAILERS,    (HTTP_CALL_RESPONSE,),                      NEVER)

access(_BUFFERS.HTTP_REQUEST_BODY,           (REQUEST_BODY,),                            (REQUEST_BODY,),                    held=True)
access(_BUFFERS.HTTP_RESPONSE_BODY,          (RESPONSE_BODY,),                           (RESPONSE_BODY,),                   held=True)
access(_BUFFERS.DOWNSTREAM_DATA,             (DOWNSTREAM_DATA,),                         (DOWNSTREAM_DATA,))
access(_BUFFERS.UPSTREAM_DATA,               (UPSTREAM_DATA,),                           (UPSTREAM_DATA,))
access(_BUFFERS.HTTP_CALL_RESPONSE_BODY,     (HTTP_CALL_RESPONSE,),                      NEVER)
access(_BUFFERS.GRPC_CALL_MESSAGE,           (GRPC_RECEIVE,),                            NEVER)
access(_BUFFERS.VM_CONFIGURATION,            NEVER,                                      NEVER,                              always=True)
access(_BUFFERS.PLUGIN_CONFIGURATION,        (CREATE, CONFIGURE),                        NEVER)
access(_BUFFERS.FOREIGN_FUNCTION_ARGUMENTS,  (FOREIGN,),                                 NEVER)
# fmt: on
