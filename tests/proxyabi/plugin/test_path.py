"""One direction of a stream through filters that are plain Python: holds, resuming, levels."""

from __future__ import annotations

from typing import Any

import pytest

from proxyabi.abi.types import DataAction, HeadersAction, TrailersAction
from proxyabi.context.buffer import Buffer
from proxyabi.context.header_map import HeaderMap
from proxyabi.plugin.path import Hold, Hop, Path

HEADERS, TRAILERS, METADATA = (HeaderMap([(name, b"1")]) for name in (b"a", b"t", b"m"))


class Filter:
    """Answers with the actions it was given, one after the other, then continues. Notes what it was shown."""

    def __init__(self, headers: Any = (), data: Any = (), trailers: Any = ()) -> None:
        self.actions = {"headers": list(headers), "data": list(data), "trailers": list(trailers)}
        self.shown: list[Any] = []

    def _next(self, kind: str, default: Any) -> Any:
        return self.actions[kind].pop(0) if self.actions[kind] else default

    def on_headers(self, direction: int, headers: HeaderMap, end_of_stream: bool) -> HeadersAction:
        self.shown.append(("headers", end_of_stream))
        return self._next("headers", HeadersAction.CONTINUE)

    def on_data(self, direction: int, data: Buffer, end_of_stream: bool) -> DataAction:
        self.shown.append((bytes(data), end_of_stream))
        return self._next("data", DataAction.CONTINUE)

    def on_trailers(self, direction: int, trailers: HeaderMap) -> TrailersAction:
        self.shown.append("trailers")
        return self._next("trailers", TrailersAction.CONTINUE)

    def on_metadata(self, direction: int, metadata: HeaderMap) -> None:
        self.shown.append("metadata")


class Ends:
    """Notes what comes out of the path."""

    def __init__(self) -> None:
        self.out: list[Any] = []

    def pass_headers(self, direction: int, headers: HeaderMap, end_of_stream: bool) -> None:
        self.out.append(("headers", end_of_stream))

    def pass_data(self, direction: int, data: bytes, end_of_stream: bool) -> None:
        self.out.append((data, end_of_stream))

    def pass_trailers(self, direction: int, trailers: HeaderMap) -> None:
        self.out.append("trailers")

    def pass_metadata(self, direction: int, metadata: HeaderMap) -> None:
        self.out.append("metadata")

    def refuse_body(self, direction: int) -> None:
        self.out.append("refused")

    def lose_body(self, direction: int, hop: Hop) -> None:
        self.out.append("lost")

    def slow_down(self, direction: int, slow: bool) -> None:
        self.out.append("slow" if slow else "fast")

    def aborted(self, direction: int) -> None:
        self.out.append("aborted")


def new_path(*filters: Filter, limit: int = 10) -> tuple[Path, Ends]:
    ends = Ends()
    return Path(0, [*filters], ends, limit), ends


STOP_ALL = HeadersAction.STOP_ALL_ITERATION_AND_WATERMARK
STOP_ALL_BUFFER = HeadersAction.STOP_ALL_ITERATION_AND_BUFFER


def test_a_message_passes_filters_that_continue():
    first, second = Filter(), Filter()
    path, ends = new_path(first, second)

    path.start(HEADERS, False)
    path.data(b"ab", False)
    path.end(TRAILERS)

    assert first.shown == second.shown == [("headers", False), (b"ab", False), "trailers"]
    assert ends.out == [("headers", False), (b"ab", False), "trailers"]


@pytest.mark.parametrize(("action", "hold"), [(STOP_ALL, Hold.ALL_WATERMARK), (STOP_ALL_BUFFER, Hold.ALL_BUFFER)])
def test_a_hop_that_holds_everything_is_shown_nothing_more(action, hold):
    path, ends = new_path(holder := Filter([action]))

    path.start(HEADERS, False)
    path.data(b"ab", False)
    path.end(TRAILERS)

    assert path.hops[0].hold is hold
    assert path.holder() is path.hops[0]
    assert holder.shown == [("headers", False)]
    assert ends.out == []


def test_a_hop_that_held_everything_sees_what_came_meanwhile():
    path, ends = new_path(holder := Filter([STOP_ALL]), behind := Filter())
    path.start(HEADERS, False)
    path.data(b"ab", False)
    path.data(b"cd", True)

    path.resume(path.hops[0])

    assert holder.shown == [("headers", False), (b"abcd", True)]
    assert behind.shown == [("headers", False), (b"abcd", True)]
    assert ends.out == [("headers", False), (b"abcd", True)]
    assert path.holder() is None


def test_a_hop_that_held_a_body_is_not_shown_it_again():
    path, ends = new_path(holder := Filter(data=[DataAction.PAUSE]), behind := Filter())
    path.start(HEADERS, False)
    path.data(b"ab", True)

    path.resume(path.hops[0])

    assert holder.shown[1:] == [(b"ab", True)]
    assert behind.shown[1:] == [(b"ab", True)]
    assert ends.out[1:] == [(b"ab", True)]


