"""One direction of a stream through its filters: headers, body and trailers, held and let go as the filters say.

Lives here: the walk of a message from filter to filter, where it stops, what waits meanwhile, and how it goes on. Both
directions are the same walk; the response's goes through the filters in reverse.
Not here: calling guests (http_stream.py), what starts and ends a stream, local replies (chain.py).

This is Envoy's filter manager in small. Each filter is a hop. A hop that stops keeps the message in one of three ways: alone
(the same hop still gets body and trailers), or all of it, with a body that either may not pass the limit or slows the sender
down when it does. What waits is one buffer per direction, whoever holds it.

abi: 11.3 What each status means, 11.8 Body buffering and limits
"""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from proxyabi.abi.types import DataAction, HeadersAction, TrailersAction
from proxyabi.context.buffer import Buffer
from proxyabi.context.header_map import HeaderMap

__all__ = ["Ends", "Filter", "Hold", "Hop", "Path"]


class Hold(Enum):
    """How a hop stands."""

    NONE = "lets pass"
    SINGLE = "holds the message, and still gets what follows"
    ALL_BUFFER = "holds everything; a body larger than the limit is refused"
    ALL_WATERMARK = "holds everything; a body larger than the limit slows its sender down"


HOLDS = {
    HeadersAction.CONTINUE: Hold.NONE,
    HeadersAction.PAUSE: Hold.SINGLE,
    HeadersAction.STOP_ALL_ITERATION_AND_BUFFER: Hold.ALL_BUFFER,
    HeadersAction.STOP_ALL_ITERATION_AND_WATERMARK: Hold.ALL_WATERMARK,
}
"""What a headers callback's answer does to its hop."""

HOLDS_ALL = (Hold.ALL_BUFFER, Hold.ALL_WATERMARK)


class Filter(Protocol):
    """A filter on a path. *direction*: 0 request, 1 response."""

    def on_headers(self, direction: int, headers: HeaderMap, end_of_stream: bool) -> HeadersAction:
        """The head of the message has come."""

    def on_data(self, direction: int, data: Buffer, end_of_stream: bool) -> DataAction:
        """A piece of its body has come."""

    def on_trailers(self, direction: int, trailers: HeaderMap) -> TrailersAction:
        """Its trailers have come."""

    def on_metadata(self, direction: int, metadata: HeaderMap) -> None:
        """Metadata has come, somewhere between its parts."""


class Ends(Protocol):
    """What stands at both ends of a path: the stream it belongs to."""

    def pass_headers(self, direction: int, headers: HeaderMap, end_of_stream: bool) -> None:
        """The head has passed all filters."""

    def pass_data(self, direction: int, data: bytes, end_of_stream: bool) -> None:
        """A piece of body has passed all filters."""

    def pass_trailers(self, direction: int, trailers: HeaderMap) -> None:
        """The trailers have passed all filters."""

    def pass_metadata(self, direction: int, metadata: HeaderMap) -> None:
        """Metadata has passed all filters."""

    def refuse_body(self, direction: int) -> None:
        """More waits than may."""

    def lose_body(self, direction: int, hop: Hop) -> None:
        """The body that *hop* held will go nowhere."""

    def slow_down(self, direction: int, slow: bool) -> None:
        """Stop, or start again, reading from the sender."""

    def aborted(self, direction: int) -> None:
        """A filter has ended the walk by a local reply, and has returned."""


class Hop:
    """A filter's place on one path."""

    __slots__ = ("filter", "headers_passed", "hold", "index", "metadata", "resumes_here", "running", "saw_end", "saw_head")

    def __init__(self, index: int, filter_: Filter) -> None:
        self.index = index
        self.filter = filter_
        self.hold = Hold.NONE
        self.headers_passed = False
        self.metadata: list[HeaderMap] = []
        """What waits until this filter has seen the head, or holds it no more."""
        self.saw_head = False
        self.saw_end = False
        self.resumes_here = False
        """Whether the walk that is being resumed begins with this hop once more, not with the next one."""
        self.running = False
        """Whether this filter's callback of this path is being executed, its result not yet read."""


