"""HTTP/1.1 put on and taken off: h11's messages on one side, header maps on the other.

Lives here: which headers belong to a hop and stay there, pseudo headers, message framing, and what a request must not look like.
Not here: connections, and headers that Envoy adds (envoy_headers.py).

What filters see of a head is what Envoy shows them, tried on a real one: of a request all hop-by-hop headers are gone and
`te` says `trailers` or nothing; of a response only `keep-alive` is gone, `connection` and `transfer-encoding` leave behind
the filters.

Requests that two parsers could read differently are refused before anybody sees them: some of it h11 accepts, so the head's raw
bytes are looked at first.

abi: 12 Header-map semantics
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum, auto
from http import HTTPStatus

import h11

from proxyabi.context.header_map import HeaderMap, decimal
from proxyabi.errors import ProxyAbiError

__all__ = [
    "LARGEST_HEAD",
    "Framing",
    "HeaderList",
    "MissingHeader",
    "Pairs",
    "Refusal",
    "asks_to_close",
    "check_head",
    "check_trailer_section",
    "end_message",
    "framing",
    "lower_case",
    "pairs_of",
    "refusal_of",
    "request_headers",
    "request_message",
    "response_headers",
    "response_message",
    "trailer_headers",
]

Pairs = list[tuple[bytes, bytes]]
HeaderList = Iterable[tuple[bytes, bytes]]
"""Headers as h11 gives and takes them."""

LARGEST_HEAD = 60 * 1024
"""Bytes of a request's head, and of a response's. Envoy's default."""
MOST_HEADERS = 100
"""Headers in one message. Envoy's default."""

