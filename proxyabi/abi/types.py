"""The enumerations of the ABI.

Lives here: statuses, levels, actions, buffers, maps, streams, peers, metrics, errno, and what a
guest may be doing. Names are the specification's where it has
one, the reference host's otherwise.
Not here: which function takes which (hostcalls.py, callbacks.py, wasi.py).

abi: 3 Enumerations
"""

from __future__ import annotations

from enum import IntEnum

__all__ = [
    "BufferType",
    "ClockId",
    "DataAction",
    "Errno",
    "HeadersAction",
    "LogLevel",
    "MapType",
    "MetricType",
    "Mode",
    "NetworkAction",
    "OutputFd",
    "PeerType",
    "Status",
    "StreamType",
    "TrailersAction",
]


class Status(IntEnum):
    """How a host function ended. 5, 9 and 11 are in the reference host's list alone and are never given as a result.

    abi: 3.1
    """

    OK = 0
    NOT_FOUND = 1
    BAD_ARGUMENT = 2
    SERIALIZATION_FAILURE = 3
    PARSE_FAILURE = 4
    BAD_EXPRESSION = 5
    INVALID_MEMORY_ACCESS = 6
    EMPTY = 7
    CAS_MISMATCH = 8
    RESULT_MISMATCH = 9
    INTERNAL_FAILURE = 10
    BROKEN_CONNECTION = 11
    UNIMPLEMENTED = 12


class LogLevel(IntEnum):
    """abi: 3.2."""

    TRACE = 0
    DEBUG = 1
    INFO = 2
    WARN = 3
    ERROR = 4
    CRITICAL = 5


class HeadersAction(IntEnum):
    """What a headers callback wants. The document knows 0 and 1; a value above 4 counts as 4.

    abi: 3.3
    """

    CONTINUE = 0
    PAUSE = 1
    CONTINUE_AND_END_STREAM = 2
    STOP_ALL_ITERATION_AND_BUFFER = 3
    STOP_ALL_ITERATION_AND_WATERMARK = 4

    @classmethod
    def _missing_(cls, value: object) -> HeadersAction:
        return cls.STOP_ALL_ITERATION_AND_WATERMARK


class DataAction(IntEnum):
    """What a body callback wants. The document knows 0 and 1 (stop and buffer); a value above 3 counts as 3.

    abi: 3.3
    """

    CONTINUE = 0
    PAUSE = 1
    STOP_ITERATION_AND_WATERMARK = 2
    STOP_ITERATION_NO_BUFFER = 3

    @classmethod
    def _missing_(cls, value: object) -> DataAction:
        return cls.STOP_ITERATION_NO_BUFFER


class TrailersAction(IntEnum):
    """What a trailers callback wants. A value above 1 counts as 1.

    abi: 3.3
    """

    CONTINUE = 0
    PAUSE = 1

    @classmethod
    def _missing_(cls, value: object) -> TrailersAction:
        return cls.PAUSE


class NetworkAction(IntEnum):
    """What a callback of a TCP stream wants. A value above 1 counts as 1.

    abi: 3.3
    """

    CONTINUE = 0
    PAUSE = 1

    @classmethod
    def _missing_(cls, value: object) -> NetworkAction:
        return cls.PAUSE


class BufferType(IntEnum):
    """abi: 3.4."""

    HTTP_REQUEST_BODY = 0
    HTTP_RESPONSE_BODY = 1
    DOWNSTREAM_DATA = 2
    UPSTREAM_DATA = 3
    HTTP_CALL_RESPONSE_BODY = 4
    GRPC_CALL_MESSAGE = 5
    VM_CONFIGURATION = 6
    PLUGIN_CONFIGURATION = 7
    FOREIGN_FUNCTION_ARGUMENTS = 8


class MapType(IntEnum):
    """abi: 3.5."""

    HTTP_REQUEST_HEADERS = 0
    HTTP_REQUEST_TRAILERS = 1
    HTTP_RESPONSE_HEADERS = 2
    HTTP_RESPONSE_TRAILERS = 3
    GRPC_CALL_INITIAL_METADATA = 4
    GRPC_CALL_TRAILING_METADATA = 5
    HTTP_CALL_RESPONSE_HEADERS = 6
    HTTP_CALL_RESPONSE_TRAILERS = 7


class PeerType(IntEnum):
    """Who closed a connection.

    abi: 3.6
    """

    UNKNOWN = 0
    LOCAL = 1
    REMOTE = 2


class StreamType(IntEnum):
    """abi: 3.6."""

    HTTP_REQUEST = 0
    HTTP_RESPONSE = 1
    DOWNSTREAM = 2
    UPSTREAM = 3


class MetricType(IntEnum):
    """abi: 3.6."""

    COUNTER = 0
    GAUGE = 1
    HISTOGRAM = 2


class Errno(IntEnum):
    """How a WASI function ended: the few numbers this host answers with.

    abi: 3.6
    """

    SUCCESS = 0
    BADF = 8
    EXIST = 20
    FAULT = 21
    INVAL = 28
    NOENT = 44
    NOSYS = 52
    NOTSUP = 58
    NOTCAPABLE = 76


class OutputFd(IntEnum):
    """The only files there are.

    abi: 8
    """

    STDOUT = 1
    STDERR = 2


class ClockId(IntEnum):
    """abi: 8."""

    REALTIME = 0
    MONOTONIC = 1


class Mode(IntEnum):
    """What the guest is doing; the higher, the fewer host functions it may call.

    abi: 2.4 Restricted mode
    """

    RUNNING = 0
    STARTING = 1
    ALLOCATING = 2
