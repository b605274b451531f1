"""What is asked of Envoy with the filters in tests/guests/filters: for each its own cases, and a tour of what HTTP has.

Lives here: scenarios as data, in the form of scenarios.py, which adds them to its list. Not here: the filters that are no HTTP
filters, or that make gRPC calls (filter_walkthroughs.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scenarios import (
    CHUNKED,
    FINE,
    GET,
    HEAD,
    HELLO,
    LATE,
    NOTHING,
    POST,
    POST_CHUNKED,
    POST_TRAILED,
    TEXT,
    TRAILED,
    Answer,
    Exchange,
    Request,
    Scenario,
)

PUT = Request(method="PUT", path="/things/1?x=%20y", headers=TEXT, body=("all at once",))
PATCH = Request(
    method="PATCH", path="/things/1", headers=(("content-type", "application/json"),), body=('{"a": 12345,', ' "b": 6}')
)
DELETE = Request(method="DELETE", path="/things/1")
OPTIONS = Request(method="OPTIONS", path="/things", headers=(("origin", "http://other.test"),))
BIG = Request(path="/" + "p" * 1000, headers=(("x-big", "b" * 8000), ("cookie", "a=1; b=2"), ("cookie", "c=3"), ("x-empty", "")))
BIG_ANSWER = Answer(
    headers=(*TEXT, ("set-cookie", "a=1"), ("set-cookie", "b=2"), ("x-big", "c" * 9000)), body=("z" * 3000, "9" * 3000)
)
SAME = Answer(status=304, headers=(("etag", '"1"'),))
MISSING = Answer(status=404, headers=TEXT, body=("not ", "here 4040"), chunked=True)
BROKEN = Answer(status=500, headers=TEXT)
EMPTY_CHUNKED = Answer(headers=TEXT, chunked=True)
ONLY_TRAILERS = Answer(headers=TEXT, trailers=(("x-end", "only"),))
CUT = Answer(body=("half", "rest"), failure="cut")
CLOSES = Answer(failure="close")
CUT_LATE, CLOSES_LATE = replace(CUT, delay=0.3), replace(CLOSES, delay=0.3)
EARLY = Answer(headers=TEXT, body=("too much",), early=True)
GONE = Request(method="POST", path="/gone", headers=TEXT, body=("here 12345", "gone"), chunked=True, vanishes=True)
SLOW = Request(method="POST", path="/slow", headers=TEXT, body=tuple("slow 1234 snails"), chunked=True)
EMPTY_POST = Request(method="POST", path="/empty", headers=TEXT, chunked=True)
BARE_TRAILERS = Request(method="POST", path="/bare", headers=TEXT, trailers=(("x-last", "1"),))

TOUR = (
    Exchange(GET, HELLO),
    Exchange(POST, HELLO),
    Exchange(POST_CHUNKED, CHUNKED),
    Exchange(POST_TRAILED, TRAILED),
    Exchange(HEAD, Answer(headers=TEXT)),
    Exchange(PUT, FINE),
    Exchange(PATCH, MISSING),
    Exchange(DELETE, NOTHING),
    Exchange(OPTIONS, BROKEN),
    Exchange(BIG, BIG_ANSWER),
    Exchange(GET, SAME),
    Exchange(EMPTY_POST, EMPTY_CHUNKED),
    Exchange(BARE_TRAILERS, ONLY_TRAILERS),
    Exchange(GET, CLOSES),
    Exchange(GET, CUT),
    Exchange(GONE, HELLO),
    Exchange(GET, FINE),
)
"""Methods, bodies of every cut, trailers, sizes, and ends that come too soon."""


def filter_of(name: str) -> str:
    """The file of a filter, without its ending."""
    return f"filters/{name}"


def with_headers(request: Request, *headers: tuple[str, str]) -> Request:
    """*request* with further headers."""
    return replace(request, headers=(*request.headers, *headers))


def tours() -> Iterator[Scenario]:
    """Every filter that lets what it is not asked about pass, on the tour."""
    for name, configuration in TOURING:
        yield Scenario(f"tour-{name}", filter_of(name), configuration, TOUR)
    signed = tuple(replace(e, request=with_headers(e.request, ("authorization", "Basic dXNlcjpwYXNz"))) for e in TOUR)
    yield Scenario("tour-basic_auth", filter_of("basic_auth"), "user:pass", signed)
    yield Scenario("tour-legacy", filter_of("legacy"), "here", tuple(replace(e, calls=(LATE, LATE)) for e in TOUR))
    versioned = tuple(replace(e, request=with_headers(e.request, ("x-version", "2"), ("x-tenant", "blue"))) for e in TOUR)
    yield Scenario("tour-router", filter_of("router"), "", versioned)


TOURING = (
    ("redact", ""),
    ("metrics", ""),
    ("checksum", ""),
    ("foreign", ""),
    ("pauser", ""),
    ("queue", "produce vm1 none"),
    ("wasi_tour", ""),
)


EVERY = (
    "request_headers", "request_body", "request_trailers", "response_headers", "response_body", "response_trailers",
    "http_call_response", "done", "log", "delete",
)  # fmt: skip
"""Callbacks in which the guest puts their names into its own queue."""


def posted() -> Iterator[Scenario]:
    """When a filter hears of an item: once all that arrived together has been dealt with."""

    def enqueuing(**more: str) -> str:
        steps = [f"on_{name}: enqueue 1 {name}; {more.get(name, '')}" for name in EVERY]
        return "\n".join(["on_configure: register jobs", *steps, "on_queue_ready: dequeue $"])

    down = Exchange(GET, Answer(failure="close"))
    all_ways = [(GET, HELLO), (POST, HELLO), (POST_CHUNKED, CHUNKED), (POST_TRAILED, TRAILED), (GET, NOTHING), (GET, LATE)]
    yield Scenario("queue-posted", "script", enqueuing(), (*(Exchange(*way) for way in all_ways), down))
    local = "local 403 - no - 4294967295; return 1"
    denied = (Exchange(GET, HELLO), Exchange(POST, HELLO))
    yield Scenario("queue-posted-local", "script", enqueuing(request_headers=local), denied)
    yield Scenario("queue-posted-local-response", "script", enqueuing(response_headers=local), denied)
    call = "http_call web_service :method=GET,:path=/a,:authority=x - - 500; return 1"
    resumed = enqueuing(request_headers=call, http_call_response="effective 2; continue 0")
    yield Scenario("queue-posted-call", "script", resumed, (Exchange(GET, HELLO, (FINE,)),))


def own_cases() -> Iterator[Scenario]:
    """What each filter is for."""
    basic = [with_headers(r, ("authorization", v)) for r in (GET, POST) for v in ("Basic dXNlcjpwYXNz", "Basic eHg=", "Bearer x")]
    yield Scenario(
        "basic_auth", filter_of("basic_auth"), "user:pass", (Exchange(GET, HELLO), *(Exchange(r, HELLO) for r in basic))
    )
    yield Scenario("basic_auth-refused", filter_of("basic_auth"), "", (), starts=False)
    busy = Exchange(Request(path="/limited", headers=(("x-client", "busy"),)), FINE)
    grpc = Request(
        method="POST", path="/a.B/C", headers=(("x-client", "busy"), ("content-type", "application/grpc")), body=("m",)
    )
    yield Scenario(
        "rate_limit", filter_of("rate_limit"), "", (busy, Exchange(GET, FINE), busy, busy, busy, busy, Exchange(POST, FINE))
    )
    yield Scenario("rate_limit-grpc", filter_of("rate_limit"), "", (busy, busy, busy, Exchange(grpc, FINE), Exchange(grpc, FINE)))
    numbers = ("card 4111 1111", "11115555 and 12", "34", "5 end 9999")
    yield Scenario(
        "redact",
        filter_of("redact"),
        "",
        (
            Exchange(Request(method="POST", path="/pay", headers=TEXT, body=numbers), Answer(headers=TEXT, body=numbers)),
            Exchange(
                Request(method="POST", path="/pay", headers=TEXT, body=numbers, chunked=True),
                Answer(headers=TEXT, body=numbers, chunked=True),
            ),
            Exchange(GONE, HELLO),
        ),
    )
    yield Scenario("redact-early", filter_of("redact"), "", (Exchange(SLOW, EARLY), Exchange(GET, FINE)))
    yield Scenario(
        "router",
        filter_of("router"),
        "",
        tuple(
            Exchange(with_headers(request, *headers), answer)
            for request, answer in ((GET, HELLO), (POST_TRAILED, TRAILED))
            for headers in (
                (("x-version", "1"),),
                (("x-tenant", "red"),),
                (("X-Version", "3"), ("x-tenant", "red"), ("x-version", "4")),
            )
        ),
    )
    work = tuple(Exchange(with_headers(r, ("x-work", "dig")), FINE) for r in (GET, POST, POST_CHUNKED, DELETE))
    yield Scenario("queue", filter_of("queue"), "consume jobs", work, second=(filter_of("queue"), "produce vm1 jobs"))
    yield Scenario("queue-behind", filter_of("queue"), "produce vm2 jobs", work, second=(filter_of("queue"), "consume jobs"))
    yield from posted()
    stats = Exchange(Request(path="/stats"), FINE)
    yield Scenario(
        "metrics",
        filter_of("metrics"),
        "",
        (stats, Exchange(POST, HELLO), stats, Exchange(POST_CHUNKED, CHUNKED), Exchange(DELETE, NOTHING), stats),
    )
    sums = (("x-sum", "1"),)
    told = replace(POST_TRAILED, trailers=(*POST_TRAILED.trailers, *sums))
    answered = replace(TRAILED, trailers=(("x-sum", "431"), *TRAILED.trailers))
    yield Scenario(
        "checksum",
        filter_of("checksum"),
        "",
        (
            Exchange(told, answered),
            Exchange(told, HELLO),
            Exchange(POST_CHUNKED, answered),
            Exchange(BARE_TRAILERS, ONLY_TRAILERS),
        ),
    )
    answers = (LATE, Answer(status=404, body=("nowhere",), delay=0.3))
    yield Scenario(
        "legacy",
        filter_of("legacy"),
        "a place",
        (
            Exchange(GET, HELLO, answers),
            Exchange(POST, HELLO, answers),
            Exchange(POST_CHUNKED, CHUNKED, answers),
            Exchange(POST_TRAILED, TRAILED, answers),
            Exchange(GET, HELLO, (CLOSES, LATE)),
            Exchange(GET, HELLO, (CUT, LATE)),
        ),
    )
    yield Scenario(
        "foreign", filter_of("foreign"), "", (Exchange(POST, HELLO), Exchange(POST_CHUNKED, CHUNKED), Exchange(BIG, BIG_ANSWER))
    )
    yield Scenario(
        "wasi_tour",
        filter_of("wasi_tour"),
        "",
        (Exchange(Request(path="/wasi"), FINE), Exchange(Request(path="/unstable"), FINE)),
    )


def rust_cases() -> Iterator[Scenario]:
    """The filters of the Rust module."""
    rust = filter_of("rust")
    own = with_headers(GET, ("x-request-id", "mine"))
    internal = replace(HELLO, headers=(*HELLO.headers, ("x-internal-host", "a"), ("x-internal-b", "c")))
    yield Scenario("tour-request_id", rust, "request_id", TOUR)
    yield Scenario("request_id", rust, "request_id", (Exchange(GET, internal), Exchange(own, internal), Exchange(own, TRAILED)))
    json: tuple[tuple[str, str], ...] = (("content-type", "application/json; charset=utf-8"),)
    texts = (
        ('{"a":', " [1, 2]", "}"),
        ("[1, 2", ", 3]"),
        ('{"a": "}"', ', "b": {}}'),
        ('{"a": ', "1"),
        ('{"password":', ' "x"}'),
        ("}{",),
        ("null",),
        ('{"q": "\\"}"}',),
    )
    posts = tuple(
        Request(method="POST", path="/json", headers=json, body=text, chunked=bool(n % 2)) for n, text in enumerate(texts)
    )
    trailed = Request(method="PUT", path="/json", headers=json, body=('{"a":', "1}"), trailers=(("x-last", "1"),))
    yield Scenario(
        "json_guard",
        rust,
        "json_guard password",
        (*(Exchange(post, HELLO) for post in posts), Exchange(trailed, TRAILED), Exchange(POST, CHUNKED)),
    )
    yield Scenario("tour-json_guard", rust, "json_guard", TOUR)
    signed = Answer(headers=TEXT, body=("ok",), trailers=(("x-end", "signed"),), delay=0.3)
    challenge = Answer(status=401, headers=(("www-authenticate", "Guest"),), body=("who are you?",), delay=0.3)
    asked = (
        Exchange(GET, HELLO, (signed,)),
        Exchange(POST, HELLO, (signed,)),
        Exchange(POST_CHUNKED, CHUNKED, (LATE,)),
        Exchange(POST_TRAILED, TRAILED, (signed,)),
        Exchange(GET, HELLO, (challenge,)),
        Exchange(POST, HELLO, (challenge,)),
        Exchange(POST_TRAILED, HELLO, (challenge,)),
        Exchange(GET, HELLO, (Answer(status=500, delay=0.3),)),
        Exchange(POST, HELLO, (Answer(status=500, delay=0.3),)),
        Exchange(
            Request(method="POST", path="/a.B/C", headers=(("content-type", "application/grpc"),), body=("m",)),
            HELLO,
            (challenge,),
        ),
        Exchange(GET, HELLO, (CLOSES_LATE,)),
        Exchange(GET, HELLO, (CUT_LATE,)),
        Exchange(POST, HELLO, (Answer(status=418, delay=0.3),)),
        Exchange(GET, HELLO, (Answer(status=418, delay=0.3),)),
    )
    yield Scenario("authorize", rust, "authorize", asked)
    yield Scenario("authorize-silent", rust, "authorize", (Exchange(POST, HELLO, (Answer(failure="silent"),)),))
    yield Scenario(
        "attributes",
        rust,
        "attributes",
        (
            Exchange(GET, HELLO),
            Exchange(POST_TRAILED, TRAILED),
            Exchange(BIG, CUT),
            Exchange(GET, CLOSES),
            Exchange(OPTIONS, BROKEN),
        ),
    )
    yield Scenario("attributes-cut", rust, "attributes", (Exchange(GET, replace(CUT, chunked=True)), Exchange(GET, CUT)))
    cached = Request(path="/cached", headers=(("x-a", "1"),))
    other = Request(path="/other")
    drop = Request(method="DELETE", path="/cached")
    turns = (cached, cached, other, drop, drop, cached, cached, other, HEAD)
    yield Scenario(
        "cache",
        rust,
        "cache",
        (
            *(Exchange(r, CHUNKED if r is cached else FINE) for r in turns[:-1]),
            Exchange(HEAD, Answer(headers=TEXT)),
            Exchange(Request(path="/none"), MISSING),
            Exchange(Request(path="/none"), CUT),
            Exchange(Request(path="/t"), TRAILED),
        ),
    )
    yield Scenario("rust-filters-refused", rust, "nothing", (), starts=False)


def denials() -> Iterator[Scenario]:
    """A local response in the callback that has the end of a request, however that end is marked."""
    deny = "local 403 - no - 4294967295; return 1"
    for name, script, request in (
        ("length", f"on_request_body#3: {deny}", POST),
        ("chunked", f"on_request_body#4: {deny}", POST_CHUNKED),
        ("trailers", f"on_request_trailers: {deny}", POST_TRAILED),
        ("before", f"on_request_body#2: {deny}", POST_CHUNKED),
        ("bodiless", f"on_request_headers: {deny}", GET),
        ("length-held", f"on_request_body: return 1\non_request_body#3: {deny}", POST),
        ("chunked-held", f"on_request_body: return 1\non_request_body#4: {deny}", POST_CHUNKED),
        ("trailers-held", f"on_request_body: return 1\non_request_trailers: {deny}", POST_TRAILED),
    ):
        yield Scenario(f"denies-{name}", "script", f"{script}\n", (Exchange(request, HELLO),))
    for status in (400, 408, 413, 426):
        script = f"on_request_headers: local {status} - no - 4294967295; return 1\n"
        yield Scenario(f"denies-with-{status}", "script", script, (Exchange(GET, HELLO), Exchange(DELETE, HELLO)))
    changed = "on_request_headers: local 400 - no - 4294967295; return 1\non_response_headers: replace 2 :status 200\n"
    yield Scenario("denies-with-400-changed", "script", changed, (Exchange(GET, HELLO),))
    script = "on_response_headers: local 400 - no - 4294967295; return 1\n"
    yield Scenario("denies-with-400-late", "script", script, (Exchange(GET, HELLO),))


PHASES = "hbtHBT"


def pauses() -> Iterator[Scenario]:
    """A stop in every phase and in several, and each way to end it."""
    on, deny, close = LATE, Answer(body=("deny",), delay=0.3), Answer(body=("close",), delay=0.3)
    for hold in ("1", "2", "3"):
        exchanges = []
        for phases in (*PHASES, "hH", "bB", "tT", "hT", "tH"):
            request = with_headers(POST_TRAILED, ("x-pause", phases), ("x-hold", hold))
            exchanges.append(Exchange(request, TRAILED, (on,) * len(phases)))
        for phases in ("b", "B"):
            request = with_headers(POST_CHUNKED, ("x-pause", phases), ("x-hold", hold))
            exchanges.append(Exchange(request, CHUNKED, (on,)))
        yield Scenario(f"pauser-{hold}", filter_of("pauser"), "", tuple(exchanges))
        yield Scenario(f"pauser-{hold}-stop-iteration", filter_of("pauser"), "", tuple(exchanges), stop_iteration=True)
    for name, ending in (("denies", deny), ("closes", close)):
        held = tuple(
            Exchange(with_headers(POST_TRAILED, ("x-pause", phases), ("x-hold", hold)), TRAILED, (ending,))
            for phases in PHASES
            for hold in "123"
            if phases in "bB" or hold == "1"
        )
        yield Scenario(f"pauser-{name}", filter_of("pauser"), "", held)
        yield Scenario(f"pauser-{name}-stop-iteration", filter_of("pauser"), "", held, stop_iteration=True)
    failing = tuple(
        Exchange(with_headers(POST, ("x-pause", p), ("x-hold", "1")), HELLO, (answer,))
        for p in "hbHB"
        for answer in (CLOSES_LATE, CUT_LATE)
    )
    yield Scenario("pauser-fails", filter_of("pauser"), "", failing)
    gone = tuple(
        Exchange(with_headers(GONE, ("x-pause", p), ("x-hold", h)), HELLO, (replace(LATE, delay=0.1),))
        for p, h in (("h", "1"), ("b", "1"), ("b", "2"))
    )
    yield Scenario("pauser-vanishes", filter_of("pauser"), "", gone)


def filter_scenarios() -> Iterator[Scenario]:
    """All of them."""
    yield from tours()
    yield from own_cases()
    yield from rust_cases()
    yield from denials()
    yield from pauses()
