"""What may differ between Envoy and our host, each with its reason. Whatever is not here must be the same.

Lives here: the whole list. Not here: the comparisons (tests/proxyabi/test_transcripts.py, test_steps.py) and the recorders.

One difference is already gone when a transcript is written, because only the recorder can see it: Envoy starts a filter several
times (a trial VM, one for the main thread, one for each worker) and ends each; a transcript has the worker's.
"""

from __future__ import annotations

CLOCKWORK = {
    "clock_time_get": "the Go runtime looks at the clock while it allocates, as often as its garbage collector likes",
    "poll_oneoff": "how a runtime sleeps, when it sleeps at all",
    "sched_yield": "the same",
}
"""Host functions whose calls are left out on both sides, as their number changes from run to run."""

MASKED_HEADERS = {
    "date": ("*", "the moment"),
    "x-envoy-upstream-service-time": ("0", "milliseconds that passed"),
}
"""Headers whose value is put in a fixed form."""

HOP_HEADERS = {
    "connection": "HTTP/1 of each side decides; the core does not know connections",
    "transfer-encoding": "how HTTP/1 marks the end of a message whose length is not known",
}
"""Headers that the recording has from the wire and the core never sees in what it sends."""

EMPTY_BODY = "content-length: 0"
"""Envoy's HTTP/1 codec writes it into a response that ends with its headers; so does our `serve`, and not the core."""

REFUSED_HERE = {
    "trap-root": "Envoy goes on after a trap in the root's proxy_on_context_create and answers every request with 503; "
    "a plugin that can never work is refused here when it is loaded, with the reason",
}
"""Filters that Envoy starts and our host refuses."""

TOO_LARGE_TO_PLAY = {
    "eat": "Envoy gives a guest up to 1 GiB before it refuses; test_real_filters.py plays it with a lower limit",
}
"""Recordings that are kept as a fact and not played."""

MASKED_LINES = (
    (r"x-envoy-upstream-service-time=\d+", "x-envoy-upstream-service-time=*", "milliseconds that passed"),
    (r"date=[^,]*, [^,]* GMT", "date=*", "the moment"),
    (r"proxy_log\(2, @, \d+\)", "proxy_log(2, @, *)", "the length of a line that has one of those"),
    (r"proxy_on_memory_allocate\((12[0-9])\)", "proxy_on_memory_allocate(*)", "the size of a map that has one of those"),
    (r"malloc\((11[35])\)", "malloc(*)", "the same: one digit of milliseconds, or three"),
    (r"map_size: 0 10[68]", "map_size: 0 *", "the same"),
    (r"get_shared: 0 value \d+", "get_shared: 0 value *", "Envoy has set the value once more before, in its trial VM"),
)
"""(pattern, what is put in its place, reason), for lines of the recordings in tests/transcripts/steps."""

SERVER_NOT_COMPARED = {
    "grpc-call-cancelled": "Envoy had not connected yet when the first call was cancelled, so the server never saw it",
    "grpc-stream-cancel": "the same",
}
"""Walkthroughs whose gRPC server may see something else."""

TICKS_WHILE_STARTING = "service"
"""Its timer fires while Envoy still starts, so the recording has the ticks there."""

SNAPSHOT_NOT_COMPARED = "stats"
"""Envoy's snapshot ends with slack, which holds what happened to be in its memory, and counts metrics that are not in it."""

NEVER_CALLED_BY_ENVOY = {
    "proxy_validate_configuration": "looked up when a module is loaded, and no extension of Envoy's calls it",
    "proxy_on_foreign_function": "the same: it is there for those who build Envoy with code of their own",
}
"""Callbacks of which there can be no recording."""


def headers_to_compare(headers: list[str]) -> list[str]:
    """Headers (`name: value`) without what may differ."""
    kept = []
    for header in headers:
        name, _, value = header.partition(": ")
        if name in HOP_HEADERS or header == EMPTY_BODY:
            continue
        kept.append(f"{name}: {MASKED_HEADERS[name][0] if name in MASKED_HEADERS else value}")
    return kept
