"""Filters that real SDKs produced, and filters that misbehave, in the host as one would use it.

Lives here: what each behaviour of tests/guests means for upstream and client, the same table for every guest; guests that loop,
eat memory or recurse; and that tests/guests/guests.toml tells the truth. Not here: the comparison with Envoy, call by call
(test_transcripts.py).
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from proxyabi.config import PluginConfig
from proxyabi.context.header_map import HeaderMap
from proxyabi.errors import GuestError, PluginFailed
from proxyabi.testing.harness import Harness
from proxyabi.trace import Trace
from proxyabi.upstream import Answer, Seen
from pywasm_vm import Module

GUESTS = Path(__file__).parents[1] / "guests"
MANIFEST: dict[str, dict[str, Any]] = tomllib.loads((GUESTS / "guests.toml").read_text(encoding="utf-8"))
FILTERS: dict[str, dict[str, Any]] = {f"filters/{name}": guest for name, guest in MANIFEST.pop("filters").items()}
SMALL = ("c", "rust", "assemblyscript", "gcore")
"""The guests of the SDKs that start at once. Go has a test of its own, as each start of it takes seconds."""
MEGABYTES = 1 << 20


def filter_of(guest: str, configuration: str = "", **options: Any) -> PluginConfig:
    """A filter out of tests/guests."""
    code = (GUESTS / f"{guest}.wasm").read_bytes()
    return PluginConfig(code, name=guest, configuration=configuration.encode(), **options)


def secretive(seen: Seen) -> Answer:
    """An upstream that tells a secret."""
    body = b"a secret for you: " + seen.body
    return Answer(200, HeaderMap([(b"content-length", b"%d" % len(body))]), body)


def checker(seen: Seen) -> Answer:
    """A called cluster: refuses the call id 13 and lets all others pass."""
    return Answer(403 if seen.headers.get(b"x-call-id") == b"13" else 200, body=b"checked")


def harness(guest: str, configuration: str, tier: str, **options: Any) -> Harness:
    """A host with one filter, an upstream and a cluster to call."""
    targets = {"web_service": checker}
    return Harness([filter_of(guest, configuration, **options)], upstream=secretive, targets=targets, tier=tier)


def assert_headers(box: Harness, language: bytes) -> None:
    exchange = box.request(headers=[(b"x-remove", b"me"), (b"x-keep", b"me")])

    assert exchange.upstream is not None
    assert exchange.client is not None
    assert exchange.upstream.headers.get(b"x-filter") == language
    assert exchange.upstream.headers.get(b"x-remove") is None
    assert exchange.upstream.headers.get(b"x-keep") == b"me"
    assert exchange.client.headers.get(b"x-filter-response") == language


@pytest.mark.parametrize("guest", SMALL)
def test_filter_adds_and_removes_headers(engine: str, guest: str) -> None:
    box = harness(guest, "headers", engine)

    assert_headers(box, guest.encode())
    assert box.host.contexts_left == 0


@pytest.mark.parametrize("chunks", [[b"my secret"], [b"my sec", b"ret"], [b"s", b"e", b"c", b"r", b"e", b"t", b"s" * 700]])
@pytest.mark.parametrize("guest", SMALL)
def test_filter_rewrites_bodies_wherever_they_are_cut(engine: str, guest: str, chunks: list[bytes]) -> None:
    assert_rewritten(engine, guest, chunks)


@pytest.mark.parametrize("guest", SMALL)
def test_filter_rewrites_a_body_larger_than_a_page(quick_engine: str, guest: str) -> None:
    """The filters look at every byte: millions of instructions."""
    assert_rewritten(quick_engine, guest, [b"s", b"e", b"c", b"r", b"e", b"t", b"s" * 70000])


def assert_rewritten(engine: str, guest: str, chunks: list[bytes]) -> None:
    size = b"%d" % sum(map(len, chunks))

    exchange = harness(guest, "body", engine).request("POST", headers=[(b"content-length", size)], body=chunks)

    hidden = b"".join(chunks).replace(b"secret", b"******")
    assert exchange.upstream is not None
    assert exchange.client is not None
    assert exchange.upstream.body == hidden
    assert exchange.upstream.headers.get(b"content-length") is None
    assert exchange.client.body == b"a ****** for you: " + hidden
    assert exchange.client.headers.get(b"content-length") is None


@pytest.mark.parametrize("guest", SMALL)
def test_filter_answers_by_itself(engine: str, guest: str) -> None:
    box = harness(guest, "local", engine)

    denied = box.request(path="/denied/x")
    allowed = box.request(path="/x")

    assert denied.upstream is None
    assert denied.client is not None
    assert denied.client.status == 403
    assert denied.client.body == b"denied by " + guest.encode()
    assert denied.client.headers.get(b"x-denied") == b"1"
    assert allowed.client is not None
    assert allowed.client.status == 200


@pytest.mark.parametrize(("call_id", "status", "passes"), [(b"1", 200, True), (b"13", 503, False)])
@pytest.mark.parametrize("guest", SMALL)
def test_filter_asks_before_it_lets_a_request_pass(engine: str, guest: str, call_id: bytes, status: int, passes: bool) -> None:
    exchange = harness(guest, "call", engine).request("POST", headers=[(b"x-call-id", call_id)], body=[b"one", b"two"])

    assert exchange.client is not None
    assert exchange.client.status == status
    if passes:
        assert exchange.upstream is not None
        assert exchange.upstream.headers.get(b"x-call-status") == b"200"
        assert exchange.upstream.body == b"onetwo"
    else:
        assert exchange.upstream is None


@pytest.mark.parametrize("guest", SMALL)
def test_filter_whose_call_is_refused_answers_at_once(engine: str, guest: str) -> None:
    exchange = harness(guest, "call nowhere", engine).request()

    assert exchange.client is not None
    assert (exchange.client.status, exchange.client.body) == (503, b"cannot call")


@pytest.mark.parametrize("guest", SMALL)
def test_filter_that_refuses_its_configuration_does_not_start(engine: str, guest: str) -> None:
    with pytest.raises(PluginFailed, match="proxy_on_configure"):
        harness(guest, "nonsense", engine)


def test_go_filter_changes_requests_and_responses(quick_tier: str) -> None:
    """One start for several requests; the other behaviours of this guest are in test_transcripts.py."""
    box = harness("go", "headers", quick_tier)

    for _ in range(3):
        assert_headers(box, b"go")
    assert box.host.contexts_left == 0


def test_guest_that_loops_for_ever_is_stopped_and_answered_with_503(tier: str) -> None:
    box = harness("hostile", "loop proxy_on_request_headers", tier, callback_seconds=0.3)

    exchange = box.request()

    assert exchange.client is not None
    assert exchange.client.status == 503
    assert box.host.plugins[0].failure is not None
    assert "0.3" in box.host.plugins[0].failure or "time" in box.host.plugins[0].failure


def test_guest_that_loops_while_it_starts_is_stopped(tier: str) -> None:
    with pytest.raises(PluginFailed, match="proxy_on_configure"):
        harness("hostile", "loop proxy_on_configure", tier, start_seconds=0.3)


def test_guest_that_recurses_without_end_traps(engine: str) -> None:
    box = harness("hostile", "deep proxy_on_request_body", engine)

    exchange = box.request("POST", body=b"x")

    assert exchange.client is not None
    assert exchange.client.status == 503


def test_guest_that_eats_memory_is_refused_at_its_limit_and_goes_on(engine: str) -> None:
    """It asks for 16 MiB again and again; with two pages to begin with, the fourth time goes beyond 64 MiB."""
    records: list[dict[str, Any]] = []
    plugin = filter_of("hostile", "eat proxy_on_request_headers", memory_bytes=64 * MEGABYTES)
    box = Harness([plugin], upstream=secretive, tier=engine, trace=Trace(records.append))

    exchange = box.request()

    assert exchange.client is not None
    assert exchange.client.status == 200
    assert "refused after 770 pages" in [record.get("message") for record in records]


@pytest.mark.parametrize("way", ["trap", "loop"])
def test_filter_that_fails_leaves_other_filters_and_the_host_alone(tier: str, way: str) -> None:
    """The hostile one is fail-open: its own stream passes, and so do those after it."""
    hostile = filter_of("hostile", f"{way} proxy_on_request_headers", fail_open=True, callback_seconds=0.3)
    box = Harness([filter_of("c", "headers"), hostile], upstream=secretive, tier=tier)

    for _ in range(3):
        assert_headers(box, b"c")
    assert box.host.contexts_left == 0
    assert [plugin.failure is None for plugin in box.host.plugins] == [True, False]


@pytest.mark.parametrize(
    ("guest", "message"),
    [
        ("no_marker", "ABI version"),
        ("no_allocator", "allocator"),
        ("missing_import", "(?s)proxy_make_coffee.*proxy_make_tea"),
        ("wrong_import", "proxy_log"),
        ("wrong_callback", "proxy_on_request_headers"),
        ("trap_at_start", "_initialize"),
        ("call_at_start", "proxy_set_tick_period_milliseconds"),
    ],
)
def test_filter_that_cannot_work_is_refused_with_its_reason(engine: str, guest: str, message: str) -> None:
    with pytest.raises(GuestError, match=message):
        harness(f"broken_{guest}", "", engine)


def test_all_guests_together_are_light() -> None:
    assert sum(path.stat().st_size for path in GUESTS.rglob("*.wasm")) < 4 * MEGABYTES


def test_manifest_tells_of_every_guest_and_of_nothing_else() -> None:
    built = {str(path.relative_to(GUESTS).with_suffix("")) for path in (*GUESTS.glob("*.wasm"), *GUESTS.glob("filters/*.wasm"))}

    broken = {f"broken_{kind}" for kind in MANIFEST["broken"]["behaviours"]}
    assert built == broken | (MANIFEST.keys() - {"broken"}) | FILTERS.keys()
    assert all((GUESTS / guest["source"]).is_file() for guest in (MANIFEST | FILTERS).values())


@pytest.mark.parametrize("guest", sorted((MANIFEST.keys() - {"broken"}) | FILTERS.keys()))
def test_manifest_tells_the_abi_version_of_a_guest(guest: str) -> None:
    module = Module.decode((GUESTS / f"{guest}.wasm").read_bytes(), validate="never")

    markers = [export.name for export in module.exports if export.name.startswith("proxy_abi_version_")]
    assert markers == ["proxy_abi_version_" + (MANIFEST | FILTERS)[guest]["abi"].replace(".", "_")]
