"""Ask a real Envoy what it does with streams through random filters, and write it to tests/proxyabi/plugin/walks.json.

    python tests/envoy/record_walks.py [COUNT]

Lives here: the recording. Not here: the walks themselves, and playing them in our host (tests/proxyabi/plugin/walks.py). Needs
the extras `envoy` and `wasmtime`; the test suite only reads what this writes.

What Envoy sees depends on when things come. Here requests come at once, the upstream takes a quarter of a second, a call twice
that; our player keeps the same order. LEFT_OUT names the walks that cannot be had in that order. Walks that Envoy does not
survive are left out by themselves: continuing a response that is not there yet ends its process.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from time import monotonic
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "proxyabi" / "plugin"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
import bootstrap
import record
from crossings import from_envoy
from peers import PATIENCE, Seen, Server, ask
from scenarios import Answer, Exchange, Request, Scenario
from walks import Walk, walk

COUNT = 120
FILE = Path(__file__).resolve().parents[1] / "proxyabi" / "plugin" / "walks.json"
TEXT = (("content-type", "text/plain"),)

LEFT_OUT = {68: "two calls are under way at once, and which is answered first depends on the moment"}


def strings(pairs: tuple[tuple[bytes, bytes], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode(), value.decode()) for name, value in pairs)


def exchange_of(path: Walk) -> Exchange:
    body = tuple(piece.decode() for piece in path.request_body)
    request = Request(path="/x")
    if body:
        request = Request(
            method="POST", path="/x", headers=TEXT, body=body, chunked=True, trailers=strings(path.request_trailers)
        )
    pieces = tuple(piece.decode() for piece in path.response_body)
    answer = Answer(headers=TEXT, body=pieces, chunked=bool(pieces), trailers=strings(path.response_trailers), delay=0.25)
    return Exchange(request, answer, (Answer(headers=TEXT, body=("fine",), delay=0.5),) * 12)


def configuration(path: Walk, scenario: Scenario, ports: dict[str, int], folder: Path) -> Any:
    """The bootstrap of a scenario with the walk's filters in the place of its one."""
    import wasmtime
    from scripted import module

    boot = bootstrap.bootstrap(scenario, "", ports)
    manager = boot["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    pattern, router = manager["http_filters"]
    manager["http_filters"] = [router]
    for index, script in enumerate(path.scripts):
        file = folder / f"{index}.wasm"
        file.write_bytes(wasmtime.wat2wasm(module(script)))
        one = json.loads(json.dumps(pattern))
        config = one["typed_config"]["config"]
        config["name"], config["vm_config"]["vm_id"] = f"p{index}", f"vm{index}"
        config["vm_config"]["code"]["local"]["filename"] = str(file)
        manager["http_filters"].insert(index, one)
    return boot


async def play(number: int) -> dict[str, Any] | None:
    """What Envoy does with a walk; None when it does not survive it."""
    path = walk(number)
    exchange = exchange_of(path)
    scenario = Scenario(f"walk-{number}", "", "", (exchange,), stop_iteration=path.stop_iteration)
    servers = {"upstream": Server(), "web_service": Server()}
    for server, answers in ((servers["upstream"], (exchange.answer,)), (servers["web_service"], exchange.calls)):
        await server.start()
        server.answers[:] = answers
    with tempfile.TemporaryDirectory() as name:
        envoy = record.Envoy(scenario, servers, Path(name))
        record.bootstrap = lambda scenario, filename, ports: configuration(path, scenario, ports, Path(name))
        try:
            if not await envoy.start():
                raise RuntimeError(f"walk {number}: Envoy did not start")
            await envoy.new_lines()
            began = monotonic()
            client = await ask(envoy.ports["listener"], exchange.request)
            held = monotonic() - began >= PATIENCE
            await asyncio.sleep(0.7)
            lines = await envoy.new_lines()
            if envoy.process.returncode is not None:
                return None
        finally:
            await envoy.stop()
    return outcome(callbacks(lines), client, held, servers["upstream"].seen)


async def play_again(number: int, attempts: int = 3) -> dict[str, Any] | None:
    """`play`, once more when somebody else took a port in the meantime."""
    try:
        return await play(number)
    except RuntimeError:
        if attempts == 1:
            raise
        return await play_again(number, attempts - 1)


def callbacks(lines: list[str]) -> list[str]:
    """Callbacks with arguments and results, without `proxy_`, as our tests write them."""
    calls: list[str] = []
    for line in from_envoy(lines):
        if line.startswith("> "):
            calls.append(line[2:].removeprefix("proxy_"))
        elif line.startswith("= ") and line not in ("= void", "= trap"):
            calls[-1] += f" = {line[2:]}"
    return calls


def outcome(calls: list[str], client: Seen, held: bool, upstream: list[Seen]) -> dict[str, Any]:
    """What there is to compare. A stream that was *held* for good ends with the client's patience: that end is left out."""
    if held:
        end = next((index for index, call in enumerate(calls) if call.startswith("on_log")), len(calls))
        while end and calls[end - 1].startswith("on_context_create"):
            end -= 1
        return {"calls": calls[:end], "ends": "held"}
    seen: dict[str, Any] = {"calls": calls, "ends": "complete" if client["complete"] else "reset"}
    if client["complete"]:
        trailers = [f"{name}: {value}" for name, value in client["trailers"]]
        seen |= {"status": client["start"].split()[1], "body": client["body"], "trailers": trailers}
    if upstream and upstream[0]["complete"]:
        seen["upstream"] = [upstream[0]["body"], [f"{name}: {value}" for name, value in upstream[0]["trailers"]]]
    return seen


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    walks = {}
    for number in range(count):
        seen = None if number in LEFT_OUT else asyncio.run(play_again(number))
        if seen is not None:
            walks[str(number)] = seen
        print(number, LEFT_OUT.get(number, "Envoy crashes") if seen is None else seen["ends"], flush=True)
    rows = ",\n".join(f"{json.dumps(number)}: {json.dumps(seen)}" for number, seen in walks.items())
    FILE.write_text(f"{{\n{rows}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
