"""What is asked of Envoy step by step with the filters in tests/guests/filters that need more than requests and answers.

Lives here: gRPC, connections, an access logger, a service and a stat sink as data, in the form of walkthroughs.py, which adds
them to its list. Not here: the filters of HTTP that need nothing of it (filter_scenarios.py).
"""

from __future__ import annotations

from collections.abc import Iterator

from walkthroughs import CONNECT, GET, LEAVE, Step, Walkthrough

HEAD: Step = ("grpc-headers", 0, "content-type=application/grpc,x-initial=1")
DONE: Step = ("grpc-trailers", 0, "grpc-status=0,x-last=2")


def walk(name: str, kind: str, guest: str, *steps: Step, configuration: str = "") -> Walkthrough:
    """A walkthrough with one plugin out of tests/guests/filters."""
    return Walkthrough(name, kind, configuration, steps, guest=f"filters/{guest}")


def nth(step: Step, number: int) -> Step:
    """The same step for another call than the first."""
    return (step[0], number, *step[2:])


def says(text: str, number: int = 0) -> Step:
    """The gRPC server's message."""
    return ("grpc-message", number, text)


def permissions() -> Iterator[Walkthrough]:
    """A request waits for one gRPC answer."""

    def auth(name: str, *steps: Step) -> Walkthrough:
        return walk(f"grpc_auth-{name}", "http", "grpc_auth", ("get", "/guarded"), *steps)

    second = (("get", "/again"), nth(HEAD, 1), says("no", 1), nth(DONE, 1))
    yield auth("yes", HEAD, says("yes"), DONE, *second)
    yield auth("no", HEAD, says("not today"), DONE)
    yield auth("empty", HEAD, says(""), DONE)
    yield auth("fails", HEAD, ("grpc-trailers", 0, "grpc-status=9,grpc-message=no%20service"), ("get", "/again"))
    yield auth("trailers-only", ("grpc-only-trailers", 0, "grpc-status=16,grpc-message=who"))
    yield auth("reset", ("grpc-reset", 0, 2), ("get", "/again"), nth(HEAD, 1), says("yes", 1), nth(DONE, 1))
    yield auth("two", ("get", "/two"), nth(HEAD, 1), says("no", 1), nth(DONE, 1))
    yield auth("http-500", ("grpc-headers", 0, ":status=500,x-h=1"))


def mirrors() -> Iterator[Walkthrough]:
    """A request tells a gRPC stream what happens in it."""

    def mirror(name: str, *steps: Step) -> Walkthrough:
        return walk(f"grpc_mirror-{name}", "http", "grpc_mirror", ("get", "/seen"), *steps)

    yield mirror("ends", HEAD, says("noted"), says("and noted"), DONE, ("get", "/more"), nth(HEAD, 1), nth(DONE, 1))
    yield mirror("stop", HEAD, says("stop"))
    yield mirror("fails", HEAD, ("grpc-trailers", 0, "grpc-status=14,grpc-message=tired,x-last=3"))
    yield mirror("trailers-only", ("grpc-only-trailers", 0, "grpc-status=12,grpc-message=what"))
    yield mirror("reset", HEAD, ("grpc-reset", 0, 8), ("get", "/more"))
    yield mirror("gone", HEAD, says("noted"), ("grpc-gone",))
    yield mirror("ends-without-trailers", HEAD, ("grpc-end", 0))


