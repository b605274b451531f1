"""Through real sockets our proxy lets clients, upstreams and called clusters see what a real Envoy let them see.

Lives here: the same peers that were around Envoy when tests/transcripts was recorded, around our proxy. Not here: the calls
between host and guest (test_transcripts.py), which depend on how the network cuts a body.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "envoy"))
from known_differences import MASKED_HEADERS, REFUSED_HERE, TOO_LARGE_TO_PLAY
from peers import PAUSE, Seen, Server, ask
from replay import filter_of
from scenarios import Exchange, Scenario, all_scenarios

from proxyabi.plugin.host import Host
from proxyabi.serve.http_proxy import HttpProxy
from proxyabi.serve.places import Address, Origin

pytest.importorskip("h11", reason="the extra `proxy` is not installed")

TESTS = Path(__file__).parents[1]
BREATH = 0.05
"""Seconds between two exchanges, in which a timer of 20 ms rings."""
DEEP_BREATH = 0.2
"""The same for the filter that has a timer of 60 ms."""
PIECES = 0.1
"""Seconds between the pieces of a request: on a busy machine the first has to be through before the next one comes."""
DOWN = Origin("http", "127.0.0.1", 1)
"""Where nobody listens."""

RACES = ("pauser-denies-stop-iteration", "pauser-closes-stop-iteration")
"""What comes first is a matter of milliseconds: a response that has begun, or the call's answer that ends it."""

NOT_PLAYED = (*REFUSED_HERE, *TOO_LARGE_TO_PLAY, *RACES)


def played_here(guest: str) -> bool:
    """The guests whose scenarios go over the wire too: the same behaviours of other SDKs would show the same once more."""
    return guest in ("c", "rust", "hostile", "script") or guest.startswith("filters/")


SCENARIOS = {
    scenario.name: scenario
    for scenario in all_scenarios()
    if scenario.exchanges and played_here(scenario.guest) and scenario.name not in NOT_PLAYED
}


def told(name: str) -> list[dict[str, Any]]:
    """The exchanges of a recording."""
    exchanges: list[dict[str, Any]] = json.loads((TESTS / "transcripts" / f"{name}.json").read_text(encoding="utf-8"))[
        "exchanges"
    ]
    return exchanges


def settled(seen: Seen) -> Seen:
    """A message as a transcript has it."""
    headers = [f"{name}: {MASKED_HEADERS.get(name, (value,))[0]}" for name, value in seen["headers"]]
    return {**seen, "headers": headers, "trailers": [f"{name}: {value}" for name, value in seen["trailers"]]}


async def exchange_once(
    port: int, servers: dict[str, Server], exchange: Exchange, wanted: dict[str, Any], breath: float
) -> dict[str, Any]:
    """Let one exchange go through the proxy. A server may learn of a connection's end later than the client gets its answer."""
    for server, answers in ((servers["upstream"], (exchange.answer,)), (servers["web_service"], exchange.calls)):
        server.seen.clear()
        server.answers[:] = answers
    client = await ask(port, exchange.request, PAUSE if exchange.request.vanishes else PIECES)
    for _ in range(100):
        if len(servers["web_service"].seen) >= len(wanted["called"]) and len(servers["upstream"].seen) >= len(wanted["upstream"]):
            break
        await asyncio.sleep(0.02)
    await asyncio.sleep(breath)
    return {
        "client": settled(client),
        "upstream": [settled(seen) for seen in servers["upstream"].seen],
        "called": [settled(seen) for seen in servers["web_service"].seen],
    }


async def play(scenario: Scenario, tier: str, expected: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All exchanges of a scenario through one proxy; *expected* says how many messages each server waits for."""
    servers = {"upstream": Server(), "web_service": Server()}
    for server in servers.values():
        await server.start()
    origins = {name: Origin("http", "127.0.0.1", server.port) for name, server in servers.items()}
    plugins = [filter_of(asdict(scenario), place) for place in range(2 if scenario.second else 1)]
    limit = {"body_limit": scenario.body_limit} if scenario.body_limit else {}
    host = Host(plugins, tier=tier, clusters=(*origins, "down"), **limit)
    commands = host.start()
    proxy = HttpProxy(host, origins["upstream"], clusters={**origins, "down": DOWN}, upstream_timeout=scenario.timeout or 15.0)
    address = await proxy.start(Address("127.0.0.1", 0), commands)
    try:
        pairs = zip(scenario.exchanges, expected, strict=True)
        breath = DEEP_BREATH if scenario.guest == "filters/rate_limit" else BREATH
        return [await exchange_once(address.port, servers, exchange, wanted, breath) for exchange, wanted in pairs]
    finally:
        await proxy.stop(1.0)


@pytest.mark.parametrize("name", SCENARIOS)
def test_proxy_shows_everyone_what_envoy_showed(quick_tier: str, name: str) -> None:
    expected = told(name)

    seen = asyncio.run(play(SCENARIOS[name], quick_tier, expected))

    for ours, envoys in zip(seen, expected, strict=True):
        assert ours["client"] == envoys["client"]
        assert ours["upstream"] == envoys["upstream"]
        assert ours["called"] == envoys["called"]