def test_metadata_waits_for_a_head_that_is_held_and_comes_before_the_body():
    path, ends = new_path(holder := Filter([STOP_ALL]), behind := Filter())
    path.start(HEADERS, False)
    path.metadata(METADATA)
    path.data(b"ab", True)
    assert holder.shown == [("headers", False)]

    path.resume(path.hops[0])

    assert holder.shown == behind.shown == [("headers", False), "metadata", (b"ab", True)]
    assert ends.out == [("headers", False), "metadata", (b"ab", True)]


def test_metadata_is_shown_to_a_hop_that_holds_the_head_alone_and_waits_for_the_next():
    path, ends = new_path(holder := Filter([HeadersAction.PAUSE]), behind := Filter())
    path.start(HEADERS, False)
    path.metadata(METADATA)
    assert (holder.shown[1:], behind.shown, ends.out) == (["metadata"], [], [])

    path.resume(path.hops[0])

    assert holder.shown[1:] == ["metadata"]
    assert behind.shown == [("headers", False), "metadata"]
    assert ends.out == [("headers", False), "metadata"]


def test_metadata_overtakes_a_body_that_is_held():
    path, ends = new_path(Filter(data=[DataAction.PAUSE]), behind := Filter())
    path.start(HEADERS, False)
    path.data(b"ab", False)
    path.metadata(METADATA)

    assert behind.shown == [("headers", False), "metadata"]
    assert ends.out == [("headers", False), "metadata"]


def test_resuming_headers_alone_ends_the_stream_with_them():
    path, ends = new_path(Filter([STOP_ALL]))
    path.start(HEADERS, True)

    path.resume(path.hops[0])

    assert ends.out == [("headers", True)]


def test_resuming_twice_changes_nothing():
    path, ends = new_path(Filter([STOP_ALL]))
    path.start(HEADERS, True)

    path.resume(path.hops[0])
    path.resume(path.hops[0])

    assert ends.out == [("headers", True)]


def test_resuming_what_holds_nothing_changes_nothing():
    path, ends = new_path(Filter())
    path.start(HEADERS, False)

    path.resume(path.hops[0])

    assert ends.out == [("headers", False)]


def test_a_dropped_piece_is_gone_and_the_end_waits():
    path, ends = new_path(Filter(data=[DataAction.STOP_ITERATION_NO_BUFFER] * 2))
    path.start(HEADERS, False)
    path.data(b"ab", False)
    path.data(b"cd", True)

    path.resume(path.hops[0])

    assert ends.out == [("headers", False), (b"", True)]


def test_a_second_holder_gets_what_the_first_lets_go():
    path, ends = new_path(Filter([STOP_ALL]), Filter([STOP_ALL]))
    path.start(HEADERS, False)
    path.data(b"ab", True)

    path.resume(path.hops[0])
    assert path.holder() is path.hops[1]
    assert ends.out == []
    path.resume(path.hops[1])

    assert ends.out == [("headers", False), (b"ab", True)]


def test_trailers_pass_a_hop_whose_body_waits_and_take_the_body_along():
    path, ends = new_path(Filter(data=[DataAction.PAUSE]))
    path.start(HEADERS, False)
    path.data(b"ab", False)
    path.end(TRAILERS)

    assert ends.out == [("headers", False), (b"ab", False), "trailers"]


def test_held_trailers_go_on_when_they_are_resumed():
    path, ends = new_path(Filter(trailers=[TrailersAction.PAUSE]))
    path.start(HEADERS, False)
    path.end(TRAILERS)
    assert ends.out == [("headers", False)]

    path.resume(path.hops[0])

    assert ends.out == [("headers", False), "trailers"]


def test_a_body_at_the_limit_is_fine_and_one_byte_more_is_refused():
    path, ends = new_path(Filter([STOP_ALL_BUFFER]), limit=4)
    path.start(HEADERS, False)

    path.data(b"abcd", False)
    assert ends.out == []
    path.data(b"e", False)
    path.data(b"f", False)

    assert ends.out == ["refused"], "it is told once"


def test_a_sender_is_slowed_down_above_the_limit_and_let_go_at_half_of_it():
    path, ends = new_path(Filter([STOP_ALL]), Filter(data=[DataAction.STOP_ITERATION_AND_WATERMARK]), limit=4)
    path.start(HEADERS, False)
    path.data(b"abcde", False)
    assert ends.out == ["slow"]

    path.resume(path.hops[0])
    assert ends.out == ["slow", ("headers", False)], "the second filter holds the same bytes"
    path.resume(path.hops[1])

    assert ends.out == ["slow", ("headers", False), (b"abcde", False), "fast"]


def test_a_path_that_was_stopped_moves_nothing():
    path, ends = new_path(Filter([STOP_ALL]))
    path.start(HEADERS, False)
    path.stopped = True

    path.data(b"ab", True)
    path.end(TRAILERS)
    path.resume(path.hops[0])

    assert ends.out == []


def test_an_empty_piece_in_the_middle_is_not_sent():
    path, ends = new_path(Filter())
    path.start(HEADERS, False)

    path.data(b"", False)

    assert ends.out == [("headers", False)]