def connections() -> Iterator[Walkthrough]:
    """Filters of connections, in C and in Rust."""

    def said(text: str) -> Step:
        return ("client", text)

    def answered(text: str) -> Step:
        return ("upstream", text)

    def lines(name: str, *steps: Step) -> Walkthrough:
        return walk(f"tcp_lines-{name}", "tcp", "tcp_lines", CONNECT, *steps)

    def inspect(name: str, *steps: Step) -> Walkthrough:
        return walk(f"tcp_inspect-{name}", "tcp", "rust", *steps, configuration="tcp_inspect")

    yield lines("talk", said("NAME me\n"), answered("who?\n"), said("PASS secret\n"), answered("welcome\n"), *LEAVE)
    yield lines("split", said("NA"), said("ME m"), said("e\n"), answered("wh"), answered("o?\n"), *LEAVE)
    yield lines("quit", said("NAME me\n"), answered("who?\n"), said("QUIT\n"))
    yield lines("server-first", answered("220 ready\n"), said("QUIT\n"))
    yield lines("server-leaves", said("NAME me\n"), answered("no\n"), ("upstream-leaves",), *LEAVE)
    yield lines("half-close", said("NAME me"), ("client-ends",), answered("late\n"), ("upstream-ends",))
    yield lines("vanishes", said("NAME me\n"), ("client-vanishes",))
    yield lines("two", said("PASS x\n"), *LEAVE, CONNECT, answered("220\n"), said("PASS y\n"), *LEAVE)
    yield walk("tcp_lines-down", "tcp", "tcp_lines", ("connect-down",))
    yield inspect("accepts", CONNECT, said("HELLO there"), answered("hi"), said(" more"), *LEAVE)
    yield inspect("split", CONNECT, said("HE"), said("LLO"), answered("hi"), ("upstream-ends",), said("on"), *LEAVE)
    yield inspect("refuses", CONNECT, said("GET / HTTP/1.1"))
    yield inspect("short", CONNECT, said("HEL"), ("client-ends",), ("upstream-leaves",))
    yield inspect("server-leaves", CONNECT, said("HELLO"), answered("hi"), ("upstream-leaves",), *LEAVE)
    yield inspect("down", ("connect-down",))


def metadata() -> Iterator[Walkthrough]:
    """METADATA frames of HTTP/2, which pass, or wait for a head that is held."""
    begin: Step = ("h2-request", "/with")
    sent: Step = ("h2-metadata", "a=1,b=2")
    more: Step = ("h2-metadata", "c=3")
    answer: Step = ("grpc-headers", 0, "content-type=text/plain")
    back: Step = ("grpc-metadata", 0, "x=y")
    body, end = ("h2-data", "hello"), ("h2-end",)
    answered, over = ("grpc-data", 0, b"world"), ("grpc-trailers", 0, "x-last=1")

    def script(name: str, configuration: str, *steps: Step) -> Walkthrough:
        tell = "on_request_metadata: map_size 0; add 0 x-late 1; get_value 0 :path\non_response_metadata: map_size 2; status\n"
        return Walkthrough(f"metadata-{name}", "http", f"{tell}{configuration}\n", steps, http2=True)

    yield Walkthrough(
        "metadata", "http", "", (begin, sent, body, more, end, answer, back, answered, back, over), "filters/metadata", http2=True
    )
    hold = "on_request_headers: tick 100; return 1\non_tick: tick 0; effective 2; continue 0"
    yield script("held", hold, ("together", begin, sent, more), body, end, answer, over)
    hold = "on_response_headers: tick 100; return 1\non_tick: tick 0; effective 2; continue 1"
    yield script("response-held", hold, begin, end, ("together", answer, back), answered, over)
    yield script("stops", "on_request_metadata: return 1\non_response_metadata: return 1", begin, sent, end, answer, back, over)
    yield script("denies", "on_request_metadata: local 403 - no - 4294967295", begin, sent, end)
    yield script("closes", "on_request_metadata: close 0", begin, sent)
    yield script("traps", "on_request_metadata: trap", begin, sent, end)
    yield script("traps-late", "on_response_metadata: trap", begin, end, answer, back, over)
    body_held = "on_request_body: return 1"
    yield script("body-held", body_held, begin, body, sent, end, answer, over)


def others() -> Iterator[Walkthrough]:
    """Plugins that are no filters."""
    yield walk("access_logger", "log", "access_logger", GET, ("get", "/a/longer?path=1"), GET)
    yield walk("access_logger-tcp", "tcp-log", "access_logger", CONNECT, ("client", "hello"), *LEAVE)
    yield walk("heartbeat", "service", "heartbeat", ("wait", 3.6))
    yield walk("stats_sink", "stats", "stats_sink", ("wait", 0.2))


def filter_walkthroughs() -> list[Walkthrough]:
    """All of them."""
    return [*permissions(), *mirrors(), *connections(), *metadata(), *others()]
