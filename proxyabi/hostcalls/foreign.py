"""Foreign functions: named extras that Envoy offers beside the ABI.

Lives here: `proxy_call_foreign_function`, the registry, and those functions that need neither CEL nor keys: compression, the
route cache, filter state, declared properties.
Not here: `expr_*` (expressions.py), `sign` and `verify_signature` (signatures.py).

abi: 16 Foreign functions registered by Envoy
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

from proxyabi.abi.types import Status
from proxyabi.context.ports import ContextPort
from proxyabi.errors import Fail
from proxyabi.hostcalls.registry import hostcall
from proxyabi.wire.protobuf import WireError, decode_fields

__all__ = ["FOREIGN", "Foreign", "foreign", "message_fields", "text_field"]

Foreign = Callable[[ContextPort, bytes], bytes | None]
"""Gets the context and the arguments, gives the result; None when it has none."""

FOREIGN: dict[bytes, Foreign] = {}

LARGEST_RESULT = 1 << 26
"""What `uncompress` gives at most, so that a small input cannot fill the host's memory."""

FILTER_STATE_NAMES = frozenset(
    {
        b"envoy.network.application_protocols",
        b"envoy.network.upstream_server_name",
        b"envoy.network.upstream_subject_alt_names",
        b"envoy.string",
        b"envoy.tcp_proxy.cluster",
        b"envoy.tcp_proxy.disable_tunneling",
        b"envoy.upstream.dynamic_host",
        b"envoy.upstream.dynamic_port",
    }
)
"""Filter state that Envoy can make from text. Nothing here acts on it; guests can read it back."""


def foreign(name: str) -> Callable[[Foreign], Foreign]:
    """Register the decorated function under *name*, for every VM of the process.

    It gets the context and the arguments and gives the result, None when it has none. For a status other than OK it raises
    `Fail(Status.NOT_FOUND, "why")`; anything else it raises is INTERNAL_FAILURE for the guest and a traceback in the log.
    """

    def register(function: Foreign) -> Foreign:
        FOREIGN[name.encode()] = function
        return function

    return register


@hostcall("proxy_call_foreign_function")
def call_foreign_function(context: ContextPort, function_name: bytes, arguments: bytes) -> bytes | None:
    """Call the function of that name.

    fails: NOT_FOUND for an unknown name, else whatever the function says.
    abi: proxy_call_foreign_function
    """
    function = FOREIGN.get(function_name)
    if function is None:
        known = ", ".join(sorted(name.decode() for name in FOREIGN))
        name = function_name.decode("utf-8", "backslashreplace")
        raise Fail(Status.NOT_FOUND, f"there is no foreign function {name}; there are {known}", leave_results=True)
    return function(context, arguments)


@foreign("compress")
def compress(context: ContextPort, arguments: bytes) -> bytes:
    """The zlib stream (RFC 1950) of the arguments."""
    return zlib.compress(arguments)


@foreign("uncompress")
def uncompress(context: ContextPort, arguments: bytes) -> bytes:
    """What a zlib stream holds.

    fails: SERIALIZATION_FAILURE when it is none, is cut short, or holds more than 64 MiB.
    """
    stream = zlib.decompressobj()
    try:
        data = stream.decompress(arguments, LARGEST_RESULT)
    except zlib.error as error:
        raise Fail(Status.SERIALIZATION_FAILURE, f"the arguments are no zlib stream: {error}") from None
    if not stream.eof:
        why = f"more than {LARGEST_RESULT} bytes come out of it" if stream.unconsumed_tail else "it ends too early"
        raise Fail(Status.SERIALIZATION_FAILURE, f"the zlib stream cannot be used: {why}")
    return data


@foreign("clear_route_cache")
def clear_route_cache(context: ContextPort, arguments: bytes) -> None:
    """Let the route be chosen anew."""
    context.clear_route_cache()


@foreign("set_envoy_filter_state")
def set_envoy_filter_state(context: ContextPort, arguments: bytes) -> None:
    """Store filter state: {1 path, 2 value, 3 span}.

    fails: BAD_ARGUMENT when the arguments are no such message; NOT_FOUND without a stream, and for a path nobody knows.
    """
    fields = message_fields(arguments)
    path, value = text_field(fields, 1), text_field(fields, 2)
    if context.stream_info is None:
        raise Fail(Status.NOT_FOUND, "there is no stream here to keep filter state for")
    if path not in FILTER_STATE_NAMES:
        raise Fail(Status.NOT_FOUND, f"nothing can make filter state {path.decode('utf-8', 'backslashreplace')} from text")
    context.stream_info.filter_state[path] = value


@foreign("declare_property")
def declare_property(context: ContextPort, arguments: bytes) -> None:
    """Declare a property before it is set: {1 name, 2 read-only, 3 type, 4 schema, 5 span}.

    It counts when the plugin's own context declares it; from a stream's context Envoy takes the declaration and forgets it.

    fails: BAD_ARGUMENT when the arguments are no such message, or the name was declared before.
    """
    fields = message_fields(arguments)
    name, readonly = text_field(fields, 1), fields.get(2) == 1
    current = context.vm.current_context()
    declared = current.declared_properties
    if declared is None:
        declared = current.declared_properties = {}
    if name in declared:
        raise Fail(Status.BAD_ARGUMENT, f"{name.decode('utf-8', 'backslashreplace')} has been declared before")
    declared[name] = readonly


def message_fields(arguments: bytes) -> dict[int, int | bytes]:
    """The fields of the message that the arguments are.

    fails: BAD_ARGUMENT when they are none.
    """
    try:
        return decode_fields(arguments)
    except WireError as error:
        raise Fail(Status.BAD_ARGUMENT, f"the arguments are no protobuf message: {error}") from None


def text_field(fields: dict[int, int | bytes], number: int) -> bytes:
    """A text field; one that is a number on the wire counts as unknown, as protobuf has it."""
    value = fields.get(number, b"")
    return b"" if isinstance(value, int) else value
