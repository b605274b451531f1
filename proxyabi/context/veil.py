"""Headers that a filter must not know of, taken out of what it sees.

Lives here: `Veil`, what a plugin is kept from, and `VeiledHeaders`, a header map without those entries.
Not here: the wish itself (proxyabi.config), and properties that carry an address (properties.py asks the veil).

The guest neither reads hidden entries nor sees them counted. What it does to a hidden name changes nothing and answers OK, as
removing what is not there does: the SDKs end a filter that gets any other answer. Replacing all headers leaves the hidden ones.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from proxyabi.config import CLIENT_ADDRESS
from proxyabi.context.header_map import HeaderMap, Pair

__all__ = ["ADDRESS_HEADERS", "Veil", "VeiledHeaders"]

ADDRESS_HEADERS = frozenset(
    b"""
    x-forwarded-for forwarded x-real-ip x-client-ip x-cluster-client-ip true-client-ip cf-connecting-ip fastly-client-ip
    x-envoy-external-address x-envoy-original-src x-original-forwarded-for client-ip x-appengine-user-ip fly-client-ip
    """.split()
)
"""Headers in which proxies tell each other where a client comes from."""


class Veil:
    """What a plugin is kept from: headers by name, and with *address* where the client comes from.

    *note* is told of each change that a guest tries to make to a hidden header.
    """

    def __init__(self, hidden: Collection[str], note: Callable[[str], None]) -> None:
        self.address = CLIENT_ADDRESS in hidden
        names = {name.encode() for name in hidden if name != CLIENT_ADDRESS}
        self.names = frozenset(names | ADDRESS_HEADERS if self.address else names)
        self.note = note

    def over(self, headers: HeaderMap) -> HeaderMap:
        """*headers* as the guest may see and change them."""
        return VeiledHeaders(headers, self)


class VeiledHeaders(HeaderMap):
    """A view of a map without hidden entries; what is changed here changes the map itself."""

    __slots__ = ("_map", "_veil")

    def __init__(self, headers: HeaderMap, veil: Veil) -> None:
        super().__init__()
        self._map = headers
        self._veil = veil

    def pairs(self) -> list[Pair]:
        """All visible entries."""
        hidden = self._veil.names
        return [pair for pair in self._map.pairs() if pair[0] not in hidden]

    def first(self, name: bytes) -> bytes | None:
        """The first value of *name*, None when there is none to see."""
        return None if self._hides(name) else self._map.first(name)

    def get_all(self, name: bytes) -> list[bytes]:
        """All values of *name*, none when it is hidden."""
        return [] if self._hides(name) else self._map.get_all(name)

    def add(self, name: bytes, value: bytes) -> None:
        """Append an entry."""
        if not self._keeps(name):
            self._map.add(name, value)

    def join(self, name: bytes, value: bytes) -> None:
        """Append *value* to the first value of *name*."""
        if not self._keeps(name):
            self._map.join(name, value)

    def replace(self, name: bytes, value: bytes) -> None:
        """Remove all entries of *name*, then add one."""
        if not self._keeps(name):
            self._map.replace(name, value)

    def remove(self, name: bytes) -> bool:
        """Remove all entries of *name*. False when there were none to see."""
        return False if self._keeps(name) else self._map.remove(name)

    def assign(self, pairs: Iterable[Pair]) -> None:
        """Drop every visible entry, then add *pairs*; hidden entries stay."""
        hidden = self._veil.names
        kept = [pair for pair in self._map.pairs() if pair[0] in hidden]
        self._map.assign([*(pair for pair in pairs if not self._keeps(pair[0])), *kept])

    def copy(self) -> HeaderMap:
        """A map of its own with the visible entries."""
        return HeaderMap(self.pairs())

    def byte_size(self) -> int:
        """The bytes of all visible names and values together."""
        return sum(len(name) + len(value) for name, value in self.pairs())

    def _hides(self, name: bytes) -> bool:
        return name.lower() in self._veil.names

    def _keeps(self, name: bytes) -> bool:
        """Whether a change of *name* is ignored; it is noted then."""
        hides = self._hides(name)
        if hides:
            self._veil.note(f"a change of the header {name.decode('utf-8', 'backslashreplace')}, which is hidden from the filter")
        return hides

    def __len__(self) -> int:
        return len(self.pairs())

    def __iter__(self) -> Iterator[Pair]:
        return iter(self.pairs())

    def __eq__(self, other: object) -> bool:
        return self.pairs() == other.pairs() if isinstance(other, HeaderMap) else NotImplemented

    __hash__ = None

    def __repr__(self) -> str:
        return f"VeiledHeaders({self.pairs()!r})"
