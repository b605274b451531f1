"""What is asked of Envoy, and later of our host: filters, their configurations, and the exchanges that go through them.

Lives here: the scenarios as data. Not here: how Envoy is asked (record.py) and how our host is
(tests/proxyabi/test_transcripts.py).

Everything in a scenario is chosen so that the answer is the same each time: fixed host names, bodies cut where we cut them,
and no header whose value depends on the moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Message:
    """The half of an exchange that one side sends: headers, a body in pieces, trailers.

    A body has `content-length` unless *chunked* is true or there are trailers. No pieces: no body at all.
    """

    headers: Pairs = ()
    body: tuple[str, ...] = ()
    trailers: Pairs = ()
    chunked: bool = False


@dataclass(frozen=True)
class Request(Message):
    """What the client sends. The host is always `example.test`. With *vanishes* it is gone after the first piece of the body."""

    method: str = "GET"
    path: str = "/"
    vanishes: bool = False


@dataclass(frozen=True)
class Answer(Message):
    """What the upstream or a called cluster answers.

    *failure*: "" answers, "close" closes the connection without a word, "silent" never answers, "cut" closes it after the first
    piece of the body. *delay* is in seconds: long enough for a whole request to arrive before. *early*: the answer comes, all at
    once, as soon as the request's headers have.
    """

    status: int = 200
    failure: str = ""
    delay: float = 0
    early: bool = False


@dataclass(frozen=True)
class Exchange:
    """One request, what the upstream will say to it, and what the called cluster will say, call by call."""

    request: Request = field(default_factory=Request)
    answer: Answer = field(default_factory=Answer)
    calls: tuple[Answer, ...] = ()


@dataclass(frozen=True)
class Scenario:
    """A filter, its configuration, and the exchanges one after the other in the same VM.

    *second* is (guest, configuration) of another filter behind the first, in a VM of its own. *body_limit* is how many bytes of a
    body may wait, *timeout* how many seconds the upstream may take; 0 leaves Envoy's own limit.
    """

    name: str
    guest: str
    configuration: str
    exchanges: tuple[Exchange, ...]
    vm_configuration: str = ""
    stop_iteration: bool = False
    fail_open: bool = False
    second: tuple[str, ...] = ()
    body_limit: int = 0
    timeout: float = 0
    starts: bool = True


TEXT: Pairs = (("content-type", "text/plain"),)
HELLO = Answer(headers=(*TEXT, ("x-b", "2")), body=("hello, ", "secret world"))
CHUNKED = Answer(headers=TEXT, body=("a sec", "ret and ", "another secret"), chunked=True)
TRAILED = Answer(headers=TEXT, body=("body",), trailers=(("x-end", "yes"), ("x-sum", "4")))
NOTHING = Answer(status=204)
FINE = Answer(headers=TEXT, body=("fine",))
LATE = Answer(headers=TEXT, body=("fine",), delay=0.3)
REFUSED = Answer(status=403, body=("no",))

GET = Request(path="/path?q=1", headers=(("x-a", "1"), ("x-remove", "me"), ("x-double", "one"), ("x-double", "two")))
POST = Request(method="POST", path="/post", headers=TEXT, body=("the secret is ", "no secret"))
POST_CHUNKED = Request(method="POST", path="/post", headers=TEXT, body=("the sec", "ret, ", "the secret"), chunked=True)
POST_TRAILED = Request(
    method="POST", path="/post", headers=TEXT, body=("some", "thing"), trailers=(("x-last", "1"), ("x-more", "2"))
)
SLOW_POST = Request(method="POST", path="/slow", headers=TEXT, body=tuple("slowly as snails go"), chunked=True)
HEAD = Request(method="HEAD", path="/head")
CALL = Request(path="/guarded", headers=(("x-call-id", "7"),))
CALL_POST = Request(method="POST", path="/guarded", headers=(("x-call-id", "8"), *TEXT), body=("first ", "second"), chunked=True)

SDKS = ("c", "rust", "go", "assemblyscript", "gcore")


def shared_scenarios(guest: str) -> Iterator[Scenario]:
    """The behaviours that every guest of an SDK has."""
    yield Scenario(
        f"{guest}-headers",
        guest,
        "headers",
        (Exchange(GET, HELLO), Exchange(POST, CHUNKED), Exchange(HEAD, Answer(headers=TEXT)), Exchange(GET, NOTHING)),
    )
    yield Scenario(
        f"{guest}-body",
        guest,
        "body",
        (Exchange(POST, HELLO), Exchange(POST_CHUNKED, CHUNKED), Exchange(GET, NOTHING), Exchange(GET, FINE)),
    )
    yield Scenario(
        f"{guest}-local",
        guest,
        "local",
        (
            Exchange(Request(path="/denied/here"), HELLO),
            Exchange(Request(path="/allowed"), HELLO),
            Exchange(Request(method="POST", path="/denied", body=("unread",)), HELLO),
            Exchange(Request(method="HEAD", path="/denied"), HELLO),
        ),
    )
    yield Scenario(
        f"{guest}-call",
        guest,
        "call",
        (
            Exchange(CALL, HELLO, (FINE,)),
            Exchange(CALL_POST, HELLO, (LATE,)),
            Exchange(CALL, HELLO, (REFUSED,)),
            Exchange(CALL, HELLO, (Answer(failure="close"),)),
            Exchange(CALL_POST, HELLO, (Answer(status=403, body=("no",), delay=0.3),)),
        ),
    )
    yield Scenario(f"{guest}-call-nowhere", guest, "call no_such_cluster", (Exchange(CALL, HELLO),))
    yield Scenario(f"{guest}-call-down", guest, "call down", (Exchange(CALL, HELLO),))
    broken_off = Answer(body=("half", "rest"), failure="cut")
    yield Scenario(f"{guest}-call-cut", guest, "call", (Exchange(CALL, HELLO, (broken_off,)), Exchange(CALL, HELLO, (FINE,))))
    yield Scenario(f"{guest}-refused", guest, "nonsense", (), starts=False)


def c_scenarios() -> Iterator[Scenario]:
    """What only the C guest does."""
    yield Scenario("c-trailers", "c", "trailers", (Exchange(POST_TRAILED, TRAILED), Exchange(GET, TRAILED), Exchange(POST, FINE)))
    yield Scenario("c-tick", "c", "tick", (Exchange(GET, HELLO), Exchange(POST, HELLO)))
    yield Scenario("c-properties", "c", "properties", (Exchange(GET, HELLO),))
    yield Scenario("c-body-trailers", "c", "body", (Exchange(POST_TRAILED, TRAILED),))
    yield Scenario("c-call-silent", "c", "call", (Exchange(CALL, HELLO, (Answer(failure="silent"),)),))
    yield Scenario("c-call-stop-iteration", "c", "call", (Exchange(CALL_POST, HELLO, (LATE,)),), stop_iteration=True)
    grpc: Pairs = (("content-type", "application/grpc"),)
    denied = Request(method="POST", path="/denied/Call", headers=grpc, body=("frame",))
    yield Scenario("c-local-grpc", "c", "local", (Exchange(denied, HELLO),))
    vanished = Request(method="POST", path="/gone", headers=TEXT, body=("here", "gone"), chunked=True, vanishes=True)
    yield Scenario("c-client-vanishes", "c", "headers", (Exchange(vanished, HELLO), Exchange(GET, FINE)))
    yield Scenario("c-client-vanishes-held", "c", "body", (Exchange(vanished, HELLO), Exchange(GET, FINE)))
    waiting = Request(method="POST", path="/gone", headers=(("x-call-id", "5"),), body=("here", "gone"), vanishes=True)
    late = Answer(headers=TEXT, body=("fine",), delay=0.08)
    yield Scenario("c-client-vanishes-waiting", "c", "call", (Exchange(waiting, HELLO, (late,)), Exchange(CALL, FINE, (FINE,))))
    early = Answer(headers=TEXT, body=("too much",), early=True)
    yield Scenario("c-upstream-early", "c", "headers", (Exchange(SLOW_POST, early), Exchange(GET, FINE)))
    slow = Exchange(POST, Answer(failure="silent"))
    yield Scenario("c-upstream-slow", "c", "headers", (slow, Exchange(GET, FINE)), timeout=0.5)
    yield Scenario("c-upstream-closes", "c", "headers", (Exchange(GET, Answer(failure="close")), Exchange(GET, HELLO)))
    yield Scenario(
        "c-upstream-cut", "c", "headers", (Exchange(GET, Answer(body=("half", "rest"), failure="cut")), Exchange(GET, HELLO))
    )


def chain_scenarios() -> Iterator[Scenario]:
    """Two filters, one behind the other."""

    def chain(name: str, first: tuple[str, str], second: tuple[str, str], *exchanges: Exchange) -> Scenario:
        return Scenario(f"chain-{name}", *first, exchanges, second=second)

    denied = Request(path="/denied")
    yield chain("headers", ("c", "headers"), ("rust", "headers"), Exchange(GET, HELLO))
    yield chain("body", ("c", "body"), ("rust", "headers"), Exchange(POST_CHUNKED, CHUNKED))
    yield chain("first-answers", ("c", "local"), ("rust", "headers"), Exchange(denied, HELLO))
    yield chain("second-answers", ("c", "headers"), ("rust", "local"), Exchange(denied, HELLO))
    yield chain("first-asks", ("c", "call"), ("rust", "body"), Exchange(CALL_POST, HELLO, (LATE,)))
    yield chain("second-asks", ("c", "body"), ("rust", "call"), Exchange(CALL_POST, HELLO, (LATE,)))
    refused = Answer(status=403, body=("no",), delay=0.3)
    yield chain("second-asks-in-vain", ("c", "headers"), ("rust", "call"), Exchange(CALL_POST, HELLO, (refused,)))
    yield chain("second-traps", ("c", "headers"), ("hostile", "trap proxy_on_request_headers"), *[Exchange(GET, HELLO)] * 2)
    yield chain("first-traps", ("hostile", "trap proxy_on_response_headers"), ("c", "headers"), *[Exchange(GET, HELLO)] * 2)


def limit_scenarios() -> Iterator[Scenario]:
    """Bodies that are too large to wait."""
    long = ("x" * 900, "y" * 900, "z" * 900)
    post = Request(method="POST", path="/long", headers=TEXT, body=long, chunked=True)
    call = Request(method="POST", path="/long", headers=(("x-call-id", "9"), *TEXT), body=long, chunked=True)
    answer = Answer(headers=TEXT, body=long, chunked=True)
    limited = {"body_limit": 1000}
    yield Scenario("limit-request", "c", "body", (Exchange(post, HELLO), Exchange(GET, FINE)), **limited)
    yield Scenario("limit-response", "c", "body", (Exchange(GET, answer), Exchange(GET, FINE)), **limited)
    yield Scenario("limit-passes", "c", "headers", (Exchange(post, answer),), **limited)
    yield Scenario("limit-held", "c", "call", (Exchange(call, HELLO, (LATE,)),), **limited)


TRAPS = (
    "stream",
    "proxy_on_request_headers",
    "proxy_on_request_body",
    "proxy_on_request_trailers",
    "proxy_on_response_headers",
    "proxy_on_response_body",
    "proxy_on_response_trailers",
    "proxy_on_log",
    "proxy_on_done",
    "proxy_on_delete",
)


def hostile_scenarios() -> Iterator[Scenario]:
    """Filters that misbehave. After a trap a second exchange shows what becomes of the next stream."""
    trailed = Exchange(POST_TRAILED, TRAILED)
    for place in TRAPS:
        yield Scenario(f"trap-{place}", "hostile", f"trap {place}", (trailed, Exchange(GET, FINE)))
    yield Scenario(
        "trap-open", "hostile", "trap proxy_on_request_headers", (Exchange(POST, HELLO), Exchange(GET, FINE)), fail_open=True
    )
    yield Scenario("trap-root", "hostile", "trap root", (Exchange(GET, FINE),))
    yield Scenario("trap-proxy_on_configure", "hostile", "trap proxy_on_configure", (), starts=False)
    yield Scenario("trap-proxy_on_vm_start", "hostile", "", (), vm_configuration="trap proxy_on_vm_start", starts=False)
    yield Scenario("refuse", "hostile", "refuse", (), starts=False)
    yield Scenario("refuse_vm", "hostile", "", (), vm_configuration="refuse_vm", starts=False)
    yield Scenario("deep", "hostile", "deep proxy_on_request_headers", (Exchange(GET, HELLO), Exchange(GET, FINE)))
    yield Scenario("trap-proxy_on_tick", "hostile", "trap proxy_on_tick", (Exchange(GET, FINE), Exchange(GET, FINE)))
    yield Scenario("eat", "hostile", "eat proxy_on_request_headers", (Exchange(GET, HELLO),))
    for way in ("wild", "twice", "after", "late", "too_late", "allocator", "astray", "recall", "close", "close_response"):
        yield Scenario(way, "hostile", way, (Exchange(POST, HELLO), Exchange(GET, FINE)))
    for name in (
        "no_marker",
        "no_allocator",
        "missing_import",
        "wrong_import",
        "wrong_callback",
        "trap_at_start",
        "call_at_start",
    ):
        yield Scenario(f"broken-{name}", f"broken_{name}", "", (), starts=False)


def all_scenarios() -> list[Scenario]:
    """Every scenario, by guest."""
    from filter_scenarios import filter_scenarios  # which is made of this module's messages

    shared = [scenario for guest in SDKS for scenario in shared_scenarios(guest)]
    return [*shared, *c_scenarios(), *chain_scenarios(), *limit_scenarios(), *hostile_scenarios(), *filter_scenarios()]