class Path:
    """One direction of one stream. *limit* is how many bytes of body may wait."""

    __slots__ = (
        "_above",
        "_ends",
        "_limit",
        "_metadata",
        "calling",
        "direction",
        "ended",
        "headers",
        "held",
        "hops",
        "stopped",
        "streaming",
        "trailers",
    )

    def __init__(self, direction: int, filters: list[Filter], ends: Ends, limit: int) -> None:
        self.direction = direction
        self.hops = [Hop(index, filter_) for index, filter_ in enumerate(filters)]
        self.headers: HeaderMap | None = None
        self.trailers: HeaderMap | None = None
        self.held: Buffer | None = None
        self.streaming = False
        self.ended = False
        """Whether the sender has sent all."""
        self.stopped = False
        """Whether nothing moves on this path any more: a local reply took over, or the stream is over."""
        self.calling = 0
        self._ends = ends
        self._limit = limit
        self._above = False
        self._metadata: list[HeaderMap] = []
        """What has passed all filters before the head has."""

    # What arrives.

    def start(self, headers: HeaderMap, end_of_stream: bool) -> None:
        """Take in the head of the message."""
        self.headers = headers
        self.ended = end_of_stream
        self._walk_headers(0, end_of_stream)

    def data(self, data: bytes, end_of_stream: bool) -> None:
        """Take in a piece of the body."""
        self.ended = self.ended or end_of_stream
        self._walk_data(0, Buffer(data), end_of_stream)

    def end(self, trailers: HeaderMap) -> None:
        """Take in the trailers."""
        self.ended = True
        self.trailers = trailers
        self._walk_trailers(0)

    def metadata(self, metadata: HeaderMap) -> None:
        """Take in metadata, which may come at any time after the head."""
        self._walk_metadata(0, metadata)

    def resume(self, hop: Hop) -> None:
        """Let what *hop* holds go on.

        A hop that held everything gets the body that came meanwhile before the next one does; otherwise the next hop is first.
        Nothing happens when the hop holds nothing, except to the headers when its own headers callback is still running.
        """
        if self.stopped or (hop.hold is Hold.NONE and not (hop.running and not hop.headers_passed)):
            return
        if hop.hold in HOLDS_ALL:
            hop.resumes_here = True
        hop.hold = Hold.NONE
        if not hop.headers_passed:
            hop.headers_passed = True
            self._walk_headers(hop.index + 1, self.ended and self.held is None and self.trailers is None)
        self._release_metadata(hop)
        # Trailers that a filter adds while the body passes are walked by _walk_data itself.
        had_trailers = self.trailers is not None
        if self.held is not None:
            self._walk_data(_first_after(hop), self.held, self.ended and not had_trailers)
        if had_trailers:
            self._walk_trailers(_first_after(hop))
        hop.resumes_here = False

    def add_trailers(self) -> HeaderMap:
        """Let the message end with trailers, empty so far."""
        if self.trailers is None:
            self.trailers = HeaderMap()
        return self.trailers

    def hold_back(self, data: Buffer) -> None:
        """Let *data* join the body that waits. *data* is empty afterwards, unless it is that body itself."""
        if self.held is None:
            self.held = Buffer()
        if data is not self.held:
            self.held.append(data.take())
        self._watch_level()

    def untie(self) -> None:
        """The stream has ended: let go of its filters and of the stream itself."""
        self.hops.clear()
        del self._ends

    def holder(self) -> Hop | None:
        """The first hop at which the message stands still."""
        for hop in self.hops:
            if hop.hold is not Hold.NONE:
                return hop
        return None

    # The walk.

    def _walk_headers(self, first: int, end_of_stream: bool) -> None:
        headers = self.headers
        if headers is None:
            return
        for hop in self.hops[first:]:
            hop.saw_end = end_of_stream
            self.calling += 1
            hop.running = True
            action = hop.filter.on_headers(self.direction, headers, end_of_stream)
            hop.running = False
            hop.saw_head = True
            self.calling -= 1
            if self.stopped:
                hop.hold = Hold.SINGLE
                self._ends.aborted(self.direction)
                return
            went_on = hop.headers_passed
            hop.hold = HOLDS[action]
            if hop.metadata:
                self._release_metadata(hop)
            if hop.hold is not Hold.NONE or self.stopped:
                return
            hop.headers_passed = True
            if went_on:
                return
        self._ends.pass_headers(self.direction, headers, end_of_stream)
        while self._metadata and not self.stopped:
            self._ends.pass_metadata(self.direction, self._metadata.pop(0))

    def _walk_data(self, first: int, data: Buffer, end_of_stream: bool) -> None:
        if self.stopped:
            return
        had_trailers = self.trailers is not None
        adder: int | None = None
        for hop in self.hops[first:]:
            if hop.hold in HOLDS_ALL:
                self.streaming = hop.hold is Hold.ALL_WATERMARK
                self.hold_back(data)
                return
            if hop.saw_end:
                # Everything was held, with trailers, and the body callback has held the body anew: the trailers let it go now and
                # find this hop at its end already. Envoy loses the body here, so a filter that does this has to change.
                if len(data):
                    self._ends.lose_body(self.direction, hop)
                return
            hop.saw_end = end_of_stream and self.trailers is None
            self.calling += 1
            hop.running = True
            action = hop.filter.on_data(self.direction, data, hop.saw_end)
            hop.running = False
            self.calling -= 1
            if self.stopped:
                self._lose(data)
                self._ends.aborted(self.direction)
                return
            if adder is None and not had_trailers and self.trailers is not None:
                adder = hop.index
            if not self._goes_on_after_data(hop, action, data):
                return
        size = len(data)
        ends_here = end_of_stream and self.trailers is None
        if size or ends_here:
            self._ends.pass_data(self.direction, data.take(), ends_here)
        if self._above:
            self._watch_level()
        if adder is not None and not self.stopped:
            self._walk_trailers(_first_after(self.hops[adder]))

    def _goes_on_after_data(self, hop: Hop, action: DataAction, data: Buffer) -> bool:
        if action is DataAction.CONTINUE:
            if hop.hold is Hold.NONE:
                return True
            # It held the head, or an earlier piece: all of that goes first.
            self.hold_back(data)
            self.resume(hop)
            return False
        hop.hold = Hold.SINGLE
        if action is not DataAction.STOP_ITERATION_NO_BUFFER:
            self.streaming = action is DataAction.STOP_ITERATION_AND_WATERMARK
            self.hold_back(data)
        else:
            self._lose(data)
            if self.ended and self.trailers is None and self.held is None:
                # The end itself has to wait, or resuming would never end the stream.
                self.held = Buffer()
        return False

    def _lose(self, data: Buffer) -> None:
        """Drop a piece that goes nowhere: a guest that looks at it later finds it empty. What waits is no such piece."""
        if data is not self.held:
            data.take()

    def _walk_trailers(self, first: int) -> None:
        trailers = self.trailers
        if self.stopped or trailers is None:
            return
        for hop in self.hops[first:]:
            if hop.hold in HOLDS_ALL:
                return
            hop.saw_end = True
            self.calling += 1
            hop.running = True
            action = hop.filter.on_trailers(self.direction, trailers)
            hop.running = False
            self.calling -= 1
            if self.stopped:
                self._ends.aborted(self.direction)
                return
            if action is not TrailersAction.CONTINUE:
                hop.hold = Hold.SINGLE
                return
            if hop.hold is not Hold.NONE:
                self.resume(hop)
                return
        self._ends.pass_trailers(self.direction, trailers)

    def _walk_metadata(self, first: int, metadata: HeaderMap) -> None:
        """Metadata overtakes a body that is held, but not a head that a filter has not seen, or of which it holds everything."""
        for hop in self.hops[first:]:
            if hop.hold in HOLDS_ALL or not hop.saw_head:
                hop.metadata.append(metadata)
                return
            self.calling += 1
            hop.filter.on_metadata(self.direction, metadata)
            self.calling -= 1
            if self.stopped:
                self._ends.aborted(self.direction)
                return
        if all(hop.headers_passed for hop in self.hops):
            self._ends.pass_metadata(self.direction, metadata)
        else:
            self._metadata.append(metadata)

    def _release_metadata(self, hop: Hop) -> None:
        """Let the metadata that waited for *hop* go on, beginning there."""
        while hop.metadata and hop.hold not in HOLDS_ALL and not self.stopped:
            self._walk_metadata(hop.index, hop.metadata.pop(0))

    def _watch_level(self) -> None:
        """Act when what waits passes the limit, or has fallen to half of it again."""
        size = 0 if self.held is None else len(self.held)
        if not self._above and size > self._limit:
            self._above = True
            if self.streaming:
                self._ends.slow_down(self.direction, True)
            else:
                self._ends.refuse_body(self.direction)
        elif self._above and size <= self._limit // 2:
            self._above = False
            if self.streaming:
                self._ends.slow_down(self.direction, False)


def _first_after(hop: Hop) -> int:
    """The index at which a walk goes on that *hop* lets go."""
    return hop.index if hop.resumes_here else hop.index + 1
