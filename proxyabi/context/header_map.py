"""An ordered map of headers or trailers, repeated names kept.

Lives here: `HeaderMap`, and which names Envoy keeps as one joined entry.
Not here: who may read or change which map at which moment (context, abi.access), and the serialised form (wire.pairs).

Names are kept in lower case, pseudo headers stand in front of all others, everything is bytes: a header is not text until
somebody says so.

abi: 12 Header-map semantics
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from proxyabi.abi.types import MapType

__all__ = ["HeaderMap", "Pair", "add_entry", "arrived", "canonical_name", "decimal"]

Pair = tuple[bytes, bytes]

_LARGEST = (1 << 63) - 1
"""The largest number that Envoy reads out of a header."""


def decimal(text: bytes | None) -> int | None:
    """The number that a header's value is, such as a length or a status; None when it is none of 64 bits.

    Guests and clients write headers, and Python refuses to read thousands of digits with an exception.
    """
    if text is None or not text.isdigit() or len(text.lstrip(b"0")) > 19:
        return None
    number = int(text.lstrip(b"0") or b"0")
    return number if number <= _LARGEST else None


class HeaderMap:
    """Headers in order: (name, value) pairs, names in lower case, pseudo headers in front."""

    __slots__ = ("_pairs",)

    def __init__(self, pairs: Iterable[Pair] = ()) -> None:
        self._pairs: list[Pair] = []
        plain: list[Pair] = []
        for name, value in pairs:
            name = name.lower()
            (self._pairs if name[:1] == b":" else plain).append((name, value))
        self._pairs += plain

    def pairs(self) -> list[Pair]:
        """All entries in order, as a list of the caller's own."""
        return self._pairs.copy()

    def get(self, name: bytes) -> bytes | None:
        """The first value of *name*, None when there is none."""
        return self.first(name.lower())

    def first(self, name: bytes) -> bytes | None:
        """The same for a name that is in lower case already."""
        for key, value in self._pairs:
            if key == name:
                return value
        return None

    def get_all(self, name: bytes) -> list[bytes]:
        """All values of *name* in order."""
        name = name.lower()
        return [value for key, value in self._pairs if key == name]

    def add(self, name: bytes, value: bytes) -> None:
        """Append an entry. A pseudo header goes behind the other pseudo headers."""
        name = name.lower()
        if name[:1] == b":":
            self._pairs.insert(self._first_plain(), (name, value))
        else:
            self._pairs.append((name, value))

    def join(self, name: bytes, value: bytes) -> None:
        """Append *value*, behind a comma, to the first value of *name*; add an entry when there is none.

        An empty value neither gets a comma nor gives one.
        """
        name = name.lower()
        for index, (key, old) in enumerate(self._pairs):
            if key == name:
                self._pairs[index] = (name, old + b"," + value if old and value else old or value)
                return
        self.add(name, value)

    def replace(self, name: bytes, value: bytes) -> None:
        """Remove all entries of *name*, then add one."""
        self.remove(name)
        self.add(name, value)

    def remove(self, name: bytes) -> bool:
        """Remove all entries of *name*. False when there were none."""
        name = name.lower()
        kept = [pair for pair in self._pairs if pair[0] != name]
        removed = len(kept) < len(self._pairs)
        if removed:
            self._pairs = kept
        return removed

    def assign(self, pairs: Iterable[Pair]) -> None:
        """Drop everything, then add *pairs*."""
        self._pairs = HeaderMap(pairs)._pairs

    def copy(self) -> HeaderMap:
        """A map of its own with the same entries."""
        twin = HeaderMap.__new__(HeaderMap)
        twin._pairs = self._pairs.copy()
        return twin

    def byte_size(self) -> int:
        """The bytes of all names and values together."""
        return sum(len(name) + len(value) for name, value in self._pairs)

    def _first_plain(self) -> int:
        for index, (key, _) in enumerate(self._pairs):
            if key[:1] != b":":
                return index
        return len(self._pairs)

    def __len__(self) -> int:
        return len(self._pairs)

    def __iter__(self) -> Iterator[Pair]:
        return iter(self._pairs.copy())

    def __contains__(self, name: bytes) -> bool:
        return self.get(name) is not None

    def __eq__(self, other: object) -> bool:
        return self._pairs == other._pairs if isinstance(other, HeaderMap) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"HeaderMap({self._pairs!r})"