HOP_BY_HOP = frozenset((b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade", b"http2-settings"))
BODILESS_METHODS = frozenset((b"GET", b"HEAD", b"DELETE", b"CONNECT", b"TRACE"))
"""Methods of which a request without a body says nothing about its length."""
EMPTY_STATUSES = frozenset((204, 304))

METHODS = frozenset(
    b"""
    ACL BIND CHECKOUT CONNECT COPY DELETE GET HEAD LINK LOCK M-SEARCH MERGE MKACTIVITY MKCALENDAR MKCOL MOVE NOTIFY OPTIONS PATCH
    POST PROPFIND PROPPATCH PURGE PUT REBIND REPORT SEARCH SOURCE SUBSCRIBE TRACE UNBIND UNLINK UNLOCK UNSUBSCRIBE
    """.split()
)
"""The methods that Envoy's HTTP/1 codec knows; it refuses all others."""
_AUTHORITY = re.compile(rb"[A-Za-z0-9\-._~%!$&'()*+,;=:@\[\]]*")

_END = h11.EndOfMessage()

_NOTHING: frozenset[bytes] = frozenset()

REASONS = {status.value: status.phrase.encode() for status in HTTPStatus if status not in (418, 451)} | {
    413: b"Payload Too Large",
    414: b"URI Too Long",
    416: b"Range Not Satisfiable",
    422: b"Unprocessable Entity",
    599: b"Last Unassigned Server Error Code",
}
"""Envoy's reason phrases, asked of it for every status from 200 to 599. Python's own change with its version."""

_BARE_LINE_END = re.compile(rb"(?<!\r)\n|\r(?!\n)")
_FOLDED = re.compile(rb"\r\n[ \t]")
_LENGTH = re.compile(rb"\r\ncontent-length[ \t]*:", re.IGNORECASE)
_CODING = re.compile(rb"\r\ntransfer-encoding[ \t]*:", re.IGNORECASE)


class Refusal(ProxyAbiError):
    """A request that is answered here, before filters are called. *reason* says why, in one sentence, *details* in Envoy's word.

    *headers* is what filters may read of it when it is logged: None for what is no HTTP.
    """

    def __init__(
        self, status_code: int, reason: str, *, details: str = "http1.codec_error", headers: HeaderMap | None = None
    ) -> None:
        self.status_code = status_code
        self.reason = reason
        self.details = details
        self.headers = headers
        super().__init__(f"{status_code}: {reason}")

    @property
    def body(self) -> bytes:
        """What Envoy tells the client: nothing when it has understood the request."""
        return REASONS.get(self.status_code, b"Bad Request") if self.headers is None else b""


class MissingHeader(ProxyAbiError):
    """A filter took a header away without which there is no message. *name* is that header."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"missing required header: {name}")


def check_head(head: bytes) -> None:
    """Refuse what h11 would accept and others would read differently. *head* ends with the empty line.

    raises: Refusal.
    """
    if len(head) > LARGEST_HEAD:
        raise Refusal(431, f"the head is longer than {LARGEST_HEAD} bytes", details="http1.headers_too_large")
    if b"\0" in head and b"\r\n" in head.partition(b"\0")[0]:
        raise Refusal(400, "there is a NUL in the head", details="http1.invalid_characters")
    if _BARE_LINE_END.search(head):
        raise Refusal(400, "a line of the head ends with a bare CR or LF")
    if _FOLDED.search(head):
        raise Refusal(400, "a header is folded over two lines")
    lengths = len(_LENGTH.findall(head))
    if lengths > 1:
        raise Refusal(400, "more than one content-length")
    if lengths and _CODING.search(head):
        raise Refusal(
            400, "content-length and transfer-encoding in one request", details="http1.content_length_and_chunked_not_allowed"
        )
    if head.count(b"\r\n") - 2 > MOST_HEADERS:
        raise Refusal(431, f"more than {MOST_HEADERS} headers", details="http1.too_many_headers")


def refusal_of(error: h11.RemoteProtocolError, head: bytes) -> Refusal:
    """The refusal of a request that h11 could not read; *head* is all of its head, if it came so far."""
    # What h11 says ends with the bytes it stumbled over; the client knows what it sent.
    reason, status_code = str(error).partition(": bytearray")[0], error.error_status_hint
    if "Missing mandatory Host" in reason:
        start, *lines = head[:-4].split(b"\r\n")
        method, _, rest = start.partition(b" ")
        plain = [(name.lower(), value.strip()) for name, _, value in (line.partition(b":") for line in lines)]
        headers = HeaderMap([(b":path", rest.rpartition(b" ")[0]), (b":method", method), *plain])
        return Refusal(status_code, reason, details="missing_host_header", headers=headers)
    details = {431: "http1.headers_too_large", 501: "http1.invalid_transfer_encoding"}.get(status_code, "http1.codec_error")
    return Refusal(status_code, reason, details=details)


def check_trailer_section(section: bytes) -> None:
    """Refuse trailers that others would read differently. *section* is all that follows the last chunk.

    raises: Refusal.
    """
    if _BARE_LINE_END.search(section) or _FOLDED.search(section):
        raise Refusal(400, "a line of the trailers ends with a bare CR or LF, or is folded")


class Framing(Enum):
    """How a message says where it ends."""

    EMPTY = auto()
    """There is no body."""
    LENGTH = auto()
    """The head announces the length of a body."""
    CHUNKS = auto()
    """The body comes in chunks; it may be empty, and trailers may follow."""
    NOTHING = auto()
    """The head says nothing: a request has no body then, a response ends with its connection."""


def framing(headers: Pairs) -> Framing:
    """What *headers*, with names in lower case, say about the body behind them."""
    found = Framing.NOTHING
    for name, value in headers:
        if name == b"transfer-encoding":
            return Framing.CHUNKS
        if name == b"content-length":
            found = Framing.LENGTH if value.strip(b"0") else Framing.EMPTY
    return found


def asks_to_close(headers: Pairs) -> bool:
    """Whether a request says that its connection should end with it."""
    return b"close" in _nominated(headers)


def pairs_of(message: h11.Request | h11.Response) -> Pairs:
    """The headers with names in lower case, as a list: h11's own sequence is slow to walk through."""
    return [(name.lower(), value) for name, value in message.headers.raw_items()]


def request_headers(request: h11.Request, pairs: Pairs) -> HeaderMap:
    """The head as filters see it; *pairs* are its headers. An absolute target overrides `host`.

    raises: Refusal, for requests that no filter is shown.
    """
    method, target = request.method, request.target
    if request.http_version != b"1.1":
        raise Refusal(426, "this proxy speaks HTTP/1.1", details="low_version")
    if method not in METHODS:
        raise Refusal(400, f"{method.decode('latin-1')} is no method of HTTP")
    authority, plain, upgrade = _split(pairs)
    if authority is not None and not _AUTHORITY.fullmatch(authority):
        raise Refusal(400, "the host has characters that no host has", details="http.invalid_authority")
    name = [] if authority is None else [(b":authority", authority)]
    if method == b"CONNECT":
        if framing(pairs) in (Framing.CHUNKS, Framing.LENGTH):
            raise Refusal(501, "a tunnel has no body of its own", details="http1.invalid_transfer_encoding")
        plain = [pair for pair in plain if pair[0] != b"content-length"]
        return _with_scheme(HeaderMap([(b":authority", target), (b":method", method), *plain]))
    if target[:1] == b"/" or target == b"*":
        headers = HeaderMap([*name, (b":path", target), (b":method", method), *plain])
    else:
        scheme, authority, path = _absolute(target)
        headers = HeaderMap([(b":authority", authority), (b":scheme", scheme), (b":path", path), (b":method", method), *plain])
    if headers.get(b":authority") is None:
        raise Refusal(400, "there is no host", details="missing_host_header", headers=headers)
    if b"#" in target:
        raise Refusal(400, "the target has a fragment", details="path_normalization_failed", headers=headers)
    if target == b"*":
        raise Refusal(404, "the target is no path", details="absolute_path_rejected", headers=headers)
    headers = _with_scheme(headers)
    if upgrade is not None:
        pseudo = [pair for pair in headers if pair[0][:1] == b":"]
        rest = [pair for pair in pairs if pair[0] not in (b"host", b"keep-alive")]
        kept = HeaderMap([*pseudo, *rest, (b"x-forwarded-proto", b"http")])
        raise Refusal(403, f"this proxy makes no upgrades, and {upgrade} is asked for", details="upgrade_failed", headers=kept)
    return headers


def _split(pairs: Pairs) -> tuple[bytes | None, Pairs, str | None]:
    """The host, what filters see of the other headers, and the protocol that the client would rather speak, if any."""
    nominated = _nominated(pairs)
    hop = HOP_BY_HOP | nominated if nominated else HOP_BY_HOP
    plain: list[tuple[bytes, bytes]] = []
    authority = upgrade = None
    for name, value in pairs:
        if name == b"host":
            authority = value
        elif name == b"te":
            if b"trailers" in value.lower():
                plain.append((name, b"trailers"))
        elif name in hop:
            if name == b"upgrade" and name in nominated and value.lower() != b"h2c":
                upgrade = value.decode("latin-1")
        elif name != b"expect" or value.lower() != b"100-continue":
            plain.append((name, value))
    return authority, plain, upgrade


def _with_scheme(headers: HeaderMap) -> HeaderMap:
    """*headers* with a scheme: the one that `x-forwarded-proto` names, where the target has none."""
    if headers.get(b":scheme") is None:
        said = (headers.get(b"x-forwarded-proto") or b"").lower()
        headers.add(b":scheme", said if said in (b"http", b"https") else b"http")
    return headers


def request_message(headers: HeaderMap, end_of_stream: bool) -> h11.Request:
    """The head as an upstream sees it. A body of unknown length goes in chunks.

    raises: MissingHeader when a filter took the method or the path away, h11.LocalProtocolError when a filter wrote a header
    that HTTP/1 cannot carry.
    """
    method = path = authority = None
    plain: list[tuple[bytes, bytes]] = []
    length_known = False
    for name, value in headers.pairs():
        if name[:1] == b":":
            if name == b":method":
                method = value
            elif name == b":path":
                path = value
            elif name == b":authority":
                authority = value
        elif name not in HOP_BY_HOP:
            length_known = length_known or name == b"content-length"
            plain.append((name, value))
    if not method:
        raise MissingHeader(":method")
    if not path:
        raise MissingHeader(":path")
    if not length_known:
        if not end_of_stream:
            plain.append((b"transfer-encoding", b"chunked"))
        elif method not in BODILESS_METHODS:
            plain.append((b"content-length", b"0"))
    return h11.Request(method=method, target=path, headers=[(b"host", authority or b""), *plain])


def announced(pairs: Pairs) -> int | None:
    """How long the body is that a head announces; None when it does not say, or wrongly."""
    if framing(pairs) not in (Framing.LENGTH, Framing.EMPTY):
        return None
    lengths = {value for name, value in pairs if name == b"content-length"}
    return decimal(lengths.pop()) if len(lengths) == 1 else None


def response_headers(status_code: int, pairs: Pairs) -> HeaderMap:
    """The head of an upstream's response as filters see it; *pairs* are its headers."""
    return HeaderMap([(b":status", b"%d" % status_code), *(pair for pair in pairs if pair[0] != b"keep-alive")])


def response_message(headers: HeaderMap, end_of_stream: bool, method: bytes, close: bool) -> h11.Response:
    """The head of a response as the client sees it; *method* is that of the request. *close* announces the connection's end.

    raises: MissingHeader when a filter took the status away or made it no status, h11.LocalProtocolError when a filter wrote a
    header that HTTP/1 cannot carry.
    """
    status = 0
    plain: list[tuple[bytes, bytes]] = []
    length_known = False
    for name, value in headers.pairs():
        if name[:1] == b":":
            if name == b":status":
                status = decimal(value) or status
        elif name not in HOP_BY_HOP:
            length_known = length_known or name == b"content-length"
            plain.append((name, value))
    if not 200 <= status <= 999:
        raise MissingHeader(":status")
    if close:
        plain.append((b"connection", b"close"))
    if end_of_stream and not length_known and method != b"HEAD" and status not in EMPTY_STATUSES:
        plain.append((b"content-length", b"0"))
    return h11.Response(status_code=status, headers=plain, reason=REASONS.get(status, b"Unknown"))


def end_message(trailers: Pairs) -> h11.EndOfMessage:
    """The end of a message, with trailers or without."""
    return h11.EndOfMessage(headers=trailers) if trailers else _END


def lower_case(head: bytes) -> bytes:
    """The head of a message with all its names in lower case, as Envoy writes them; h11 capitalises those that it adds."""
    head = head.replace(b"\r\nConnection: ", b"\r\nconnection: ")
    return head.replace(b"\r\nTransfer-Encoding: ", b"\r\ntransfer-encoding: ")


def trailer_headers(headers: HeaderList) -> HeaderMap:
    """Trailers as filters see them: without names that could change the message's framing or routing."""
    return HeaderMap(
        (name, value) for name, value in headers if name not in HOP_BY_HOP and name not in (b"content-length", b"host")
    )


def _nominated(headers: Pairs) -> frozenset[bytes]:
    """The names that `connection` calls hop-by-hop."""
    lines = [value for name, value in headers if name == b"connection"]
    if not lines:
        return _NOTHING
    return frozenset(token.strip().lower() for line in lines for token in line.split(b","))


def _absolute(target: bytes) -> tuple[bytes, bytes, bytes]:
    """Scheme, authority and path of an absolute target."""
    scheme, found, rest = target.partition(b"://")
    scheme = scheme.lower()
    if not found or scheme not in (b"http", b"https"):
        details = "http1.invalid_scheme" if found else "http1.codec_error"
        raise Refusal(400, "the target is neither a path nor an http URL", details=details)
    end = min((rest.index(mark) for mark in (b"/", b"?") if mark in rest), default=len(rest))
    authority, path = rest[:end], rest[end:]
    if not authority or b"@" in authority:
        raise Refusal(400, "the target's URL has no host, or carries a password")
    if not path.startswith(b"/"):
        path = b"/" + path
    return scheme, authority, path