_REQUEST = b"""
    :authority :method :path :scheme :protocol te user-agent expect x-client-trace-id x-forwarded-for x-forwarded-host
    x-forwarded-proto x-forwarded-port x-forwarded-client-cert grpc-timeout grpc-accept-encoding
    x-envoy-downstream-service-cluster x-envoy-downstream-service-node x-envoy-expected-rq-timeout-ms x-envoy-external-address
    x-envoy-force-trace x-envoy-hedge-on-per-try-timeout x-envoy-internal x-envoy-ip-tags x-envoy-is-timeout-retry
    x-envoy-max-retries x-envoy-original-host x-envoy-original-path x-envoy-original-url x-envoy-retriable-header-names
    x-envoy-retriable-status-codes x-envoy-retry-grpc-on x-envoy-retry-on x-envoy-upstream-alt-stat-name
    x-envoy-upstream-rq-per-try-timeout-ms x-envoy-upstream-rq-timeout-alt-response x-envoy-upstream-rq-timeout-ms
    x-envoy-upstream-stream-duration-ms accept accept-encoding authorization origin referer pragma if-match if-none-match
    if-modified-since if-unmodified-since if-range access-control-request-method access-control-request-headers
    access-control-request-private-network
""".split()
_RESPONSE = b"""
    :status date server location x-envoy-degraded x-envoy-immediate-health-check-fail x-envoy-ratelimited
    x-envoy-upstream-canary x-envoy-upstream-healthchecked-cluster x-envoy-upstream-service-time grpc-status grpc-message
    access-control-allow-origin access-control-allow-headers access-control-allow-methods access-control-allow-credentials
    access-control-allow-private-network access-control-expose-headers access-control-max-age age etag expires last-modified vary
""".split()
_BOTH = b"""
    cache-control connection content-encoding content-type content-length keep-alive proxy-connection proxy-status x-request-id
    transfer-encoding upgrade via x-envoy-decorator-operation x-envoy-attempt-count
""".split()

_JOINED: dict[MapType, frozenset[bytes]] = {
    MapType.HTTP_REQUEST_HEADERS: frozenset(_REQUEST + _BOTH),
    MapType.HTTP_RESPONSE_HEADERS: frozenset(_RESPONSE + _BOTH),
    MapType.HTTP_RESPONSE_TRAILERS: frozenset((b"grpc-status", b"grpc-message")),
}
"""Names that Envoy 1.40 keeps as a single entry: adding one that exists joins the values, and so does the wire. Found out by
asking it for each."""


def add_entry(headers: HeaderMap, map_type: MapType, name: bytes, value: bytes) -> None:
    """Add an entry to a map of that type: joined to the one there is for the names that Envoy keeps as a single entry."""
    name = canonical_name(map_type, name)
    if name in _JOINED.get(map_type, ()):
        headers.join(name, value)
    else:
        headers.add(name, value)


def arrived(headers: HeaderMap, map_type: MapType) -> HeaderMap:
    """A copy of a map that came over the wire, as Envoy keeps it: names that it keeps as a single entry stand there once."""
    single = _JOINED.get(map_type, frozenset())
    pairs = headers.pairs()
    copy = headers.copy()
    if len({name for name, _ in pairs}) == len(pairs) or not single:
        return copy
    copy.assign(())
    for name, value in pairs:
        if name in single:
            copy.join(name, value)
        else:
            copy.add(name, value)
    return copy


def canonical_name(map_type: MapType, name: bytes) -> bytes:
    """The name under which *map_type* holds *name*: lower case, and in requests `host` is `:authority`."""
    name = name.lower()
    return b":authority" if name == b"host" and map_type is MapType.HTTP_REQUEST_HEADERS else name
